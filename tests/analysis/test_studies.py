"""Both studies on real data: what comes back into the warehouse."""

import json
import shutil

import duckdb
import numpy as np
import pytest

from analysis.cluster_expansion.data import read_dataset, read_orbits
from analysis.cluster_expansion.models.methods import METHODS, is_at_edge, make_model
from analysis.cluster_expansion.settings import ClusterExpansionSettings
from analysis.cluster_expansion.splits import SPLITS, split_inside, split_structures
from analysis.cluster_expansion.study import study_alloy
from analysis.datasets import read_rows
from ingest.alloys.clusters import ingest_clusters
from tests.analysis.conftest import SPACE
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.conventions.cluster_spaces import ClusterSpaceName
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse


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
    ingest_clusters(Store(Warehouse(root)))
    build_catalog(Store(Warehouse(root)))
    with connect(Warehouse(root)) as connection:
        return read_dataset(connection, "au-cu", str(ClusterSpaceName("fcc")))


def settings(*methods, splits=SPLITS):
    return ClusterExpansionSettings(SPACE, methods, splits)


def test_same_data_and_settings_give_the_same_results(dataset, orbits):
    few = settings("ridge", "lasso", "weighted_ridge", splits=("leave_composition_out",))
    first, second = (study_alloy(dataset, orbits, few) for _ in range(2))
    for table in ("metrics", "predictions", "parameters", "curves", "paths", "draws"):
        assert getattr(first, table).equals(getattr(second, table)), table


def test_the_locked_test_is_shown_to_the_chosen_method_only(connection):
    tested = read_rows(
        connection,
        "select distinct model, is_selected from marts.metrics where split = 'locked_test'",
    )
    assert tested["is_selected"].to_list() == [True]


@pytest.mark.parametrize("method", ["ridge", "lasso", "elastic_net"])
def test_strengths_lie_inside_their_grids(method, default_dataset):
    dataset, orbits = default_dataset
    for fold in split_structures(dataset.samples):
        if fold.split in ("locked_test", "size_5_to_6"):
            model = make_model(method, orbits, split_inside(dataset.samples, fold.train, 0))
            model.fit(dataset.X[fold.train], dataset.y[fold.train])
            assert not is_at_edge(model), fold.split


def test_unknown_method_split_alloy_and_space_are_named(dataset, orbits, connection):
    with pytest.raises(WarehouseError, match="there is no method 'rigde'"):
        study_alloy(dataset, orbits, settings("rigde"))
    with pytest.raises(WarehouseError, match="there is no split 'by_colour'"):
        study_alloy(dataset, orbits, settings("ridge", splits=("by_colour",)))
    with pytest.raises(WarehouseError, match="no structures of ag-pt in the cluster space"):
        read_dataset(connection, "ag-pt", SPACE)


def test_an_alloy_without_clusters_is_told_what_to_run():
    with duckdb.connect() as opened:
        opened.execute("""
            create schema marts;
            create schema staging;
            create table staging.lattice_mappings as select 'ta-w' as alloy;
            create table marts.cluster_expansion_training (
                alloy text, cluster_space_id text, structure_id text, concentrations double[],
                is_fitted bool, is_end_member bool
            )
        """)
        with pytest.raises(WarehouseError) as caught:
            read_dataset(opened, "ta-w", "bcc-4-2.5-1.6")
    assert "ta-w once `python -m ingest clusters`" in caught.value.hint


def test_too_few_structures_are_refused(dataset, orbits):
    from dataclasses import replace

    few = replace(dataset, X=dataset.X[:15], y=dataset.y[:15], samples=dataset.samples[:15])
    with pytest.raises(WarehouseError, match="15 structures leave"):
        study_alloy(few, orbits, settings("ridge"))


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


def test_the_mart_of_models_has_the_noise_in_the_unit_of_energies(connection, dataset):
    models = read_rows(connection, "from marts.cluster_expansion_models")
    noise = {row["model"]: row["noise"] for row in models.iter_rows(named=True)}
    assert noise["lasso"] is None
    told = json.loads(models.filter(model="weighted_ridge")["hyperparameters"].item())["noise"]
    spread = dataset.y[~dataset.samples["is_locked_test"].to_numpy()].std()
    assert noise["weighted_ridge"] == pytest.approx(told * spread, rel=1e-9)
    assert models.filter("is_selected").height == 1


def test_the_mart_of_alloys_tells_where_the_energies_come_from(connection):
    (alloy,) = read_rows(connection, "from marts.alloys").to_dicts()
    # 134 mixed structures and both elements
    assert (alloy["alloy"], alloy["n_structures"]) == ("au-cu", 136)
    assert (alloy["sources"], alloy["parent_lattices"]) == (["pyclupan"], ["fcc"])


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
