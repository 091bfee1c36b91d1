"""Formation energies, the convex hull, the splits and the checks of alloys."""

import numpy as np
import polars as pl
import pytest
from ase.build import bulk

from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.shipped import read_embedded_structures
from ingest.alloys.structures import ingest_structures
from tests.support.alloys import AU_CU, PROVENANCE, alloy_catalog, alloy_store, build, query
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.upkeep.checks import list_checks

ENERGIES = "from features.formation_energies where alloy = 'au-cu'"


def test_pure_elements_have_exactly_no_formation_energy():
    pure = query("from features.formation_energies where concentration in (0, 1)")
    assert pure.height == 4
    assert (pure["formation_energy_per_atom"] == 0.0).all()


def test_gold_copper_energies_are_those_of_the_source():
    energies = query(ENERGIES)["formation_energy_per_atom"] * 1000
    assert len(energies) == 136
    # Measured with other code before this project, meV/atom.
    assert energies.min() == pytest.approx(-58.2, abs=0.05)
    assert energies.max() == pytest.approx(55.7, abs=0.05)
    assert (energies < 0).sum() == 109
    assert energies.std(ddof=0) == pytest.approx(23.4, abs=0.05)


@pytest.mark.parametrize(
    ("structure_id", "formula", "expected"),
    [("2-1-1", "AuCu", -58.2), ("4-6-1", "AuCu3", -46.1), ("4-6-6", "Au3Cu", -26.5)],
)
def test_ordered_compounds_are_those_of_the_source(structure_id, formula, expected):
    row = query(
        f"from marts.ground_states where alloy = 'au-cu' and structure_id = '{structure_id}'"
    )
    assert row["formula"].item() == formula
    assert row["formation_energy_per_atom"].item() * 1000 == pytest.approx(expected, abs=0.05)


def test_formation_energy_by_hand():
    # L1₀: (E - E(Au) - E(Cu)) / 2 with the pure elements' energies in eV/atom.
    row = query(f"{ENERGIES} and structure_id = '2-1-1'").row(0, named=True)
    by_hand = row["total_energy_per_atom"] - (-3.72739253 - 3.22044956) / 2
    assert row["formation_energy_per_atom"] == pytest.approx(by_hand, abs=1e-9)


def test_energies_refer_to_the_pure_elements_on_the_parent_lattice(tmp_path):
    # Hexagonal copper that would be 50 meV/atom lower than cubic copper is no reference.
    structures = read_embedded_structures([AU_CU]).filter(pl.col("symbols").list.len() <= 2)
    hexagonal = bulk("Cu", "hcp", a=2.57, c=4.20)
    other = {
        "structure_id": "hexagonal",
        "cell": hexagonal.cell.tolist(),
        "positions": hexagonal.positions.tolist(),
        "symbols": ["Cu", "Cu"],
        "total_energy": 2 * (-3.72739253 - 0.05),
        "volume": hexagonal.get_volume(),
    }
    copper = structures.filter(pl.col("symbols") == ["Cu"]).to_dicts()[0]
    rows = pl.concat([structures, pl.DataFrame([copper | other], schema=structures.schema)])
    store = Store(Warehouse(tmp_path))
    ingest_structures(store, rows, provenance=PROVENANCE)
    connection = build(store)
    energies = query(f"{ENERGIES} and concentration = 1 order by structure_id", connection)
    assert energies["structure_id"].to_list() == ["1-0-0", "hexagonal"]
    assert energies["formation_energy_per_atom"].to_list() == pytest.approx([0, -0.05], abs=1e-9)
    assert energies["formation_energy_per_atom"][0] == 0.0
    assert query("from checks.alloy_pure_elements", connection).is_empty()


def test_compositions_are_counted_and_reduced():
    columns = "formula, composition_group, n_atoms, concentration"
    rows = query(
        f"select distinct {columns} from features.alloy_compositions "
        "where alloy = 'au-cu' and n_atoms in (1, 6) order by n_atoms, concentration"
    ).rows()
    assert rows == [
        ("Au", "Au", 1, 0.0),
        ("Cu", "Cu", 1, 1.0),
        ("Au5Cu", "Au5Cu", 6, 1 / 6),
        ("Au4Cu2", "Au2Cu", 6, 2 / 6),
        ("Au3Cu3", "AuCu", 6, 3 / 6),
        ("Au2Cu4", "AuCu2", 6, 4 / 6),
        ("AuCu5", "AuCu5", 6, 5 / 6),
    ]


