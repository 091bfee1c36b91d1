"""Names of decorations: invariant under symmetry, different otherwise."""

from collections.abc import Iterator
from itertools import permutations, product

import numpy as np
import pytest
from ase.build import bulk, make_supercell
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.alloys import (
    FCC,
    HCP,
    alloy_store,
    decoration_id,
    encode,
    encode_occupation,
    ideal_atoms,
)
from warehouse.conventions.lattices import (
    IntArray,
    ParentLattice,
    entries_to_hnf,
    hermite_normal_form,
    hnf_to_entries,
    parse_supercell_id,
)
from warehouse.conventions.sites import lattice_points, site_indices
from warehouse.crystals.symmetry import find_symmetry_operations, parse_decoration_id

# The 48 operations of a cube: the axes in any order, each in either direction.
CUBE = [np.eye(3)[list(p)] * s for p in permutations(range(3)) for s in product((1, -1), repeat=3)]


def name_of(atoms, second="Cu"):
    entries, occupation = encode(atoms, second)
    return decoration_id(FCC, entries_to_hnf(entries), occupation)


def n_sites(name: str) -> int:
    return int(np.prod(np.diag(parse_decoration_id(name)[1])))


def all_supercells(n_cells: int) -> Iterator[IntArray]:
    """Every Hermite normal form of `n_cells` primitive cells."""
    for a, c, f in product(range(1, n_cells + 1), repeat=3):
        if a * c * f == n_cells:
            for b, d, e in product(range(a), range(a), range(c)):
                yield entries_to_hnf([a, b, c, d, e, f])


def all_names(parent: ParentLattice, n_cells: int) -> set[str]:
    """Names of all occupations of all supercells of `n_cells` that no smaller one describes."""
    names = {
        decoration_id(parent, hnf, occupation)
        for hnf in all_supercells(n_cells)
        for occupation in range(2 ** (n_cells * len(parent.basis)))
    }
    return {name for name in names if n_sites(name) == n_cells}


@pytest.mark.parametrize(("n_cells", "n_expected"), [(1, 2), (2, 2), (3, 6), (4, 19), (5, 28)])
def test_fcc_has_as_many_names_as_derivative_structures(n_cells, n_expected):
    # Counts of binary FCC structures by size, their elements not exchanged.
    assert len(all_names(FCC, n_cells)) == n_expected


@pytest.mark.parametrize("n_cells", [1, 2])
def test_hcp_has_as_many_names_as_icet_enumerates(n_cells):
    from icet.tools import enumerate_structures

    structures = enumerate_structures(HCP.atoms(), [n_cells], ["Au", "Cu"])
    assert len(all_names(HCP, n_cells)) == len(list(structures))


def test_ordered_compounds_by_hand():
    cube = bulk("Au", cubic=True, a=1.0)
    assert name_of(cube) == "fcc-1-0-1-0-0-1:0"
    assert name_of(cube, second="Au") == "fcc-1-0-1-0-0-1:1"
    l1_2, l1_0 = cube.copy(), cube.copy()
    l1_2.symbols[0] = "Cu"
    l1_0.symbols[[0, 1]] = "Cu"
    # L1₁, alternate (111) layers: two primitive vectors lie in a layer, the third is doubled.
    assert name_of(ideal_atoms([2, 1, 1, 1, 0, 1], 2, ("Au", "Cu"))) == "fcc-1-0-1-0-0-2:1"
    # L1₀, alternate (001) layers: one primitive vector lies in a layer, and of the other two only
    # sum and difference. The least of its orientations keeps the first vector.
    assert name_of(l1_0) == "fcc-1-0-2-0-1-1:1"
    # L1₂, a simple cubic lattice of copper: its offsets are all even or all odd.
    assert name_of(l1_2) == "fcc-2-0-2-1-1-1:1"


