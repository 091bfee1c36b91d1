"""Both studies on real data: what is kept apart, and what comes back into the warehouse."""

import shutil

import duckdb
import numpy as np
import polars as pl
import pytest

from analysis.cluster_expansion.inputs import find_space, read_dataset, read_orbits
from analysis.cluster_expansion.models import METHODS, is_at_edge, make_model
from analysis.cluster_expansion.splits import leave_out_small, split_inside, split_samples
from analysis.cluster_expansion.study import run_study
from analysis.commands.cluster_expansion import DEFAULT_SPACE
from analysis.datasets import read_rows
from ingest.alloys.clusters import ingest_clusters
from tests.analysis.conftest import SPACE
from warehouse.catalog import build_catalog
from warehouse.commits import Provenance
from warehouse.connection import connect
from warehouse.errors import WarehouseError
from warehouse.store import Store


@pytest.fixture
def dataset(connection):
    return read_dataset(connection, "au-cu", SPACE)[0]


@pytest.fixture
def orbits(connection):
    return read_orbits(connection, SPACE)


@pytest.fixture(scope="module")
def default_dataset(unfitted, tmp_path_factory):
    """Au-Cu in the default cluster space."""
    root = tmp_path_factory.mktemp("default")
    shutil.copytree(unfitted, root, dirs_exist_ok=True)
    ingest_clusters(Store(root))
    build_catalog(Store(root))
    with connect(root) as connection:
        return read_dataset(connection, "au-cu", DEFAULT_SPACE)


def test_dataset_has_the_mixed_structures_and_their_orbits(dataset, orbits):
    assert dataset.X.shape == (134, orbits.height)
    assert dataset.samples["concentration"].is_between(0, 1, closed="none").all()
    assert dataset.y.min() == pytest.approx(-0.0582, abs=5e-5)
    np.testing.assert_array_equal(dataset.X[:, 0], 1.0)


def test_lineage_names_every_table_and_view_that_was_read(dataset):
    names = set(dataset.lineage.sha256)
    assert {"features.cluster_correlations", "staging.orbits", "raw.alloy_structures"} <= names
    assert not any("metal" in name for name in names)
    assert set(dataset.lineage.versions) == {name for name in names if name.startswith("raw.")}


def test_training_and_test_never_share_a_structure(dataset):
    for fold in split_samples(dataset.samples):
        assert not (fold.train & fold.test).any(), fold.split


def test_the_split_that_chooses_never_touches_the_locked_test(dataset):
    is_locked = dataset.samples["is_locked_test"].to_numpy()
    for fold in split_samples(dataset.samples):
        if fold.split == "training_10_fold":
            assert not (fold.train & is_locked).any()
            assert not (fold.test & is_locked).any()


def test_each_cross_validation_tests_each_structure_once(dataset):
    folds = split_samples(dataset.samples)
    repeats = {fold.split for fold in folds if fold.split.startswith("random_10_fold")}
    assert len(repeats) == 5
    for split in (*repeats, "leave_composition_out"):
        tested = np.sum([fold.test for fold in folds if fold.split == split], axis=0)
        np.testing.assert_array_equal(tested, 1)


def test_leave_composition_out_hides_the_whole_composition(dataset):
    groups = dataset.samples["composition_group"].to_numpy()
    for fold in split_samples(dataset.samples):
        if fold.split == "leave_composition_out":
            assert not set(groups[fold.train]) & set(groups[fold.test])


def test_same_data_and_settings_give_the_same_results(dataset, orbits):
    few = ["ridge", "lasso", "weighted_ridge"], ["leave_composition_out"]
    first, second = (run_study(dataset, orbits, *few) for _ in range(2))
    assert first.run_id == second.run_id
    for table in ("metrics", "predictions", "parameters", "curves", "paths", "draws"):
        assert getattr(first, table).equals(getattr(second, table)), table
    assert run_study(dataset, orbits, *few, seed=1).run_id != first.run_id


def test_the_locked_test_is_shown_to_the_chosen_method_only(connection):
    tested = read_rows(
        connection,
        "select distinct model, is_selected from marts.metrics where split = 'locked_test'",
    )
    assert tested["is_selected"].to_list() == [True]


