"""Runs the checks: views that select the rows which break a rule; no rows means it holds."""

from dataclasses import dataclass

import duckdb

from warehouse.connection import explained
from warehouse.store import Store
from warehouse.tables import TABLES

Row = dict[str, object]


@dataclass(frozen=True)
class CheckResult:
    """One rule, how many rows break it, and the first few of them."""

    name: str
    rule: str
    n_failing: int
    examples: tuple[Row, ...]


def stale_tables(connection: duckdb.DuckDBPyConnection, store: Store) -> list[str]:
    """Tables that were written after the catalog was built.

    Raises WarehouseError if a table's log or one of its files is damaged.
    """
    rows = connection.execute("select name, fingerprint from raw.catalog_lineage").fetchall()
    built = dict(rows)
    stale = []
    for table in TABLES:
        store.files(table)
        version = store.version(table)
        now = None if version is None else f"version {version}"
        if built.get(f"raw.{table}") != now:
            stale.append(table)
    return stale


def run_check(connection: duckdb.DuckDBPyConnection, name: str, rule: str) -> CheckResult:
    """Count the rows of the view `checks.<name>` and fetch up to three."""
    with explained():
        cursor = connection.execute(f"select count(*) from checks.{name}")
        (n_failing,) = cursor.fetchone() or (0,)
        rows = connection.sql(f"from checks.{name} limit 3")
        examples = tuple(dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall())
    return CheckResult(name, rule, n_failing, examples)


def list_checks(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Name and rule of every check in the catalog."""
    return connection.execute(
        "select view_name, comment from duckdb_views() where schema_name = 'checks' order by 1"
    ).fetchall()
