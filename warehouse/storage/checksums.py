"""SHA-256 of a table's files and of its log's entries, kept beside them in `_checksums/`.

One small file per checked file, as `sha256sum` writes and checks it: within the table's
folder, `sha256sum --check --quiet _checksums/*` verifies all that is not vacuumed.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from warehouse.storage.delta import damaged
from warehouse.storage.drafts import write_file
from warehouse.storage.files import (
    is_on_disk,
    list_log_entries,
    list_sizes,
    log_entry,
    share_like_folder,
)

FOLDER = "_checksums"


def record_checksums(path: Path, files: Iterable[Path], new: int | None = None) -> None:
    """Keep the checksums of `files` and of the log of the table in `path`, where none is known.

    That of version `new`, which was written just now, takes the place of a known one: an entry of
    that name may have been lost. What cannot be written stays unknown: a table that can only be
    read is not at fault.
    """
    notes = list_sizes(path / FOLDER, ".sha256")
    with suppress(OSError):
        for file in (*list_log_entries(path), *files):
            note = path / FOLDER / f"{file.name}.sha256"
            # A power failure may leave an empty one.
            if not notes.get(note) or (new is not None and file == log_entry(path, new)):
                if is_on_disk(path):
                    with share_like_folder(note.parent):
                        note.parent.mkdir(exist_ok=True)
                write_file(note, f"{_sha256(file)}  {file.relative_to(path)}\n".encode())


def verify_checksums(path: Path, files: Iterable[Path], version: int | None = None) -> None:
    """Compare `files` and the log of the table in `path` with the checksums that are known.

    The log is compared up to `version`, by default whole. Raises WarehouseError for the first
    file that has changed.
    """
    entries = list_log_entries(path)
    last = None if version is None else log_entry(path, version)
    for file in (*(entry for entry in entries if last is None or entry <= last), *files):
        if change := find_change(path, file):
            raise damaged(path, change)


def find_change(path: Path, file: Path) -> str | None:
    """How a file of the table in `path` differs from the checksum that is known of it, if so."""
    note = path / FOLDER / f"{file.name}.sha256"
    wanted = note.read_text(encoding="utf-8").partition(" ")[0] if note.exists() else ""
    if not wanted or (seen := _sha256(file)) == wanted:
        return None
    return f"{file.name} was changed: its SHA-256 is {seen} instead of {wanted}"


def forget_checksums(path: Path, files: Iterable[Path]) -> None:
    """Drop the checksums of files that are gone."""
    for file in files:
        (path / FOLDER / f"{file.name}.sha256").unlink(missing_ok=True)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
