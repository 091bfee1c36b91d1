"""Runs the checks: views that select the rows which break a rule; no rows means it holds."""

from dataclasses import dataclass

import duckdb

from warehouse.catalog.connection import interruptible, plain_duckdb_errors
from warehouse.storage.store import Store
from warehouse.tables import TABLES

Row = dict[str, object]


@dataclass(frozen=True)
class CheckResult:
    """One rule, how many rows break it, and the first few of them."""

    name: str
    rule: str
    n_failing: int
    examples: tuple[Row, ...]


def find_stale_tables(connection: duckdb.DuckDBPyConnection, store: Store) -> list[str]:
    """Tables of another version than the one that the catalog was built from."""
    rows = connection.execute("select name, version from raw.catalog_lineage").fetchall()
    built = dict(rows)
    versions = {table: store.version(table) for table in TABLES}
    return [table for table, version in versions.items() if built.get(f"raw.{table}") != version]


def run_check(connection: duckdb.DuckDBPyConnection, name: str, rule: str) -> CheckResult:
    """Count the rows of the view `checks.<name>` and fetch up to three."""
    sql = f"select count(*) over () as n_failing, * from checks.{name} limit 3"
    with plain_duckdb_errors():
        cursor = interruptible(connection, lambda: connection.execute(sql))
        rows = cursor.fetchall()
    names = [column[0] for column in cursor.description or []]
    examples = tuple(dict(zip(names[1:], row[1:], strict=True)) for row in rows)
    return CheckResult(name, rule, rows[0][0] if rows else 0, examples)


def list_checks(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Name and rule of every check in the catalog."""
    return connection.execute(
        "select view_name, comment from duckdb_views() where schema_name = 'checks' order by 1"
    ).fetchall()
