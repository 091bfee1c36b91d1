"""Which species sit on which sites: what a user says, and what becomes of structures."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.io import write
from ase.utils.structure_comparator import SymmetryEquivalenceCheck

from ingest.alloys.mapping.mapping_report import describe_alloy
from ingest.alloys.own_structures import ingest_source
from ingest.alloys.references import parse_references
from ingest.alloys.site_species import read_alloy_sites
from tests.support.sublattices import (
    CASES,
    LAYERED,
    PEROVSKITE,
    ROCKSALT,
    ingest_case,
    planted_cells,
    relaxed,
)
from warehouse.conventions.alloys import Alloy
from warehouse.crystals.decorations import find_cell_counts, find_decoration, member_shares
from warehouse.crystals.symmetry import name_decoration
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse


def read(folder: Path, atoms: Atoms, sites: str):
    write(folder / "parent.cif", atoms)
    return read_alloy_sites(str(folder / "parent.cif"), sites)


@pytest.mark.parametrize(
    "sites",
    ["Li,X; Ni; O; O", "x,li;ni;o;o;", "va,Li;Ni;O;O", "Li=vac,Li", "Li=X,Li", "O=O; Li = Li,X"],
)
def test_sites_are_told_in_turn_or_by_their_element(tmp_path: Path, sites):
    alloy, parent = read(tmp_path, LAYERED, sites)
    assert alloy.name == "x-li_ni_o"
    assert (parent.n_species, parent.sublattices) == ((2, 1, 1, 1), (0, 1, 2, 2))
    assert read(tmp_path, LAYERED.repeat((1, 2, 1)), "Li=Li,X")[1] == parent


def test_what_a_site_may_hold_makes_another_lattice(tmp_path: Path):
    of_three = read(tmp_path, LAYERED, "Li=Li,Na,X")[1]
    on_nickel = read(tmp_path, LAYERED, "Ni=Ni,X")[1]
    assert len({read(tmp_path, LAYERED, "Li=Li,X")[1].name, of_three.name, on_nickel.name}) == 3
    # Those of others with as many species on the same sites are the same: they share clusters.
    titanium, other = Atoms("TiC", **ARGS), Atoms("ZrN", **ARGS)
    assert read(tmp_path, titanium, "C=C,X")[1] == read(tmp_path, other, "N=N,X")[1]


ARGS = {"positions": ROCKSALT.positions, "cell": ROCKSALT.cell, "pbc": True}


def test_sites_that_are_all_alike_are_those_of_a_known_lattice():
    alloy, parent = read_alloy_sites("hcp", "Mg,Zn,X; Zn,X,Mg")
    assert (alloy.name, parent.name) == ("x-mg-zn", "hcp_3")
    assert [len(set(species)) for species in alloy.end_members] == [1, 1, 1]


@pytest.mark.parametrize(
    ("sites", "message"),
    [
        ("Li,X; Ni; O", "3 lists of species, and the parent lattice has 4 sites: Li, Ni, O, O"),
        ("Li,X; Ni; O,; O", "'O,' is no list of species"),
        ("Ni; Li,X; O; O", "a site with Li in the file may hold Ni alone, and Li may be on"),
        ("Co=Co,X", "'Co=Co,X' is no element of the file .* the file has Li, Ni, O"),
        ("Li=Li,X; Ni", "'Ni' is no element of the file and the species"),
        ("Li; Ni; O; O", "two elements or more"),
        ("Li,X; Ni; Xx; O", "Xx is no chemical element"),
        ("Li=Li,Na,K,Rb,Cs,H,Cu,Ag,X", "9 species on a site, and at most 8"),
        ("Li,Ni; Li,Co,Ni; O; O", "Li may be on two sublattices with several species"),
    ],
)
def test_sites_that_contradict_the_parent_are_told(tmp_path: Path, sites, message):
    with pytest.raises(WarehouseError, match=message):
        read(tmp_path, LAYERED, sites)


@pytest.mark.parametrize(
    ("atoms", "expected"),
    [
        ({"Ni": 2, "O": 4}, [2]),
        ({"Li": 1, "Ni": 2, "O": 4}, [2]),
        ({"Li": 3, "Ni": 2, "O": 4}, []),  # more lithium than sites
        ({"Li": 1, "Ni": 2, "O": 3}, []),  # oxygen is missing
        ({"Li": 1, "Ni": 1, "O": 4}, []),  # so is nickel
    ],
)
def test_atoms_tell_how_many_cells_there_are(tmp_path: Path, atoms, expected):
    assert find_cell_counts(atoms, *read(tmp_path, LAYERED, "Li=Li,X")) == expected


def test_atoms_that_may_be_vacant_anywhere_leave_a_choice():
    assert find_cell_counts({"Al": 8}, *read_alloy_sites("fcc", "Al,X")) == [*range(8, 90)]


@pytest.mark.parametrize("n_sites", [2, 4, 5, 6, 8, 12])
def test_one_atom_alone_in_a_cell_of_vacancies_is_found(n_sites):
    alloy, parent = read_alloy_sites("fcc", "Al,X")
    cell = bulk("Al", a=4.05).repeat((1, 1, n_sites))[:1]
    fractions = cell.get_scaled_positions()
    found = find_decoration(cell.cell.array, fractions, ["Al"], alloy, parent, 4.05)
    assert sorted(found.site_species) == [0] * (n_sites - 1) + [1]
    assert found.flags == []


def test_sites_of_a_file_without_its_parent_are_told():
    with pytest.raises(WarehouseError, match=r"4 lists of species, .* 1 sites") as caught:
        read_alloy_sites("fcc", "Li,X; Ni; O; O")
    assert "--parent" in caught.value.hint


@pytest.mark.parametrize("name", CASES)
def test_large_relaxed_cells_are_found(tmp_path: Path, name):
    # Above 62 atoms the lattice is read off around atoms, of the sites that certain ones fill.
    alloy, parent = read(tmp_path, CASES[name].atoms, CASES[name].sites)
    small = planted_cells(name)[-1]
    large = small.repeat((3, 3, 96 // len(small)))
    found = relaxed(large, 0.0, seed=1)
    fractions = found.get_scaled_positions(wrap=False)
    placed = find_decoration(found.cell.array, fractions, [*found.symbols], alloy, parent, 1.0)
    assert len(placed.site_species) == len(large)
    alike = relaxed(small, 0.0, seed=2)
    fractions = alike.get_scaled_positions(wrap=False)
    of_small = find_decoration(alike.cell.array, fractions, [*alike.symbols], alloy, parent, 1.0)
    shares = [member_shares(alloy, parent, one.site_species) for one in (placed, of_small)]
    np.testing.assert_allclose(*shares, atol=1e-12)


def test_what_has_no_place_waits_with_the_reason(tmp_path: Path):
    good = planted_cells("x-li_ni_o")[2]
    foreign, crowded, incomplete, melt = (good.copy() for _ in range(4))
    foreign.symbols[[*good.symbols].index("Ni")] = "Co"
    crowded.symbols[[*good.symbols].index("O")] = "Li"
    incomplete.symbols[[*good.symbols].index("O")] = "X"
    melt.positions = np.random.default_rng(0).random((len(melt), 3)) @ melt.cell
    wrong = [foreign, crowded, incomplete, melt]
    bad = [relaxed(cell, -1.0, seed) for seed, cell in enumerate(wrong)]
    with_x = good.copy()  # As icet writes it.
    with_x.calc = relaxed(good, -1.0, 0).calc
    with_x.calc.atoms = with_x
    store = Store(Warehouse(tmp_path))
    ingest_case(store, "x-li_ni_o", [*bad, with_x])
    report = "\n".join(describe_alloy(store, "x-li_ni_o"))
    assert store.read("lattice_mappings").height == len(planted_cells("x-li_ni_o")) + 1
    assert "4 quarantined" in report
    assert "Co in a structure of Li and Ni and O" in report
    assert "fills no number of primitive cells" in report
    assert "another lattice" in report


def test_missing_end_members_are_named_and_can_be_given(tmp_path: Path):
    alloy, parent = read(tmp_path, LAYERED, "Li=Li,X")
    cells = [
        relaxed(cell, -10.0 * len(cell), n) for n, cell in enumerate(planted_cells("x-li_ni_o"))
    ]
    kept = [cell for cell in cells if set(cell.symbols) != {"Ni", "O"}]
    write(tmp_path / "cells.extxyz", kept)
    store = Store(Warehouse(tmp_path / "data"))
    with pytest.raises(WarehouseError, match="no structure of NiO2 among") as caught:
        ingest_source(store, tmp_path / "cells.extxyz", alloy, parent=parent)
    assert "--reference NiO2=ENERGY" in caught.value.hint
    with pytest.raises(WarehouseError, match=r"--reference NiO: the alloy is \(vacancy, Li\)–Ni–O"):
        ingest_source(
            store, tmp_path / "cells.extxyz", alloy, parent=parent, references={"NiO": -1.0}
        )
    references = parse_references(["Ni2O4=-5.5"])
    ingest_source(store, tmp_path / "cells.extxyz", alloy, parent=parent, references=references)
    rows = store.read("alloy_structures").filter(structure_id="reference-NiO2")
    assert rows.select("symbols", "total_energy").row(0) == (["Ni", "O", "O"], -16.5)


def test_an_end_member_that_is_there_with_vacancies_alone_is_missing(tmp_path: Path):
    alloy, parent = read_alloy_sites("fcc", "Al,X")
    cells = [bulk("Al", a=4.05, cubic=True).repeat((1, 1, n)) for n in (2, 3)]
    for cell in cells:
        cell.symbols[0] = "X"
    frames = [relaxed(cell, -3.0 * len(cell), seed) for seed, cell in enumerate(cells)]
    write(tmp_path / "cells.extxyz", frames)
    store = Store(Warehouse(tmp_path / "data"))
    with pytest.raises(WarehouseError, match="no structure of Al fits fcc, to which formation"):
        ingest_source(store, tmp_path / "cells.extxyz", alloy, parent=parent)


def test_energies_of_corners_are_offered_for_end_members_that_no_one_has(tmp_path: Path):
    # Li₂TiO₃ and LiMnO₂, as rock salt, with one cation of charge 2 on average: their mean energies
    # per site, -7 and -6 eV, are those of the end members by their shares.
    alloy, parent = read(tmp_path, ROCKSALT, "Ti=Li,Mn,Ti; C=O")
    frames = []
    for number, (cations, energy) in enumerate(
        [("LiLiTi", -7.0), ("LiMn", -6.0), ("LiMn", -5.9), ("LiLiTiLiMn", -6.5)]
    ):
        cell = ROCKSALT.repeat((1, 1, len(Atoms(cations))))
        cell.symbols[cell.symbols == "Ti"] = [*Atoms(cations).symbols]
        cell.symbols[cell.symbols == "C"] = "O"
        frames.append(relaxed(cell, energy * len(cell), number))
    write(tmp_path / "cells.extxyz", frames)
    store = Store(Warehouse(tmp_path / "data"))
    with pytest.raises(WarehouseError, match="no structure of LiO or MnO or TiO") as caught:
        ingest_source(store, tmp_path / "cells.extxyz", alloy, parent=parent)
    assert "would put LiMnO2 and Li2TiO3 of yours at a formation energy of 0" in caught.value.hint
    offered = dict(re.findall(r"--reference (\w+)=(-\d+\.\d+)", caught.value.hint))
    lithium, manganese, titanium = (float(offered[name]) for name in ("LiO", "MnO", "TiO"))
    assert (lithium + manganese) / 2 == pytest.approx(-6.0, abs=1e-5)
    assert (2 * lithium + titanium) / 3 == pytest.approx(-7.0, abs=1e-5)


@pytest.mark.parametrize(
    ("sites", "species"),
    [
        ("Ti,W; C,N", [["Ti", "W"], ["C", "N"]]),
        ("Ti; Ti,W", [["Ti"], ["Ti", "W"]]),
        ("Ti,X; C,X", [["Ti", "Ti", "X"], ["C", "C", "X"]]),
    ],
)
def test_decorations_of_alike_sites_have_one_name_each(tmp_path: Path, sites, species):
    # Which of rock salt's two sublattices is at the origin is anyone's choice.
    alloy, parent = read(tmp_path, ROCKSALT, sites)
    rng, cells, names = np.random.default_rng(5), [], []
    for number in range(14):
        cell = ROCKSALT.repeat([(1, 1, 2), (2, 1, 1), (1, 3, 1)][number % 3])
        of_sites = [rng.choice(allowed) for _ in range(len(cell) // 2) for allowed in species]
        cell.symbols[:] = of_sites
        if set(of_sites) == {"X"}:
            continue
        found = relaxed(cell, 0.0, seed=number)
        fractions = found.get_scaled_positions(wrap=False)
        placed = find_decoration(found.cell.array, fractions, [*found.symbols], alloy, parent, 4.3)
        names.append(name_decoration(parent, placed.assignment.hnf, placed.site_species))
        cells.append(cell)
    checker = SymmetryEquivalenceCheck(to_primitive=True)
    pairs = list(combinations(range(len(cells)), 2))
    equal = [checker.compare(cells[one].copy(), cells[other].copy()) for one, other in pairs]
    assert any(equal)
    assert [names[one] == names[other] for one, other in pairs] == equal


@pytest.mark.parametrize("sites", ["Al; Al,Ni", "Al,X; Ni,X"])
def test_layers_that_could_be_stacked_along_another_edge_are_refused(tmp_path: Path, sites):
    # L1₀ with ideal axes is fcc without its lists: two Ni atoms in a layer are between layers, too.
    layers = Atoms("AlNi", scaled_positions=[[0] * 3, [0.5] * 3], cell=[1, 1, 2**0.5], pbc=True)
    layers.set_cell(2.8 * layers.cell.array, scale_atoms=True)
    with pytest.raises(WarehouseError, match="a structure would have several readings") as caught:
        read(tmp_path, layers, sites)
    assert "keep the species on one of them" in caught.value.hint
    assert read(tmp_path, layers, "Al,Cu; Ni,X")
    layers.set_cell(layers.cell.array * [1, 1, 1.05], scale_atoms=True)
    assert read(tmp_path, layers, sites)


def test_perovskite_keeps_three_equal_sites(tmp_path: Path):
    alloy, parent = read(tmp_path, PEROVSKITE, "O=O,X")
    assert alloy == Alloy.parse("o-x_sr_ti")
    assert parent.sublattices == (0, 0, 0, 1, 2)
