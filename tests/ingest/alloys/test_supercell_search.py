"""The same crystal in another spelling: the same place on the lattice, whatever the cell."""

from itertools import product

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.alloys.mapping.structure_mapping import map_structure
from tests.support.alloys import BCC, FCC
from warehouse.conventions.alloys import Alloy
from warehouse.crystals.common_lattices import PARENTS

ALLOY = Alloy.parse("Au-Cu")


def outcome(atoms: Atoms, parent=FCC):
    row = {
        "structure_id": "new",
        "symbols": atoms.get_chemical_symbols(),
        "cell": atoms.cell.array.tolist(),
        "positions": atoms.positions.tolist(),
    }
    mapping, _ = map_structure(row, ALLOY, parent, 4.0)
    return mapping


def strained(lattice: str, n_atoms: int, rng: np.random.Generator) -> Atoms:
    """A random decoration of some supercell, strained by 3 % and shaken by 0.1 Å."""
    parent = PARENTS[lattice]
    atoms = parent.atoms(4.0)
    n_cells = max(n_atoms // len(atoms), 1)
    first = rng.choice([n for n in range(1, n_cells + 1) if n_cells % n == 0])
    atoms = atoms * tuple(rng.permutation([first, n_cells // first, 1]))
    atoms.symbols = rng.choice(["Au", "Cu"], len(atoms))
    atoms.set_cell(atoms.cell @ (np.eye(3) + rng.normal(0, 0.015, (3, 3))), scale_atoms=True)
    atoms.positions += rng.normal(0, 0.06, atoms.positions.shape)
    return atoms


def spelt_otherwise(atoms: Atoms, rng: np.random.Generator) -> Atoms:
    """Turned, moved, its atoms in another order, its cell skewed by steps of whole vectors."""
    other = atoms.copy()
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.linalg.det(turn)
    steps = np.eye(3, dtype=int)
    for _ in range(4):
        into, out_of = rng.choice(3, 2, replace=False)
        steps[into] += rng.integers(-3, 4) * steps[out_of]
    other.cell = steps @ atoms.cell.array @ turn
    other.positions = (atoms.positions + rng.normal(size=3)) @ turn
    return other[rng.permutation(len(other))]


@given(st.integers(0, 10_000), st.sampled_from(sorted(PARENTS)), st.integers(2, 40))
@settings(max_examples=25)
def test_the_spelling_of_a_crystal_does_not_matter(seed, lattice, n_atoms):
    rng = np.random.default_rng(seed)
    atoms = strained(lattice, n_atoms, rng)
    one = outcome(atoms, PARENTS[lattice])
    other = outcome(spelt_otherwise(atoms, rng), PARENTS[lattice])
    assert one["decoration_id"] == other["decoration_id"]
    for name in ("strain", "volumetric_strain", "mean_displacement", "max_displacement"):
        assert one[name] == pytest.approx(other[name], abs=1e-6), name
    assert one["warnings"] == other["warnings"]


def test_the_place_is_the_one_that_icet_finds():
    from icet.tools import map_structure_to_reference

    rng = np.random.default_rng(1)
    for lattice, n_atoms in product(("fcc", "bcc", "hcp"), (4, 8)):
        atoms = strained(lattice, n_atoms, rng)
        parent = PARENTS[lattice]
        ideal, info = map_structure_to_reference(atoms, parent.atoms(4.0), suppress_warnings=True)
        ours = outcome(atoms, parent)
        assert ours["strain"] == pytest.approx(info.eigenstrain_norm, abs=1e-9)
        assert ours["volumetric_strain"] == pytest.approx(info.volumetric_strain, abs=1e-9)
        # icet's origin is the mean of the displacements, or that of the cell.
        assert ours["mean_displacement"] < info.dravg + 1e-9
        assert outcome(ideal, parent)["decoration_id"] == ours["decoration_id"]


def shaken_cube(seed: int) -> Atoms:
    atoms = bulk("Au", "bcc", a=3.4, cubic=True) * (3, 3, 3)
    atoms.rattle(1.0, seed=seed)
    return atoms


def cube(*, less: int = 0, more: int = 0) -> Atoms:
    atoms = bulk("Au", "bcc", a=3.4, cubic=True) * (3, 3, 3)
    del atoms[:less]
    for number in range(more):
        atoms += Atoms("Cu", positions=[[1.7 + 3.4 * number, 0, 0]])
    return atoms


@pytest.mark.parametrize(
    ("atoms", "reason"),
    [
        (shaken_cube(0), "another lattice: an atom is more than half"),
        (cube(less=2), "vacancies: 52 atoms on the 54 sites"),
        (cube(more=2), "atoms between the sites: 56 atoms on the 54 sites"),
    ],
    ids=["melt", "vacancies", "interstitials"],
)
def test_a_refusal_tells_its_true_reason(atoms, reason):
    with pytest.raises(ValueError, match=reason):
        outcome(atoms, BCC)


def test_omega_on_bcc_is_flagged_by_its_own_symmetry():
    # Two of three planes along [111] of bcc fall together: hexagonal, c/a = √6/4, no strain.
    side = 3.4 * np.sqrt(2)
    cell = side * np.array([[1, 0, 0], [-0.5, np.sqrt(0.75), 0], [0, 0, np.sqrt(6) / 4]])
    omega = Atoms("AuCu2", cell=cell, pbc=True)
    omega.set_scaled_positions([[0, 0, 0], [1 / 3, 2 / 3, 0.5], [2 / 3, 1 / 3, 0.5]])
    mapping = outcome(omega, BCC)
    assert mapping["strain"] == pytest.approx(0, abs=1e-9)
    assert "other_symmetry" in mapping["warnings"]
    # Half-way there it has only what is left of bcc's symmetry.
    omega.set_scaled_positions([[0, 0, 0], [1 / 3, 2 / 3, 0.42], [2 / 3, 1 / 3, 0.58]])
    assert "other_symmetry" not in outcome(omega, BCC)["warnings"]
