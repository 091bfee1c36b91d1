"""Read a source of structures, whatever its kind."""

from collections.abc import Iterable
from pathlib import Path

from ingest.alloys.sources.databases import DATABASES, read_database
from ingest.alloys.sources.energies import EnergyChoice
from ingest.alloys.sources.extxyz import read_extxyz
from ingest.alloys.sources.frames import read_other_frames, unreadable
from ingest.alloys.sources.index import read_index
from ingest.alloys.sources.rows import Refused, SourceStructures, StructureRow, sort_out
from ingest.alloys.sources.vasp.reading import read_vasp_run, read_vasp_runs
from warehouse.conventions.alloys import Alloy
from warehouse.crystals.bounds import check_regular
from warehouse.crystals.extxyz_frames import EXTXYZ_ENDS, is_extxyz
from warehouse.crystals.structure_files import UNREADABLE
from warehouse.crystals.text_tables import INDEXES
from warehouse.crystals.vasp_tree import is_run_file, survey_tree
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked


def read_source(
    path: Path, alloy: Alloy, track: Track = untracked, choice: EnergyChoice | None = None
) -> SourceStructures:
    """Structures of `alloy` in a file or folder; their source is its name.

    `choice` says which energies are meant. Raises WarehouseError if there is nothing, nothing
    that can be read, or no structure that can be used; what a source has beside its good
    structures is refused with a reason.
    """
    chosen = choice or EnergyChoice()
    found = sort_out(_choose_reader(path, chosen, track), alloy, path.resolve().name)
    if found.rows.is_empty():
        reasons = found.rejected["reason"].value_counts(sort=True).rows()
        seen = "; ".join(f"{reason} ({count})" for reason, count in reasons[:3])
        raise WarehouseError(
            f"{path} has no structure of {' and '.join(alloy.elements)} that can be used: "
            f"{seen or 'it is empty'}",
            hint="every structure needs a periodic cell, an energy, and no other elements",
        )
    return found


def _choose_reader(
    path: Path, choice: EnergyChoice, track: Track
) -> Iterable[StructureRow | Refused]:
    try:
        is_there, is_folder = path.exists(), path.is_dir()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if not is_there:
        raise WarehouseError(f"{path} does not exist", hint="look at the path after --from")
    if is_folder:
        contents = survey_tree(path)
        if not contents.runs and not contents.without_run:
            others = [file for file in sorted(path.iterdir()) if _is_source(file)]
            raise WarehouseError(
                f"{path} has no VASP run: no folder in it holds a vasprun.xml or OUTCAR",
                hint=f"it holds {others[0].name}: say --from {others[0]}"
                if others
                else "give a folder of runs, or the extxyz, ASE database or index itself",
            )
        return read_vasp_runs(contents, path.resolve().name, track)
    try:
        check_regular(path)
    except UNREADABLE as error:
        raise unreadable(path, error) from error
    if is_run_file(path):
        return [read_vasp_run(path, path.resolve().parent.name)]
    if path.suffix in INDEXES:
        return read_index(path, choice, track)
    if path.suffix in DATABASES:
        return read_database(path, choice, track)
    if is_extxyz(path):
        return read_extxyz(path, choice)
    return read_other_frames(path, choice)


def _is_source(path: Path) -> bool:
    """Whether a file is called like one of many structures."""
    return path.suffix in (*INDEXES, *DATABASES) or EXTXYZ_ENDS.search(path.name) is not None
