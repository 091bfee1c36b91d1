"""SHA-256 of a table's files and of its log's entries, kept beside them in `_checksums/`.

One small file per checked file, as `sha256sum` writes and checks it: within the table's
folder, `sha256sum --check --quiet _checksums/*` verifies all that is not vacuumed.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from warehouse.storage.delta import damaged, list_log_entries
from warehouse.storage.drafts import write_file
from warehouse.storage.files import is_on_disk, list_sizes

FOLDER = "_checksums"


def record_checksums(path: Path, files: Iterable[Path]) -> None:
    """Keep the checksums of `files` and of the log of the table in `path`, where none is known.

    What cannot be written stays unknown: a table that can only be read is not at fault.
    """
    notes = list_sizes(path / FOLDER, ".sha256")
    with suppress(OSError):
        for file in (*list_log_entries(path), *files):
            note = path / FOLDER / f"{file.name}.sha256"
            if not notes.get(note):  # A power failure may leave an empty one.
                if is_on_disk(path):
                    note.parent.mkdir(exist_ok=True)
                write_file(note, f"{_sha256(file)}  {file.relative_to(path)}\n".encode())


def verify_checksums(path: Path, files: Iterable[Path]) -> None:
    """Compare `files` and the log of the table in `path` with the checksums that are known.

    Raises WarehouseError for the first file that has changed.
    """
    notes = list_sizes(path / FOLDER, ".sha256")
    for file in (*list_log_entries(path), *files):
        note = path / FOLDER / f"{file.name}.sha256"
        wanted = note.read_text(encoding="utf-8").partition(" ")[0] if notes.get(note) else ""
        if wanted and (seen := _sha256(file)) != wanted:
            raise damaged(
                path, f"{file.name} was changed: its SHA-256 is {seen} instead of {wanted}"
            )


def forget_checksums(path: Path, files: Iterable[Path]) -> None:
    """Drop the checksums of files that are gone."""
    for file in files:
        (path / FOLDER / f"{file.name}.sha256").unlink(missing_ok=True)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
