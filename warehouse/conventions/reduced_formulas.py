"""Reduced formulas and chemical systems of many compositions at once, as `features.compositions`.

That view says the same in SQL of the materials that have labels; here it is done once, when rows
enter their table, so that a question to half a million rows need not do it again.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

MOST_PLACES = 8
"""Decimal places of an amount; what never ends, such as 1/3, is cut there."""
_ATOL = 1e-9


def reduce_compositions(compositions: pl.Series) -> pl.DataFrame:
    """Reduced formula and chemical system of n compositions, elements in alphabetical order.

    `compositions` are lists of (element, amount) as `parse_formulas` gives them, NULL where there
    is none. Returns n rows in the given order: `reduced_formula`, the smallest whole amounts such
    as `ClNa`, and `chemsys`, such as `Cl-Na`; both NULL for a composition that is NULL or empty.
    """
    rows = compositions.alias("entry").to_frame().with_row_index("row")
    entries = (
        rows.explode("entry")
        .drop_nulls("entry")
        .unnest("entry")
        .sort("row", "element", maintain_order=True)
    )
    if entries.is_empty():
        nothing = pl.lit(None, dtype=pl.String)
        return rows.with_columns(reduced_formula=nothing, chemsys=nothing).drop("row", "entry")
    starts = np.flatnonzero(np.diff(entries["row"].to_numpy(), prepend=-1))
    counts = _count_whole(entries["amount"].to_numpy(), starts)
    number = pl.col("count").cast(pl.String)
    term = pl.col("element") + pl.when(pl.col("count") > 1).then(number).otherwise(pl.lit(""))
    reduced = (
        entries.with_columns(count=pl.Series(counts))
        .group_by("row", maintain_order=True)
        .agg(reduced_formula=term.str.join(""), chemsys=pl.col("element").str.join("-"))
    )
    return rows.select("row").join(reduced, on="row", how="left", maintain_order="left").drop("row")


def _count_whole(amounts: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Smallest whole amounts of each composition; `starts` are the places where they begin."""
    lengths = np.diff(np.append(starts, len(amounts)))
    places = np.full(len(amounts), MOST_PLACES)
    for digits in range(MOST_PLACES, -1, -1):
        scaled = amounts * 10.0**digits
        is_whole = np.abs(scaled - np.rint(scaled)) <= _ATOL * np.minimum(scaled, 1)
        places[is_whole] = digits
    # The least number of places that makes all of them whole together.
    together = np.repeat(np.maximum.reduceat(places, starts), lengths)
    scaled = np.minimum(amounts * 10.0**together, 9e18)
    counts = np.maximum(np.rint(scaled), 1).astype(np.int64)
    divisors = np.gcd.reduceat(counts, starts)
    reduced: NDArray[np.int64] = counts // np.repeat(divisors, lengths)
    return reduced
