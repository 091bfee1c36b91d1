"""What a mapping's misfit means: flags, and lattices that are not the parent."""

from functools import cache

import numpy as np
import polars as pl
import pytest
from ase import Atoms
from ase.build import bulk

from tests.support.alloys import BCC, FCC, HCP, alloy_store
from warehouse.crystals.candidates import spacing
from warehouse.crystals.common_lattices import PARENTS
from warehouse.crystals.misfit import judge_misfit
from warehouse.crystals.site_assignment import assign_sites
from warehouse.crystals.supercell_search import find_supercell

VOLUME = 12.0


def judge(atoms, parent):
    cell, fractions = atoms.cell.array, atoms.get_scaled_positions()
    fit = find_supercell(cell, fractions, parent, len(atoms) // len(parent.basis))
    return judge_misfit(cell, fractions, fit, assign_sites(fractions, fit, parent), parent)


def crystal(lattice: str, noise: float = 0.0) -> Atoms:
    """Two or four atoms of an ideal lattice, or one strained and shaken by `noise`."""
    parent = PARENTS[lattice]
    atoms = parent.atoms(parent.lattice_parameter(VOLUME)) * (1, 1, 2)
    rng = np.random.default_rng(0)
    atoms.set_cell(atoms.cell @ (np.eye(3) + rng.normal(0, noise, (3, 3))), scale_atoms=True)
    atoms.rattle(noise, rng=rng)
    return atoms


@pytest.mark.parametrize(
    ("parent", "distance"), [(FCC, np.sqrt(0.5)), (BCC, np.sqrt(0.75)), (HCP, 1.0)]
)
def test_nearest_neighbour_distances_by_hand(parent, distance):
    assert spacing(parent) == pytest.approx(distance)


@pytest.mark.parametrize("lattice", PARENTS)
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_a_lattice_fits_itself(lattice, noise):
    assert judge(crystal(lattice, noise), PARENTS[lattice]) == []


@pytest.mark.parametrize(
    ("lattice", "parent", "reason"),
    [
        ("bcc", FCC, "strain from fcc is above 0.25"),
        ("fcc", BCC, "strain from bcc is above 0.25"),
        ("hcp", BCC, "fits hcp far better than bcc"),
        ("bcc", HCP, "fits bcc far better than hcp"),
        ("hcp", FCC, "another lattice"),
        ("hcp", BCC.with_species(3), "fits hcp far better than bcc_3"),
    ],
)
@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_another_lattice_is_refused(lattice, parent, reason, noise):
    with pytest.raises(ValueError, match=reason):
        judge(crystal(lattice, noise), parent)


def test_a_tetragonal_strain_is_flagged_and_halfway_to_bcc_it_says_so():
    def stretched(ratio: float) -> Atoms:
        # On Bain's path from fcc (1) to bcc (1/√2), at constant volume.
        atoms = bulk("Au", cubic=True, a=FCC.lattice_parameter(VOLUME))
        axes = np.array([1, 1, ratio]) / np.cbrt(ratio)
        atoms.set_cell(atoms.cell * axes, scale_atoms=True)
        return atoms

    assert judge(stretched(0.95), FCC) == []
    assert judge(stretched(0.87), FCC) == ["large_strain"]
    for parent in (FCC, FCC.with_species(3)):
        assert judge(stretched(0.80), parent) == ["large_strain", "closer_to_bcc"]
    with pytest.raises(ValueError, match="another lattice"):
        judge(stretched(0.73), FCC)


def test_a_displaced_atom_is_flagged_and_beyond_the_middle_it_has_no_site():
    def displaced(share: float) -> Atoms:
        atoms = bulk("Au", cubic=True, a=FCC.lattice_parameter(VOLUME)) * (2, 2, 1)
        atoms.positions[0] += share * (atoms.positions[1] - atoms.positions[0])
        return atoms

    assert judge(displaced(0.2), FCC) == []
    assert judge(displaced(0.35), FCC) == ["large_displacement"]
    assert judge(displaced(0.49), FCC) == ["large_displacement", "ambiguous_sites"]
    with pytest.raises(ValueError, match="more than half of the nearest-neighbour distance"):
        judge(displaced(0.6), FCC)


@cache
def flags() -> pl.DataFrame:
    mappings = alloy_store().read("lattice_mappings")
    return mappings.explode("warnings").drop_nulls("warnings")


def test_gold_copper_stays_whole_and_its_strained_structures_are_flagged():
    flagged = flags().filter(pl.col("alloy") == "au-cu")
    counts = dict(flagged["warnings"].value_counts().rows())
    assert counts == {"large_strain": 19, "closer_to_bcc": 4, "closer_to_hcp": 2}


def test_relaxed_into_the_same_decoration_with_another_energy():
    # Ag-Cu: two cells of four and two of six atoms that ended as decorations of other cells.
    flagged = flags().filter(pl.col("warnings") == "equal_decoration_other_energy")
    assert flagged["structure_id"].to_list() == ["4-1-3", "4-3-3", "6-1-8", "6-5-8"]
    assert flagged["decoration_id"].n_unique() == 2
