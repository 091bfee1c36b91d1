"""Cells of more atoms than an occupation has bits: mapped, named, counted."""

import numpy as np
import pytest

from tests.support.alloys import decoration_id
from warehouse.conventions.lattices import hermite_normal_form
from warehouse.conventions.sites import supercell_sites
from warehouse.crystals.common_lattices import PARENTS
from warehouse.crystals.placement import place_structure
from warehouse.crystals.symmetry import name_decoration

SUPERCELLS = {
    "cube": np.diag([5, 5, 5]),
    "slanted": np.array([[5, -1, 1], [0, 4, -2], [2, 1, 5]]),
    "needle": np.diag([1, 2, 50]),
}


def make_crystal(name, supercell, generator):
    """A turned, strained and shaken supercell: its cell, fractions, and layers of one element."""
    parent = PARENTS[name]
    sites = supercell_sites(parent, hermite_normal_form(supercell))
    turn, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    turn *= np.linalg.det(turn)
    change = (np.eye(3) + generator.normal(scale=0.02, size=(3, 3))) @ turn * 3.9
    positions = parent.positions(sites) @ change + [0.3, -0.7, 1.9]
    positions += generator.normal(scale=0.1, size=positions.shape)
    cell = supercell @ parent.cell @ change
    order = generator.permutation(len(sites))
    is_second = (sites[:, 1:].sum(axis=1) % 2 == 0)[order]
    return cell, positions[order] @ np.linalg.inv(cell), is_second


@pytest.mark.parametrize("name", PARENTS)
@pytest.mark.parametrize("shape", SUPERCELLS)
def test_a_large_cell_is_mapped_however_it_is_turned(name, shape):
    generator = np.random.default_rng(0)
    supercell, parent = SUPERCELLS[shape], PARENTS[name]
    cell, fractions, is_second = make_crystal(name, supercell, generator)
    fit, assignment = place_structure(cell, fractions, parent)
    assert fit.strain < 0.1
    assert assignment.displacements.max() < 0.2
    assert sorted(assignment.site_numbers) == list(range(len(fractions)))
    with pytest.raises(ValueError, match="vacancies"):
        place_structure(cell, fractions[1:], parent)
    if shape == "needle":  # Every second layer of the first, the only one that the cell repeats.
        on_sites = np.empty(len(fractions), dtype=bool)
        on_sites[assignment.site_numbers] = is_second
        layers = np.diag([1, 2, 2])
        kept = supercell_sites(parent, layers)[:, 1:].sum(axis=1) % 2 == 0
        occupation = int((1 << np.flatnonzero(kept)).sum())
        assert name_decoration(parent, assignment.hnf, on_sites) == decoration_id(
            parent, layers, occupation
        )


def test_a_melt_of_many_atoms_is_refused():
    fractions = np.random.default_rng(0).random((500, 3))
    with pytest.raises(ValueError, match="another lattice"):
        place_structure(20 * np.eye(3), fractions, PARENTS["fcc"])
