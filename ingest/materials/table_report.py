"""What became of a user's table, in a few lines."""

import re
from collections.abc import Sequence

import polars as pl

MOST_REASONS = 5
"""Reasons of refusals that are told; SQL tells the others."""
SEEN = re.compile(r"'.*'|(?<= is ).*(?=, and the others)")
"""What a reason has of the one row."""
PARTED = r"^\d+[-/.]\d+[-/.]\d+$"
"""Dates, and numbers of registries such as 50-00-0."""


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
    target = next((name for name, _, n_numbers, _ in columns if n_numbers), columns[0][0])
    return [
        *lines,
        *_tell_refused(rejected["reason"]),
        f"  next: python -m analysis property {target} --table {source}",
    ]


def _tell_refused(reasons: pl.Series) -> list[str]:
    """A line for all reasons that differ in what was seen alone, the most frequent first."""
    kinds: dict[str, list[tuple[str, int]]] = {}
    for reason, count in reasons.value_counts(sort=True).rows():
        kinds.setdefault(SEEN.sub("", reason), []).append((reason, count))
    told = sorted(
        ((sum(n for _, n in of), of[0][0], len(of)) for of in kinds.values()), reverse=True
    )
    lines = [
        f"  {count:,} refused: {reason}{', and the like' if n_reasons > 1 else ''}"
        for count, reason, n_reasons in told[:MOST_REASONS]
    ]
    if rest := sum(count for count, *_ in told[MOST_REASONS:]):
        lines.append(f"  {rest:,} refused for other reasons")
    return lines


def _doubt_texts(texts: pl.Series) -> str:
    """That a column of texts may have been meant as one of numbers."""
    like_numbers = texts.filter(texts.str.contains(r"^[-+<>~]?\s*\d"))
    like_numbers = like_numbers.filter(~like_numbers.str.contains(PARTED))
    if 2 * like_numbers.len() < texts.len():
        return ""
    odd = like_numbers.filter(like_numbers.cast(pl.Float64, strict=False).is_null())
    return (
        f"; if numbers are meant, write them alone, with a unit in the header, not {odd[0]!r}"
        if odd.len()
        else ""
    )
