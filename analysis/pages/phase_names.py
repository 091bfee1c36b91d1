"""Names of ordered phases that people know, such as L1₂ Cu₃Au, from what repeats in them."""

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import numpy as np

from analysis.fitted_expansion import read_parent_lattice
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import ParentLattice
from warehouse.conventions.sites import decode_species, site_positions
from warehouse.crystals.symmetry import parse_decoration_id

PROTOTYPES: Mapping[tuple[str, int, int], str] = {
    ("fcc", 225, 1): "A1",
    ("fcc", 123, 2): "L1₀",
    ("fcc", 166, 2): "L1₁",
    ("fcc", 221, 4): "L1₂",
    ("fcc", 65, 4): "L1₃",
    ("fcc", 139, 4): "D0₂₂",
    ("fcc", 87, 5): "D1ₐ",
    ("fcc", 139, 8): "D0₂₃",
    ("bcc", 221, 2): "B2",
    ("bcc", 225, 4): "D0₃",
    ("hcp", 194, 8): "D0₁₉",
}
"""Strukturbericht names by parent lattice, number of the space group, and atoms in the cell.

Mehl et al. 2017, doi:10.1016/j.commatsci.2017.01.017; the parent makes each unambiguous.
"""
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def find_prototype(parent_lattice: str, space_group: int, n_atoms: int) -> str | None:
    """Strukturbericht name of an order on a parent lattice, if it is known to have one."""
    return PROTOTYPES.get((parent_lattice.partition("_")[0], space_group, n_atoms))


def name_phase(decoration_id: str, alloy: Alloy, parent: ParentLattice) -> str:
    """L1₂ AuCu₃ for a phase that has such a name, else formula and decoration_id.

    The decoration_id alone of an alloy with sublattices or vacancies, and of what is no decoration,
    such as `solution`.
    """
    if ":" not in decoration_id or not alloy.is_plain:
        return decoration_id
    import spglib
    from ase.formula import Formula

    _, hnf, occupation = parse_decoration_id(decoration_id)
    species = decode_species(parent, hnf, occupation)
    counts = np.bincount(species, minlength=len(alloy.elements))
    atoms = dict(zip(alloy.elements, counts.tolist(), strict=True))
    whole = Formula.from_dict({symbol: n for symbol, n in atoms.items() if n})
    formula = f"{whole.reduce()[0]:metal}".translate(SUBSCRIPTS)
    cell = hnf @ parent.cell
    places = site_positions(parent, hnf) @ np.linalg.inv(cell)
    crystal: Any = (cell, places, species + 1)
    found = spglib.get_symmetry_dataset(crystal)
    name = found and find_prototype(parent.name, found.number, len(species))
    return f"{name} {formula}" if name else f"{formula} {decoration_id}"


def read_phase_names(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, decoration_ids: Iterable[str]
) -> dict[str, str]:
    """What `name_phase` calls each decoration; nothing for what is none, such as `solution`."""
    decorations = sorted({name for name in decoration_ids if ":" in name})
    parents = {
        name: read_parent_lattice(connection, name)
        for name in {parse_decoration_id(decoration)[0] for decoration in decorations}
    }
    return {
        decoration: name_phase(decoration, alloy, parents[parse_decoration_id(decoration)[0]])
        for decoration in decorations
    }
