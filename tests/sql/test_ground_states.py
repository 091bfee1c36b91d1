"""Predictions of derivative structures in SQL, and convex hulls against pymatgen."""

from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram

from ingest.alloys.cluster_spaces import build_cluster_space
from ingest.alloys.clusters import find_mask_classes, ingest_clusters
from ingest.alloys.enumeration import ingest_derivative_structures
from ingest.alloys.shipped import read_embedded_structures
from ingest.alloys.structures import ingest_structures
from tests.support.alloys import AU_CU, FCC, PROVENANCE, build, query
from tests.support.folders import temporary_folder
from warehouse.conventions.lattices import parse_supercell_id
from warehouse.settings import SQL_DIR
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import TABLES

CUTOFFS = [1.3, 1.0]
SPACE = "fcc-1.3-1"
N_DRAWS = 12


def hull_energies(points: dict[tuple[int, int], float], targets: list[tuple[int, int]]) -> list:
    """Hull energies per atom by pymatgen; points and targets are counts of Au and Cu."""
    entries = [
        PDEntry({"Au": first, "Cu": second}, energy * (first + second))
        for (first, second), energy in points.items()
    ]
    diagram = PhaseDiagram(entries)
    return [
        diagram.get_hull_energy_per_atom(PDEntry({"Au": first, "Cu": second}, 0.0).composition)
        for first, second in targets
    ]


counts = st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(any)
energies = st.floats(-0.1, 0.1, allow_subnormal=False)


@settings(max_examples=60)
@given(st.dictionaries(counts, energies, max_size=12), st.lists(counts, max_size=4))
def test_the_hull_is_that_of_pymatgen(mixtures, others):
    points = {(1, 0): 0.0, (0, 1): 0.0, **mixtures}
    lowest: dict[float, float] = {}
    for (first, second), energy in points.items():
        x = second / (first + second)
        lowest[x] = min(energy, lowest.get(x, np.inf))
    targets = sorted({*points, *others})
    rows = [("au-cu", "calculated", "test", x, energy) for x, energy in lowest.items()]
    with duckdb.connect() as connection:
        connection.execute("create schema staging; create schema features; create schema marts")
        connection.execute(
            "create table marts._convex_hull_points "
            "(alloy varchar, origin varchar, series varchar, concentration double, "
            "lowest_energy double)"
        )
        connection.executemany("insert into marts._convex_hull_points values (?, ?, ?, ?, ?)", rows)
        connection.execute(
            "create table features.formation_energies (alloy varchar, concentration double);"
            "create table staging.derivative_structures "
            "(parent_lattice varchar, concentration double);"
            "create table staging.lattice_mappings (alloy varchar, parent_lattice varchar)"
        )
        concentrations = [("au-cu", second / (first + second)) for first, second in targets]
        connection.executemany(
            "insert into features.formation_energies values (?, ?)", concentrations
        )
        view = (SQL_DIR / "marts" / "_convex_hulls.sql").read_text(encoding="utf-8")
        ours = dict(connection.sql(f"select concentration, hull_energy from ({view})").fetchall())
    expected = hull_energies(points, targets)
    np.testing.assert_allclose([ours[x] for _, x in concentrations], expected, rtol=0, atol=1e-12)


@cache
def scored_store() -> Store:
    """Au-Cu up to 4 atoms, derivative structures up to 6, and a made-up model with draws."""
    store = Store(Warehouse(temporary_folder()))
    few = read_embedded_structures([AU_CU]).filter(pl.col("symbols").list.len() <= 4)
    ingest_structures(store, few, provenance=PROVENANCE)
    ingest_derivative_structures(store, 6)
    ingest_clusters(store, CUTOFFS)
    data = query(
        "from features.cluster_vectors inner join features.formation_energies "
        "using (alloy, structure_id)",
        build(store),
    )
    vectors = np.array(data["cluster_vector"].to_list())
    parameters = np.linalg.lstsq(vectors, data["formation_energy_per_atom"])[0]
    rng = np.random.default_rng(0)
    n_orbits = len(parameters)
    names = {"study": "cluster_expansion", "dataset": "au-cu", "run_id": "0"}
    models = [
        {
            **names,
            "model": model,
            "feature_space": SPACE,
            "hyperparameters": "{}",
            "is_selected": model == "chosen",
            "lineage": "{}",
        }
        for model in ("chosen", "other")
    ]
    features = [str(index) for index in range(n_orbits)]
    fitted = [
        {**names, "model": model, "feature": feature, "parameter": factor * value, "scale": None}
        for model, factor in (("chosen", 1.0), ("other", 2.0))
        for feature, value in zip(features, parameters, strict=True)
    ]
    draws = [
        {
            **names,
            "model": "chosen",
            "origin": origin,
            "draw": draw,
            "feature": feature,
            "parameter": value + rng.normal(scale=0.003),
        }
        for origin in ("posterior", "bootstrap")
        for draw in range(N_DRAWS)
        for feature, value in zip(features, parameters, strict=True)
    ]
    for table, rows in (
        ("models", models),
        ("model_parameters", fitted),
        ("parameter_draws", draws),
    ):
        frame = pl.DataFrame(rows, schema=TABLES[table].create_empty().schema)
        store.insert(table, frame, provenance=PROVENANCE)
    return store


