"""SHA-256 of a table's files and of its log's entries, kept beside them in `_checksums/`.

One small file per checked file, as `sha256sum` writes and checks it: within the table's
folder, `sha256sum --check --quiet _checksums/*` verifies all that is not vacuumed.
"""

import hashlib
import os
import threading
from collections.abc import Iterable
from pathlib import Path

from warehouse.delta import damaged, list_log_entries

FOLDER = "_checksums"


def record_checksums(path: Path, files: Iterable[Path]) -> None:
    """Keep the checksums of `files` and of the log of the table in `path`, where none is known.

    What cannot be written stays unknown: a table that can only be read is not at fault.
    """
    unknown = [file for file in (*list_log_entries(path), *files) if not _known(path, file)]
    try:
        for file in unknown:
            note = _note(path, file)
            note.parent.mkdir(exist_ok=True)
            draft = note.with_name(f".{note.name}.{os.getpid()}-{threading.get_ident()}")
            draft.write_text(f"{_sha256(file)}  {file.relative_to(path)}\n", encoding="utf-8")
            draft.replace(note)
    except OSError:
        pass


def verify_checksums(path: Path, files: Iterable[Path]) -> None:
    """Compare `files` and the log of the table in `path` with the checksums that are known.

    Raises WarehouseError for the first file that has changed.
    """
    for file in (*list_log_entries(path), *files):
        wanted = _known(path, file)
        if wanted and (seen := _sha256(file)) != wanted:
            raise damaged(
                path, f"{file.name} was changed: its SHA-256 is {seen} instead of {wanted}"
            )


def forget_checksums(path: Path, files: Iterable[Path]) -> None:
    """Drop the checksums of files that are gone."""
    for file in files:
        _note(path, file).unlink(missing_ok=True)


def _note(path: Path, file: Path) -> Path:
    return path / FOLDER / f"{file.name}.sha256"


def _known(path: Path, file: Path) -> str:
    """The checksum that was kept of `file`; empty if none was, or a power failure took it."""
    note = _note(path, file)
    return note.read_text(encoding="utf-8").partition(" ")[0] if note.exists() else ""


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
