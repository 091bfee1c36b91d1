"""Rows of one formula as one sample, where no material_id tells them apart.

With groups or folds a formula has one sample in each of them. Weights add up, and the latest time
counts: only then all that a sample says was known.
"""

from collections.abc import Sequence

import polars as pl

from analysis.properties.settings import own_column, role_column

FORMULA = "reduced_formula"
WEIGHT, GROUP, TIME, FOLD = map(role_column, ("weight", "group", "time", "fold"))


def merge_numbers(rows: pl.DataFrame, own: Sequence[str]) -> pl.DataFrame:
    """One row per formula with the median of its numbers, or the weighted one.

    Further columns `own` are medians.
    """
    target = pl.col("target").median()
    if WEIGHT in rows.columns:
        # Of the numbers at which half of the weight is reached and passed the mean.
        numbers = pl.col("target").sort_by("target")
        reached = pl.col(WEIGHT).sort_by("target").cum_sum()
        half = pl.col(WEIGHT).sum() / 2
        lower, upper = numbers.filter(reached >= half).first(), numbers.filter(reached > half)
        target = (lower + upper.first().fill_null(lower)) / 2
    merged = rows.group_by(_keys(rows), maintain_order=True).agg(target, *_others(rows, own))
    return _name(merged)


def merge_labels(rows: pl.DataFrame, own: Sequence[str]) -> tuple[pl.DataFrame, int]:
    """One row per formula with the class that most of its rows have, or most of their weight.

    Of classes that are equally frequent in a formula, the one that is rarer in all rows counts, or
    else the first by alphabet. Further columns `own` are medians. Returns the rows, and how many
    of the given ones had another class than their formula's.
    """
    keys = _keys(rows)
    frequency = rows.group_by("target").agg(n_all=pl.len())
    share = pl.col(WEIGHT).sum() if WEIGHT in rows.columns else pl.len()
    votes = rows.group_by(*keys, "target", maintain_order=True).agg(share=share, n=pl.len())
    winners = (
        votes.join(frequency, on="target")
        .sort(
            [*keys, "share", "n_all", "target"],
            descending=[*(False for _ in keys), True, False, False],
        )
        .unique(keys, keep="first", maintain_order=True)
        .select(*keys, "target", "n")
    )
    merged = (
        rows.drop("target")
        .group_by(keys, maintain_order=True)
        .agg(*_others(rows, own))
        .join(winners.drop("n"), on=keys, nulls_equal=True, maintain_order="left")
    )
    return _name(merged), rows.height - int(winners["n"].sum())


def _keys(rows: pl.DataFrame) -> list[str]:
    return [name for name in (FORMULA, GROUP, FOLD) if name in rows.columns]


def _others(rows: pl.DataFrame, own: Sequence[str]) -> list[pl.Expr]:
    """Columns beside keys and target."""
    sums, latest = ([name] if name in rows.columns else [] for name in (WEIGHT, TIME))
    known = [*_keys(rows), "target", *own, *sums, *latest]
    return [
        pl.col(own).median(),
        pl.col(sums).sum(),
        pl.col(latest).max(),
        pl.exclude(known).first(),
    ]


def _name(merged: pl.DataFrame) -> pl.DataFrame:
    """The rows by their reduced formulas; those of groups and folds have names with these, too."""
    _, *parted = _keys(merged)
    if parted:
        told = pl.concat_str(pl.col(parted).cast(str).fill_null("trained"), separator=", ")
        merged = merged.with_columns(material_id=pl.format("{} ({})", FORMULA, told))
    return merged.with_columns(formula=FORMULA)


def tell_varying(rows: pl.DataFrame, own: Sequence[str]) -> tuple[str, ...]:
    """What is lost where rows of a formula that differ in the columns `own` are merged."""
    kinds = rows.group_by(_keys(rows)).agg(pl.col(map(own_column, own)).n_unique())
    varying = {name: n for name in own if (n := int((kinds[own_column(name)] > 1).sum()))}
    if not varying:
        return ()
    told = ", ".join(f"{name} of {n:,} formulas" for name, n in varying.items())
    return (f"rows differ in {told}, and are merged; select a material_id to keep them apart",)


def count_merged(rows: pl.DataFrame, merged: pl.DataFrame, by: str) -> dict[str, int]:
    """How many rows were merged with others, and by what."""
    n = rows.height - merged.height
    return {f"formula again, merged by {by}": n} if n else {}
