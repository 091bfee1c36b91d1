"""The connection that users get: queries read, and nothing that it hands out can write.

DuckDB lets `copy` write wherever a query may read, so it is each statement that is looked at.
"""

import re
from typing import Any

import duckdb

from warehouse.catalog.connection import duplicate
from warehouse.catalog.query import Parameters, parse_query

FETCHING = re.compile(
    "arrow|close|description|df|dtypes|fetch.*|get_table_names|interrupt|pl|query_progress|"
    "rowcount|table|tf|to_arrow_.*|torch|view"
)
"""What a connection of DuckDB's can do that reads, besides answering queries."""
WRITING = re.compile("create.*|insert.*|query|to_(csv|parquet|table|view)|update|write.*")
"""What rows of DuckDB's can do that writes, or runs a statement of its own."""


class ReadOnlyConnection:
    """A connection of DuckDB's to a warehouse, which answers queries and does nothing else.

    It passes for one of DuckDB's, in marimo's cells too. A statement that is no query, as well as
    a method that is not for reading, raises WarehouseError or AttributeError.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return duckdb.DuckDBPyConnection

    def sql(self, query: str, *, alias: str = "", params: Parameters = None) -> Any:
        """Rows of one query, as `duckdb.DuckDBPyConnection.sql` gives them."""
        text = parse_query(self._connection, query, params)
        return _guarded(self._connection.sql(text, alias=alias, params=params))

    query = sql

    def execute(self, query: str, parameters: Parameters = None) -> "ReadOnlyConnection":
        """Run one query, whose rows this connection then fetches."""
        self._connection.execute(parse_query(self._connection, query, parameters), parameters)
        return self

    def cursor(self) -> "ReadOnlyConnection":
        """Another connection to the same warehouse, which can only read, too."""
        return ReadOnlyConnection(duplicate(self._connection))

    duplicate = cursor

    def __enter__(self) -> "ReadOnlyConnection":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def __getattr__(self, name: str) -> Any:
        if not FETCHING.fullmatch(name):
            raise AttributeError(f"a warehouse is open for reading alone, without {name!r}")
        return _guarded(getattr(self._connection, name))


class ReadOnlyRows:
    """Rows of a query, as a relation of DuckDB's without what writes."""

    def __init__(self, rows: duckdb.DuckDBPyRelation) -> None:
        self._rows = rows

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return duckdb.DuckDBPyRelation

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return repr(self._rows)

    def __getitem__(self, name: str) -> Any:
        return _guarded(self._rows[name])

    def __getattr__(self, name: str) -> Any:
        if WRITING.fullmatch(name):
            raise AttributeError(f"rows of a warehouse are for reading alone, without {name!r}")
        return _guarded(getattr(self._rows, name))


def _guarded(value: Any) -> Any:
    """`value`, whose relations, and those that its calls return, can only read."""
    if type(value) is duckdb.DuckDBPyRelation:
        return ReadOnlyRows(value)
    if not callable(value):
        return value

    def call(*arguments: Any, **options: Any) -> Any:
        own = [a._rows if type(a) is ReadOnlyRows else a for a in arguments]
        return _guarded(value(*own, **options))

    return call
