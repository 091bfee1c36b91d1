"""Which files are meant where an index of files, or a folder, is asked about."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.crystals.bounds import ReadingError, read_text
from warehouse.crystals.structure_files import UNREADABLE
from warehouse.crystals.text_tables import INDEXES, NAME_COLUMNS, read_index_table
from warehouse.crystals.vasp_tree import INPUT_FILE, survey_tree
from warehouse.errors import first_line

NO_STRUCTURES = frozenset(
    (".md", ".txt", ".rst", ".py", ".sh", ".log", ".pdf", ".png", ".svg", ".ipynb", ".yaml", ".yml")
)
"""Endings of files that stand beside structures and are none."""
OTHER_INPUTS = frozenset(("INCAR", "KPOINTS", "POTCAR", "OSZICAR", "DOSCAR", "EIGENVAL", "IBZKPT"))
LARGEST_INDEX = 100_000_000
"""Bytes of an index in JSON."""


@dataclass(frozen=True)
class AskedFile:
    """A file, what an index or a folder calls its structure, and why it is left alone, if so."""

    path: Path
    name: str = ""
    passed_over: str = ""


def list_asked(path: Path) -> Iterator[AskedFile]:
    """The files that `path` stands for: itself, those that an index names, or those of a folder.

    Of VASP runs in a folder the final ones are taken, as `ingest alloys` does, and the input of
    those without a result; a folder without runs is read file by file. Raises ReadingError for an
    index that names no files, and for an empty folder.
    """
    if path.is_dir():
        yield from _list_folder(path)
    elif path.suffix.lower() in INDEXES:
        try:
            rows = read_index_table(path).rows(named=True)
        except UNREADABLE as error:
            raise ReadingError(f"is no table that can be read: {first_line(error)}") from error
        yield from _list_rows(path, rows)
    elif (entries := _read_json_index(path)) is not None:
        yield from _list_rows(path, entries)
    else:
        yield AskedFile(path)


def _list_rows(path: Path, rows: list[dict[str, Any]]) -> Iterator[AskedFile]:
    if rows and "file" not in rows[0]:
        raise ReadingError(f"has no column file, but {', '.join(rows[0])}")
    if not rows:
        raise ReadingError("names no files")
    for number, row in enumerate(rows, start=1):
        name = next((str(row[key]) for key in NAME_COLUMNS if row.get(key) not in (None, "")), "")
        file = str(row["file"] or "").strip()
        if file:
            yield AskedFile(path.parent / file, name)
        else:
            yield AskedFile(path, name or f"row {number}", "its file is missing in the index")


def _read_json_index(path: Path) -> list[dict[str, Any]] | None:
    """Entries of a JSON file that names files: a list of them, or columns; None for any other."""
    if path.suffix.lower() != ".json":
        return None
    try:
        held = json.loads(read_text(path, LARGEST_INDEX))
    except (*UNREADABLE, RecursionError):
        return None
    if isinstance(held, dict) and isinstance(held.get("file"), list):
        lengths = {len(column) for column in held.values() if isinstance(column, list)}
        if len(lengths) > 1 or not all(isinstance(column, list) for column in held.values()):
            raise ReadingError("has columns of unequal length")
        held = [dict(zip(held, row, strict=True)) for row in zip(*held.values(), strict=True)]
    if not isinstance(held, list) or not all(isinstance(row, dict) for row in held):
        return None
    return held if any("file" in row for row in held) else None


def _list_folder(folder: Path) -> Iterator[AskedFile]:
    contents = survey_tree(folder)
    if not contents.runs:
        files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
        if not files:
            raise ReadingError("is a folder without files")
        for file in files:
            other = file.suffix.lower() in NO_STRUCTURES or file.name in OTHER_INPUTS
            yield AskedFile(file, passed_over="by its name it is no structure" if other else "")
        return
    for name, run in contents.runs.items():
        yield AskedFile(run.path, name)
    for place in contents.without_run:
        inputs = sorted(f for f in (folder / place).iterdir() if INPUT_FILE.fullmatch(f.name))
        cells = [file for file in inputs if not file.name.startswith("INCAR")]
        # CONTCAR, the last cell of a run, stands before POSCAR, the first.
        if cells:
            yield AskedFile(cells[0], place)
        else:
            yield AskedFile(folder / place, passed_over="it holds no structure")
    for place, reason in contents.passed_over.items():
        yield AskedFile(folder / place, passed_over=reason)
