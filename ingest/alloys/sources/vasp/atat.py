"""A structure as ATAT keeps it: `str_relax.out` beside a file `energy`, in eV for the cell."""

from pathlib import Path

import numpy as np

from ingest.alloys.sources.rows import Calculation, StructureRow, make_row
from warehouse.crystals.bounds import read_text

MOST_BYTES = 1_000_000


def read_atat(structure: Path, energy: Path, structure_id: str) -> StructureRow:
    """The row of a relaxed structure; raises ValueError if one of the files is damaged.

    Three vectors of a coordinate system (or a, b, c and three angles in one line), three vectors
    of the cell in it, then a line per atom: its place in the system and its element.
    """
    from ase import Atoms
    from ase.cell import Cell

    lines = [line.split() for line in read_text(structure, MOST_BYTES).splitlines() if line.strip()]
    n_axes = 1 if len(lines[0]) == 6 else 3
    try:
        axes = np.array(lines[:n_axes], dtype=float)
        system = Cell.fromcellpar(axes[0]).array if n_axes == 1 else axes
        cell = np.array(lines[n_axes : n_axes + 3], dtype=float) @ system
        places = np.array([line[:3] for line in lines[n_axes + 3 :]], dtype=float) @ system
        symbols = [line[3].partition("+")[0] for line in lines[n_axes + 3 :]]
    except (ValueError, IndexError) as error:
        raise ValueError("it is no structure as ATAT writes it") from error
    atoms = Atoms(symbols, positions=places, cell=cell, pbc=True)
    text = read_text(energy, MOST_BYTES).strip()
    return make_row(
        structure_id, atoms, text, Calculation(calculator="ATAT", energy_kind="ATAT's energy")
    )
