"""The data dictionary: every table and view with its columns, rows, sources and SQL."""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from graphlib import TopologicalSorter
from pathlib import Path
from threading import Timer

import duckdb

from analysis.datasets import read_rows
from analysis.pages.page import PAGES, write_page
from analysis.report.view_graph import draw_graph
from warehouse.catalog.documentation import describe_views, list_functions, list_views
from warehouse.catalog.views import LAYERS
from warehouse.settings import SQL_DIR
from warehouse.storage.store import Store
from warehouse.upkeep.holdings import Holding, list_holdings

PATIENCE = 0.25
"""Seconds that counting the rows of one view may take."""
LITTLE_PATIENCE = 0.04
"""Those of a view that reads such a slow one: it is fast only if it is held in memory."""
UNIT = re.compile(r"(\S+): (.*)", re.S)


@dataclass(frozen=True)
class DocumentedColumn:
    """A column: its type, its unit if it has one, and its meaning."""

    name: str
    data_type: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Entry:
    """A table or view; `n_rows` is None if counting takes too long.

    Only tables have `version`, when it was `changed` last, and `holdings` from outside; only
    views have `sql`.
    """

    name: str
    doc: str
    columns: tuple[DocumentedColumn, ...]
    n_rows: int | None
    reads: tuple[str, ...]
    read_by: tuple[str, ...]
    version: int | None
    changed: datetime | None
    holdings: tuple[Holding, ...]
    sql: str

    @property
    def layer(self) -> str:
        """Where it stands between raw data and answers."""
        return self.name.partition(".")[0]


def write_dictionary(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    folder: Path,
    pages: tuple[str, ...] = tuple(PAGES),
) -> Path:
    """Write `dictionary.html` on all that the catalog holds; it links the other `pages`."""
    entries = read_entries(connection, store)
    return write_page(
        connection,
        folder,
        "dictionary.html",
        {
            "layers": {
                layer: [entry for entry in entries if entry.layer == layer] for layer in LAYERS
            },
            "functions": list_functions(connection),
            "n_columns": sum(len(entry.columns) for entry in entries),
            "patience": PATIENCE,
            "graph": draw_graph({entry.name: entry.reads for entry in entries}),
            "versions": {
                entry.name: entry.version for entry in entries if entry.version is not None
            },
        },
        pages,
    )


def read_entries(connection: duckdb.DuckDBPyConnection, store: Store) -> list[Entry]:
    """Everything that the catalog says, and the history of its tables."""
    lineage = {
        row["name"]: row
        for row in read_rows(connection, "from raw.catalog_lineage").iter_rows(named=True)
    }
    holdings = list_holdings(store)
    columns = describe_views(connection)
    counts = count_views(connection, {name: row["reads"] for name, row in lineage.items()})
    entries = []
    for name, doc in list_views(connection).items():
        layer, _, short = name.partition(".")
        known = lineage.get(name, {"version": None, "sha256": None, "reads": []})
        is_table = layer == "raw"
        entries.append(
            Entry(
                name,
                doc,
                tuple(
                    DocumentedColumn(column.name, column.data_type, *split_unit(column.doc))
                    for column in columns[name]
                ),
                counts.get(name),
                tuple(known["reads"]),
                tuple(reader for reader, row in lineage.items() if name in row["reads"]),
                known["version"],
                _changed(store, short, known["version"]) if is_table else None,
                tuple(held for held in holdings if is_table and held.table == short),
                "" if is_table else _sql(connection, name, known["sha256"]),
            )
        )
    return entries


def split_unit(doc: str) -> tuple[str, str]:
    """Unit and meaning of a column that is documented as `unit: meaning` or as `meaning`."""
    found = UNIT.fullmatch(doc)
    return (found[1], found[2]) if found else ("", doc)


def count_views(
    connection: duckdb.DuckDBPyConnection, reads: Mapping[str, Collection[str]]
) -> dict[str, int | None]:
    """Rows of each view, after those that it `reads`; None if counting them takes too long."""
    counts: dict[str, int | None] = {}
    for name in TopologicalSorter(reads).static_order():
        is_slow = any(counts[read] is None for read in reads.get(name, ()))
        counts[name] = count_in_time(connection, name, LITTLE_PATIENCE if is_slow else PATIENCE)
    return counts


def count_in_time(
    connection: duckdb.DuckDBPyConnection, view: str, patience: float = PATIENCE
) -> int | None:
    """Rows of `view`; None if counting them takes longer than `patience`, in seconds."""
    timer = Timer(patience, connection.interrupt)
    timer.start()
    try:
        return int(connection.execute(f"select count(*) from {view}").fetchall()[0][0])
    except duckdb.InterruptException:
        return None
    finally:
        timer.cancel()


def _changed(store: Store, table: str, version: int | None) -> datetime | None:
    """When `version` of `table` was committed; None if it was never written."""
    times = {entry.version: entry.committed_at for entry in store.history(table)}
    return None if version is None else times[version]


def _sql(connection: duckdb.DuckDBPyConnection, view: str, sha256: str) -> str:
    """SQL of `view` as the catalog was built with it: the file, or, if that is newer, DuckDB's."""
    path = SQL_DIR / f"{view.replace('.', '/')}.sql"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if hashlib.sha256(text.encode()).hexdigest() == sha256:
        return text
    rows = connection.execute(
        "select sql from duckdb_views() where schema_name || '.' || view_name = ?", [view]
    ).fetchall()
    return str(rows[0][0])
