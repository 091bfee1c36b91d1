"""Answers for any formula: the views that make descriptors, run on formulas of the asker."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl

from analysis.metals.labels import MaterialSet
from warehouse.catalog.views import load_views
from warehouse.conventions.formulas import read_formula
from warehouse.errors import WarehouseError
from warehouse.settings import SQL_DIR
from warehouse.tables import TABLES

MOST_ATOMS = 10_000
"""Of one element in a formula that is still answered."""
WANTED = ("features.formula_descriptors", "features.cell_descriptors")
COLUMNS = "descriptor_kind, descriptor_elements, descriptor, value"


@dataclass(frozen=True)
class Answer:
    """What the classifier says of one formula.

    Attributes:
        formula: As it was asked; taken as the whole unit cell where the model knows cells.
        meaning: What a metal is to the data that the classifier learned from.
        probability: That it is a metal.
        contributions: Descriptors and what each adds to the logit, the strongest first.
        intercept: Logit of a material without any descriptor.
        likeness: In words, whether the training data had anything like it.

    """

    formula: str
    meaning: str
    probability: float
    contributions: tuple[tuple[str, float], ...]
    intercept: float
    likeness: str

    @property
    def text(self) -> str:
        """The answer in a few lines."""
        called = "metal" if self.probability >= 1 / 2 else "non-metal"
        shown, rest = self.contributions[:8], [part for _, part in self.contributions[8:]]
        logit = self.intercept + sum(part for _, part in shown) + sum(rest)
        sums = [
            *shown,
            *([(f"{len(rest)} more", sum(rest))] if rest else []),
            ("intercept", self.intercept),
            ("the logit, their sum; the probability is 1/(1 + exp(-logit))", logit),
        ]
        return "\n".join(
            [
                f"{self.formula}: {called}, probability of a metal {self.probability:.3f} "
                f"({self.meaning})",
                f"  {self.likeness}",
                *(f"  {part:+7.2f}  {name}" for name, part in sums),
            ]
        )


def score_formulas(
    formulas: Sequence[str], parameters: pl.DataFrame, elements: pl.DataFrame, benchmark: str
) -> list[Answer]:
    """What a classifier with these `parameters` of descriptors says of `formulas`.

    The descriptors come from the same SQL files as those of the training data, run on an
    in-memory table of the asked formulas. Raises WarehouseError for what is no formula, or an
    element without properties.
    """
    if not formulas:
        return []
    descriptors = describe_formulas(formulas, elements)
    scored = descriptors.join(parameters, on="descriptor", how="left").with_columns(
        contribution=pl.col("value") * pl.col("parameter")
    )
    intercept = parameters.filter(descriptor="intercept")["parameter"].item()
    (of_set,) = [known for known in MaterialSet if known == benchmark] or [MaterialSet.CALCULATED]
    meaning = of_set.meaning
    return [
        _answer(formula, meaning, scored.filter(key=formula), intercept) for formula in formulas
    ]


def describe_formulas(formulas: Sequence[str], elements: pl.DataFrame) -> pl.DataFrame:
    """Descriptors of `formulas`, as the views have them, each with its formula in `key`."""
    asked = {formula: _parse(formula, elements["element"].to_list()) for formula in formulas}
    materials = pl.DataFrame(
        [
            {
                "source": "asked",
                "material_id": formula,
                "formula": formula,
                "composition": [{"element": e, "amount": n} for e, n in sorted(amounts.items())],
                "nsites": _n_sites(amounts),
                "license": "",
            }
            for formula, amounts in asked.items()
        ],
        schema_overrides={"nsites": pl.Int64},
    )
    empty = TABLES["materials"].create_empty()
    materials = pl.concat([empty, materials.cast({"nsites": pl.Int64})], how="diagonal_relaxed")
    with duckdb.connect() as memory:
        for layer in ("raw", "staging", "features"):
            memory.execute(f"create schema {layer}")
        for table, frame in (("materials", materials), ("elements", elements)):
            memory.register("rows", frame.to_arrow())
            memory.execute(f"create table raw.{table} as from rows")
        for name, sql in _views():
            memory.execute(f"create view {name} as {sql}")
        described: pl.DataFrame = memory.sql(
            f"""
            select material_id as key, {COLUMNS}
            from features.compositions
            inner join features.formula_descriptors using (reduced_formula)
            union all
            select material_id, {COLUMNS}
            from features.cell_descriptors
            """
        ).pl()
        return described


def _views() -> list[tuple[str, str]]:
    """Name and SQL of the views that descriptors need, each after those it reads."""
    views = {view.name: view for view in load_views(SQL_DIR)}
    needed = set(WANTED)
    for name in reversed(views):
        if name in needed:
            needed |= views[name].reads
    return [(name, view.sql) for name, view in views.items() if name in needed]


def _parse(formula: str, known: Sequence[str]) -> dict[str, float]:
    try:
        amounts = read_formula(formula)
    except ValueError as error:
        raise WarehouseError(
            f"'{formula}' is not a chemical formula", hint="write it like Cu3Au or Ca(OH)2"
        ) from error
    if max(amounts.values()) > MOST_ATOMS:
        raise WarehouseError(
            f"{formula}: more than {MOST_ATOMS:,} atoms of one element",
            hint="write the formula of one unit cell",
        )
    unknown = [element for element in amounts if element not in known]
    if unknown:
        raise WarehouseError(
            f"{formula}: nothing is known about {', '.join(unknown)}",
            hint="ask about the elements H to Cn",
        )
    return amounts


def _n_sites(amounts: dict[str, float]) -> int | None:
    """Atoms in the cell; None if an amount is broken, for then there is no cell."""
    if all(float(amount).is_integer() for amount in amounts.values()):
        return int(sum(amounts.values()))
    return None


def _answer(formula: str, meaning: str, scored: pl.DataFrame, intercept: float) -> Answer:
    from analysis.metals.models.classifier import logistic

    known = scored.drop_nulls("contribution")
    logit = intercept + float(known["contribution"].to_numpy().sum())
    strongest = known.sort(pl.col("contribution").abs(), descending=True)
    return Answer(
        formula,
        meaning,
        float(logistic(np.array(logit))),
        tuple(strongest.select("descriptor", "contribution").iter_rows()),
        intercept,
        _likeness(scored, known.height / scored.height),
    )


def _likeness(scored: pl.DataFrame, share: float) -> str:
    """What of a formula the training data had; strange elements count more than strange pairs."""
    strange = scored.filter(pl.col("parameter").is_null()).sort("descriptor")
    elements = strange.filter(descriptor_kind="fraction")["descriptor_elements"].list.first()
    pairs = strange.filter(descriptor_kind="pair")["descriptor"]
    if len(elements):
        words = f"too few materials with {', '.join(elements)} in training: do not trust this"
    elif len(pairs):
        words = f"hardly or never seen together: {', '.join(pairs)}"
    elif "pair" in scored["descriptor_kind"]:
        words = "all its pairs of elements were seen"
    else:
        words = "its element was seen"
    return f"{share:.0%} of its {scored.height} descriptors are known from training; {words}"
