"""Structures out of VASP runs: of a folder tree, or of one file."""

from collections.abc import Iterator
from pathlib import Path

from ingest.alloys.sources.rows import PASSED_OVER, Refused, StructureRow, refuse
from ingest.alloys.sources.vasp.atat import read_atat
from ingest.alloys.sources.vasp.outcar import read_outcar
from ingest.alloys.sources.vasp.vasprun import read_vasprun
from warehouse.crystals.structure_files import UNREADABLE
from warehouse.crystals.vasp_tree import ATAT_FILES, TreeContents
from warehouse.progress import Track


def read_vasp_runs(
    contents: TreeContents, name: str, track: Track
) -> Iterator[StructureRow | Refused]:
    """The last step of each structure's final run, and what became of the other folders."""
    for structure, run in track(list(contents.runs.items()), f"read the VASP runs in {name}"):
        yield read_vasp_run(run.path, structure)
    for place, reason in contents.without_run.items():
        yield Refused(place, reason)
    for place, reason in contents.passed_over.items():
        yield Refused(place, f"{PASSED_OVER}{reason}")


def read_vasp_run(path: Path, structure_id: str) -> StructureRow | Refused:
    """The last step of one run, or why it is none: damaged, cut off or not converged."""
    try:
        if path.name == ATAT_FILES[0]:
            return read_atat(path, path.parent / ATAT_FILES[1], structure_id)
        read = read_outcar if "OUTCAR" in path.name else read_vasprun
        return read(path).to_row(structure_id)
    except UNREADABLE as error:
        return Refused(structure_id, f"{path.name} {refuse(structure_id, error).reason}")