@pytest.mark.parametrize(("parent", "order"), [(FCC, 48), (HCP, 24)])
def test_operations_form_a_group_that_keeps_lengths(parent, order):
    operations = find_symmetry_operations(parent)
    metric = parent.cell @ parent.cell.T
    for rotation in operations.rotations:
        np.testing.assert_allclose(rotation @ metric @ rotation.T, metric, atol=1e-12)
    known = {rotation.tobytes() for rotation in operations.rotations}
    assert len(known) == order
    assert {(a @ b).tobytes() for a in operations.rotations for b in operations.rotations} == known


def test_operations_of_fcc_are_those_of_a_cube():
    in_axes = np.linalg.inv(FCC.cell) @ find_symmetry_operations(FCC).rotations @ FCC.cell
    ours = {tuple(np.rint(matrix).astype(int).ravel()) for matrix in in_axes}
    assert ours == {tuple(matrix.astype(int).ravel()) for matrix in CUBE}


supercells = st.integers(1, 8).flatmap(lambda n: st.sampled_from(list(all_supercells(n))))
multiples = (
    st.lists(st.integers(-2, 2), min_size=9, max_size=9)
    .map(lambda entries: np.array(entries).reshape(3, 3))
    .filter(lambda matrix: 1 <= abs(round(np.linalg.det(matrix))) <= 6)
)
offsets = st.lists(st.integers(-3, 3), min_size=3, max_size=3)


@settings(max_examples=150)
@given(supercells, st.integers(0, 255), st.sampled_from(CUBE), offsets, multiples)
def test_a_name_ignores_rotation_translation_and_supercell(hnf, bits, rotation, offset, multiple):
    occupation = bits % 2 ** round(np.linalg.det(hnf))
    atoms = ideal_atoms(hnf_to_entries(hnf), occupation, ("Au", "Cu"))
    moved = atoms.copy()
    moved.positions = (atoms.positions + np.array(offset) @ FCC.cell) @ rotation
    moved.cell = atoms.cell.array @ rotation
    if np.linalg.det(multiple @ moved.cell.array) < 0:
        multiple = -multiple
    assert name_of(make_supercell(moved, multiple)) == decoration_id(FCC, hnf, occupation)


@settings(max_examples=50)
@given(supercells, st.integers(0, 255))
def test_a_name_describes_the_decoration_that_it_names(hnf, bits):
    n = round(np.linalg.det(hnf))
    occupation = bits % 2**n
    name = decoration_id(FCC, hnf, occupation)
    parent, supercell, least = parse_decoration_id(name)
    assert parent == "fcc"
    assert decoration_id(FCC, supercell, least) == name
    assert least.bit_count() * n == occupation.bit_count() * n_sites(name)


@settings(max_examples=50)
@given(supercells, st.integers(0, 2**16 - 1), st.integers(0, 23), offsets)
def test_a_name_on_hcp_ignores_every_operation(hnf, bits, index, offset):
    # A rotated decoration is told by the sites that its atoms come from.
    operations = find_symmetry_operations(HCP)
    rotated = hermite_normal_form(hnf @ operations.rotations[index])
    n = round(np.linalg.det(hnf))
    points = np.tile(lattice_points(hnf), (2, 1))
    images = operations.images[index][np.repeat([0, 1], n)]
    images[:, 1:] += points @ operations.rotations[index] + offset
    is_second = bits >> np.arange(2 * n) & 1 == 1
    occupation = encode_occupation(site_indices(rotated, images), is_second)
    assert decoration_id(HCP, rotated, occupation) == decoration_id(HCP, hnf, bits % 4**n)


def test_mapped_structures_carry_their_names():
    mappings = alloy_store().read("lattice_mappings")
    for row in mappings.rows(named=True):
        _, supercell = parse_supercell_id(row["supercell_id"])
        assert row["decoration_id"] == decoration_id(FCC, supercell, row["occupation"])


def test_a_name_of_62_sites():
    chain = entries_to_hnf([1, 0, 1, 0, 0, 62])
    assert decoration_id(FCC, chain, 1 << 61) == "fcc-1-0-1-0-0-62:1"
    assert decoration_id(FCC, chain, (2**62 - 1) // 3) == "fcc-1-0-1-0-0-2:1"
