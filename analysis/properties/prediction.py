"""A fitted model of a property that answers for any formula, with its interval."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from analysis.datasets import read_rows, refuse_bare_text
from analysis.descriptors import MAGPIE, DescribedFormulas, describe_formulas
from warehouse.conventions.formulas import parse_formulas
from warehouse.errors import WarehouseError


@dataclass(frozen=True)
class PropertyAnswer:
    """What a model says of a formula.

    Attributes:
        formula: As it was asked.
        read_as: The formula as it was read; "" if it is none.
        column: The property.
        unit: Of prediction and interval.
        prediction: None if there is no answer.
        interval: Half the width that held nine tenths of held-out errors.
        largest: Descriptors that add or take most, and how much, in `unit`.
        likeness: What of the formula the training data had, or why there is no answer.

    """

    formula: str
    read_as: str
    column: str
    unit: str
    prediction: float | None
    interval: float
    largest: tuple[tuple[str, float], ...]
    likeness: str

    @property
    def text(self) -> str:
        """The answer in a few lines; "" if there is none."""
        if self.prediction is None:
            return f"{self.formula}: no answer: {self.likeness}"
        unit = "" if self.unit == "1" else f" {self.unit}"
        read = "" if self.read_as == self.formula else f" (read as {self.read_as})"
        parts = "; ".join(f"{name} {value:+.3g}" for name, value in self.largest)
        told = f"{self.column} {self.prediction:.3g} ± {self.interval:.2g}{unit}"
        if self.unit.startswith("log10"):
            low, middle, high = (
                f"{10 ** (self.prediction + sign * self.interval):.3g}" for sign in (-1, 0, 1)
            )
            plain = self.unit.removeprefix("log10").strip("()")
            told += f", that is {middle} ({low} to {high}){f' {plain}' if plain else ''}"
        return (
            f"{self.formula}{read}: {told}; nine tenths of held-out errors were smaller\n"
            f"  {self.likeness}\n  beside Magpie's averages, most is due to {parts or 'nothing'}"
        )


@dataclass(frozen=True)
class FittedRegression:
    """A model of a property, as a run left it in the warehouse.

    Attributes:
        name: Data set whose materials it was fitted to.
        run_id: The run that fitted it.
        parameters: One row per `descriptor`: its `parameter`, in the unit of the property.
        hyperparameters: `column`, `unit`, `interval`, `lowest`, `own`.
        elements: The chemical elements and the properties that descriptors are made from.

    """

    name: str
    run_id: str
    parameters: pl.DataFrame
    hyperparameters: dict[str, Any]
    elements: pl.DataFrame

    def predict(self, formulas: Sequence[str]) -> pl.DataFrame:
        """Predict the property of formulas such as `Cu3Au`.

        Returns one row per formula, in the order asked: `formula`, `prediction` and `interval`
        (half the width that holds nine tenths of errors) in `unit`, and `likeness`. What is no
        formula, or has an element without properties, has no prediction, and `likeness` says why.
        """
        rows = [
            (answer.formula, answer.prediction, answer.interval, answer.unit, answer.likeness)
            for answer in self.explain(formulas)
        ]
        schema = {
            "formula": pl.String, "prediction": pl.Float64, "interval": pl.Float64,
            "unit": pl.String, "likeness": pl.String,
        }  # fmt: skip
        return pl.DataFrame(rows, schema=schema, orient="row")

    def explain(self, formulas: Sequence[str]) -> list[PropertyAnswer]:
        """Predict the property of formulas such as `Cu3Au`, in the order asked.

        What is no formula, or has an element without properties, costs only its own answer. Raises
        WarehouseError if they are no list.
        """
        refuse_bare_text(formulas, "Cu3Au")
        rows = pl.DataFrame({"key": list(formulas)}, schema={"key": pl.String})
        rows = rows.with_columns(parse_formulas(rows["key"]))
        known = self.elements["element"]
        symbols = pl.col("composition").list.eval(pl.element().struct.field("element"))
        rows = rows.with_columns(unknown=symbols.list.set_difference(known.implode()))
        asked = rows.filter(pl.col("unknown").list.len() == 0).unique("key", maintain_order=True)
        answers = {}
        if asked.height:
            described = describe_formulas(asked, self.elements, (MAGPIE,))
            answers = {key: self._answer(key, described) for key in asked["key"]}
        return [
            answers.get(key) or self._no_answer(key, reason, unknown)
            for key, _, reason, unknown in rows.iter_rows()
        ]

    def _answer(self, key: str, described: DescribedFormulas) -> PropertyAnswer:
        own = described.descriptors.filter(key=key).select("descriptor", "descriptor_kind", "value")
        averages = described.more[0].filter(material_id=key).drop("source", "material_id")
        scored = pl.concat(
            [
                own,
                averages.transpose(include_header=True, header_name="descriptor").select(
                    "descriptor",
                    descriptor_kind=pl.lit("magpie"),
                    value=pl.nth(1).cast(pl.Float64),
                ),
            ]
        ).join(self.parameters, on="descriptor", how="left")
        scored = scored.with_columns(part=pl.col("value") * pl.col("parameter"))
        intercept = self.parameters.filter(descriptor="intercept")["parameter"].item()
        said = float(scored["part"].sum()) + intercept
        largest = scored.filter(pl.col("descriptor_kind") != "magpie").drop_nulls("part")
        largest = largest.sort(pl.col("part").abs(), descending=True).head(4)
        weighed = self.parameters.filter(pl.col("parameter") != 0)
        strange = own.join(weighed, on="descriptor", how="anti")
        n_known = own.height - strange.height
        # A set that the model does not read says nothing of what training had.
        patterns = {"fraction": "^fraction of ", "pair": "^[A-Z][a-z]?–[A-Z][a-z]?$"}
        is_read = {
            kind: bool(weighed["descriptor"].str.contains(pattern).any())
            for kind, pattern in patterns.items()
        }
        elements, pairs = (
            strange.filter(descriptor_kind=kind)["descriptor"].to_list() if is_read[kind] else []
            for kind in patterns
        )
        lowest = self.hyperparameters["lowest"]
        words = (
            f"training hardly had any {', '.join(elements)}: do not trust this"
            if elements
            else f"hardly or never seen together: {', '.join(pairs)}"
            if pairs
            else "its elements and their pairs were seen in training"
            if all(is_read.values())
            else "the model does not tell elements or pairs that it has not seen"
        )
        return PropertyAnswer(
            key,
            str(described.formulas.filter(key=key)["read_as"].item()),
            str(self.hyperparameters["column"]),
            str(self.hyperparameters["unit"]),
            said if lowest is None else max(said, lowest),
            float(str(self.hyperparameters["interval"])),
            tuple(largest.select("descriptor", "part").iter_rows()),
            f"{n_known} of its {own.height} descriptors have a weight; {words}",
        )

    def _no_answer(self, key: str, reason: str | None, unknown: list[str] | None) -> PropertyAnswer:
        why = reason or f"{key}: nothing is known about {', '.join(unknown or [])}"
        column, unit = str(self.hyperparameters["column"]), str(self.hyperparameters["unit"])
        return PropertyAnswer(key, "", column, unit, None, 0.0, (), why)


def load_regression(connection: duckdb.DuckDBPyConnection, name: str) -> FittedRegression:
    """Read the model that was fitted to the data set `name`.

    Raises WarehouseError if there is none, or if it reads columns that a formula does not tell.
    """
    rows = read_rows(
        connection,
        """
        select run_id, hyperparameters, feature as descriptor, parameter
        from staging.model_parameters
        inner join staging.models using (study, dataset, model, run_id)
        where study = 'property' and dataset = ? and is_selected
        """,
        [name],
    )
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
    run_id, text = rows.row(0)[:2]
    hyperparameters = json.loads(text)
    if hyperparameters["own"]:
        raise WarehouseError(
            f"the model of {name} reads {', '.join(hyperparameters['own'])}, which a formula does "
            "not tell",
            hint="fit one without: select the formula and the target alone",
        )
    return FittedRegression(
        name,
        run_id,
        rows.select("descriptor", "parameter"),
        hyperparameters,
        read_rows(connection, "from staging.elements"),
    )
