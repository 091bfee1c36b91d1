"""Fitted models of a property that answer for any formula: by a number, or probable classes."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import read_rows
from analysis.linear_models.answering.described import AskedFormula, describe_asked
from analysis.linear_models.answering.kept import read_elements, read_weights
from analysis.linear_models.data import OwnColumn
from analysis.properties.answering.answers import (
    ClassAnswer,
    NumberAnswer,
    PropertyAnswer,
    name_class_columns,
)
from analysis.properties.answering.finishing import finish_classes, finish_numbers
from analysis.properties.answering.own_values import (
    add_values,
    check_values,
    list_own,
    part_weights,
    refuse_unasked,
)
from analysis.properties.answering.screening import open_scorer, write_predictions
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked


@dataclass(frozen=True)
class PropertyModelOfRun(ABC):
    """A model of a property, as a run left it in the warehouse.

    Attributes:
        name: Data set whose materials it was fitted to.
        run_id: The run that fitted it.
        parameters: One row per `descriptor` and, of classes, `label`: its `parameter`, in the unit
            of the property or in the logit of the label.
        hyperparameters: As the run kept them, `column` among them.
        elements: The chemical elements and the properties that descriptors are made from.

    """

    name: str
    run_id: str
    parameters: pl.DataFrame
    hyperparameters: dict[str, Any]
    elements: pl.DataFrame

    @abstractmethod
    def predict(
        self, formulas: Sequence[str], at: Mapping[str, float] | None = None
    ) -> pl.DataFrame:
        """One row per formula, such as `Cu3Au`, in the order asked.

        `at` has a value for each column that the model reads beside the formula, for all of them.
        """

    @abstractmethod
    def explain(
        self, formulas: Sequence[str], at: Mapping[str, float] | None = None
    ) -> Sequence[PropertyAnswer]:
        """Like `predict`, with what each descriptor adds."""

    @cached_property
    def own(self) -> tuple[OwnColumn, ...]:
        """The columns that it reads beside the formula."""
        return list_own(self.hyperparameters)

    def predict_query(
        self,
        connection: duckdb.DuckDBPyConnection,
        sql: str,
        target: Path,
        track: Track = untracked,
    ) -> tuple[int, int]:
        """Write what the model says of the rows of a query: see `write_predictions`."""
        with open_scorer(self.name, self.hyperparameters, self.parameters, self.elements) as scorer:
            return write_predictions(connection, scorer, sql, target, track)

    def describe(self, formulas: Sequence[str], at: Mapping[str, float]) -> list[AskedFormula]:
        """The formulas as the model reads them, with what the values `at` add.

        Raises WarehouseError if they are no list, or if a column has no value.
        """
        check_values(self.name, self.own, at)
        of_formula, of_own = part_weights(self.parameters, self.own)
        return [
            add_values(asked, self.own, of_own, at)
            for asked in describe_asked(formulas, of_formula, self.elements)
        ]


@dataclass(frozen=True)
class FittedRegression(PropertyModelOfRun):
    """A model of a number."""

    def predict(
        self, formulas: Sequence[str], at: Mapping[str, float] | None = None
    ) -> pl.DataFrame:
        """Predict the property of formulas such as `Cu3Au`; see `PropertyModelOfRun` for `at`.

        Returns one row per formula, in the order asked: `formula`, `prediction` and `interval`
        (half the width that holds nine tenths of errors) in `unit`, and `likeness`. What is no
        formula, or has an element without properties, has no prediction, and `likeness` says why.
        """
        rows = [
            (answer.formula, answer.prediction, answer.interval, answer.unit, answer.likeness)
            for answer in self.explain(formulas, at)
        ]
        schema = {
            "formula": pl.String, "prediction": pl.Float64, "interval": pl.Float64,
            "unit": pl.String, "likeness": pl.String,
        }  # fmt: skip
        return pl.DataFrame(rows, schema=schema, orient="row")

    def explain(
        self, formulas: Sequence[str], at: Mapping[str, float] | None = None
    ) -> list[NumberAnswer]:
        """Like `predict`, with what each descriptor adds."""
        at = at or {}
        return [self._answer(asked, at) for asked in self.describe(formulas, at)]

    def _answer(self, asked: AskedFormula, at: Mapping[str, float]) -> NumberAnswer:
        column, unit = str(self.hyperparameters["column"]), str(self.hyperparameters["unit"])
        if asked.parts is None:
            return NumberAnswer(asked.formula, "", column, asked.likeness, (), at, unit, None, 0.0)
        said, widths = finish_numbers(np.array([asked.sum_of("")]), self.hyperparameters)
        return NumberAnswer(
            asked.formula,
            asked.read_as,
            column,
            asked.likeness,
            asked.largest_of(""),
            at,
            unit,
            float(said[0]),
            None if widths is None else float(widths[0]),
            float(self.hyperparameters.get("quantile", 0.5)),
            self.hyperparameters.get("share_below"),
        )


@dataclass(frozen=True)
class FittedClassification(PropertyModelOfRun):
    """A model of classes."""

    def predict(
        self, formulas: Sequence[str], at: Mapping[str, float] | None = None
    ) -> pl.DataFrame:
        """Predict the class of formulas such as `Cu3Au`; see `PropertyModelOfRun` for `at`.

        Returns one row per formula, in the order asked: `formula`, `prediction` (the most probable
        class), a column with the probability of each class, named as it is, and `likeness`. What
        is no formula, or has an element without properties, has NULL, and `likeness` says why.
        """
        answers = self.explain(formulas, at)
        names = [str(name) for name in self.hyperparameters["classes"]]
        return pl.DataFrame(
            {
                "formula": pl.Series([one.formula for one in answers], dtype=pl.String),
                "prediction": pl.Series([one.prediction for one in answers], dtype=pl.String),
                **{
                    column: pl.Series(
                        [one.probabilities.get(name) for one in answers], dtype=pl.Float64
                    )
                    for column, name in name_class_columns(names).items()
                },
                "likeness": pl.Series([one.likeness for one in answers], dtype=pl.String),
            }
        )

    def explain(
        self, formulas: Sequence[str], at: Mapping[str, float] | None = None
    ) -> list[ClassAnswer]:
        """Like `predict`, with what each descriptor adds to the logit of the predicted class."""
        at = at or {}
        return [self._answer(asked, at) for asked in self.describe(formulas, at)]

    def _answer(self, asked: AskedFormula, at: Mapping[str, float]) -> ClassAnswer:
        column = str(self.hyperparameters["column"])
        if asked.parts is None:
            return ClassAnswer(asked.formula, "", column, asked.likeness, (), at, None, {})
        names = [str(name) for name in self.hyperparameters["classes"]]
        weighed = set(self.parameters["label"])  # Of two classes the second alone.
        logits = np.array([[asked.sum_of(name) if name in weighed else 0.0 for name in names]])
        (probabilities,) = finish_classes(logits, self.hyperparameters)
        order = np.argsort(-probabilities, kind="stable")
        called = names[order[0]]
        is_weighed = called in weighed
        largest = asked.largest_of(called if is_weighed else names[1], 1.0 if is_weighed else -1.0)
        said = {names[place]: float(probabilities[place]) for place in order}
        return ClassAnswer(
            asked.formula, asked.read_as, column, asked.likeness, largest, at, called, said
        )


def load_property(
    connection: duckdb.DuckDBPyConnection, name: str
) -> FittedRegression | FittedClassification:
    """Read the model that was fitted to the data set `name`.

    Raises WarehouseError if there is none, or if it reads views, which know nothing of a formula
    that is asked about.
    """
    rows = read_weights(connection, "property", name)
    if rows.is_empty():
        fitted = read_rows(
            connection,
            "select distinct dataset from staging.models where study = 'property' order by all",
        ).to_series()
        raise WarehouseError(
            f"no property called {name} was fitted",
            hint=f"these are: {', '.join(fitted)}"
            if len(fitted)
            else "fit one: the same command without --predict",
        )
    _, run_id, text = rows.row(0)[:3]
    hyperparameters = json.loads(text)
    refuse_unasked(name, hyperparameters)
    kind = FittedClassification if "classes" in hyperparameters else FittedRegression
    return kind(
        name,
        run_id,
        rows.select("descriptor", "label", "parameter"),
        hyperparameters,
        read_elements(connection),
    )
