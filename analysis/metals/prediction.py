"""A fitted classifier that answers for any formula, for Python and for `metals --predict`."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from analysis.datasets import read_rows, refuse_bare_text
from analysis.metals.formula_answers import score_formulas
from analysis.metals.inquiries.answer import Answer
from analysis.metals.inquiries.evidence import Evidence, read_evidence
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
        refuse_bare_text(formulas, "Cu3Au")
        return score_formulas(
            formulas, self.parameters, self.elements, self.benchmark, self.evidence
        )


def load_classifier(
    connection: duckdb.DuckDBPyConnection, benchmark: str, model: str | None = None
) -> FittedClassifier:
    """Read the classifier that was fitted to `benchmark`, by default its study's own choice.

    Raises WarehouseError if there is none.
    """
    rows = read_rows(
        connection,
        """
        select model, run_id, feature as descriptor, parameter
        from staging.model_parameters
        inner join staging.models using (study, dataset, model, run_id)
        where study = 'metals' and dataset = $1 and if($2 is null, is_selected, model = $2)
        """,
        [benchmark, model],
    )
    if rows.is_empty():
        raise missing_classifier(connection, benchmark, model)
    name, run_id = rows.row(0)[:2]
    elements = read_rows(connection, "from raw.elements")
    parameters = rows.select("descriptor", "parameter")
    evidence = read_evidence(connection, benchmark, name)
    return FittedClassifier(benchmark, name, run_id, parameters, elements, evidence)


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
