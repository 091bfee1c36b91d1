"""What became of a user's table, in a few lines."""

from collections.abc import Sequence

import polars as pl

MOST_REASONS = 5
"""Reasons of refusals that are told; SQL tells the others."""


def describe_table(
    source: str, rows: pl.DataFrame, rejected: pl.DataFrame, key: str, untaken: Sequence[str]
) -> list[str]:
    """Which columns there are, how many values each has, what was refused, and what to do next.

    `rows` are of `own_values`, `rejected` for the quarantine; `key` is the column of formulas, and
    `untaken` are those of other types than numbers and texts.
    """
    columns = (
        rows.group_by("column_name", maintain_order=True)
        .agg(pl.len(), pl.col("number").count(), pl.col("unit").first())
        .rows()
    )
    lines = [f"{source}: {rows['row_number'].n_unique():,} rows with a formula in {key}"]
    for column, n, n_numbers, unit in columns:
        kind = f"numbers{f', {unit}' if unit else ''}" if n_numbers else "texts"
        doubt = "" if n_numbers else _doubt_texts(rows.filter(column_name=column)["text"])
        lines.append(f"  {column}: {n:,} {kind}{doubt}")
    lines += [f"  {column} is left out: it has neither numbers nor texts" for column in untaken]
    reasons = rejected["reason"].value_counts(sort=True)
    lines += [
        f"  {count:,} refused: {reason}" for reason, count in reasons.head(MOST_REASONS).rows()
    ]
    if reasons.height > MOST_REASONS:
        lines.append(f"  {reasons['count'][MOST_REASONS:].sum():,} refused for other reasons")
    return [*lines, f"  next: python -m analysis property {columns[0][0]} --table {source}"]


def _doubt_texts(texts: pl.Series) -> str:
    """That a column of texts may have been meant as one of numbers."""
    like_numbers = texts.filter(texts.str.contains(r"^[-+<>~]?\s*\d"))
    if 2 * like_numbers.len() < texts.len():
        return ""
    odd = like_numbers.filter(like_numbers.cast(pl.Float64, strict=False).is_null())
    return (
        f"; if numbers are meant, write them alone, with a unit in the header, not {odd[0]!r}"
        if odd.len()
        else ""
    )
