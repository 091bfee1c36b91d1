"""Crystals to look at: the ground states, and the structures that are predicted worst."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, cycle, product
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from analysis.cluster_expansion.export.structures import read_structures
from analysis.datasets import read_rows
from analysis.pages.figure import COLOURS
from analysis.pages.phase_names import SUBSCRIPTS, find_prototype
from warehouse.conventions.alloys import Alloy

if TYPE_CHECKING:
    from ase import Atoms

N_WORST = 4
LEAST_APART = 0.3
"""Between two colours, of the shares of red, green and blue; tantalum and tungsten are nearer."""
EDGE = 1e-3
"""A fractional coordinate that is this near to 0 or 1 lies on the cell's boundary."""
SQL = """
select
    ground_states.structure_id,
    ground_states.concentration,
    ground_states.is_on_hull,
    predictions.parent_lattice,
    predictions.strain,
    1000 * predictions.formation_energy_per_atom as calculated,
    1000 * predictions.predicted_formation_energy_per_atom as predicted,
    1000 * predictions.prediction_error as error
from marts.cluster_expansion_predictions as predictions
inner join marts.ground_states using (alloy, structure_id)
where alloy = '{alloy}' and predictions.is_selected and predictions.split = 'random_10_fold'
order by abs(error) desc, structure_id"""


@dataclass(frozen=True)
class Crystal:
    """A conventional cell to draw.

    Attributes:
        title: Formula, and prototype or space group.
        structure_id: The source's name.
        atoms: Symbol, covalent radius and place in Å of each; of one on a face, both images.
        edges: Both ends of each edge of the cell, in Å.
        facts: The query's other columns; energies in meV/atom.

    """

    title: str
    structure_id: str
    atoms: list[tuple[str, float, list[float]]]
    edges: list[list[list[float]]]
    facts: Mapping[str, Any]


def read_gallery(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> dict[str, Any]:
    """Ground states between the elements, and what the selected model predicts worst.

    Each is predicted by a model that has not seen it. None are there before a study that has the
    split `random_10_fold`.
    """
    sql = SQL.format(alloy=alloy)
    rows = read_rows(connection, sql).to_dicts()
    ground_states = sorted(
        (row for row in rows if row["is_on_hull"]), key=lambda row: row["concentration"]
    )
    worst = [row for row in rows if not row["is_on_hull"]][:N_WORST]
    return {
        "sql": sql.strip(),
        "n": len(rows),
        "colours": choose_colours(alloy.elements),
        "shelves": {
            "Ground states": _build(connection, alloy, ground_states),
            "Predicted worst": _build(connection, alloy, worst),
        },
    }


def _build(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, rows: list[dict[str, Any]]
) -> list[Crystal]:
    names = [row["structure_id"] for row in rows]
    structures = read_structures(connection, alloy, names, "ideal") if names else []
    return [
        make_crystal(atoms, row["parent_lattice"], row)
        for atoms, row in zip(structures, rows, strict=True)
    ]


def make_crystal(atoms: "Atoms", parent_lattice: str, facts: Mapping[str, Any]) -> Crystal:
    """The conventional cell of `atoms`, by spglib (doi:10.1080/27660400.2024.2384822)."""
    import spglib
    from ase.data import chemical_symbols, covalent_radii

    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    found: Any = spglib.get_symmetry_dataset(cell)
    vectors = found.std_lattice
    whole = [
        (number, place + shift)
        for number, place in zip(
            found.std_types, (found.std_positions + EDGE) % 1 - EDGE, strict=True
        )
        for shift in product((0, 1), repeat=3)
        if np.all(place + shift < 1 + EDGE)
    ]
    corners = np.array(list(product((0, 1), repeat=3)))
    edges = [(a, b) for a, b in combinations(corners, 2) if abs(a - b).sum() == 1]
    name = find_prototype(parent_lattice, found.number, len(atoms)) or found.international
    return Crystal(
        f"{atoms.symbols.formula.reduce()[0]:metal}".translate(SUBSCRIPTS) + f" · {name}",
        str(facts["structure_id"]),
        [
            (chemical_symbols[number], float(covalent_radii[number]), _place(place, vectors))
            for number, place in whole
        ],
        [[_place(a, vectors), _place(b, vectors)] for a, b in edges],
        facts,
    )


def choose_colours(elements: Sequence[str]) -> dict[str, str]:
    """Colours of elements as CSS: Jmol's, or others where two of these could be taken for one."""
    from ase.data import atomic_numbers
    from ase.data.colors import jmol_colors

    known = np.array([jmol_colors[atomic_numbers[symbol]] for symbol in elements])
    apart = [np.linalg.norm(one - other) for one, other in combinations(known, 2)]
    if min(apart, default=1.0) < LEAST_APART:
        return dict(zip(elements, cycle(COLOURS), strict=False))
    shares = np.round(255 * known).astype(int).tolist()
    return {
        symbol: f"rgb({red} {green} {blue})"
        for symbol, (red, green, blue) in zip(elements, shares, strict=True)
    }


def _place(fractional: Any, vectors: Any) -> list[float]:
    """Place in Å, relative to the middle of the cell."""
    return [round(float(x), 3) for x in (fractional - 0.5) @ vectors]