@pytest.mark.parametrize("alloy", ["au-cu", "ag-cu"])
def test_hull_agrees_with_pymatgen(alloy):
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram

    rows = query(f"from marts.ground_states where alloy = '{alloy}' order by structure_id")
    totals = query(f"from staging.alloy_structures where alloy = '{alloy}' order by structure_id")
    entries = [
        PDEntry("".join(symbols), energy)
        for symbols, energy in zip(totals["symbols"], totals["total_energy"], strict=True)
    ]
    diagram = PhaseDiagram(entries)
    expected = [diagram.get_e_above_hull(entry) for entry in entries]
    np.testing.assert_allclose(rows["energy_above_hull"], expected, atol=1e-9)
    assert rows["is_on_hull"].to_list() == [energy < 1e-9 for energy in expected]


def test_the_ground_states_of_gold_copper_and_silver_copper():
    hull = (
        "select formula from marts.ground_states where is_on_hull and alloy = '{}' "
        "order by concentration"
    )
    assert query(hull.format("au-cu"))["formula"].to_list() == [
        "Au",
        "Au2Cu",
        "Au3Cu2",
        "AuCu",
        "AuCu3",
        "Cu",
    ]
    # Silver and copper do not mix.
    assert query(hull.format("ag-cu"))["formula"].to_list() == ["Ag", "Cu"]


def test_folds_are_even_and_spare_the_pure_elements():
    splits = query("from features.alloy_splits where alloy = 'au-cu'")
    mixed = splits.filter(pl.col("random_fold").is_not_null())
    assert splits.filter(pl.col("random_fold").is_null())["composition_group"].sort().to_list() == [
        "Au",
        "Cu",
    ]
    for part in (mixed, mixed.filter(~pl.col("is_locked_test"))):
        sizes = part["random_fold"].value_counts()["count"]
        assert len(sizes) == 10
        assert sizes.max() - sizes.min() <= 1
    assert 0.15 < mixed["is_locked_test"].mean() < 0.25


def test_structures_that_relaxed_into_one_another_are_tested_together():
    # In Ag-Cu six pairs of (110) and other layerings end on the same sites, within 0.3 meV/atom.
    splits = query("from features.alloy_splits where alloy = 'ag-cu'")
    groups = splits.group_by("decoration_id").agg(
        pl.col("structure_id").sort(),
        pl.col("random_fold").n_unique(),
        pl.col("is_locked_test").n_unique(),
    )
    twins = groups.filter(pl.col("structure_id").list.len() > 1)["structure_id"]
    pairs = [("4-1-3", "4-3-3"), ("5-1-14", "5-3-14"), ("5-1-5", "5-3-5")]
    pairs += [("6-1-23", "6-5-23"), ("6-1-8", "6-5-8"), ("6-2-23", "6-4-23")]
    assert sorted(map(tuple, twins)) == sorted(pairs)
    assert (splits.height, groups.height) == (137, 131)
    assert groups.select("random_fold", "is_locked_test").unique().rows() == [(1, 1)]
    gold = query("from features.alloy_splits where alloy = 'au-cu'")
    assert gold["decoration_id"].n_unique() == gold.height == 136


SPLITS = "from features.alloy_splits order by alloy, structure_id"


def test_splits_depend_neither_on_the_order_of_rows_nor_on_cluster_spaces(tmp_path):
    splits = query(SPLITS)
    assert splits.height == 136 + 137
    store = Store(Warehouse(tmp_path))
    for table in ("alloy_structures", "lattice_mappings", "supercells"):
        rows = alloy_store().read(table).sample(fraction=1.0, shuffle=True, seed=1)
        store.insert(table, rows, provenance=PROVENANCE)
    assert query(SPLITS, build(store)).equals(splits)
    # Nearest neighbours alone tell few structures apart.
    ingest_clusters(store, [0.8])
    assert query(SPLITS, build(store)).equals(splits)


def test_equal_decorations_have_equal_cluster_vectors_and_no_others():
    joined = query(
        """
        select mappings.decoration_id, vectors.cluster_vector
        from features.cluster_vectors as vectors
        inner join staging.lattice_mappings as mappings using (alloy, structure_id)
        """
    )
    assert joined.height == 273
    pairs = joined.unique()
    assert pairs["decoration_id"].n_unique() == pairs["cluster_vector"].n_unique() == pairs.height


def test_training_mart_has_a_row_per_structure():
    training = query("from marts.cluster_expansion_training where alloy = 'au-cu'")
    assert training.height == 136
    assert (training["cluster_vector"].list.len() == 271).all()
    assert training.null_count().drop("random_fold", "random_folds").sum_horizontal().item() == 0


def alloy_checks(connection):
    return {
        name: query(f"from checks.{name}", connection).height for name, _ in list_checks(connection)
    }


def test_checks_hold_on_the_embedded_data():
    checks = alloy_checks(alloy_catalog())
    assert len(checks) >= 6
    assert set(checks.values()) == {0}


