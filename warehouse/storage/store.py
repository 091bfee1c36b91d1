"""The tables on disk: validated writes, quarantine, provenance and history, by Delta Lake.

A write replaces one part of a table (its scope) or adds rows with new keys, in one atomic
commit. Rows that break the table's schema go to the `quarantine` table. A write that
changes nothing makes no new version. Processes may write at the same time: each write is
decided on the version that it changes, and decided anew if another one came first.
"""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from deltalake import DeltaTable

from warehouse.errors import WarehouseError
from warehouse.settings import code_version
from warehouse.storage.checksums import record_checksums, verify_checksums
from warehouse.storage.commits import (
    Commit,
    Provenance,
    Scope,
    Version,
    in_scope,
    keep_refused,
    name_scope,
    place_rows,
)
from warehouse.storage.delta import (
    count_logged_rows,
    damaged,
    list_columns,
    list_files,
    open_newest,
    open_version,
    try_commit,
)
from warehouse.storage.validation import read_table_rows, validate
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import TABLES

__all__ = ["Commit", "Provenance", "Scope", "Store", "Version"]

ALL: Scope = {}
Change = tuple[pl.DataFrame, bool]
"""Rows to write, and whether writing them would change the table."""


@dataclass(frozen=True)
class Store:
    """The tables of a warehouse."""

    warehouse: Warehouse

    @classmethod
    def find(cls, warehouse: Warehouse) -> "Store":
        """Tables that are there; raises WarehouseError if it has none."""
        if not warehouse.tables.is_dir():
            raise WarehouseError(
                f"there is no warehouse in {warehouse.full_address}: it has no tables",
                hint="run `python -m ingest all`, or name another with --warehouse or "
                "WAREHOUSE_DIR",
            )
        return cls(warehouse)

    def path(self, table: str) -> Path:
        """Folder of `table`."""
        if table not in TABLES:
            raise WarehouseError(
                f"there is no table {table!r}", hint=f"the tables are: {', '.join(TABLES)}"
            )
        return self.warehouse.tables / table

    def version(self, table: str) -> int | None:
        """Newest version of `table`; None if it was never written."""
        delta = open_newest(self.path(table))
        return None if delta is None else delta.version()

    def files(self, table: str) -> list[Path]:
        """Parquet files of the newest version.

        Raises WarehouseError if one is missing or has not the size that the log gives.
        """
        return list_files(self.path(table), open_newest(self.path(table)))

    def read(self, table: str, version: int | None = None) -> pl.DataFrame:
        """Rows of `version`, by default the newest, sorted by primary key; none if never written.

        Raises WarehouseError if there is no such version, or a file of it is gone or damaged.
        """
        path = self.path(table)
        return self._rows(
            table, open_newest(path) if version is None else open_version(path, version)
        )

    def verify(self, table: str) -> int:
        """Read all of `table` and return how many rows it has.

        Raises WarehouseError if a file of the newest version or of the log is damaged or was
        changed since it was written, or a row breaks the schema.
        """
        path = self.path(table)
        delta = open_newest(path)
        if delta is None and any(path.glob("*.parquet")):
            raise damaged(path, "it has files, but its log is gone")
        files = list_files(path, delta)
        verify_checksums(path, files)
        rows = self._rows(table, delta)
        if not TABLES[table].is_valid(rows):
            raise damaged(path, "rows break its schema; other code wrote it, or its bytes changed")
        wanted = None if delta is None else count_logged_rows(delta)
        if wanted not in (None, rows.height):
            raise damaged(path, f"it has {rows.height:,} rows instead of {wanted:,}")
        record_checksums(path, files)
        return rows.height

    def history(self, table: str) -> list[Version]:
        """Commits of `table`, newest first; none if it was never written."""
        delta = open_newest(self.path(table))
        return [
            Version(
                int(entry["version"]),
                datetime.fromtimestamp(entry["timestamp"] / 1000, tz=UTC),
                json.loads(entry.get("provenance", "{}")),
            )
            for entry in (delta.history() if delta else [])
        ]

    def replace(
        self,
        table: str,
        rows: pl.DataFrame,
        *,
        provenance: Provenance,
        scope: Scope | None = None,
        rejected: pl.DataFrame | None = None,
    ) -> Commit:
        """Make `rows` the part of `table` whose key columns have values of `scope`.

        Without a scope, they become the whole table. `rejected` (columns `row` as JSON,
        `reason`) are rows that the caller could not even shape: they are quarantined
        together with those that break the table's schema. Whenever the writing stops, no refused
        row is lost: what an earlier write refused goes last.
        """
        scope = scope or {}
        if not rows.select(in_scope(scope).all()).item():
            raise ValueError(f"rows for {table} lie outside the scope {dict(scope)}")
        valid, refused = validate(TABLES[table], rows)
        if rejected is not None:
            refused = pl.concat([rejected.select("row", "reason"), refused])
        self.quarantine(table, scope, refused, provenance, keep=True)
        commit = self._replace(table, scope, lambda _: valid, provenance, refused.height)
        self.quarantine(table, scope, refused, provenance)
        return commit

    def keep(self, table: str, scope: Scope, kept: Scope, *, provenance: Provenance) -> Commit:
        """Of the rows of `table` in `scope`, and of those refused there, leave those in `kept`."""
        if self.version("quarantine") is not None:
            part = {"table_name": table}
            self._replace("quarantine", part, lambda r: keep_refused(r, scope, kept), provenance)
        return self._replace(table, scope, lambda held: held.filter(in_scope(kept)), provenance)

    def insert(self, table: str, rows: pl.DataFrame, *, provenance: Provenance) -> Commit:
        """Add the rows whose primary key `table` does not hold yet; others stay as they are."""
        key = TABLES[table].primary_key()
        valid, refused = validate(TABLES[table], rows)
        if refused.height:
            self.quarantine(table, {}, refused, provenance, keep=True)

        def plan(old: pl.DataFrame) -> Change:
            new = valid.join(old.select(key), on=key, how="anti", maintain_order="left")
            return new, new.height > 0

        return self._commit(table, plan, provenance, refused.height, None)

    def quarantine(
        self,
        table: str,
        scope: Scope,
        refused: pl.DataFrame,
        provenance: Provenance,
        *,
        keep: bool = False,
    ) -> None:
        """Make `refused` all that is in quarantine for this part of `table`, or add it."""
        if refused.is_empty() and self.version("quarantine") is None:
            return
        part = {"table_name": table, "scope": json.dumps(dict(scope), sort_keys=True)}
        columns = {**part, "code_version": code_version()}
        new = refused.with_columns(**{name: pl.lit(value) for name, value in columns.items()})

        def plan(held: pl.DataFrame) -> pl.DataFrame:
            if not keep:
                held = held.clear()
            rows = pl.concat([held.drop("row_index"), new.select(held.drop("row_index").columns)])
            rows = rows.unique(["row", "reason"], keep="first", maintain_order=True)
            return validate(TABLES["quarantine"], rows.with_row_index("row_index"))[0]

        self._replace("quarantine", part, plan, provenance)

    def _replace(
        self,
        table: str,
        scope: Scope,
        make: Callable[[pl.DataFrame], pl.DataFrame],
        provenance: Provenance,
        n_quarantined: int = 0,
    ) -> Commit:
        """Replace the rows in the scope by what `make` makes of them."""

        def plan(held: pl.DataFrame) -> Change:
            rows = make(held)
            return rows, not held.equals(rows)

        commit = self._commit(table, plan, provenance, n_quarantined, scope)
        return dataclasses.replace(commit, scope=name_scope(scope))

    def _commit(
        self,
        table: str,
        plan: Callable[[pl.DataFrame], Change],
        provenance: Provenance,
        n_quarantined: int,
        scope: Scope | None,
    ) -> Commit:
        """Write what `plan` makes of the rows in `scope`; plan again if another process was faster.

        They take the place of those; if the scope is None, `plan` sees all and its rows are added.
        """
        while True:
            delta = open_newest(self.path(table))
            rows, is_change = plan(self._rows(table, delta, scope or ALL))
            if delta is not None and not is_change:
                return Commit(table, delta.version(), rows.height, n_quarantined, is_new=False)
            note = provenance.note(rows.height)
            how = place_rows(list_columns(delta), scope)
            version = try_commit(self.path(table), delta, rows, note, **how)
            if version is not None:
                record_checksums(self.path(table), self.files(table), version)
                return Commit(table, version, rows.height, n_quarantined, is_new=True)

    def _rows(self, table: str, delta: DeltaTable | None, scope: Scope = ALL) -> pl.DataFrame:
        """Rows in `scope` of one version, sorted by primary key."""
        path = self.path(table)
        return read_table_rows(path, list_files(path, delta), TABLES[table], in_scope(scope))
