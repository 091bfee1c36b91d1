"""The rows behind a figure, as files that its page carries in its links."""

import base64
import io
from dataclasses import dataclass

import duckdb
import polars as pl

from analysis.datasets import read_rows

LARGEST = 1_000_000
"""Bytes of a file that a page still carries: Chromium follows links of up to 2 MB."""


@dataclass(frozen=True)
class Download:
    """Rows of a query as `data:` links; a file that is too large for the page has none."""

    n_rows: int
    csv: str | None
    parquet: str | None


def make_download(
    connection: duckdb.DuckDBPyConnection, sql: str, kept: dict[str, Download] | None = None
) -> Download:
    """Return the rows of `sql`, exactly as the query gives them, as CSV and Parquet.

    What was `kept` is returned as it is; what is made joins it.
    """
    kept = {} if kept is None else kept
    if sql not in kept:
        kept[sql] = _make(read_rows(connection, sql))
    return kept[sql]


def _make(rows: pl.DataFrame) -> Download:
    parquet = io.BytesIO()
    rows.write_parquet(parquet)
    # A cell is a character and a separator at least: what cannot fit need not be written.
    least = sum(2 * rows.height - column.null_count() for column in rows)
    return Download(
        n_rows=rows.height,
        csv=None if least > LARGEST else _link("text/csv", rows.write_csv().encode()),
        parquet=_link("application/vnd.apache.parquet", parquet.getvalue()),
    )


def _link(kind: str, content: bytes) -> str | None:
    if len(content) > LARGEST:
        return None
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
