"""Views over the tables: `raw.<table>` reads exactly the Parquet files of one version of it."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from warehouse.errors import first_line
from warehouse.quoting import quote_files, quote_name, quote_text
from warehouse.storage.delta import damaged
from warehouse.tables import TABLES, column_docs, table_doc, untold_values


def create_raw_view(connection: duckdb.DuckDBPyConnection, table: str, files: list[Path]) -> None:
    """Create `raw.<table>` over these `files`, with its documentation, or replace it.

    It has the types of the table's schema, whatever the files: what reads it stays as it is. A
    column that is younger than a file is NULL in its rows, or the text for what is untold.
    Raises WarehouseError if a file is damaged.
    """
    connection.register("no_rows", TABLES[table].create_empty().to_arrow())
    types = columns_of(connection, "no_rows")
    rows, held = "(select 1 where false)", dict[str, str]()
    try:
        if files:
            paths = quote_files(path.resolve() for path in files)
            rows = f"read_parquet({paths}, union_by_name = true)"
            held = columns_of(connection, rows)
        untold = untold_values(TABLES[table])
        columns = ", ".join(
            _raw_column(name, type_name, held.get(name), untold.get(name))
            for name, type_name in types.items()
        )
        connection.execute(f"create or replace view raw.{table} as select {columns} from {rows}")
    except duckdb.Error as error:
        raise damaged(files[0].parent, first_line(error)) from error
    comment(connection, f"raw.{table}", table_doc(table), column_docs(table))


def _raw_column(name: str, type_name: str, held_type: str | None, untold: str | None) -> str:
    """The SQL of a column of a table's view; `held_type` is that in the files."""
    quoted = quote_name(name)
    value = quoted
    if held_type != type_name:
        value = f"cast({quoted if held_type else 'null'} as {type_name})"
    if untold is not None:
        value = f"coalesce({value}, {quote_text(untold)})"
    return quoted if value == quoted else f"{value} as {quoted}"


def columns_of(connection: duckdb.DuckDBPyConnection, rows: str) -> dict[str, str]:
    """Columns of the table, function or query `rows` and their types."""
    described = connection.execute(f"describe from {rows}").fetchall()
    return {row[0]: row[1] for row in described}


def comment(
    connection: duckdb.DuckDBPyConnection, view: str, doc: str, columns: Mapping[str, str]
) -> None:
    """Write the documentation of a view and of its columns into the catalog."""
    texts = {f"view {view}": doc}
    texts |= {f"column {view}.{quote_name(name)}": text for name, text in columns.items()}
    statements = (f"comment on {of} is {quote_text(text)}" for of, text in texts.items())
    connection.execute("; ".join(statements))
