"""The tables on disk: validated writes, quarantine, provenance and history, by Delta Lake.

A write replaces one part of a table (its scope) or adds rows with new keys, in one atomic
commit. Rows that break the table's schema go to the `quarantine` table. A write that
changes nothing makes no new version.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from warehouse.commits import Commit, Provenance, Version
from warehouse.errors import WarehouseError
from warehouse.settings import code_version
from warehouse.tables import TABLES
from warehouse.validation import validate

Scope = Mapping[str, str]


@dataclass(frozen=True)
class Store:
    """The tables below `root`."""

    root: Path

    def path(self, table: str) -> Path:
        """Folder of `table`."""
        if table not in TABLES:
            raise WarehouseError(
                f"there is no table {table!r}", hint=f"the tables are: {', '.join(TABLES)}"
            )
        return self.root / "tables" / table

    def version(self, table: str) -> int | None:
        """Newest version of `table`; None if it was never written."""
        delta = self._open(table)
        return None if delta is None else delta.version()

    def files(self, table: str) -> list[Path]:
        """Parquet files of the newest version.

        Raises WarehouseError if one is missing or has not the size that the log gives.
        """
        delta = self._open(table)
        if delta is None:
            return []
        added = pl.DataFrame(delta.get_add_actions(flatten=True))
        sizes = {self.path(table) / row["path"]: row["size_bytes"] for row in added.to_dicts()}
        for path, size in sizes.items():
            seen = f"has {path.stat().st_size}" if path.exists() else "is missing"
            if seen != f"has {size}":
                raise WarehouseError(
                    f"{path} should have {size} bytes but {seen}", hint=self._restore_hint(table)
                )
        return sorted(sizes)

    def read(self, table: str) -> pl.DataFrame:
        """Rows of the newest version, sorted by primary key; no rows if never written."""
        files = self.files(table)
        schema = TABLES[table]
        if not files:
            return schema.create_empty()
        try:
            return pl.read_parquet(files).select(schema.column_names()).sort(schema.primary_key())
        except (pl.exceptions.PolarsError, OSError) as error:
            raise WarehouseError(
                f"table {table} cannot be read: {_first_line(error)}",
                hint=self._restore_hint(table),
            ) from error

    def replace(
        self,
        table: str,
        rows: pl.DataFrame,
        *,
        provenance: Provenance,
        scope: Scope | None = None,
        rejected: pl.DataFrame | None = None,
    ) -> Commit:
        """Make `rows` the part of `table` whose key columns have the values of `scope`.

        Without a scope, they become the whole table. `rejected` (columns `row` as JSON,
        `reason`) are rows that the caller could not even shape: they are quarantined
        together with those that break the table's schema.
        """
        scope = scope or {}
        if any((rows[column] != value).any() for column, value in scope.items()):
            raise ValueError(f"rows for {table} lie outside the scope {dict(scope)}")
        valid, refused = validate(TABLES[table], rows)
        if rejected is not None:
            refused = pl.concat([rejected.select("row", "reason"), refused])
        self._quarantine(table, scope, refused, provenance)
        return self._commit(table, valid, scope, provenance, n_quarantined=refused.height)

    def insert(self, table: str, rows: pl.DataFrame, *, provenance: Provenance) -> Commit:
        """Add the rows whose primary key `table` does not hold yet; others stay as they are."""
        key = TABLES[table].primary_key()
        valid, refused = validate(TABLES[table], rows)
        if refused.height:
            self._quarantine(table, {}, refused, provenance)
        new = valid.join(self.read(table).select(key), on=key, how="anti")
        version = self.version(table)
        if version is None or new.height:
            written = self._write(table, new, provenance, mode="append")
            return Commit(table, written, new.height, refused.height, is_new=True)
        return Commit(table, version, 0, refused.height, is_new=False)

    def history(self, table: str) -> list[Version]:
        """Commits of `table`, newest first; none if it was never written."""
        delta = self._open(table)
        return [
            Version(
                int(entry["version"]),
                datetime.fromtimestamp(entry["timestamp"] / 1000, tz=UTC),
                json.loads(entry.get("provenance", "{}")),
            )
            for entry in (delta.history() if delta else [])
        ]

    def _open(self, table: str) -> DeltaTable | None:
        if not (self.path(table) / "_delta_log").is_dir():
            return None
        try:
            return DeltaTable(self.path(table))
        except (DeltaError, OSError) as error:
            raise WarehouseError(
                f"the log of {self.path(table)} cannot be read: {_first_line(error)}",
                hint=self._restore_hint(table),
            ) from error

    def _quarantine(
        self, table: str, scope: Scope, refused: pl.DataFrame, provenance: Provenance
    ) -> None:
        """Make `refused` all that is in quarantine for this part of `table`."""
        if refused.is_empty() and self.version("quarantine") is None:
            return
        part = {"table_name": table, "scope": json.dumps(dict(scope), sort_keys=True)}
        rows = refused.with_row_index("row_index").with_columns(
            code_version=pl.lit(code_version()), **{key: pl.lit(part[key]) for key in part}
        )
        valid, _ = validate(TABLES["quarantine"], rows)
        self._commit("quarantine", valid, part, provenance, n_quarantined=0)

    def _commit(
        self,
        table: str,
        rows: pl.DataFrame,
        scope: Scope,
        provenance: Provenance,
        n_quarantined: int,
    ) -> Commit:
        """Replace the scope by `rows`, unless it holds just these already."""
        version = self.version(table)
        in_scope = pl.all_horizontal(pl.lit(True), *(pl.col(k) == v for k, v in scope.items()))
        if version is not None and self.read(table).filter(in_scope).equals(rows):
            return Commit(table, version, rows.height, n_quarantined, is_new=False)
        how = {"mode": "overwrite"}
        if scope and version is not None:
            how["predicate"] = " and ".join(f"{key} = '{_quoted(scope[key])}'" for key in scope)
        version = self._write(table, rows, provenance, **how)
        return Commit(table, version, rows.height, n_quarantined, is_new=True)

    def _write(self, table: str, rows: pl.DataFrame, provenance: Provenance, **how: Any) -> int:
        """Commit `rows` in the way of `write_deltalake` that `how` names; return the version."""
        note = {
            "source": provenance.source,
            "source_version": provenance.source_version,
            "code_version": code_version(),
            "n_rows": rows.height,
            "parameters": dict(provenance.parameters),
        }
        with _mendable(self.path(table)):
            write_deltalake(
                self._open(table) or self.path(table),
                rows,
                commit_properties=CommitProperties(
                    custom_metadata={"provenance": json.dumps(note, default=str)}
                ),
                **how,
            )
        return DeltaTable(self.path(table)).version()

    def _restore_hint(self, table: str) -> str:
        return f"restore {self.path(table)} from a copy, or delete it and run `make ingest`"


@contextmanager
def _mendable(path: Path) -> Iterator[None]:
    """Turn what the user can mend about a failed write to `path` into a WarehouseError."""
    try:
        yield
    except CommitFailedError as error:
        raise WarehouseError(
            f"another process changed {path} at the same time; this write was not made",
            hint="run the command again",
        ) from error
    except (DeltaError, OSError) as error:
        raise WarehouseError(
            f"{path} cannot be written: {_first_line(error)}",
            hint="check that the folder is writable and the disk has room, then run again",
        ) from error


def _quoted(value: str) -> str:
    return value.replace("'", "''")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
