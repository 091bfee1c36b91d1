"""Rows as a table's schema has them: read from files of any age, and parted from what breaks it."""

from collections.abc import Sequence
from pathlib import Path

import dataframely as dy
import polars as pl

from warehouse.errors import first_line
from warehouse.storage.delta import damaged
from warehouse.storage.files import scan_parquet
from warehouse.tables import untold_values

ALL_ROWS = pl.lit(value=True)
REFUSED_SCHEMA = {"row": pl.String, "reason": pl.String}
"""A refused row: the row as JSON, and why it was refused."""


def validate(schema: type[dy.Schema], rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that keep `schema`, sorted by primary key, and those that break it.

    Columns that a row may leave untold get the text for that.

    The first frame has the schema's columns in its order, the second those of
    `REFUSED_SCHEMA`. Rows that share a primary key are all refused: nothing tells which of
    them is right. Raises dataframely's SchemaError if a column is missing or of another type.
    """
    rows = tell_all(schema, rows).select(schema.column_names())
    # Rows are nearly always valid, and that is told much quicker than which are not.
    if rows.schema == schema.create_empty().schema and schema.is_valid(rows):
        return rows.sort(schema.primary_key()), pl.DataFrame(schema=REFUSED_SCHEMA)
    valid, failure = schema.filter(rows, cast=True)
    return valid.sort(schema.primary_key()), _describe(failure.details(), schema)


def read_table_rows(
    path: Path,
    files: Sequence[Path],
    schema: type[dy.Schema],
    wanted: pl.Expr = ALL_ROWS,
) -> pl.DataFrame:
    """Rows of `files` of the table in `path`, or those `wanted`, sorted by primary key.

    A column that is younger than a file is NULL there, or the text for what is untold. Raises
    WarehouseError if a file is damaged or lacks any other column.
    """
    if not files:
        return schema.create_empty()
    required = {name for name, column in schema.columns().items() if not column.nullable}
    required -= untold_values(schema).keys()
    try:
        for file in files:
            if missing := required - scan_parquet([file]).collect_schema().keys():
                raise damaged(path, f"{file.name} lacks {', '.join(missing)}")
        rows = scan_parquet(
            files,
            schema=schema.create_empty().schema,
            missing_columns="insert",
            extra_columns="ignore",
        )
        return tell_all(schema, rows.filter(wanted).collect()).sort(schema.primary_key())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise damaged(path, first_line(error)) from error


def tell_all(schema: type[dy.Schema], rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the text of `schema` in each column of which their writer did not know."""
    untold = untold_values(schema)
    return rows.with_columns(
        (pl.col(name).fill_null(text) if name in rows.columns else pl.lit(text)).alias(name)
        for name, text in untold.items()
    )


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
