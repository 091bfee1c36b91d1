"""The classifier's study on real data: what is kept apart, what comes back into the warehouse."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analysis.datasets import read_rows
from analysis.linear_models.fits.classes import ClassFits
from analysis.linear_models.splits import split_property
from analysis.metals import shared_reading
from analysis.metals.benchmarks import MATBENCH
from analysis.metals.data import SETS, read_materials
from analysis.metals.figures.ladder import draw_metal_ladder
from analysis.metals.figures.quoted_numbers import show_classifier
from analysis.metals.inquiries.descriptor_ladder import RUNGS, SELECTED
from analysis.metals.shared_reading import read_shared_materials, sharing_materials
from analysis.metals.splits import join_benchmarks
from analysis.pages.page import find_shown_run
from analysis.report.report import write_metals_page
from analysis.runs.references import REFERENCES
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.errors import WarehouseError
from warehouse.storage.commits import Provenance
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

CALCULATED, MEASURED = MATBENCH


@pytest.fixture(scope="module")
def both(fitted):
    with connect(Warehouse(fitted)) as connection:
        return read_materials(connection, *MATBENCH)


def test_materials_have_the_descriptors_of_the_mart(both, fitted):
    _, measured = both
    with connect(Warehouse(fitted)) as connection:
        stored = read_rows(
            connection,
            f"select material_id, descriptor, value from marts.metal_descriptors "
            f"where dataset = '{MEASURED}' order by all limit 200",
        )
    columns = {name: place for place, name in enumerate(measured.product.features)}
    rows = {name: place for place, name in enumerate(measured.data.samples["sample_id"])}
    known = stored.filter(pl.col("descriptor").is_in(list(columns)))
    assert known.height > 100
    for material_id, descriptor, value in known.iter_rows():
        assert measured.product.design.sparse[rows[material_id], columns[descriptor]] == value


def test_two_studies_read_a_benchmark_once_until_it_changes(both, fitted, monkeypatch):
    with connect(Warehouse(fitted)) as connection, sharing_materials():
        first = read_shared_materials(connection, *MATBENCH)
        designs = [[one.data.design.sparse for one in of] for of in (first, both)]
        assert all((a != b).nnz == 0 for a, b in zip(*designs, strict=True))
        monkeypatch.setattr(shared_reading, "read_materials", None)
        second = read_shared_materials(connection, MEASURED, CALCULATED)
        assert second[0] is first[1]
        assert second[1] is first[0]
        monkeypatch.setattr(shared_reading, "digest_sources", lambda *of: "changed")
        with pytest.raises(TypeError):
            read_shared_materials(connection, MEASURED)


def test_sets_name_the_columns(both):
    calculated, measured = both
    assert set(calculated.product.sets) == set(SETS)
    assert set(measured.product.sets) == set(SETS) - {"cell"}  # whose cells are not known
    shares = calculated.data.of_sets(("fractions",)).design.sparse.toarray().sum(axis=1)
    assert shares.max() == pytest.approx(1)  # less where an element is too rare to have a column
    assert np.median(shares) == pytest.approx(1)


def test_aligned_columns_have_the_other_names(both):
    calculated, measured = both
    names, own = (list(one.product.features) for one in (calculated, measured))
    X = measured.aligned(names)
    assert X.shape == (len(measured.data.y), len(names))
    shared = next(name for name in own if name in names)
    ours = measured.product.design.sparse[:, own.index(shared)]
    theirs = X[:, names.index(shared)]
    assert abs(ours - theirs).sum() == 0
    assert ours.sum() > 0


@pytest.mark.parametrize("trained_on", MATBENCH)
def test_transfer_trains_on_no_formula_that_it_tests(both, trained_on):
    materials = dict(zip(MATBENCH, both, strict=True))
    (other,) = (m for name, m in materials.items() if name != trained_on)
    joined, fold = join_benchmarks(materials[trained_on], other)
    assert fold.parting == {CALCULATED: "experiment", MEASURED: "calculation"}[trained_on]
    trained, tested = (joined.samples[rows] for rows in (fold.train, fold.test))
    assert not set(trained["reduced_formula"]) & set(tested["reduced_formula"])
    assert set(trained["sample_id"]) <= set(materials[trained_on].data.samples["sample_id"])
    assert set(tested["sample_id"]) <= set(other.data.samples["sample_id"])
    assert len(fold.test) > 1000
    assert joined.design.shape[0] == len(joined.y) == joined.samples.height


def test_training_and_test_of_each_fold_are_apart_and_cover_all(both):
    calculated, _ = both
    for fold in split_property(calculated.data):
        every = np.sort(np.append(fold.train, fold.test))
        np.testing.assert_array_equal(every, np.arange(len(calculated.data.y)))


def test_no_test_label_reaches_the_fit(both):
    calculated, _ = both
    data = calculated.product
    fold = split_property(data)[0]
    turned = data.y.copy()
    turned[fold.test] = 1 - turned[fold.test]
    first, second = (
        ClassFits(replace(data, y=y), 0).choose(fold.train, fold.parting.keeps).fitted.weights
        for y in (data.y, turned)
    )
    np.testing.assert_array_equal(first, second)


def test_each_material_is_predicted_once_per_split(connection):
    counts = read_rows(
        connection,
        """
        select dataset, model, split, count(*) as n, count(distinct material_id) as n_distinct
        from marts.metal_predictions group by all
        """,
    )
    # Three splits and one transfer of each benchmark, calibrated and not.
    assert counts.height == 16
    assert counts["n"].to_list() == counts["n_distinct"].to_list()
    inside = counts.filter(pl.col("split") != "calculation")
    assert set(inside["n"]) == {1500}


def test_no_formula_crosses_the_folds_by_formula(connection):
    crossing = read_rows(
        connection,
        """
        select compositions.reduced_formula
        from marts.metal_predictions as predictions
        inner join features.compositions as compositions using (material_id)
        where predictions.split = 'formula_groups'
        group by predictions.dataset, compositions.reduced_formula
        having count(distinct predictions.fold) > 1
        """,
    )
    assert crossing.is_empty()


def test_the_logit_in_sql_is_that_of_the_fitted_classifier(both, connection):
    materials = dict(zip(MATBENCH, both, strict=True))
    rows = read_rows(connection, "from marts.metal_scores order by dataset, material_id")
    for benchmark, part in materials.items():
        parameters = dict(
            read_rows(
                connection,
                f"select feature, parameter from staging.model_parameters "
                f"where study = 'metals' and dataset = '{benchmark}'",
            ).iter_rows()
        )
        coefficients = np.array([parameters[name] for name in part.product.features])
        logit = part.product.design.sparse @ coefficients + parameters["intercept"]
        probability = rows.filter(dataset=benchmark)["metal_probability"].to_numpy()
        # The study keeps shares of atoms to seven digits, SQL to all.
        np.testing.assert_allclose(probability, 1 / (1 + np.exp(-logit)), rtol=0, atol=1e-7)


def test_probabilities_in_sql_are_scikit_learns(both, connection):
    from sklearn.linear_model import LogisticRegression

    _, measured = both
    data = measured.product
    parameters = dict(
        read_rows(
            connection,
            f"select feature, parameter from staging.model_parameters "
            f"where study = 'metals' and dataset = '{MEASURED}'",
        ).iter_rows()
    )
    model = LogisticRegression()
    model.classes_ = np.array([0, 1])
    model.coef_ = np.array([[parameters[name] for name in data.features]])
    model.intercept_ = np.array([parameters["intercept"]])
    rows = read_rows(
        connection, f"from marts.metal_scores where dataset = '{MEASURED}' order by material_id"
    )
    assert rows["material_id"].to_list() == data.samples["sample_id"].to_list()
    expected = model.predict_proba(data.design.sparse)[:, 1]
    np.testing.assert_allclose(rows["metal_probability"], expected, rtol=0, atol=1e-7)


def test_each_rung_is_scored_on_each_official_fold(connection):
    points = read_rows(
        connection,
        f"""
        select model, count(*) as n_folds, avg(value) as value, sum(n) as n
        from marts.curves
        where curve = 'ladder' and metric = 'roc_auc' and dataset = '{CALCULATED}'
        group by model
        """,
    )
    assert set(points["model"]) == {*RUNGS, *REFERENCES}
    points = points.filter(pl.col("model").is_in(list(RUNGS)))
    assert set(points["n_folds"]) == {5}
    assert set(points["n"]) == {1500}
    metrics = read_rows(
        connection,
        f"select model, value from marts.metrics where dataset = '{CALCULATED}' "
        "and split = 'official_folds' and metric = 'roc_auc'",
    )
    joined = points.join(metrics, on="model")
    np.testing.assert_allclose(joined["value"], joined["value_right"], rtol=1e-12)
    scores = dict(points.select("model", "value").iter_rows())
    assert scores[SELECTED] > scores["element_fractions"] + 0.01


def test_the_ladder_names_its_largest_step(connection):
    reading = draw_metal_ladder(connection, show_classifier(connection, CALCULATED)).reading
    assert "The largest steps in balanced accuracy are" in reading
    assert "“fractions + cell and electrons”" in reading  # compared with what it adds to
    assert "nan" not in reading


def test_every_curve_of_the_page_has_points(connection):
    curves = read_rows(
        connection, "select distinct curve from marts.curves where study = 'metals' order by all"
    )
    assert curves.to_series().to_list() == [
        "formation_energy",
        "importance",
        "ladder",
        "learning",
        "leave_element_out",
        "penalty",
        "reliability",
        "scaling",
        "solver",
        "strength",
        "sum",
        "threshold",
    ]


def test_the_page_is_written_from_one_benchmark_alone(fitted, tmp_path):
    store = Store(Warehouse(Path(shutil.copytree(fitted, tmp_path / "data"))))
    models = store.read("models").filter(pl.col("dataset") != CALCULATED)
    store.replace("models", models, provenance=Provenance("test", "1"))
    build_catalog(store)
    with connect(store.warehouse) as connection:
        run = find_shown_run(connection, "metals", MEASURED)
        page = write_metals_page(connection, tmp_path, run, ("metals.html",)).read_text()
    assert "Measured in the laboratory: 1,500 materials." in page
    assert "measured to calculated" in page


def test_missing_benchmark_is_named(connection):
    with pytest.raises(WarehouseError, match="has no materials of matbench_steels"):
        read_materials(connection, "matbench_steels")


@pytest.mark.parametrize(
    ("keep", "words"),
    [
        (pl.col("is_metal"), r"all .* materials have the label metal"),
        (pl.int_range(pl.len()).over("source") < 12, "too few for the split"),
    ],
)
def test_one_class_and_too_few_rows_are_refused(keep, words, unfitted, tmp_path):
    store, everything = Store(Warehouse(tmp_path)), Store(Warehouse(unfitted))
    for table in ("materials", "elements", "benchmark_folds"):
        rows = everything.read(table)
        rows = rows.filter(keep) if table == "materials" else rows
        store.replace(table, rows, provenance=Provenance("test", "1"))
    build_catalog(store)
    with connect(Warehouse(tmp_path)) as connection, pytest.raises(WarehouseError, match=words):
        read_materials(connection, CALCULATED)


def test_a_missing_view_is_explained(unfitted):
    with connect(Warehouse(unfitted)) as connection, pytest.raises(WarehouseError) as caught:
        read_rows(connection, "from marts.metal_trainings")
    assert "metal_training" in caught.value.hint
