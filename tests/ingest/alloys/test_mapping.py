import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from ase.build import bulk

from ingest.alloys.mapping.alloy_mapping import alloy_lattice_parameter, map_structures
from ingest.alloys.shipped import ingest_alloys, read_embedded_structures
from ingest.alloys.structures import ingest_structures
from tests.support.alloys import (
    AU_CU,
    BCC,
    FCC,
    HCP,
    PROVENANCE,
    alloy_store,
    decoration_id,
    encode,
    ideal_atoms,
)
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import entries_to_hnf
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

STRUCTURES = read_embedded_structures([AU_CU])
PURE = STRUCTURES.filter(pl.col("symbols").list.n_unique() == 1)


def as_row(atoms, name="new"):
    """A row of `alloy_structures` for an ASE structure; its energy is of no consequence."""
    return PURE.head(1).with_columns(
        structure_id=pl.lit(name),
        cell=pl.Series([atoms.cell.tolist()]),
        positions=pl.Series([atoms.positions.tolist()]),
        symbols=pl.Series([atoms.get_chemical_symbols()]),
        volume=pl.lit(abs(atoms.get_volume())),
    )


def map_with_pure(atoms):
    return map_structures(AU_CU, pl.concat([PURE, as_row(atoms)]), FCC)


def test_every_gold_copper_structure_is_mapped():
    mappings = alloy_store().read("lattice_mappings").filter(pl.col("alloy") == "au-cu")
    assert mappings.height == 136
    assert alloy_store().read("quarantine").is_empty()
    # Measured with other code before this project (reference/facts.md of the plan).
    assert (mappings["strain"] > 0.1).sum() == 19


def test_parent_of_an_alloy_is_the_mean_of_its_elements():
    # Cu 3.6322 Å, Au 4.1560 Å: cube roots of four times their volumes.
    lattice_parameter = alloy_lattice_parameter(AU_CU, STRUCTURES, FCC)
    assert lattice_parameter == pytest.approx((3.63216454 + 4.15597778) / 2, abs=1e-6)


def test_pure_elements_are_strained_in_volume_only():
    pure = (
        alloy_store().read("lattice_mappings").filter(pl.col("supercell_id") == "fcc-1-0-1-0-0-1")
    )
    assert pure["strain"].max() < 1e-6
    assert pure["max_displacement"].max() < 1e-6
    gold = pure.filter((pl.col("alloy") == "au-cu") & (pl.col("occupation") == 0))
    # (4.15598 / 3.89407)³ - 1
    assert gold["volumetric_strain"].item() == pytest.approx(0.21565, abs=1e-4)


def test_bits_mark_the_second_element():
    assert AU_CU.second == "Cu"
    store = alloy_store()
    joined = store.read("lattice_mappings").join(
        store.read("alloy_structures"), on=["alloy", "structure_id"]
    )
    for row in joined.rows(named=True):
        second = Alloy.parse(row["alloy"]).second
        assert row["occupation"].bit_count() == row["symbols"].count(second)


def test_supercells_have_as_many_sites_as_their_structures():
    sizes = (
        alloy_store()
        .read("lattice_mappings")
        .join(alloy_store().read("supercells"), on="supercell_id")
        .join(alloy_store().read("alloy_structures"), on=["alloy", "structure_id"])
        .select(pl.col("n_sites") == pl.col("symbols").list.len())
        .to_series()
    )
    assert len(sizes) == 273
    assert sizes.all()


@pytest.mark.parametrize("occupation", [0b0011, 0b0101, 0b0111])
def test_a_rotated_shifted_and_strained_structure_finds_its_place(occupation):
    ideal = ideal_atoms([2, 1, 1, 0, 0, 2], occupation, ("Au", "Cu"))
    atoms = ideal.copy()
    atoms.set_cell(atoms.cell * 4.05 @ np.diag([1.02, 0.99, 1.0]), scale_atoms=True)
    atoms.rotate(20, (1, 2, 3), rotate_cell=True)
    atoms.translate([0.3, -0.2, 0.5])
    atoms.rattle(0.01, seed=0)
    mapping = map_with_pure(atoms).mappings.row(2, named=True)
    assert mapping["occupation"].bit_count() == occupation.bit_count()
    # Biot strain of the shape, by hand: (1.02, 0.99, 1)/(1.02 * 0.99)^(1/3) - 1, its norm.
    stretch = np.array([1.02, 0.99, 1.0]) / np.cbrt(1.02 * 0.99)
    assert mapping["strain"] == pytest.approx(np.linalg.norm(stretch - 1), rel=1e-6)
    assert mapping["max_displacement"] < 0.05


