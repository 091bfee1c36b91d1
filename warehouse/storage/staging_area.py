"""Rows that come in parts: each part is kept on disk at once, all enter the table together.

A job that is interrupted finds its parts again and goes on behind them. A part is one Parquet
file whose name carries the digest of its bytes, so that a damaged one is seen and made anew. The
table changes in one commit at the end, in memory that does not grow with the number of parts.
"""

import hashlib
import io
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from warehouse.errors import WarehouseError, first_line
from warehouse.storage.drafts import write_file
from warehouse.storage.files import scan_parquet
from warehouse.storage.locks import hold_lock
from warehouse.storage.validation import REFUSED_SCHEMA
from warehouse.storage.warehouse import Warehouse

_NAME = re.compile(r"part-(\d+)-([0-9a-f]{64})\.parquet")
REFUSED_COLUMNS = {f"refused_{name}": dtype for name, dtype in REFUSED_SCHEMA.items()}
"""Columns of a part that a row of its table leaves NULL: what was refused, and why."""


@dataclass(frozen=True)
class StagedPart:
    """Some rows of a table, those that were refused, and how many were left out, by cause.

    `notes` is what else the job wants to find again beside the part, as JSON has it.
    """

    rows: pl.DataFrame
    refused: pl.DataFrame
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_received(self) -> int:
        """How many rows came, whatever became of them."""
        return self.rows.height + self.refused.height + sum(self.left_out.values())


@dataclass(frozen=True)
class StagingArea:
    """A folder with the parts of one job; its plan says what they are parts of."""

    folder: Path

    @classmethod
    def of(cls, warehouse: Warehouse, plan: Mapping[str, Any]) -> "StagingArea":
        """The area of the job that does `plan` in the warehouse."""
        text = json.dumps(plan, sort_keys=True)
        return cls(warehouse.root / "staging-area" / hashlib.sha256(text.encode()).hexdigest()[:16])

    @contextmanager
    def locked(self, plan: Mapping[str, Any]) -> Iterator[None]:
        """Keep other processes out while this one works on the plan.

        Raises WarehouseError if another one does, or the folder cannot be written.
        """
        with ExitStack() as stack:
            try:
                stack.enter_context(hold_lock(self.folder / "lock", wait=False))
            except BlockingIOError as error:
                raise WarehouseError(
                    f"another process does the same in {self.folder}",
                    hint="wait for it, or stop it and run this again to go on",
                ) from error
            with _plain_write_errors(self.folder):
                write_file(self.folder / "plan.json", json.dumps(plan, indent=1).encode())
            yield

    def parts(self) -> dict[int, Path]:
        """Files of the parts that are whole, by number; a damaged one is deleted."""
        found = {}
        for path in sorted(self.folder.glob("part-*")):
            name = _NAME.fullmatch(path.name)
            if name and hashlib.sha256(path.read_bytes()).hexdigest() == name[2]:
                found[int(name[1])] = path
            else:
                path.unlink()
        return found

    def write(self, number: int, part: StagedPart) -> Path:
        """Keep a part; it is on disk, whole, when this returns."""
        refused = part.refused.rename(lambda name: f"refused_{name}")
        rows = pl.concat([part.rows, refused], how="diagonal")
        file = io.BytesIO()
        beside = {"left_out": part.left_out, "notes": part.notes}
        metadata = {name: json.dumps(dict(value)) for name, value in beside.items()}
        rows.write_parquet(file, compression="lz4", metadata=metadata)
        data = file.getvalue()
        path = self.folder / f"part-{number:06d}-{hashlib.sha256(data).hexdigest()}.parquet"
        with _plain_write_errors(self.folder):
            write_file(path, data)
        return path

    def neighbours(self) -> list[tuple["StagingArea", dict[str, Any]]]:
        """Other areas that no process works in, with their plans."""
        found = []
        for folder in sorted(self.folder.parent.glob("*")):
            area = StagingArea(folder)
            try:
                plan = json.loads((folder / "plan.json").read_text())
                with hold_lock(folder / "lock", wait=False, create=False):
                    pass
            except (OSError, ValueError, WarehouseError):
                continue
            if folder != self.folder:
                found.append((area, plan))
        return found

    def remove(self) -> None:
        """Delete the parts: they are in the table, or are not wanted any more."""
        shutil.rmtree(self.folder, ignore_errors=True)


def count_staged(path: Path) -> int:
    """How many rows the part in the file `path` holds, refused ones among them."""
    return int(scan_parquet([path]).select(pl.len()).collect().item())


def left_out(path: Path) -> dict[str, int]:
    """How many rows the part in the file `path` left out, by cause."""
    counts: dict[str, int] = json.loads(pl.read_parquet_metadata(path)["left_out"])
    return counts


def read_notes(path: Path) -> dict[str, Any]:
    """What the job noted beside the part in the file `path`."""
    notes: dict[str, Any] = json.loads(pl.read_parquet_metadata(path)["notes"])
    return notes


@contextmanager
def _plain_write_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WarehouseError(
            f"{folder} cannot be written: {first_line(error)}",
            hint="check that the folder is writable and the disk has room, then run again to go on",
        ) from error
