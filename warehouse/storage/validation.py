"""Parts rows that keep a table's schema from rows that break it."""

import dataframely as dy
import polars as pl

REFUSED_SCHEMA = {"row": pl.String, "reason": pl.String}
"""A refused row: the row as JSON, and why it was refused."""


def validate(schema: type[dy.Schema], rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that keep `schema`, sorted by primary key, and those that break it.

    The first frame has the schema's columns in its order, the second those of
    `REFUSED_SCHEMA`. Rows that share a primary key are all refused: nothing tells which of
    them is right. Raises dataframely's SchemaError if a column is missing or of another type.
    """
    rows = rows.select(schema.column_names())
    # Rows are nearly always valid, and that is told much quicker than which are not.
    if rows.schema == schema.create_empty().schema and schema.is_valid(rows):
        return rows.sort(schema.primary_key()), pl.DataFrame(schema=REFUSED_SCHEMA)
    valid, failure = schema.filter(rows, cast=True)
    return valid.sort(schema.primary_key()), _describe(failure.details(), schema)


def _describe(details: pl.DataFrame, schema: type[dy.Schema]) -> pl.DataFrame:
    """One row per refused row: itself as JSON, and the names of the rules that it breaks."""
    columns = schema.column_names()
    rules = [name for name in details.columns if name not in columns]
    if details.is_empty():
        return pl.DataFrame(schema=REFUSED_SCHEMA)
    broken = [
        pl.when(pl.col(rule).cast(pl.String) == "invalid").then(pl.lit(rule.replace("|", ": ")))
        for rule in rules
    ]
    return details.select(
        row=pl.struct(columns).struct.json_encode(),
        reason=pl.concat_str(broken, separator="; ", ignore_nulls=True),
    )
