"""Folder trees of VASP runs: each folder with a vasprun.xml is a structure.

The total energy is `e_fr_energy` of the last ionic step: the free energy, whose derivatives
the forces and stresses are. Next to it stands `e_0_energy`, extrapolated to no smearing, which
many versions of VASP write wrongly; reduced files hold only that wrong one. Whoever prefers the
extrapolated energies lists them in an index (see `index.py`). Formation energies need one
kind throughout.
"""

import re
import warnings
from collections.abc import Iterator
from pathlib import Path

from ingest.alloys.sources.rows import Refused, StructureRow, make_row, refuse
from ingest.alloys.structure_files import UNREADABLE
from ingest.embedded.alloys import VOIGT_ORDER, parse_calculation
from warehouse.progress import Track

RUN_FILE = re.compile(r"vasprun\.xml(\.(gz|bz2|xz))?")
INPUT_FILE = re.compile(r"(POSCAR|CONTCAR)(\.(gz|bz2|xz))?")


def find_vasp_runs(folder: Path) -> dict[Path, Path | None]:
    """Each folder at or below `folder` that holds a run, with its vasprun.xml if there is one."""
    runs: dict[Path, Path | None] = {}
    for path in sorted(folder.rglob("*")):
        if RUN_FILE.fullmatch(path.name) and runs.get(path.parent) is None:
            runs[path.parent] = path
        elif INPUT_FILE.fullmatch(path.name):
            runs.setdefault(path.parent, None)
    return dict(sorted(runs.items()))


def read_vasp_runs(folder: Path, track: Track) -> Iterator[StructureRow | Refused]:
    """The last step of every VASP run at or below `folder`, named by its folder."""
    runs = find_vasp_runs(folder)
    for place, path in track(list(runs.items()), f"read the VASP runs in {folder.name}"):
        name = place.relative_to(folder).as_posix() if place != folder else place.resolve().name
        if path is None:
            yield Refused(name, "no vasprun.xml beside the POSCAR or CONTCAR")
        else:
            yield read_vasp_run(path, name)


def read_vasp_run(path: Path, structure_id: str) -> StructureRow | Refused:
    """The last step of one run, or why it is none: damaged, cut off or not converged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # What pymatgen warns of is looked at here.
            return _read_last_step(path, structure_id)
    except SyntaxError as error:
        return Refused(structure_id, f"{path.name} breaks off or is damaged: {error.msg}")
    except UNREADABLE as error:
        refused = refuse(structure_id, error)
        return Refused(structure_id, f"{path.name} cannot be used: {refused.reason}")


def _read_last_step(path: Path, structure_id: str) -> StructureRow:
    from pymatgen.io.ase import AseAtomsAdaptor
    from pymatgen.io.vasp.outputs import Vasprun

    try:
        run = Vasprun(path, parse_dos=False, parse_eigen=False, parse_potcar_file=False)
    except AttributeError:  # The header is missing in files reduced to their last step.
        return _read_reduced(path, structure_id)
    if not run.ionic_steps:
        raise ValueError("it has no finished step")
    if not run.converged_electronic:
        raise ValueError("its electrons did not converge in the last step")
    last = run.ionic_steps[-1]
    stress = last.get("stress")
    unfinished = "" if run.converged_ionic else ", relaxation not finished"
    return make_row(
        structure_id,
        AseAtomsAdaptor.get_atoms(run.final_structure, msonable=False),
        last["e_fr_energy"],
        calculator=f"VASP {run.vasp_version} {run.run_type}{unfinished}",
        forces=last.get("forces"),
        stress=None if stress is None else [stress[row][column] for row, column in VOIGT_ORDER],
    )


def _read_reduced(path: Path, structure_id: str) -> StructureRow:
    from ase.io.formats import open_with_compression

    with open_with_compression(str(path), "rb") as file:
        return {"structure_id": structure_id, **parse_calculation(file.read().decode())}
