"""What does not belong together is flagged, and can be left out by name."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ingest.alloys.mapping.mapping_report import describe_alloy
from ingest.alloys.mapping.plausibility import find_unusual_energies, flag_calculations
from ingest.alloys.own_structures import ingest_source
from ingest.alloys.references import element_shares
from ingest.alloys.shipped import read_embedded_structures
from ingest.alloys.sources.selection import Selection
from tests.ingest.exports import AG_AU, write_database
from tests.support.alloys import FCC
from warehouse.conventions.alloys import Alloy
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables.structure_flags import STRUCTURE_FLAGS

ALLOY = Alloy.parse("ag-au")
ALL = read_embedded_structures([ALLOY])
LAST = pl.int_range(pl.len()) >= pl.len() - 5


def raised(rows: pl.DataFrame, alloy: Alloy = ALLOY) -> dict[str, int]:
    """How many of `rows` have each flag."""
    flags = flag_calculations(alloy, rows, FCC)
    assert flags.keys() <= STRUCTURE_FLAGS.keys()
    return {name: int(found.sum()) for name, found in flags.items() if found.any()}


def test_what_belongs_together_has_no_flag():
    assert raised(ALL) == {}


@pytest.mark.parametrize(
    ("changed", "flag"),
    [
        ({"calculator": pl.lit("gpaw 24")}, "other_calculator"),
        ({"functional": pl.when(LAST).then(pl.lit("LDA")).otherwise(pl.lit("PBE"))},
         "other_functional"),
        ({"settings": pl.when(LAST).then(pl.lit("ENCUT=300; ISPIN=1")).otherwise(
            pl.lit("ISPIN=1; ENCUT=520"))}, "other_settings"),
        ({"relaxation": pl.lit("unfinished")}, "unfinished_relaxation"),
        ({"relaxation": pl.lit("molecular dynamics")}, "molecular_dynamics"),
        ({"max_force": pl.lit(1.6)}, "large_forces"),
        ({"stress": pl.lit([150.0, 150.0, 150.0, 0.0, 0.0, 0.0])}, "high_pressure"),
        ({"volume": 1.35 * pl.col("volume")}, "unusual_volume"),
        ({"total_energy": pl.col("total_energy") + 0.35 * pl.col("symbols").list.len()},
         "unusual_energy"),
    ],
)  # fmt: skip
def test_five_structures_of_another_kind_are_flagged(changed, flag):
    ((name, value),) = changed.items()
    rows = ALL.with_columns(pl.when(LAST).then(value).otherwise(pl.col(name)).alias(name))
    if name in ("functional", "settings"):
        rows = ALL.with_columns(value.alias(name))
    assert raised(rows) == {flag: 5}


def test_three_elements_have_a_curve_of_their_own():
    # Ag-Cu costs 60 meV/atom and Ag-Au gains as much: no curve of one share follows both.
    alloy = Alloy.parse("ag-au-cu")
    rows = read_embedded_structures([alloy])
    assert raised(rows, alloy) == {}
    n_atoms = pl.col("symbols").list.len()
    higher = pl.when(LAST).then(0.35 * n_atoms).otherwise(0.0)
    moved = rows.with_columns(pl.col("total_energy") + higher)
    assert raised(moved, alloy) == {"unusual_energy": 5}
    wider = pl.when(LAST).then(1.35).otherwise(1.0)
    moved = rows.with_columns(pl.col("volume") * wider)
    assert raised(moved, alloy) == {"unusual_volume": 5}


def test_energies_per_atom_are_suspected_whole_and_alone():
    n_atoms = ALL["symbols"].list.len().to_numpy()
    shares = element_shares(ALL, ALLOY)
    per_atom = ALL["total_energy"].to_numpy() / n_atoms
    _, suspected = find_unusual_energies(per_atom, n_atoms, shares)
    assert (suspected == (n_atoms > 1)).all()
    one = np.where(np.arange(len(per_atom)) == 50, per_atom, per_atom * n_atoms)
    unusual, suspected = find_unusual_energies(one, n_atoms, shares)
    assert np.flatnonzero(unusual).tolist() == np.flatnonzero(suspected).tolist() == [50]
    # Whether most are per atom or few, these are told and the others are not.
    for share_of in (0.3, 0.7):
        is_bad = np.random.default_rng(1).random(len(per_atom)) < share_of
        mixed = np.where(is_bad, per_atom, per_atom * n_atoms)
        _, suspected = find_unusual_energies(mixed, n_atoms, shares)
        assert (suspected == is_bad & (n_atoms > 1)).all()


def test_a_condition_chooses_and_what_it_leaves_out_is_told(tmp_path: Path):
    rows = AG_AU.to_dicts()
    path = write_database(tmp_path, rows)
    store = Store(Warehouse(tmp_path / "warehouse"))
    ingest_source(store, path, ALLOY, selection=Selection(where="n_atoms < 3"))
    assert store.read("alloy_structures").height == 4
    assert describe_alloy(store, "ag-au")[0].endswith("0 quarantined, 6 passed over")
    with pytest.raises(WarehouseError, match="is no condition"):
        ingest_source(store, path, ALLOY, selection=Selection(where="1; drop table x"))
    with pytest.raises(WarehouseError, match="none of 10 structures fulfils"):
        ingest_source(store, path, ALLOY, selection=Selection(where="n_atoms > 30"))