@pytest.mark.parametrize("parent", [BCC, HCP], ids=lambda parent: parent.name)
def test_other_parents_find_their_sites_too(parent):
    supercell, occupation = [2, 1, 1, 0, 0, 2], 0b0110
    a = 3.0
    pure = [ideal_atoms([1, 0, 1, 0, 0, 1], 0, (name, name), parent) for name in ("Au", "Cu")]
    mixed = ideal_atoms(supercell, occupation, ("Au", "Cu"), parent)
    for atoms in (*pure, mixed):
        atoms.set_cell(atoms.cell * a, scale_atoms=True)
    mixed.set_cell(mixed.cell * np.array([1.01, 0.99, 1.02]), scale_atoms=True)
    mixed.rotate(30, (1, -1, 2), rotate_cell=True)
    mixed.translate([0.2, 0.7, -0.4])
    mixed.rattle(0.02, seed=0)
    rows = pl.concat([as_row(atoms, str(index)) for index, atoms in enumerate((*pure, mixed))])
    mapped = map_structures(AU_CU, rows, parent)
    *elements, row = mapped.mappings.rows(named=True)
    assert [element["occupation"] for element in elements] == [0, 2 ** len(parent.basis) - 1]
    assert [element["strain"] for element in elements] == pytest.approx([0, 0], abs=1e-9)
    assert row["lattice_parameter"] == pytest.approx(a)
    assert row["max_displacement"] < 0.1
    assert row["decoration_id"] == decoration_id(parent, entries_to_hnf(supercell), occupation)


def test_a_left_handed_cell_is_as_good_as_its_mirror():
    atoms = bulk("Au", cubic=True, a=4.1)
    atoms.symbols[0] = "Cu"
    left = atoms.copy()
    left.cell[2] *= -1
    right_row, left_row = (map_with_pure(a).mappings.row(2) for a in (atoms, left))
    assert left_row == right_row


def test_ideal_structures_keep_their_atoms_on_their_sites():
    atoms = bulk("Au", cubic=True, a=1.0)
    atoms.symbols[0] = "Cu"
    entries, occupation = encode(atoms, "Cu")
    assert encode(ideal_atoms(entries, occupation, ("Au", "Cu")), "Cu") == (entries, occupation)


def third_element():
    atoms = bulk("Au", cubic=True, a=4.0)
    atoms.symbols[0] = "Ag"
    return atoms


@pytest.mark.parametrize(
    ("atoms", "reason"),
    [
        pytest.param(third_element(), "Ag in a structure of Au and Cu", id="third element"),
        pytest.param(bulk("Au", a=4.0) * (41, 5, 5), "1025 atoms, and a cell here", id="too large"),
        pytest.param(bulk("Au", "sc", a=3.0), "another lattice", id="simple cubic"),
        pytest.param(bulk("Au", "diamond", a=6.0), "another lattice", id="diamond"),
    ],
)
def test_what_has_no_place_on_the_lattice_is_kept_with_its_reason(atoms, reason):
    mapped = map_with_pure(atoms)
    assert mapped.mappings.height == 2
    rejected = mapped.rejected.row(0, named=True)
    assert json.loads(rejected["row"])["structure_id"] == "new"
    assert reason in rejected["reason"]


def test_rejected_structures_go_to_quarantine_and_the_rest_goes_on(tmp_path: Path):
    store = Store(Warehouse(tmp_path))
    structures = pl.concat([PURE, as_row(third_element())])
    commit = ingest_structures(store, structures, provenance=PROVENANCE)[-1]
    assert (commit.table, commit.n_rows, commit.n_quarantined) == ("lattice_mappings", 2, 1)
    quarantine = store.read("quarantine")
    assert quarantine["reason"].to_list() == ["Ag in a structure of Au and Cu"]


def test_a_missing_pure_element_is_named(tmp_path: Path):
    with pytest.raises(WarehouseError, match="no structure of pure Cu among 135") as caught:
        ingest_structures(
            Store(Warehouse(tmp_path)),
            STRUCTURES.filter(pl.col("symbols") != ["Cu"]),
            provenance=PROVENANCE,
        )
    assert "add pure Cu" in caught.value.hint


def test_a_pure_element_on_another_lattice_alone_is_refused():
    gold = PURE.filter(pl.col("symbols") == ["Au"])
    with pytest.raises(WarehouseError, match="no structure of pure Cu fits fcc"):
        map_structures(AU_CU, pl.concat([gold, as_row(bulk("Cu", "hcp", a=2.57))]), FCC)


def test_ingesting_again_writes_nothing(tmp_path: Path):
    store = Store(Warehouse(tmp_path))
    structures = STRUCTURES.filter(pl.col("symbols").list.len() < 4)
    first = ingest_structures(store, structures, provenance=PROVENANCE)
    again = ingest_structures(store, structures, provenance=PROVENANCE)
    assert all(commit.is_new for commit in first)
    assert not any(commit.is_new for commit in again)


def test_an_unknown_alloy_names_the_known_ones(tmp_path: Path):
    with pytest.raises(WarehouseError, match="no embedded structures of al-ni") as caught:
        ingest_alloys(Store(Warehouse(tmp_path)), [Alloy.parse("al-ni")])
    assert "au-cu" in caught.value.hint
