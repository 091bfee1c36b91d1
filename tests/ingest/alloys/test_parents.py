"""Parent lattices: those that need no file, and those out of a file."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, make_supercell
from ase.io import write

from ingest.alloys.parents import find_parent, get_parent, ingest_parents, read_parent
from tests.support.alloys import BCC, FCC, HCP, PROVENANCE
from warehouse.crystals.common_lattices import PARENTS
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

ZINC = bulk("Zn", "hcp", a=2.66, c=1.86 * 2.66)


def save(folder: Path, atoms: Atoms, name: str = "parent.xyz") -> Path:
    path = folder / name
    write(path, atoms)
    return path


def turned(atoms: Atoms) -> Atoms:
    """The same lattice: another cell, size, orientation and origin."""
    other = make_supercell(atoms, [[1, 1, 0], [0, 1, 0], [0, 0, 2]])
    other.set_cell(other.cell * 1.3, scale_atoms=True)
    other.rotate(25, (1, 2, 3), rotate_cell=True)
    other.translate([0.4, -0.1, 0.2])
    return other


@pytest.mark.parametrize(
    ("parent", "n_neighbours", "distance"),
    # Nearest neighbours of a site, their distance in a: a/√2, a √3/2, and a in hcp.
    [(FCC, 12, np.sqrt(1 / 2)), (BCC, 8, np.sqrt(3 / 4)), (HCP, 12, 1.0)],
    ids=lambda value: getattr(value, "name", None),
)
def test_nearest_neighbours_by_hand(parent, n_neighbours, distance):
    from ase.neighborlist import neighbor_list

    first, distances = neighbor_list("id", parent.atoms(), distance + 0.1)
    assert (np.bincount(first) == n_neighbours).all()
    np.testing.assert_allclose(distances, distance, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "atoms"),
    [
        ("fcc", bulk("Au", cubic=True)),
        ("fcc", bulk("Au")),
        ("bcc", bulk("Fe", cubic=True)),
        ("hcp", bulk("Mg", "hcp", a=3.2, c=1.633 * 3.2)),
    ],
)
def test_a_known_lattice_in_a_file_keeps_its_name(tmp_path: Path, name, atoms):
    assert read_parent(save(tmp_path, atoms)) is PARENTS[name]
    assert read_parent(save(tmp_path, turned(atoms))) is PARENTS[name]


@pytest.mark.parametrize(
    ("symbol", "n_sites", "atoms"),
    [
        ("hp2", 2, ZINC),
        ("cf8", 2, bulk("Si", cubic=True)),
        ("cp1", 1, bulk("Po", "sc", a=3.3)),
        ("ti2", 1, bulk("In", "bct", a=3.2, c=4.9)),
    ],
)
def test_a_lattice_from_a_file_is_named_after_its_geometry(tmp_path: Path, symbol, n_sites, atoms):
    parent = read_parent(save(tmp_path, atoms, "POSCAR"))
    assert parent.name.startswith(f"{symbol}_")
    assert len(parent.basis) == n_sites
    again = read_parent(save(tmp_path, turned(atoms), "other.cif"))
    assert again.name == parent.name
    np.testing.assert_allclose(again.cell, parent.cell, atol=1e-5)


def test_a_is_the_first_vector_of_the_conventional_cell(tmp_path: Path):
    parent = read_parent(save(tmp_path, ZINC))
    np.testing.assert_allclose(np.linalg.norm(parent.cell, axis=1), [1, 1, 1.86], atol=1e-8)
    assert parent.lattice_parameter(ZINC.get_volume() / 2) == pytest.approx(2.66)
    assert parent.name != read_parent(save(tmp_path, bulk("Mg", "hcp", a=3.2, c=5.2))).name


def test_a_stored_lattice_is_found_by_name_and_never_changes(tmp_path: Path):
    store = Store(Warehouse(tmp_path))
    parent = read_parent(save(tmp_path, ZINC))
    assert ingest_parents(store, parent, provenance=PROVENANCE).n_rows == 4
    stored = get_parent(parent.name, store)
    np.testing.assert_array_equal(stored.cell, parent.cell)
    np.testing.assert_array_equal(stored.basis, parent.basis)
    assert not ingest_parents(store, turned_parent(tmp_path), provenance=PROVENANCE).is_new
    assert find_parent(parent.name, store).name == parent.name


def turned_parent(folder: Path):
    return read_parent(save(folder, turned(ZINC)))


def test_an_unknown_parent_names_the_known_ones(tmp_path: Path):
    ingest_parents(Store(Warehouse(tmp_path)), provenance=PROVENANCE)
    for store in (None, Store(Warehouse(tmp_path))):
        with pytest.raises(WarehouseError, match="no parent lattice 'diamond'") as caught:
            get_parent("diamond", store)
        assert "fcc, bcc, hcp;" in caught.value.hint


@pytest.mark.parametrize(
    ("atoms", "seen"),
    [
        (bulk("NaCl", "rocksalt", a=5.6), "2 atoms of Cl, Na, periodic in 3 directions"),
        (Atoms("Au"), "1 atoms of Au, periodic in 0 directions"),
    ],
)
def test_a_structure_that_is_no_parent_is_refused(tmp_path: Path, atoms, seen):
    with pytest.raises(WarehouseError, match=f"is no parent lattice: {seen}"):
        read_parent(save(tmp_path, atoms))


def test_two_atoms_at_one_place_are_refused(tmp_path: Path):
    atoms = Atoms("Au2", positions=np.zeros((2, 3)), cell=[3, 3, 3], pbc=True)
    with pytest.raises(WarehouseError, match="no symmetry that spglib can find"):
        read_parent(save(tmp_path, atoms))


def test_a_file_that_is_no_structure_is_refused(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("nothing\n")
    with pytest.raises(WarehouseError, match=r"notes\.txt is no structure that can be read"):
        find_parent(str(path), Store(Warehouse(tmp_path)))
