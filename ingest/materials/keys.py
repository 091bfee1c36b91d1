"""What follows from a material's composition alone, told once for all when it enters its table."""

from functools import cache

import polars as pl

from ingest.materials.elements import EMBEDDED_ELEMENTS
from warehouse.conventions.reduced_formulas import reduce_compositions


def make_keys(compositions: pl.Series) -> pl.DataFrame:
    """`reduced_formula`, `chemsys` and `mean_atomic_weight` in u of n compositions, n rows.

    All are NULL for a composition that is NULL, the weight for one with an element that has none.
    """
    entries = (
        compositions.alias("entry")
        .to_frame()
        .with_row_index("row")
        .explode("entry")
        .unnest("entry")
    )
    amount, weight = (
        pl.col("amount"),
        pl.col("element").replace_strict(_atomic_weights(), default=None, return_dtype=pl.Float64),
    )
    means = entries.group_by("row", maintain_order=True).agg(
        pl.when(weight.is_not_null().all())
        .then((amount * weight).sum() / amount.sum())
        .alias("mean_atomic_weight")
    )
    return reduce_compositions(compositions).with_columns(means["mean_atomic_weight"])


@cache
def _atomic_weights() -> dict[str, float]:
    elements = pl.read_parquet(EMBEDDED_ELEMENTS, columns=["element", "atomic_weight"])
    return dict(elements.drop_nulls().iter_rows())
