"""Derivative structures against published counts, icet's enumeration and random decorations."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from ase import Atoms
from ase.build import bulk
from ase.io import write
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.__main__ import enumerate_structures
from ingest.alloys import enumeration
from ingest.alloys.enumeration import (
    derivative_rows,
    find_distinct_supercells,
    ingest_derivative_structures,
)
from ingest.alloys.site_species import read_alloy_sites
from tests.support.alloys import BCC, FCC, HCP, decoration_id, encode
from tests.support.sublattices import CASES
from warehouse.conventions.lattices import ParentLattice, entries_to_hnf, parse_supercell_id
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse


@cache
def enumerated(parent: ParentLattice, max_cells: int) -> pl.DataFrame:
    return pl.concat(
        derivative_rows(parent, cell)
        for n_cells in range(1, max_cells + 1)
        for cell in find_distinct_supercells(parent, n_cells)
    )


def names_by_icet(parent: ParentLattice, max_cells: int) -> list[str]:
    from icet.tools import enumerate_structures

    cells = enumerate_structures(parent.atoms(), range(1, max_cells + 1), ["Au", "Cu"])
    encoded = [encode(atoms, "Cu", parent) for atoms in cells]
    return [decoration_id(parent, entries_to_hnf(entries), bits) for entries, bits in encoded]


def test_distinct_supercells_are_as_many_as_published():
    # Hart and Forcade 2008, 10.1103/PhysRevB.77.224115, table of fcc superlattices.
    counts = [len(list(find_distinct_supercells(FCC, n_cells))) for n_cells in range(1, 11)]
    assert counts == [1, 2, 3, 7, 5, 10, 7, 20, 14, 18]


def test_fcc_structures_are_as_many_as_published():
    structures = enumerated(FCC, 12)
    counts = structures["n_sites"].value_counts().sort("n_sites")["count"].to_list()
    assert counts == [2, 2, 6, 19, 28, 80, 104, 390, 504, 1211, 1364, 7140]
    # Hart and Forcade take structures that differ by exchange of the elements for one.
    exchanged = [
        decoration_id(FCC, parse_supercell_id(name)[1], 2**n - 1 - bits)
        for name, bits, n in structures.filter(pl.col("n_sites") <= 8)
        .select("supercell_id", "occupation", "n_sites")
        .iter_rows()
    ]
    pairs = structures.filter(pl.col("n_sites") <= 8).with_columns(
        pair=pl.min_horizontal("decoration_id", pl.Series(exchanged))
    )
    by_size = pairs.group_by("n_sites").agg(pl.col("pair").n_unique()).sort("n_sites")
    assert by_size["pair"].to_list() == [1, 2, 3, 12, 14, 50, 52, 229]


@pytest.mark.parametrize(("parent", "max_cells"), [(FCC, 8), (BCC, 7), (HCP, 4)])
def test_structures_are_those_of_icet(parent, max_cells):
    expected = names_by_icet(parent, max_cells)
    assert enumerated(parent, max_cells)["decoration_id"].sort().to_list() == sorted(expected)


cells = st.tuples(*[st.integers(1, 3)] * 3).filter(lambda diagonal: np.prod(diagonal) <= 8)


@settings(max_examples=60)
@given(cells, st.lists(st.integers(0, 7), min_size=3, max_size=3), st.integers(0, 255))
def test_every_decoration_is_among_them(diagonal, below, bits):
    (a, b, c), (h21, h31, h32) = diagonal, below
    hnf = entries_to_hnf([a, h21 % a, b, h31 % a, h32 % b, c])
    name = decoration_id(FCC, hnf, bits % 2 ** (a * b * c))
    assert name in enumerated(FCC, 8)["decoration_id"]


def test_a_second_run_changes_nothing(tmp_path: Path):
    store = Store(Warehouse(tmp_path))
    ingest_derivative_structures(store, 4)
    assert store.read("derivative_structures").height == 2 + 2 + 6 + 19
    assert store.read("supercells").height == 1 + 2 + 3 + 7
    assert not any(commit.is_new for commit in ingest_derivative_structures(store, 4))
    assert not any(commit.is_new for commit in ingest_derivative_structures(store, 3))
    larger = ingest_derivative_structures(store, 5)
    assert [(c.table, c.n_rows) for c in larger if c.is_new] == [
        ("supercells", 5),
        ("derivative_structures", 28),
    ]


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(enumeration, "ROWS_PER_COMMIT", 10)
    store = Store(Warehouse(tmp_path))
    seen: list[int] = []

    def stop(items, description):
        for item in items:
            if item.n_sites == 5:
                raise KeyboardInterrupt
            yield item

    def watch(items, description):
        seen.extend(item.n_sites for item in items)
        return items

    with pytest.raises(KeyboardInterrupt):
        ingest_derivative_structures(store, 6, track=stop)
    held = store.read("derivative_structures").height
    assert 0 < held < 2 + 2 + 6 + 19
    ingest_derivative_structures(store, 6, track=watch)
    expected = enumerated(FCC, 6).sort("decoration_id")
    assert store.read("derivative_structures").equals(expected)
    assert 1 not in seen
    assert 4 in seen


@pytest.mark.parametrize("max_atoms", [0, 21, 62])
def test_sizes_out_of_reach_are_refused(tmp_path: Path, max_atoms):
    with pytest.raises(WarehouseError, match="wanted 1, one primitive cell, to 20") as caught:
        ingest_derivative_structures(Store(Warehouse(tmp_path)), max_atoms)
    assert "2 times" in caught.value.hint


def test_an_unknown_parent_is_refused(tmp_path: Path):
    with pytest.raises(WarehouseError, match="no parent lattice 'diamond'"):
        ingest_derivative_structures(Store(Warehouse(tmp_path)), 4, parent="diamond")


def test_the_hexagonal_lattice_counts_its_atoms_and_is_kept_with_them(tmp_path: Path):
    store = Store(Warehouse(tmp_path))
    ingest_derivative_structures(store, 5, parent="hcp")
    held = store.read("derivative_structures")
    assert held["n_sites"].value_counts().sort("n_sites").rows() == [(2, 3), (4, 10)]
    assert "hcp" in store.read("parent_lattices")["parent_lattice"]


def test_the_command_brings_the_clusters_too(tmp_path: Path):
    enumerate_structures(3, "hcp", warehouse=Warehouse(tmp_path))
    store = Store(Warehouse(tmp_path))
    cells = store.read("derivative_structures")["supercell_id"].unique().to_list()
    assert cells == ["hcp-1-0-1-0-0-1"]
    assert store.read("supercell_masks")["supercell_id"].to_list() == cells


def counts_by_icet(atoms: Atoms, species: Sequence[Sequence[str]], max_cells: int) -> list[int]:
    """How many structures icet has of each number of primitive cells."""
    from icet.tools import enumerate_structures

    return [
        len(list(enumerate_structures(atoms, [n], [list(one) for one in species])))
        for n in range(1, max_cells + 1)
    ]


def counts_of(lattice: ParentLattice, max_cells: int) -> list[int]:
    names = enumerated(lattice, max_cells)["supercell_id"].to_list()
    sizes = Counter(int(np.prod(np.diag(parse_supercell_id(name)[1]))) for name in names)
    return [sizes[n] for n in range(1, max_cells + 1)]


def test_three_elements_make_as_many_structures_as_by_icet():
    expected = counts_by_icet(bulk("Au"), [["Ag", "Au", "Cu"]], 6)
    assert counts_of(FCC.with_species(3), 6) == expected
    assert expected[:2] == [3, 6]  # pure; the pairs of three, along [001] and along [111]


@pytest.mark.parametrize(("name", "max_cells"), [("x-li_ni_o", 6), ("mg-zn_x-al-si", 3)])
def test_sublattices_with_vacancies_make_as_many_structures_as_by_icet(
    tmp_path: Path, name, max_cells
):
    case = CASES[name]
    write(tmp_path / "parent.cif", case.atoms)
    _, lattice = read_alloy_sites(str(tmp_path / "parent.cif"), case.sites)
    expected = counts_by_icet(case.atoms, case.site_species, max_cells)
    assert counts_of(lattice, max_cells) == expected


def test_sites_on_the_command_line_count_no_inert_atoms(tmp_path: Path):
    case, warehouse = CASES["x-li_ni_o"], Warehouse(tmp_path / "data")
    write(tmp_path / "parent.cif", case.atoms)
    # Cells of one and of two lithium sites have four and eight atoms.
    enumerate_structures(2, str(tmp_path / "parent.cif"), case.sites, warehouse)
    held = Store(warehouse).read("derivative_structures")
    assert sorted(held["n_sites"].unique()) == [4, 8]
    assert [len(held)] == [sum(counts_by_icet(case.atoms, case.site_species, 2))]
    with pytest.raises(WarehouseError, match="wanted 1, one primitive cell, to 20, inert sites"):
        enumerate_structures(21, str(tmp_path / "parent.cif"), case.sites, warehouse)


@pytest.mark.parametrize(("n_species", "largest"), [(2, 20), (3, 12), (4, 10), (8, 6)])
def test_more_species_make_as_many_occupations_of_fewer_atoms(tmp_path: Path, n_species, largest):
    parent = FCC.with_species(n_species)
    with pytest.raises(WarehouseError, match=rf"primitive cell, to {largest}\n") as caught:
        ingest_derivative_structures(Store(Warehouse(tmp_path)), largest + 1, parent=parent)
    assert f"{n_species} times" in caught.value.hint