def test_checks_see_what_is_broken(tmp_path):
    store = Store(Warehouse(tmp_path))
    small = read_embedded_structures([AU_CU]).filter(pl.col("symbols").list.len() < 4)
    ingest_structures(store, small, provenance=PROVENANCE)
    scope = {"alloy": "au-cu"}
    mappings = store.read("lattice_mappings")
    broken = mappings.with_columns(
        occupation=pl.when(pl.col("structure_id") == "2-1-1")
        .then(pl.lit(3))
        .otherwise(pl.col("occupation")),
        # Every structure is said to be decorated like the pure first element.
        decoration_id=pl.lit("fcc-1-0-1-0-0-1:0"),
    ).filter(pl.col("structure_id") != "3-2-4")
    store.replace("lattice_mappings", broken, scope=scope, provenance=PROVENANCE)
    no_copper = store.read("alloy_structures").filter(pl.col("symbols") != ["Cu"])
    store.replace("alloy_structures", no_copper, scope=scope, provenance=PROVENANCE)
    orbits = alloy_store().read("orbits")
    of_supercells = alloy_store().read("supercell_orbits").filter(pl.col("orbit_index") != 5)
    store.insert("orbits", orbits, provenance=PROVENANCE)
    store.insert("supercell_orbits", of_supercells, provenance=PROVENANCE)
    store.insert("supercell_masks", alloy_store().read("supercell_masks"), provenance=PROVENANCE)
    failing = {name for name, count in alloy_checks(build(store)).items() if count}
    assert failing == {
        "alloy_pure_elements",
        "alloy_occupations",
        "alloy_splits",
        "cluster_weights",
    }


def test_flags_of_structures_are_rows():
    flagged = query("from marts.flagged_structures where alloy = 'au-cu' and flag = 'large_strain'")
    assert flagged.height == 19
    assert flagged["strain"].min() > 0.1
    # 4-1-11 relaxed furthest from fcc, nearly to bcc; its energy is part of the data.
    furthest = flagged.sort("strain").row(-1, named=True)
    assert (furthest["structure_id"], furthest["formula"]) == ("4-1-11", "Au3Cu")
    assert furthest["formation_energy_per_atom"] is not None


def test_one_energy_of_a_decoration_is_fitted_and_other_lattices_make_no_hull(tmp_path):
    structures = read_embedded_structures([AU_CU]).filter(pl.col("symbols").list.len() <= 3)
    ordered = structures.filter(structure_id="2-1-1").to_dicts()[0]
    again = [
        ordered | {"structure_id": "magnetic", "total_energy": ordered["total_energy"] + 0.03},
        ordered | {"structure_id": "stopped", "total_energy": ordered["total_energy"] - 0.5,
                   "relaxation": "unfinished"},
    ]  # fmt: skip
    body_centred = bulk("Cu", "bcc", a=2.9, cubic=True)
    deep = {
        "structure_id": "B2",
        "cell": body_centred.cell.tolist(),
        "positions": body_centred.positions.tolist(),
        "symbols": ["Cu", "Au"],
        "total_energy": ordered["total_energy"] - 1.0,
        "volume": body_centred.get_volume(),
    }
    rows = [*structures.to_dicts(), *again, ordered | deep]
    store = Store(Warehouse(tmp_path))
    ingest_structures(store, pl.DataFrame(rows, schema=structures.schema), provenance=PROVENANCE)
    ingest_clusters(store, [1.0])
    connection = build(store)
    fitted = query(
        "select structure_id, is_fitted from marts.cluster_expansion_training "
        "where concentration = 0.5 order by structure_id",
        connection,
    )
    assert fitted.rows() == [("2-1-1", True), ("magnetic", False), ("stopped", False)]
    (competing,) = query("from marts.competing_phases", connection).to_dicts()
    assert competing["structure_id"] == "B2"
    # 1 eV per cell of two atoms below what was L1₀; the unfinished one lies at -0.25 eV/atom.
    assert competing["energy_above_parent_hull"] == pytest.approx(-0.5 + 0.25)
    assert competing["is_below_parent_hull"]
    assert query("from marts.ground_states where structure_id = 'B2'", connection).is_empty()


@pytest.mark.parametrize("n_decorations", [20, 60])
def test_a_fifth_of_a_small_set_is_locked(n_decorations, tmp_path):
    few = read_embedded_structures([AU_CU]).sort("structure_id").head(n_decorations + 2)
    store = Store(Warehouse(tmp_path))
    ingest_structures(store, few, provenance=PROVENANCE)
    splits = query("from features.alloy_splits where random_fold is not null", build(store))
    assert splits["is_locked_test"].mean() == pytest.approx(0.2, abs=0.03)
