"""Energies that cannot belong together are told loudly, and sound ones are let alone."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analysis.cluster_expansion.data import list_senseless_energies
from ingest.alloys.mapping.mapping_report import describe_alloy
from ingest.alloys.references import complete_end_members, element_shares
from ingest.alloys.shipped import read_embedded_structures
from ingest.alloys.structures import ingest_structures
from tests.support.alloys import FCC, PROVENANCE
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.conventions.alloys import Alloy
from warehouse.crystals.energy_sense import tell_senseless_energies
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

AG_AU = Alloy.parse("ag-au")
N_ATOMS = pl.col("symbols").list.len()


def judge(rows: pl.DataFrame, alloy: Alloy) -> list[str]:
    n_atoms = rows["symbols"].list.len().to_numpy()
    energies = rows["total_energy"].to_numpy() / n_atoms
    shares = element_shares(rows, alloy)
    return tell_senseless_energies(energies, n_atoms, shares, alloy.elements)


def give_gold(energy: float) -> pl.DataFrame:
    """The shipped cells, and an energy of gold that is given by hand instead of its structure."""
    rows = read_embedded_structures([AG_AU]).filter(pl.col("symbols").list.unique().list.len() > 0)
    is_gold = pl.col("symbols").list.eval(pl.element() == "Au").list.all()
    return complete_end_members(rows.filter(~is_gold), AG_AU, FCC, {"Au": energy})


@pytest.mark.parametrize("name", ["ag-au", "ag-cu", "au-cu", "ag-au-cu", "ta-w"])
def test_nothing_is_wrong_with_what_is_shipped(name):
    alloy = Alloy.parse(name)
    assert judge(read_embedded_structures([alloy]), alloy) == []


def test_a_right_energy_by_hand_is_let_alone():
    gold = (
        read_embedded_structures([AG_AU])
        .filter(pl.col("symbols").list.unique() == ["Au"])
        .select(pl.col("total_energy") / N_ATOMS)
        .min()
        .item()
    )
    assert judge(give_gold(gold), AG_AU) == []
    assert judge(give_gold(gold + 0.2), AG_AU) == []  # Other settings do so much.


@pytest.mark.parametrize(("factor", "said"), [(4, "perhaps 4 times"), (0.5, "perhaps 1/2 of")])
def test_an_energy_of_a_formula_unit_is_told_with_how_many_times_it_is(factor, said):
    (line,) = judge(give_gold(-3.27 * factor), AG_AU)
    assert line.startswith(f"the energy of Au is {-3.27 * factor:.3f} eV/atom, {said}")
    assert "--reference Au=ENERGY" in line


@pytest.mark.parametrize("name", ["ag-au", "au-cu", "ag-au-cu"])
def test_energies_of_cells_taken_for_energies_per_atom_are_told(name):
    alloy = Alloy.parse(name)
    rows = read_embedded_structures([alloy]).with_columns(pl.col("total_energy") * N_ATOMS)
    (line,) = judge(rows, alloy)
    assert "leave --per-atom away" in line


def test_a_few_energies_are_told_if_they_are_absurd():
    shares = np.array([[1, 0], [0, 1], [0.5, 0.5], [0.25, 0.75]])
    of_cells = np.array([1, 1, 2, 4])
    sound = np.array([-3.0, -4.0, -3.6, -3.7])
    assert tell_senseless_energies(sound, of_cells, shares, ["Ag", "Au"]) == []
    (line,) = tell_senseless_energies(sound * [1, 1, 3, 3], of_cells, shares, ["Ag", "Au"])
    assert line.startswith("half of the formation energies are beyond 7.")


def test_compositions_that_leave_an_end_member_open_say_nothing_of_it():
    # All at equal amounts: any energies of the elements would do.
    generator = np.random.default_rng(0)
    shares = np.vstack([np.eye(2), np.full((30, 2), 0.5)])
    energies = np.concatenate([[-3.0, -9.0], -5.9 + 0.02 * generator.standard_normal(30)])
    assert tell_senseless_energies(energies, np.full(32, 2), shares, ["Ag", "Au"]) == []


STRONG = {
    "Li-Bi": ((-1.9, -3.9), 0.65, 0.25),
    "Ca-Bi": ((-1.9, -3.9), 0.95, 0.4),
    "Ca-Pt": ((-1.9, -6.05), 1.0, 0.6),
    "Ni-Al": ((-5.5, -3.7), 0.65, 0.5),
    "Pt-Al": ((-6.05, -3.75), 1.0, 0.45),
    "Ba-Te": ((-1.9, -3.1), 2.0, 0.5),
}
"""Energies of two elements, the depth of their strongest compound, its share of the second."""


def draw(elements, depth, where, scatter, seed):
    """Energies per atom of 60 structures above a V, then those of the elements; sizes, shares."""
    generator = np.random.default_rng(seed)
    sizes = generator.choice([2, 3, 4, 6, 8], 60)
    second = np.append(generator.integers(1, sizes) / sizes, [0, 1])
    hull = -depth * np.minimum(second / where, (1 - second) / (1 - where))
    shares = np.column_stack([1 - second, second])
    above = scatter * np.abs(generator.standard_normal(62)) * (second % 1 > 0)
    return shares @ elements + hull + above, np.append(sizes, [1, 1]), shares


def tell(energies, sizes, shares):
    return tell_senseless_energies(energies, sizes, shares, ["A", "B"])


@pytest.mark.parametrize("scatter", [0.01, 0.05, 0.15])
@pytest.mark.parametrize("name", STRONG)
def test_strong_compounds_are_not_told(name, scatter):
    assert [tell(*draw(*STRONG[name], scatter, seed)) for seed in range(20)] == 20 * [[]]


@pytest.mark.parametrize("name", STRONG)
def test_references_of_formula_units_are_told_beside_strong_compounds(name):
    energies, sizes, shares = draw(*STRONG[name], 0.05, seed=0)
    for factor in (2, 4):
        (line,) = tell(energies * np.append(np.ones(61), factor), sizes, shares)
        assert line.startswith("the energy of B is")


@pytest.mark.parametrize("name", STRONG)
def test_cells_of_one_size_taken_for_atoms_are_told(name):
    energies, _, shares = draw(*STRONG[name], 0.05, seed=0)
    sizes = np.append(np.full(60, 4), [1, 1])
    lines = tell(energies * sizes, sizes, shares)
    assert any(line.startswith("the energy of B is") for line in lines)


@pytest.mark.parametrize("elements", [(-3.0, -4.0), (-9.0, -11.0)])
@pytest.mark.parametrize(("shift", "n_told"), [(0.4, 0), (0.7, 1), (-0.7, 1), (1.0, 1)])
def test_how_far_off_is_told_does_not_hang_on_how_large_energies_are(elements, shift, n_told):
    energies, sizes, shares = draw(elements, 0.05, 0.5, 0.01, seed=0)
    assert len(tell(energies + shift * (shares[:, 1] == 1), sizes, shares)) == n_told


@pytest.mark.parametrize("elements", [(0.0, -6.0), (-0.3, -6.0), (-6.0 * 14, -6.0), (-13.5, -6.0)])
def test_an_energy_of_no_sensible_ratio_is_told_without_one(elements):
    energies, sizes, shares = draw((-6.0, -6.0), 0.05, 0.5, 0.01, seed=0)
    energies[-2:] = elements
    (line,) = tell(energies, sizes, shares)
    assert line.startswith(f"the energy of A is {elements[0]:.3f} eV/atom; the other")


def test_energies_around_zero_have_no_ratio_to_those_of_the_elements():
    energies, sizes, shares = draw((0.0, 0.0), 0.0, 0.5, 0.0, seed=0)
    energies[-2:] = (-3.0, -4.0)
    lines = tell(energies, sizes, shares)
    assert len(lines) == 2
    assert not any("times" in line or "1/" in line for line in lines)


def test_both_the_report_and_the_study_tell_it(tmp_path: Path):
    store = Store(Warehouse(tmp_path))
    ingest_structures(store, give_gold(-13.08), provenance=PROVENANCE)
    (line,) = [line for line in describe_alloy(store, "ag-au") if "WRONG ENERGIES" in line]
    assert "the energy of Au is -13.080 eV/atom" in line
    build_catalog(store)
    with connect(Warehouse(tmp_path)) as connection:
        assert list_senseless_energies(connection, AG_AU) == [line.partition(": ")[2]]


def test_energies_per_atom_that_are_taken_for_those_of_cells_are_told_once(tmp_path: Path):
    store = Store(Warehouse(tmp_path))
    rows = read_embedded_structures([AG_AU]).with_columns(pl.col("total_energy") / N_ATOMS)
    ingest_structures(store, rows, provenance=PROVENANCE)
    told = [line for line in describe_alloy(store, "ag-au") if "per-atom" in line]
    assert len(told) == 1
    build_catalog(store)
    with connect(Warehouse(tmp_path)) as connection:
        (line,) = list_senseless_energies(connection, AG_AU)
    assert "--per-atom" in line
