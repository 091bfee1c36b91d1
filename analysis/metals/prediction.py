"""A fitted classifier that answers for any formula, for Python and for `metals --predict`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

import duckdb
import polars as pl

from analysis.datasets import read_rows
from analysis.linear_models.answering.described import OF_ELEMENT, AskedFormula, describe_asked
from analysis.linear_models.answering.kept import read_elements, read_weights
from analysis.metals.inquiries.answer import Answer
from analysis.metals.inquiries.evidence import Evidence, read_evidence
from analysis.metals.labels import MaterialSet
from warehouse.errors import WarehouseError


@dataclass(frozen=True)
class FittedClassifier:
    """A metal / non-metal classifier, as a run left it in the warehouse.

    Attributes:
        benchmark: Data set whose materials it was fitted to.
        model: Name of the model within the study.
        run_id: The run that fitted it.
        parameters: One row per `descriptor`: its `parameter`, dimensionless, in the logit.
        elements: The chemical elements and the properties that descriptors are made from.
        evidence: The training data, as each answer is held against them.

    """

    benchmark: str
    model: str
    run_id: str
    parameters: pl.DataFrame
    elements: pl.DataFrame
    evidence: Evidence

    def predict(self, formulas: Sequence[str]) -> pl.DataFrame:
        """Predict whether materials are metals.

        Args:
            formulas: Such as `Cu3Au`; each is the whole unit cell where the model knows cells.

        Returns:
            One row per formula, in the order asked: `formula`, `metal_probability` (0 to 1), and
            `likeness`, which says in words whether the training data had anything like it. What
            is no formula, or has an element without properties, has no probability, and
            `likeness` says why.

        Raises:
            WarehouseError: They are no list, or none of them has an answer.

        """
        answers = self.explain(formulas)
        return pl.DataFrame(
            {
                "formula": [answer.formula for answer in answers],
                "metal_probability": [answer.probability for answer in answers],
                "likeness": [answer.likeness for answer in answers],
            },
            schema={"formula": pl.String, "metal_probability": pl.Float64, "likeness": pl.String},
        )

    def explain(self, formulas: Sequence[str]) -> list[Answer]:
        """Like `predict`, with the evidence, and what each descriptor adds to the logit."""
        asked = list(describe_asked(formulas, self.parameters, self.elements, with_averages=False))
        if asked and all(one.parts is None for one in asked):
            raise WarehouseError(asked[0].likeness, hint=asked[0].hint)
        return [self._answer(one) for one in asked]

    def _answer(self, asked: AskedFormula) -> Answer:
        (of_set,) = [one for one in MaterialSet if one == self.benchmark] or [
            MaterialSet.CALCULATED
        ]
        intercept = float(self.parameters.filter(descriptor="intercept")["parameter"].item())
        if asked.parts is None:
            why = f"{asked.likeness}; {asked.hint}"
            return Answer(asked.formula, "", of_set.meaning, None, (), intercept, why)
        probability = 1 / (1 + exp(-asked.sum_of("")))
        parts = asked.parts.filter(pl.col("kind") != "intercept")
        strongest = parts.sort(pl.col("part").abs(), descending=True)
        return Answer(
            asked.formula,
            asked.read_as,
            of_set.meaning,
            probability,
            tuple(strongest.select("descriptor", "part").iter_rows()),
            intercept,
            asked.likeness + self._tell_pure(asked.fractions),
            self.evidence.of_formula(asked.reduced_formula),
            tuple(self.evidence.nearest(asked.reduced_formula, asked.fractions)),
            self.evidence.interval(probability),
        )

    def _tell_pure(self, fractions: Mapping[str, float]) -> str:
        """Whether training had a pure element; nothing of compounds and elements unseen."""
        (element, *others) = fractions
        if others or f"{OF_ELEMENT}{element}" not in self.parameters["descriptor"]:
            return ""
        pure = self.evidence.of_formula(element)
        return f", pure in {pure.n_materials} rows" if pure else ", in compounds only, never pure"


def load_classifier(
    connection: duckdb.DuckDBPyConnection, benchmark: str, model: str | None = None
) -> FittedClassifier:
    """Read the classifier that was fitted to `benchmark`, by default its study's own choice.

    Raises WarehouseError if there is none.
    """
    rows = read_weights(connection, "metals", benchmark, model)
    if rows.is_empty():
        raise missing_classifier(connection, benchmark, model)
    name, run_id = rows.row(0)[:2]
    parameters = rows.select("descriptor", "label", "parameter")
    evidence = read_evidence(connection, benchmark, name)
    return FittedClassifier(
        benchmark, name, run_id, parameters, read_elements(connection), evidence
    )


def missing_classifier(
    connection: duckdb.DuckDBPyConnection, benchmark: str, model: str | None
) -> WarehouseError:
    """What to say when the warehouse has no parameters of such a classifier."""
    known = read_rows(
        connection,
        "select distinct model || ' of ' || dataset from staging.model_parameters "
        "where study = 'metals' order by all",
    ).to_series()
    return WarehouseError(
        f"no classifier {f'{model!r} ' if model else ''}was fitted to {benchmark} whose parameters "
        "are kept",
        hint=f"these are: {', '.join(known)}" if len(known) else "run `python -m analysis metals`",
    )
