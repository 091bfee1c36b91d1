"""Runs the checks: views that select the rows which break a rule; no rows means it holds."""

import re
from dataclasses import dataclass

import duckdb

from warehouse.catalog.connection import interruptible, plain_duckdb_errors
from warehouse.storage.store import Store
from warehouse.tables import TABLES

Row = dict[str, object]
UNTOLD = {
    "select distinct alloy from raw.alloy_structures where structures_digest = '' order by 1": (
        "python -m ingest alloys"
    ),
    "select distinct cluster_space_id from raw.orbits where orbits_digest = '' order by 1": (
        "python -m ingest clusters"
    ),
}
"""What has no digest of what it was made from, and the command that writes it anew."""

DOUBTS = {"marts.flagged_materials": "doubt", "marts.flagged_structures": "flag"}
"""Views of what may be wrong with data, and the column that says it."""
SHOWN_DOUBTS = 5
"""How many kinds of doubt are told, the most frequent ones."""


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
        cursor = interruptible(connection, lambda own: own.execute(sql))
        rows = cursor.fetchall()
    names = [column[0] for column in cursor.description or []]
    examples = tuple(dict(zip(names[1:], row[1:], strict=True)) for row in rows)
    return CheckResult(name, rule, rows[0][0] if rows else 0, examples)


def find_cure(rule: str) -> str | None:
    """The command that mends what breaks `rule`, if its text names one."""
    named = re.search(r"Cure: `([^`]+)`", rule)
    return named[1] if named else None


def describe_unfit(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Which tables were made from others than those that are there, and what to run."""
    rules = {name: rule for name, rule in list_checks(connection) if name.endswith("_digests")}
    found = [run_check(connection, name, rule) for name, rule in rules.items()]
    return [
        f"not so for {next(iter(check.examples[0].values()))}: {check.rule}"
        for check in found
        if check.n_failing
    ]


def describe_untold(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Which tables older code wrote, that did not tell what it made them from, and what to run."""
    lines = []
    for sql, command in UNTOLD.items():
        if names := [name for (name,) in connection.execute(sql).fetchall()]:
            lines.append(
                f"older code wrote {', '.join(names)}: nothing tells whether its tables fit each "
                f"other; `{command}` writes them anew"
            )
    return lines


def count_doubts(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """What the views of doubts hold: rows that break no rule, but should be looked at."""
    lines = []
    views = "select schema_name || '.' || view_name from duckdb_views()"
    there = {name for (name,) in connection.execute(views).fetchall()}
    for view, reason in DOUBTS.items():
        if view not in there:
            continue
        counts = connection.execute(
            f"select {reason}, count(*) from {view} group by all order by 2 desc, 1"
        ).fetchall()
        told = "; ".join(f"{count:,} {what}" for what, count in counts[:SHOWN_DOUBTS])
        more = "; ..." if len(counts) > SHOWN_DOUBTS else ""
        if counts:
            lines.append(f"to be looked at in {view}: {told}{more}")
    return lines


def list_checks(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Name and rule of every check in the catalog."""
    return connection.execute(
        "select view_name, comment from duckdb_views() where schema_name = 'checks' order by 1"
    ).fetchall()