def test_one_changed_energy_changes_the_run(unfitted, tmp_path):
    shutil.copytree(unfitted, tmp_path, dirs_exist_ok=True)
    store = Store(tmp_path)
    structures = store.read("alloy_structures")
    changed = structures.with_columns(
        pl.when(structure_id="2-1-1")
        .then(pl.col("total_energy") - 0.5)
        .otherwise("total_energy")
        .alias("total_energy")
    )
    runs = []
    for rows in (changed, structures):
        store.replace("alloy_structures", rows, provenance=Provenance("test", "1"))
        build_catalog(store)
        with connect(tmp_path) as connection:
            inputs = read_dataset(connection, "au-cu", SPACE)
        runs.append(run_study(*inputs, ["least_squares"], []).run_id)
    with connect(unfitted) as connection:
        inputs = read_dataset(connection, "au-cu", SPACE)
    before = run_study(*inputs, ["least_squares"], []).run_id
    assert runs[0] != before
    assert runs[1] == before


@pytest.mark.parametrize("method", ["ridge", "lasso", "elastic_net"])
def test_strengths_lie_inside_their_grids(method, default_dataset):
    dataset, orbits = default_dataset
    for fold in split_samples(dataset.samples):
        if fold.split in ("locked_test", "size_5_to_6"):
            model = make_model(method, orbits, split_inside(dataset.samples, fold.train, 0))
            model.fit(dataset.X[fold.train], dataset.y[fold.train])
            assert not is_at_edge(model), fold.split


def test_unknown_method_split_alloy_and_space_are_named(dataset, orbits, connection):
    with pytest.raises(WarehouseError, match="there is no method 'rigde'"):
        run_study(dataset, orbits, ["rigde"])
    with pytest.raises(WarehouseError, match="there is no split 'by_colour'"):
        run_study(dataset, orbits, ["ridge"], ["by_colour"])
    with pytest.raises(WarehouseError, match="no structures of ag-pt in the cluster space"):
        read_dataset(connection, "ag-pt", SPACE)


def test_the_default_space_is_on_the_alloys_own_parent_lattice(connection):
    assert find_space(connection, "au-cu", "fcc-4-2.5") == "fcc-4-2.5"
    other = duckdb.connect()
    other.execute("create schema staging")
    other.execute(
        "create table staging.lattice_mappings as "
        "select 'fe-cr' as alloy, 'bcc' as parent_lattice from range(2)"
    )
    assert find_space(other, "fe-cr", "fcc-4-2.5") == "bcc-4-2.5"
    assert find_space(other, "au-cu", "fcc-4-2.5") == "fcc-4-2.5"


def test_a_space_without_pairs_is_refused(unfitted, tmp_path):
    shutil.copytree(unfitted, tmp_path, dirs_exist_ok=True)
    ingest_clusters(Store(tmp_path), [0.5])
    build_catalog(Store(tmp_path))
    with (
        connect(tmp_path) as connection,
        pytest.raises(WarehouseError, match="no cluster of two or more sites"),
    ):
        read_dataset(connection, "au-cu", "fcc-0.5")


def test_shorter_cutoffs_keep_a_part_of_the_space(dataset, connection):
    part, orbits = read_dataset(connection, "au-cu", SPACE, [1.0, 0.8])
    assert orbits["diameter"].filter(orbits["cluster_order"] == 2).max() == pytest.approx(1)
    assert orbits["diameter"].filter(orbits["cluster_order"] == 3).max() < 0.8
    kept = [dataset.feature_names.index(name) for name in part.feature_names]
    np.testing.assert_array_equal(part.X, dataset.X[:, kept])
    assert 4 < len(kept) < dataset.X.shape[1]
    for longer in ([2.0], [1.5, 1.0, 0.8]):
        with pytest.raises(WarehouseError, match=f"beyond the cluster space {SPACE}"):
            read_dataset(connection, "au-cu", SPACE, longer)
    with pytest.raises(WarehouseError, match=r"two or more sites within 0\.5"):
        read_dataset(connection, "au-cu", SPACE, [0.5])


