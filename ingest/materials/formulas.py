"""Chemical formulas to compositions: vectorised for plain ones, by pymatgen for the rest."""

import polars as pl

from warehouse.conventions.elements import ELEMENTS

LEAST_AMOUNT = 1e-8
"""Smaller amounts count as absent, as in `pymatgen.Composition.amount_tolerance`."""

_TERM = r"([A-Z][a-z]?)(\d+\.?\d*|\.\d+)?"
_PLAIN = rf"^(?:{_TERM})+$"


def parse_formulas(formulas: pl.Series) -> pl.DataFrame:
    """Parse n chemical formulas such as `Ag0.5GePb1.75S4` or `Ca[Al(OH)4]2`.

    Returns n rows in the given order: `composition`, a list of elements in alphabetical order
    with their amounts (an element that is met twice is summed), and `reason`, why there is
    none. Just one of the two is NULL.
    """
    distinct = formulas.unique(maintain_order=True).alias("formula").to_frame()
    is_plain = pl.col("formula").str.contains(_PLAIN)
    terms = pl.concat(
        [
            _split_plain(distinct.filter(is_plain)),
            _split_with_pymatgen(distinct.filter(~is_plain)),
        ]
    )
    parsed = (
        terms.group_by("formula", "element", maintain_order=True)
        .agg(pl.col("amount").sum())
        .filter(pl.col("amount") >= LEAST_AMOUNT)
        .sort("element")
        .group_by("formula")
        .agg(
            composition=pl.struct("element", "amount"),
            unknown=pl.col("element").filter(~pl.col("element").is_in(ELEMENTS)),
        )
    )
    is_known = pl.col("unknown").list.len() == 0
    return (
        formulas.alias("formula")
        .to_frame()
        .join(parsed, on="formula", how="left", maintain_order="left")
        .select(
            composition=pl.when(is_known).then("composition"),
            reason=pl.when(pl.col("formula").is_null())
            .then(pl.lit("the formula is missing"))
            .when(pl.col("composition").is_null())
            .then(pl.format("'{}' is not a chemical formula", pl.col("formula")))
            .when(~is_known)
            .then(pl.format("no element has the symbol {}", pl.col("unknown").list.join(", "))),
        )
    )


def _split_plain(formulas: pl.DataFrame) -> pl.DataFrame:
    """One row per term of formulas without brackets: formula, element, amount."""
    term = pl.col("term")
    return (
        formulas.with_columns(term=pl.col("formula").str.extract_all(_TERM))
        .explode("term")
        .select(
            "formula",
            element=term.str.extract(_TERM, 1),
            amount=term.str.extract(_TERM, 2).cast(pl.Float64).fill_null(1.0),
        )
    )


def _split_with_pymatgen(formulas: pl.DataFrame) -> pl.DataFrame:
    """The same for all other strings; those that are no formula give no rows."""
    terms = [
        (formula, element, amount)
        for formula in formulas["formula"].drop_nulls()
        for element, amount in _amounts(formula).items()
    ]
    schema = {"formula": pl.String, "element": pl.String, "amount": pl.Float64}
    return pl.DataFrame(terms, schema=schema, orient="row")


def _amounts(formula: str) -> dict[str, float]:
    # Its import takes a second, and most data sets have no bracket.
    from pymatgen.core.composition import Composition

    try:
        return Composition(formula).get_el_amt_dict()
    except ValueError:
        return {}
