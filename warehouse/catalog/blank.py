"""A catalog whose tables are empty: what a build binds and documents whatever the tables hold."""

import tempfile
from functools import lru_cache
from pathlib import Path

import duckdb

from warehouse.catalog.column_docs import document_columns
from warehouse.catalog.functions import Function
from warehouse.catalog.raw_views import columns_of, comment, create_raw_view
from warehouse.catalog.views import LAYERS, View, problem
from warehouse.errors import first_line
from warehouse.quoting import quote_name, quote_text
from warehouse.tables import TABLES, column_docs

READABLE: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": "v1.0.0"
}
"""Lets each DuckDB since 1.0 open the catalog, not only those as new as the one that wrote it."""


@lru_cache(maxsize=8)  # It takes a second to make; a second build in a process copies it.
def make_blank_catalog(views: tuple[View, ...], functions: tuple[Function, ...] = ()) -> bytes:
    """The file of a catalog with `views` and `functions`, each after what it needs; no rows.

    Raises WarehouseError if DuckDB refuses one, or a view lacks documentation.
    """
    docs = document_columns(views, {f"raw.{table}": column_docs(table) for table in TABLES})
    with tempfile.TemporaryDirectory(prefix="quarry-") as folder:
        path = Path(folder) / "blank.duckdb"
        with duckdb.connect(path, config=READABLE) as connection:
            connection.begin()
            for function in functions:
                if not function.is_table:
                    _create_function(connection, function)
            for layer in LAYERS:
                connection.execute(f"create schema {layer}")
            for table in TABLES:
                create_raw_view(connection, table, [])
            _create_views(connection, views)
            for function in functions:
                if function.is_table:  # It reads views.
                    _create_function(connection, function)
            for view in views:
                comment(connection, view.name, view.doc, docs[view.name])
            _record_views(connection, views)
            connection.commit()
            connection.execute("checkpoint")
        return path.read_bytes()


def _create_function(connection: duckdb.DuckDBPyConnection, function: Function) -> None:
    """Create a macro, with its documentation where it is for users."""
    try:
        connection.execute(function.sql)
    except duckdb.Error as error:
        raise problem(function.path, f"is refused by DuckDB: {first_line(error)}") from error
    if function.is_offered:
        kind = "macro table" if function.is_table else "macro"
        connection.execute(f"comment on {kind} {function.name} is {quote_text(function.doc)}")


def _create_views(connection: duckdb.DuckDBPyConnection, views: tuple[View, ...]) -> None:
    """Create the views.

    DuckDB binds a view when it is made, and with it all views below. So each is made while empty
    tables stand for those below, in a fifth of the time.
    """
    for view in views:
        try:
            types = columns_of(connection, f"(\n{view.sql}\n)")
        except duckdb.Error as error:
            raise problem(view.path, f"is refused by DuckDB: {first_line(error)}") from error
        if tuple(types) != view.columns:
            raise problem(
                view.path,
                f"makes the columns {', '.join(types)} but names {', '.join(view.columns)}",
            )
        columns = ", ".join(f"{quote_name(name)} {kind}" for name, kind in types.items())
        connection.execute(f"create table {view.name} ({columns})")
    for view in reversed(views):
        connection.execute(f"drop table {view.name}")
        connection.execute(f"create view {view.name} as {view.sql}")


def _record_views(connection: duckdb.DuckDBPyConnection, views: tuple[View, ...]) -> None:
    """Keep what each view reads and the digest of its SQL, by which results become stale."""
    connection.execute(
        "create table raw.catalog_lineage "
        "(name varchar, version integer, sha256 varchar, reads varchar[])"
    )
    lineage = [(view.name, None, view.sha256, sorted(view.reads)) for view in views]
    if lineage:
        connection.executemany("insert into raw.catalog_lineage values (?, ?, ?, ?)", lineage)
