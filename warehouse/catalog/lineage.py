"""What was made from what: the tables and views behind a view, and results older than these."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

import duckdb

from warehouse.catalog.connection import plain_duckdb_errors

if TYPE_CHECKING:
    from warehouse.storage.store import Store

_UPSTREAM = """
with recursive upstream(name) as (
    select unnest(cast(? as varchar[]))
    union
    select unnest(lineage.reads)
    from raw.catalog_lineage as lineage
    inner join upstream on lineage.name = upstream.name
)
select name, version, sha256
from raw.catalog_lineage
where name in (select name from upstream)
order by name
"""


@dataclass(frozen=True)
class Lineage:
    """What data were made from, by name: digests of tables' rows and of views' SQL.

    `versions` are those of the tables. Equal digests mean equal data, whatever the versions.
    `scopes` are conditions in SQL on the rows that count, for tables whose other rows do not.
    """

    tables: Mapping[str, str]
    views: Mapping[str, str]
    versions: Mapping[str, int] = field(default_factory=dict)
    scopes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Neighbours:
    """What a table or view reads itself, which views read it, and which runs are made from it."""

    reads: list[str]
    read_by: list[str]
    runs: list[str]


@dataclass(frozen=True)
class StaleRun:
    """The newest run of a study, what has changed since, and the command that makes it anew."""

    study: str
    dataset: str
    run_id: str
    changed: tuple[str, ...]
    command: str


def read_lineage(
    connection: duckdb.DuckDBPyConnection,
    *views: str,
    applied: Iterable[str] = (),
    scopes: Mapping[str, str] | None = None,
) -> Lineage:
    """What `views` were made from, directly or through other views.

    Of views that are `applied` to other rows than the warehouse's, the SQL counts and no row of the
    tables that they alone read. `scopes` ask nothing but what the views do.
    """
    rows = connection.execute(_UPSTREAM, [[*views, *applied]]).fetchall()
    versions = {name: version for name, version, _ in rows if version is not None}
    unread = versions.keys() - read_versions(connection, *views)
    scopes = dict.fromkeys(sorted(unread), "false") | dict(scopes or {})
    files = _list_files(connection, versions)

    def digest(name: str) -> str:
        key = (name, scopes.get(name, "true"), files)
        if key not in _digested:
            _digested[key] = digest_rows(connection, *key[:2])
        return _digested[key]

    return Lineage(
        {name: digest(name) for name in versions},
        {name: sha256 for name, _, sha256 in rows if sha256 is not None},
        versions,
        scopes,
    )


def read_versions(connection: duckdb.DuckDBPyConnection, *views: str) -> dict[str, int]:
    """Versions of the tables that `views` were made from, directly or through other views."""
    rows = connection.execute(_UPSTREAM, [list(views)]).fetchall()
    return {name: version for name, version, _ in rows if version is not None}


_digested: dict[tuple[str, str, tuple[str, ...]], str] = {}
"""Digests of tables in a scope, which reads the files given: for the next study of this process."""


def _list_files(connection: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> tuple[str, ...]:
    """The views over these `tables`; each names the files that it reads, which never change."""
    rows = connection.execute(
        "select sql from duckdb_views() where schema_name || '.' || view_name in "
        "(select unnest(cast(? as varchar[]))) order by view_name",
        [list(tables)],
    ).fetchall()
    return tuple(sql for (sql,) in rows)


def digest_sources(connection: duckdb.DuckDBPyConnection, view: str) -> str:
    """Digest of the tables' versions and the views' SQL that `view` is made from."""
    rows = connection.execute(_UPSTREAM, [[view]]).fetchall()
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:12]


def add_shared_views(connection: duckdb.DuckDBPyConnection, views: Iterable[str]) -> list[str]:
    """`views` and what several of them or of their sources read, each after what it reads itself.

    Views of `staging`, which only rename and cast, do not count.
    """
    known = dict(connection.execute("select name, reads from raw.catalog_lineage").fetchall())
    reads: dict[str, list[str]] = {}
    wanted = asked = list(views)
    while wanted:
        reads |= {name: list(known.get(name) or []) for name in wanted}
        wanted = [source for name in wanted for source in reads[name] if source not in reads]
    n_readers = Counter(source for sources in reads.values() for source in set(sources))
    return [
        name
        for name in TopologicalSorter(reads).static_order()
        if name in asked or (n_readers[name] > 1 and name.startswith(("features.", "marts.")))
    ]


def digest_rows(connection: duckdb.DuckDBPyConnection, table: str, scope: str = "true") -> str:
    """Digest of the rows of `table` in `scope`, whatever their order and files."""
    sql = f"""
    select sha256(coalesce(string_agg(digest, '' order by digest), ''))
    from (select md5(cast(rows as varchar)) as digest from {table} as rows where {scope})
    """
    with plain_duckdb_errors():
        return str(connection.execute(sql).fetchall()[0][0])


def find_neighbours(connection: duckdb.DuckDBPyConnection, name: str) -> Neighbours:
    """What stands left and right of the table or view `name`; runs are the newest of each study."""
    views = connection.execute(
        "select name, reads from raw.catalog_lineage order by name"
    ).fetchall()
    reads = {view: list(of_view) for view, of_view in views}
    runs = [
        f"{run_id} ({study} of {dataset})"
        for study, dataset, run_id, text in _read_newest_runs(connection)
        if name in _digests(json.loads(text))
    ]
    return Neighbours(reads.get(name, []), [v for v in reads if name in reads[v]], runs)


def find_runs_by_version(store: "Store") -> dict[tuple[str, int], list[str]]:
    """Ids of all runs that read a version of a table, by the table's name and version."""
    found: dict[tuple[str, int], list[str]] = {}
    for entry in store.history("models"):
        versions = entry.provenance.get("parameters", {}).get("versions", {})
        run_id = str(entry.provenance.get("source_version"))
        for name, version in versions.items():
            of_version = found.setdefault((name.removeprefix("raw."), version), [])
            if run_id not in of_version:
                of_version.append(run_id)
    return found