@cache
def scored_catalog() -> duckdb.DuckDBPyConnection:
    return build(scored_store())


def rows_of(sql: str) -> pl.DataFrame:
    return query(sql, scored_catalog())


@cache
def correlations() -> dict[str, np.ndarray]:
    """Cluster vectors of all derivative structures, read plainly off the masks."""
    space = build_cluster_space(FCC, CUTOFFS)
    structures = scored_store().read("derivative_structures")
    vectors = {}
    for (cell,), part in structures.partition_by("supercell_id", as_dict=True).items():
        classes, weights = find_mask_classes(space, parse_supercell_id(cell)[1])
        n_clusters = weights @ [len(masks) for masks in classes]
        for name, bits in part.select("decoration_id", "occupation").iter_rows():
            spins = [sum((-1) ** (bits & mask).bit_count() for mask in masks) for masks in classes]
            vectors[name] = weights @ spins / n_clusters
    return vectors


def test_predictions_are_parameters_times_correlations():
    rows = rows_of("from marts.derivative_predictions")
    assert rows.height == len(correlations()) == 137
    assert rows["model"].unique().to_list() == ["chosen"]
    chosen = scored_store().read("model_parameters").filter(model="chosen")
    parameters = chosen.sort(pl.col("feature").cast(pl.Int64))["parameter"].to_numpy()
    expected = [correlations()[name] @ parameters for name in rows["decoration_id"]]
    np.testing.assert_allclose(
        rows["predicted_formation_energy_per_atom"], expected, rtol=0, atol=1e-14
    )


def test_a_decoration_is_predicted_as_the_structure_that_has_it():
    rows = rows_of(
        """
        select
            ground_states.predicted_formation_energy_per_atom as ours,
            sum(interactions.parameter * correlations.correlation) as expected
        from marts.predicted_ground_states as ground_states
        inner join features.cluster_correlations as correlations using (alloy, structure_id)
        inner join marts.effective_cluster_interactions as interactions
            using (alloy, cluster_space_id, orbit_index)
        where interactions.is_selected
        group by all
        """
    )
    assert rows.height == 28  # The data have every structure of up to 4 atoms but L1₁.
    np.testing.assert_allclose(rows["ours"], rows["expected"], rtol=0, atol=1e-14)


def as_points(rows: pl.DataFrame, energy: str) -> dict[tuple[int, int], float]:
    """The lowest energy of each composition, by counts of Au and Cu."""
    lowest = rows.group_by(
        second=(pl.col("concentration") * pl.col("n_atoms")).round().cast(pl.Int64),
        n_atoms=pl.col("n_atoms"),
    ).agg(pl.col(energy).min())
    return {(n - second, second): value for second, n, value in lowest.iter_rows()}


def above(rows: pl.DataFrame, points: dict[tuple[int, int], float]) -> np.ndarray:
    """Predicted energies less the hull of `points` by pymatgen."""
    second = (rows["concentration"] * rows["n_atoms"]).round().cast(pl.Int64)
    targets = list(zip(rows["n_atoms"] - second, second, strict=True))
    return rows["predicted_formation_energy_per_atom"].to_numpy() - hull_energies(points, targets)


def test_the_hulls_of_data_predictions_and_both_are_those_of_pymatgen():
    rows = rows_of("from marts.predicted_ground_states order by decoration_id")
    data = rows_of("from marts.ground_states")
    calculated = as_points(data, "formation_energy_per_atom")
    predicted = as_points(rows, "predicted_formation_energy_per_atom")
    from_predicted = above(rows, predicted)
    np.testing.assert_allclose(rows["predicted_energy_above_hull"], from_predicted, atol=1e-12)
    np.testing.assert_allclose(
        rows["predicted_energy_above_data_hull"], above(rows, calculated), atol=1e-12
    )
    assert rows["is_on_predicted_hull"].to_list() == list(from_predicted < 1e-9)
    missing = rows.filter(pl.col("structure_id").is_null())
    added = as_points(missing, "predicted_formation_energy_per_atom")
    both = calculated | {
        key: min(energy, calculated.get(key, np.inf)) for key, energy in added.items()
    }
    is_new = (above(rows, both) < 1e-9) & rows["structure_id"].is_null().to_numpy()
    assert rows["is_new_ground_state"].to_list() == is_new.tolist()
    assert 0 < is_new.sum() < is_new.size


