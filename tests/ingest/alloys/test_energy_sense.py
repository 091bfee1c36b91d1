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


@pytest.mark.parametrize(("factor", "said"), [(4, "some 4 times"), (0.5, "some 1/2 of")])
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