def find_stale_runs(connection: duckdb.DuckDBPyConnection) -> list[StaleRun]:
    """The newest run of each study of a data set, if tables or views changed since it read them.

    A table of another version is compared by its rows: an equal one makes nothing stale.
    """
    built: dict[str, tuple[int | None, str | None]] = {
        name: (version, sha256)
        for name, version, sha256 in connection.execute(
            "select name, version, sha256 from raw.catalog_lineage"
        ).fetchall()
    }
    digests: dict[tuple[str, str], str] = {}

    def has_changed(name: str, version: int | None, sha256: str, scope: str) -> bool:
        if name not in built or version is None:
            return name not in built or built[name][1] != sha256
        if built[name][0] == version:
            return False
        if (name, scope) not in digests:
            digests[name, scope] = digest_rows(connection, name, scope)
        return digests[name, scope] != sha256

    stale = []
    for study, dataset, run_id, text in _read_newest_runs(connection):
        record = json.loads(text)
        versions, scopes = record.get("versions", {}), record.get("scopes", {})
        changed = [
            name
            for name, sha256 in _digests(record).items()
            if has_changed(name, versions.get(name), sha256, scopes.get(name, "true"))
        ]
        if changed:
            command = record.get("command", "python -m analysis report")  # 0.1.0 kept none
            stale.append(StaleRun(study, dataset, run_id, tuple(sorted(changed)), command))
    return stale


def _read_newest_runs(
    connection: duckdb.DuckDBPyConnection,
) -> list[tuple[str, str, str, str]]:
    """Study, data set, id and lineage of the runs that the views show."""
    return connection.execute(
        "select distinct study, dataset, run_id, lineage from raw.models order by all"
    ).fetchall()


def _digests(record: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Digests of the tables and views in a run's record; version 0.1.0 keeps them together."""
    return {**record.get("sha256", {}), **record.get("tables", {}), **record.get("views", {})}