def test_probabilities_count_the_hulls_of_the_draws():
    shown = rows_of("from marts.ground_state_probabilities where origin = 'posterior'")
    assert (shown["n_draws"] == N_DRAWS).all()
    structures = rows_of("from marts.derivative_predictions").join(
        shown.select("decoration_id"), on="decoration_id"
    )
    draws = scored_store().read("parameter_draws").filter(origin="posterior")
    vectors = np.array([correlations()[name] for name in structures["decoration_id"]])
    drawn, on_hull = [], []
    for draw in range(N_DRAWS):
        part = draws.filter(draw=draw).sort(pl.col("feature").cast(pl.Int64))
        drawn.append(vectors @ part["parameter"].to_numpy())
        column = structures.with_columns(predicted_formation_energy_per_atom=drawn[-1])
        points = as_points(column, "predicted_formation_energy_per_atom")
        on_hull.append(above(column, points) < 1e-9)
    expected = structures.select("decoration_id").with_columns(
        mean=np.mean(drawn, axis=0),
        std=np.std(drawn, axis=0, ddof=1),
        share=np.mean(on_hull, axis=0),
    )
    both = shown.join(expected, on="decoration_id")
    assert both.height == shown.height
    np.testing.assert_allclose(both["mean_formation_energy_per_atom"], both["mean"], atol=1e-12)
    np.testing.assert_allclose(both["std_formation_energy_per_atom"], both["std"], atol=1e-12)
    np.testing.assert_allclose(both["hull_probability"], both["share"], atol=1e-12)
    assert expected.filter((pl.col("share") > 0) & (pl.col("share") < 1)).height > 0


def test_each_draw_gives_each_structure_noise_of_its_own(tmp_path: Path):
    """Twice: the noise is what the model learned, normal, the same on every reading."""
    store = Store(Warehouse(tmp_path))
    for table in TABLES:
        rows = scored_store().read(table)
        if table == "models":
            rows = rows.with_columns(hyperparameters=pl.lit('{"noise_energy": 0.02}'))
        store.insert(table, rows, provenance=PROVENANCE)
    connection = build(store)
    draws = "from marts._derivative_draws order by origin, draw, decoration_id"
    noisy, silent = query(draws, connection), rows_of(draws)
    assert_frame_equal(noisy, query(draws, connection))  # but for the order of its sums
    column = "drawn_formation_energy_per_atom"
    added = (noisy[column] - silent[column]).to_numpy()
    is_pure = silent["concentration"].is_in([0.0, 1.0]).to_numpy()
    assert (added[is_pure] == 0).all()
    (learned,) = query(
        "select distinct noise from marts.cluster_expansion_models where is_selected", connection
    ).to_series()
    scaled = added[~is_pure] / learned
    assert len(scaled) > 2000
    assert abs(scaled.mean()) < 4 / len(scaled) ** 0.5
    assert scaled.std() == pytest.approx(1, abs=0.05)
    assert (np.abs(scaled) < 1.6449).mean() == pytest.approx(0.9, abs=0.02)
    alone = np.abs(np.corrcoef(scaled[:-1], scaled[1:])[0, 1])
    assert alone < 4 / len(scaled) ** 0.5


def test_draws_are_kept_to_the_lowest_twenty_of_each_composition():
    ranked = rows_of("from marts.derivative_predictions").with_columns(
        place=pl.col("predicted_formation_energy_per_atom").rank("min").over("concentration")
    )
    shown = rows_of("from marts.ground_state_probabilities where origin = 'bootstrap'")
    assert shown.group_by("concentration").len()["len"].max() == 20
    places = ranked.join(shown, on="decoration_id")["place"]
    assert places.max() <= 20


def test_a_draw_that_lacks_a_parameter_is_left_out_and_found(tmp_path: Path):
    store = Store(Warehouse(tmp_path))
    for table in TABLES:
        rows = scored_store().read(table)
        if table == "parameter_draws":
            is_last = (pl.col("draw") == 3) & (pl.col("origin") == "bootstrap")
            rows = rows.filter(~(is_last & (pl.col("feature") == "5")))
        store.insert(table, rows, provenance=PROVENANCE)
    connection = build(store)
    found = query("from checks.cluster_expansion_draws", connection)
    assert found.select("origin", "draw").rows() == [("bootstrap", 3)]
    counts = query(
        "select distinct origin, n_draws from marts.ground_state_probabilities", connection
    )
    assert set(counts.rows()) == {("posterior", N_DRAWS), ("bootstrap", N_DRAWS - 1)}
    assert query("from checks.cluster_expansion_draws", scored_catalog()).is_empty()


def test_without_a_model_the_hull_of_the_data_is_left(tmp_path: Path):
    store = Store(Warehouse(tmp_path))
    for table in ("alloy_structures", "lattice_mappings", "supercells", "derivative_structures"):
        store.insert(table, scored_store().read(table), provenance=PROVENANCE)
    connection = build(store)
    assert query("from marts.predicted_ground_states", connection).is_empty()
    data = "from marts.ground_states order by structure_id"
    assert query(data, connection).equals(rows_of(data))


@pytest.mark.parametrize("name", ["predicted_ground_states", "ground_state_probabilities"])
def test_a_second_reading_gives_the_same_flags(name):
    flags = (
        f"select decoration_id, columns('is_.*|hull_probability') from marts.{name} order by all"
    )
    assert rows_of(flags).equals(rows_of(flags))
