"""Read a source of structures, whatever its kind."""

from collections.abc import Iterable
from pathlib import Path

from ingest.alloys.sources.frames import DATABASES, read_database, read_frames
from ingest.alloys.sources.index import INDEXES, read_index
from ingest.alloys.sources.rows import Refused, SourceStructures, StructureRow, sort_out
from ingest.alloys.sources.vasp import RUN_FILE, find_vasp_runs, read_vasp_run, read_vasp_runs
from warehouse.conventions.alloys import Alloy
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked


def read_source(path: Path, alloy: Alloy, track: Track = untracked) -> SourceStructures:
    """Structures of `alloy` in a file or folder; their source is its name.

    Raises WarehouseError if there is nothing, nothing that can be read, or no structure that
    can be used; what a source has beside its good structures is refused with a reason.
    """
    found = sort_out(_choose_reader(path, track), alloy, path.resolve().name)
    if found.rows.is_empty():
        reasons = found.rejected["reason"].value_counts(sort=True).rows()
        seen = "; ".join(f"{reason} ({count})" for reason, count in reasons[:3])
        raise WarehouseError(
            f"{path} has no structure of {' and '.join(alloy.elements)} that can be used: "
            f"{seen or 'it is empty'}",
            hint="every structure needs a periodic cell, an energy, and no other elements",
        )
    return found


def _choose_reader(path: Path, track: Track) -> Iterable[StructureRow | Refused]:
    if not path.exists():
        raise WarehouseError(f"{path} does not exist", hint="look at the path after --from")
    if path.is_dir():
        if not find_vasp_runs(path):
            raise WarehouseError(
                f"{path} has no VASP run: no folder in it holds a vasprun.xml",
                hint="give a folder of runs, or the extxyz, ASE database or index itself",
            )
        return read_vasp_runs(path, track)
    if RUN_FILE.fullmatch(path.name):
        return [read_vasp_run(path, path.resolve().parent.name)]
    if path.suffix in INDEXES:
        return read_index(path, track)
    if path.suffix in DATABASES:
        return read_database(path, track)
    return read_frames(path)