def test_folds_inside_a_training_part_keep_equal_decorations_together(dataset):
    twice = dataset.samples.with_columns(decoration_id=pl.Series(np.arange(134) // 2).cast(str))
    train = np.ones(134, dtype=bool)
    for training, test in split_inside(twice, train, 0):
        groups = twice["decoration_id"].to_numpy()
        assert not set(groups[training]) & set(groups[test])


def test_too_few_structures_are_refused(dataset, orbits):
    from dataclasses import replace

    few = replace(dataset, X=dataset.X[:25], y=dataset.y[:25], samples=dataset.samples[:25])
    with pytest.raises(WarehouseError, match="25 structures leave"):
        run_study(few, orbits, ["ridge"])


def test_an_optional_split_that_is_too_small_is_left_out_and_named(dataset):
    from dataclasses import replace

    large = (dataset.samples["n_atoms"] == 6).to_numpy()
    few = replace(
        dataset, X=dataset.X[large], y=dataset.y[large], samples=dataset.samples.filter(large)
    )
    folds, left_out = leave_out_small(few, split_samples(few.samples))
    assert left_out == ["size_5_to_6"]
    assert {fold.split for fold in folds} >= {"training_10_fold", "locked_test", "random_10_fold"}
    assert "size_5_to_6" not in {fold.split for fold in folds}


def test_scores_in_the_mart_follow_from_the_predictions_in_the_mart(connection):
    recomputed = read_rows(
        connection,
        """
        select
            model,
            regexp_replace(split, '_repeat_.*', '') as split,
            1000 * sqrt(avg(prediction_error ** 2)) as rmse,
            count(distinct structure_id) as n
        from marts.cluster_expansion_predictions
        group by all
        """,
    )
    stored = read_rows(connection, "from marts.metrics where metric = 'rmse'")
    both = recomputed.join(stored, on=["model", "split"], validate="1:1")
    # Every method on five splits, the locked test for the chosen one, the nested choice on four.
    assert both.height == recomputed.height == 5 * len(METHODS) + 1 + 4
    assert both["n"].to_list() == both["n_right"].to_list()
    np.testing.assert_allclose(both["rmse"], both["value"])


def test_one_model_is_selected_per_study_and_dataset(connection):
    counts = read_rows(
        connection,
        """
        select study, dataset, count(*) filter (is_selected) as n
        from staging.models group by all
        """,
    )
    assert counts.height == 3
    assert counts["n"].to_list() == [1, 1, 1]


def test_interactions_are_parameters_over_multiplicities(connection):
    rows = read_rows(
        connection, "from marts.effective_cluster_interactions where model = 'ridge'"
    ).sort("orbit_index")
    pair = rows.row(2, named=True)
    # Each fcc site has 12 nearest neighbours, hence 6 pairs, at a / sqrt(2).
    assert (pair["cluster_order"], pair["multiplicity"]) == (2, 6)
    assert pair["cluster_diameter"] == pytest.approx(3.894 / np.sqrt(2), abs=2e-3)
    assert pair["effective_cluster_interaction"] == pair["parameter"] / 6
    assert pair["parameter"] > 0  # unlike neighbours lower the energy: Au-Cu orders


def test_stored_parameters_reproduce_the_locked_test(connection):
    predicted = read_rows(
        connection,
        f"""
        with vectors as (
            select structure_id, orbit_index, correlation
            from features.cluster_correlations
            where alloy = 'au-cu' and cluster_space_id = '{SPACE}'
        )
        select
            predictions.structure_id,
            any_value(predictions.predicted_formation_energy_per_atom) as stored,
            sum(interactions.parameter * vectors.correlation) as from_parameters
        from marts.cluster_expansion_predictions as predictions
        inner join vectors using (structure_id)
        inner join marts.effective_cluster_interactions as interactions
            on interactions.orbit_index = vectors.orbit_index
            and interactions.model = predictions.model
        where predictions.split = 'locked_test'
        group by predictions.structure_id
        """,
    )
    locked = connection.sql(
        "select count(*) from features.alloy_splits where is_locked_test"
    ).fetchall()[0][0]
    assert predicted.height == locked > 20
    np.testing.assert_allclose(predicted["stored"], predicted["from_parameters"], atol=1e-12)


def test_default_cluster_space_is_the_one_that_ingest_makes():
    from ingest.alloys.cluster_spaces import DEFAULT_CUTOFFS, cluster_space_id

    assert cluster_space_id("fcc", DEFAULT_CUTOFFS) == DEFAULT_SPACE
