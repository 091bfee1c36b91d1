"""Fits on Spark reach scikit-learn's optimum, score through the views and harm no study."""

import shutil

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.cluster_expansion import spark_fit as expansion_single
from analysis.cluster_expansion.data import read_orbits
from analysis.cluster_expansion.models.expansion import ClusterExpansion
from analysis.cluster_expansion.settings import ClusterExpansionSettings, ElasticNetSettings
from analysis.descriptors import spread_descriptors
from analysis.linear_models.on_spark.solvers import sum_products
from analysis.metals import spark_fit as metals_single
from analysis.metals.benchmarks import Benchmark
from analysis.metals.settings import LogisticSettings, MetalsSettings
from analysis.metrics import classification_scores, regression_scores, score_predictions
from analysis.reproduction import prepare_again
from analysis.runs.results import Results
from analysis.runs.run import Run
from analysis.runs.saving import save_results
from analysis.studies import STUDIES, plan_run, refuse_what_does_not_fit
from tests.spark.session import (
    SparkAfterDuckDB,
    differences,
    needs_spark,
    session,
    small_warehouse,
)
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.engines import gather
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

CALCULATED = Benchmark.CALCULATED
FOLD = 1
STRENGTH = 0.1
FIT = LogisticSettings(STRENGTH, FOLD)
LEAST_MATERIALS = 10
"""Materials that have a descriptor: for rare ones Spark needs nine times as many steps."""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A copy of the small warehouse that fits may be written to."""
    folder = tmp_path_factory.mktemp("fits") / "data"
    shutil.copytree(small_warehouse(), folder)
    build_catalog(Store(Warehouse(folder)))
    return folder


@pytest.fixture(scope="module")
def spark(root):
    return SparkAfterDuckDB(Warehouse(root), lambda: session().newSession())


@pytest.fixture(scope="module")
def space(root):
    with connect(Warehouse(root)) as connection:
        ((name,),) = connection.sql(
            "select any_value(cluster_space_id) from marts.cluster_expansion_training "
            "where alloy = 'au-cu'"
        ).fetchall()
    return name


@pytest.fixture(scope="module")
def classifier(root, spark) -> tuple[Run, Results]:
    with connect(Warehouse(root)) as connection, pytest.MonkeyPatch.context() as patch:
        patch.setattr(metals_single, "LEAST_WITH", LEAST_MATERIALS)
        run = plan_run(connection, "metals_fit", CALCULATED, FIT, "spark")
        return run, metals_single.fit_classifier_on_spark(spark, connection, run)


@pytest.fixture(scope="module")
def rows(root, space):
    """Cluster vectors and energies to train on."""
    sql = expansion_single.vectors_sql("au-cu", space, FOLD)
    return np.array(read(root, sql)["entries"].to_list())


@pytest.fixture(scope="module")
def orders(root, space):
    with connect(Warehouse(root)) as connection:
        return read_orbits(connection, space)["cluster_order"].to_list()


def reads_parquet(connection, view):
    """Whether a view is what Spark wrote."""
    sql = "select sql from duckdb_views() where schema_name || '.' || view_name = ?"
    ((text,),) = connection.execute(sql, [view]).fetchall()
    return "read_parquet" in text


def read(root, sql):
    with connect(Warehouse(root)) as connection:
        return connection.sql(sql).pl()


@needs_spark
class TestClassifier:
    def test_it_is_scikit_learns(self, root, classifier):
        _, results = classifier
        rows = read(
            root, f"from ({metals_single.metal_entries_sql(CALCULATED, FOLD)}) order by sample"
        )
        samples = rows.unique("sample", keep="first", maintain_order=True)
        entries = rows.select(
            "value", key="sample", descriptor_set=pl.lit(""), descriptor="feature"
        )
        X, names = spread_descriptors(entries, samples["sample"])
        is_shared = np.diff(X.tocsc().indptr) >= LEAST_MATERIALS
        train = ~samples["is_test"].to_numpy()
        # The study's own numbers are single ones: too short for a peer's last digits.
        X = X[train][:, is_shared].astype(np.float64)
        y = samples["target"].to_numpy()[train]
        parameters = results.parameters
        assert parameters["feature"].to_list() == [
            "intercept",
            *names["descriptor"].filter(is_shared),
        ]
        intercept, *coefficients = parameters["parameter"]
        peer = LogisticRegression(C=STRENGTH, tol=1e-10, max_iter=10_000).fit(X, y)
        np.testing.assert_allclose(coefficients, peer.coef_[0], rtol=0, atol=2e-5)
        assert intercept == pytest.approx(peer.intercept_[0], abs=2e-5)
        # At the optimum of the mean penalised loss its slopes are zero; of few rows, less exactly.
        probability = 1 / (1 + np.exp(-(X @ coefficients + intercept)))
        slopes = (X.T @ (probability - y) + np.array(coefficients) / STRENGTH) / len(y)
        assert max(np.abs(slopes).max(), abs((probability - y).mean())) < 3e-6
        np.testing.assert_allclose(parameters["scale"][1:], X.toarray().std(axis=0), atol=1e-9)

    def test_its_scores_are_those_of_the_views_once_it_is_saved(self, root, classifier):
        run, results = classifier
        before = read(root, "from marts.metrics where study = 'metals' order by all")
        save_results(Store(Warehouse(root)), run, results)
        held_out = read(
            root,
            f"select 'x' as model, 's' as split, 0 as fold, cast(is_metal as double) as target, "
            "metal_probability as prediction from marts.metal_scores inner join "
            "marts.metal_training using (dataset, material_id, is_metal) "
            f"where study = 'metals_fit' and formula_group_fold = {FOLD}",
        )
        wanted = score_predictions(held_out, classification_scores(), mean_of_folds=False)
        shown = read(root, "from marts.metrics where study = 'metals_fit'")
        assert held_out.height > 5
        for metric, value, n in wanted["metric", "value", "n"].iter_rows():
            assert shown.filter(metric=metric)["value", "n"].rows()[0] == (
                pytest.approx(value, rel=1e-12),
                n,
            )
        assert read(root, "from marts.metrics where study = 'metals' order by all").equals(before)
        of_study = read(root, "from marts.metal_scores where study = 'metals'")
        assert (
            of_study.height == read(root, "from marts.metal_scores where study <> 'metals'").height
        )

    def test_a_study_leaves_it_alone(self, root, classifier):
        run, results = classifier
        save_results(Store(Warehouse(root)), run, results)
        with connect(Warehouse(root)) as connection:
            study = plan_run(connection, "metals", CALCULATED, MetalsSettings(seed=1))
        save_results(Store(Warehouse(root)), study, results)
        runs = read(
            root, "select study, run_id from staging.models where dataset = 'matbench_mp_is_metal'"
        )
        assert set(runs.rows()) == {("metals_fit", run.run_id), ("metals", study.run_id)}


def points(orders):
    """Orbits of these orders, each with one cluster per cell."""
    return pl.DataFrame({"cluster_order": orders, "multiplicity": [1] * len(orders)})


@needs_spark
class TestExpansion:
    def test_spark_sums_all_rows(self, spark, space, rows):
        products = sum_products(spark, expansion_single.vectors_sql("au-cu", space, FOLD))
        np.testing.assert_allclose(products, rows.T @ rows, rtol=0, atol=1e-10)

    @pytest.mark.parametrize("l1_ratio", [0.0, 0.7, 1.0])
    def test_sums_give_the_studys_own_model(self, rows, orders, l1_ratio):
        """Where columns depend on each other, only the objective and predictions are unique."""
        alpha = 0.01
        X, y = rows[:, :-1], rows[:, -1]
        solver = (
            Ridge(alpha * len(y), fit_intercept=False)
            if l1_ratio == 0
            else ElasticNet(
                alpha=alpha, l1_ratio=l1_ratio, fit_intercept=False, tol=1e-12, max_iter=1_000_000
            )
        )
        peer = ClusterExpansion(solver, orders).fit(X, y)
        ours = expansion_single.fit_products(rows.T @ rows, points(orders), alpha, l1_ratio)
        np.testing.assert_allclose(X @ ours.parameters, peer.predict(X), rtol=0, atol=1e-6)
        np.testing.assert_allclose(ours.scale, peer.scale_, rtol=1e-9)

        def objective(parameters):
            weights = parameters[2:] * peer.scale_ / peer.target_scale_
            errors = (X @ parameters - y) / peer.target_scale_
            penalty = l1_ratio * np.abs(weights).sum() + (1 - l1_ratio) / 2 * weights @ weights
            return (errors @ errors) / len(y) / 2 + alpha * penalty

        assert objective(ours.parameters) == pytest.approx(objective(peer.parameters_), rel=1e-7)
        assert ours.gradient < 1e-6
        pure = np.array([[(-1.0) ** order for order in orders], [1.0] * len(orders)])
        np.testing.assert_allclose(pure @ ours.parameters, 0, atol=1e-12)

    def test_planted_parameters_come_back(self, rows, orders):
        rng = np.random.default_rng(0)
        X = rng.normal(size=(400, len(orders)))
        X[:, 0] = 1.0
        planted = np.zeros(len(orders))
        planted[2:5] = 0.03, -0.02, 0.05
        is_odd = np.array(orders) % 2 == 1
        planted[0], planted[1] = -planted[~is_odd].sum(), -planted[is_odd].sum()
        table = np.column_stack([X, X @ planted])
        ours = expansion_single.fit_products(table.T @ table, points(orders), 1e-9, 0.5)
        np.testing.assert_allclose(ours.parameters, planted, atol=1e-8)

    def test_its_scores_are_those_of_the_views_once_it_is_saved(self, root, spark, space):
        settings = ElasticNetSettings(space, 0.01, 0.5, FOLD)
        with connect(Warehouse(root)) as connection:
            run = plan_run(connection, "cluster_expansion_fit", "au-cu", settings, "spark")
            results = expansion_single.fit_elastic_net(spark, connection, run)
        save_results(Store(Warehouse(root)), run, results)
        held_out = read(
            root,
            "select 'x' as model, 's' as split, 0 as fold, formation_energy_per_atom as target, "
            "predicted_formation_energy_per_atom as prediction from marts.cluster_expansion_scores "
            "inner join marts.cluster_expansion_training "
            "using (alloy, structure_id, cluster_space_id) where study = 'cluster_expansion_fit' "
            f"and random_fold = {FOLD} and not is_locked_test",
        )
        wanted = score_predictions(held_out, regression_scores(), mean_of_folds=False)
        assert held_out.height > 1
        assert wanted["metric"].to_list() == results.metrics["metric"].to_list()
        np.testing.assert_allclose(results.metrics["value"], wanted["value"], rtol=1e-9)
        assert set(results.metrics["n"]) == {held_out.height}


@needs_spark
class TestStudy:
    def test_it_reads_what_spark_collects_as_it_reads_the_views(self, root, spark):
        views = (*STUDIES["cluster_expansion"].collects, "features.cell_descriptors")
        with gather(spark) as gathered, gathered.connect(views) as connection:
            assert all(reads_parquet(connection, view) for view in views)
            collected = {view: connection.sql(f"from {view}").to_arrow_table() for view in views}
        with connect(Warehouse(root)) as connection:
            for view in views:
                wanted = connection.sql(f"from {view}").to_arrow_table()
                assert wanted.schema.types == collected[view].schema.types
                assert not differences(wanted, collected[view])

    def test_the_engine_is_an_input_of_the_run(self, root, space):
        settings = ClusterExpansionSettings(space, ("ridge",), ())
        with connect(Warehouse(root)) as connection:
            ours, theirs = (
                plan_run(connection, "cluster_expansion", "au-cu", settings, engine)
                for engine in ("duckdb", "spark")
            )
        assert ours.run_id != theirs.run_id
        assert theirs.inputs == {
            **ours.inputs,
            ("package", "pyspark"): theirs.packages["pyspark"],
        }
        assert theirs.command == f"{ours.command} --engine spark"

    def test_what_does_not_fit_is_refused_with_the_command_that_does(self, root, monkeypatch):
        monkeypatch.setattr("os.sysconf", lambda name: 100)
        with connect(Warehouse(root)) as connection:
            run = plan_run(connection, "metals", CALCULATED, MetalsSettings())
            with pytest.raises(WarehouseError, match="GB of memory") as caught:
                refuse_what_does_not_fit(connection, run)
        assert f"fit metals --dataset {CALCULATED}" in caught.value.hint


@needs_spark
class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            (["metals", "--strength", "0"], 2, "above 0"),
            (["metals", "--strength", "1", "--l1-ratio", "1"], 2, "cluster-expansion"),
            (["metals", "--strength", "1", "--test-fold", "5"], 2, "0 to 4"),
            (["metals", "--strength", "1", "--dataset", "nothing"], 1, CALCULATED),
            (["cluster-expansion", "--strength", "1", "--dataset", "ag-pt"], 1, "au-cu"),
            (
                ["cluster-expansion", "--strength", "1", "--cluster-space", "x"],
                1,
                "--cluster-space",
            ),
        ],
    )
    def test_nonsense_is_refused_before_spark_starts(self, root, arguments, code, words):
        command = ["fit", *arguments, "--warehouse", str(root)]
        done = CliRunner().invoke(app, command, env={"JAVA_HOME": "/none"})
        assert (done.exit_code, done.stdout) == (code, "")
        assert words in done.stderr
        assert "Traceback" not in done.stderr
        assert code == 2 or len(done.stderr.splitlines()) == 2

    def test_a_fold_without_rows_is_named(self, root, spark, space):
        settings = ElasticNetSettings(space, 1.0, 0.0, 99)
        with connect(Warehouse(root)) as connection:
            run = plan_run(connection, "cluster_expansion_fit", "au-cu", settings, "spark")
            with pytest.raises(WarehouseError, match="fold 99 of training_10_fold"):
                expansion_single.fit_elastic_net(spark, connection, run)

    def test_a_single_fit_is_not_made_again_by_duckdb(self, root):
        with connect(Warehouse(root)) as connection:
            run = plan_run(connection, "metals_fit", CALCULATED, FIT, "spark")
        with pytest.raises(WarehouseError, match="by Spark alone"):
            prepare_again(Store(Warehouse(root)), run)
        assert "fit metals" in run.command
        assert "--strength 0.1 --test-fold 1 --engine spark" in run.command
