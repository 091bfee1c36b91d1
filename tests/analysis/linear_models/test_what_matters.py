"""What weights mean: sets shuffled and left out, sums of sets, jackknife draws, thresholds."""

from dataclasses import replace

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_matrix
from sklearn.metrics import f1_score, roc_auc_score

from analysis.linear_models.calibration import PlattScaling
from analysis.linear_models.data import PropertyData
from analysis.linear_models.design import Design
from analysis.linear_models.figures.formulas import name_cell
from analysis.linear_models.figures.importance import draw_importance
from analysis.linear_models.figures.shown import ShownProperty
from analysis.linear_models.figures.sums import draw_sum
from analysis.linear_models.figures.thresholds import draw_thresholds
from analysis.linear_models.figures.weights import draw_weights
from analysis.linear_models.fits.classes import ClassFits
from analysis.linear_models.fits.numbers import NumberFits
from analysis.linear_models.fits.predictions import weights_frame
from analysis.linear_models.inquiries.importance import left_out_points, shuffled_points
from analysis.linear_models.inquiries.points import judged_points
from analysis.linear_models.inquiries.reliability import reliability_points
from analysis.linear_models.inquiries.sweeps import part_inside, sweep_jobs
from analysis.linear_models.inquiries.thresholds import THRESHOLDS, threshold_points
from analysis.linear_models.inquiries.weights import draws_frame, sum_points
from analysis.linear_models.kinds import CalibrationKind
from analysis.linear_models.splits import PropertyFold, PropertyParting
from warehouse.catalog.views import parse_view
from warehouse.settings import SQL_DIR

N = 400
SETS = ("pairs", "magpie", "own")
FOLD = PropertyFold(PropertyParting.FORMULA_GROUPS, 0, np.arange(100, N), np.arange(100))
OFFICIAL = replace(FOLD, parting=PropertyParting.OFFICIAL_FOLDS)
CLASSES = ("insulator", "metal")


def make_data(classes=()):
    """A number of one descriptor of each set: 3 pairs + 1 magpie + 0 own, or whether it is > 0."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, 3))
    y = X @ [3.0, 1.0, 0.0] + 0.1 * rng.normal(size=N)
    if classes:
        y = (y + rng.normal(size=N) > 1).astype(float)
    formulas = [f"A{'x' * (row % 7)}{row}" for row in range(N)]
    samples = pl.DataFrame({"formula": formulas, "reduced_formula": formulas})
    design = Design(csr_matrix(X[:, :1].astype(np.float32)), X[:, 1:].astype(np.float32))
    names = np.array(["a pair", "mean_row", "mine"])
    return PropertyData(
        "set", "gap", "eV", samples, y, design, names, np.array(SETS), classes, {}, ()
    )


def fit(fits, strength=1.0):
    return fits.fit_at(FOLD.train, strength)


@pytest.fixture(scope="module")
def numbers():
    fits = NumberFits(make_data(), 0)
    return fits, fit(fits)


@pytest.fixture(scope="module")
def classes():
    fits = ClassFits(make_data(CLASSES), 0)
    return fits, fit(fits)


def by_series(points, metric):
    return {point["series"]: point for point in points if point["metric"] == metric}


def test_a_set_costs_what_the_model_leans_on_it(numbers):
    lost = by_series(shuffled_points(*numbers, FOLD, SETS), "mae_lost")
    # Two independent normal numbers differ by 2 / sqrt(pi) = 1.128 in the mean, times the weight.
    assert lost["pairs"]["value"] == pytest.approx(3 * 1.128, rel=0.15)
    assert lost["magpie"]["value"] == pytest.approx(1.128, rel=0.15)
    assert abs(lost["own"]["value"]) < 0.01
    assert (lost["pairs"]["unit"], lost["pairs"]["n"]) == ("eV", 100)
    assert (lost["pairs"]["part"], lost["pairs"]["split"]) == ("test", "formula_groups")
    # Over 100 samples: the deviation of a difference of this size is about as large as itself.
    assert 0.1 < lost["pairs"]["standard_error"] < 0.5


def test_a_set_that_is_left_out_is_fitted_without(numbers):
    (lost,) = left_out_points(*numbers, FOLD, "pairs")
    # Without 3 times a normal number the mean error is 3 * sqrt(2 / pi) = 2.39 larger.
    assert lost["value"] == pytest.approx(2.39, rel=0.15)
    (nothing,) = left_out_points(*numbers, FOLD, "own")
    assert abs(nothing["value"]) < 0.01


def as_polymorphs(fits):
    """The same with each test sample thrice, and the fold that tests them."""
    data, rows = fits.data, np.append(np.repeat(np.arange(100), 3), np.arange(100, N))
    thrice = replace(
        data, samples=data.samples[rows], y=data.y[rows], design=data.design.take(rows)
    )
    fold = replace(FOLD, train=np.arange(300, len(rows)), test=np.arange(300))
    return replace(fits, data=thrice), fold


@pytest.mark.parametrize("kind", ["numbers", "classes"])
def test_polymorphs_tell_no_more_than_their_formula_once(kind, request):
    fits, fitted = request.getfixturevalue(kind)
    many, fold = as_polymorphs(fits)
    once = left_out_points(fits, fitted, FOLD, "pairs")
    again = left_out_points(many, fitted, fold, "pairs")
    for ours, theirs in zip(once, again, strict=True):
        assert (ours["n"], theirs["n"]) == (100, 300)
        assert theirs["value"] == pytest.approx(ours["value"])
        assert theirs["standard_error"] == pytest.approx(ours["standard_error"])


def test_errors_of_losses_and_thresholds_are_over_formulas(classes):
    fits, fitted = classes
    many, fold = as_polymorphs(fits)
    place = ("learning", "", 1.0)
    for once, again in (
        (judged_points(fits, place, fitted, FOLD.test),
         judged_points(many, place, fitted, fold.test)),
        (threshold_points(fits, fitted, FOLD.train, FOLD.test),
         threshold_points(many, fitted, fold.train, fold.test)),
    ):  # fmt: skip
        ours, theirs = (
            [point["standard_error"] for point in points if point["standard_error"] is not None]
            for points in (once, again)
        )
        assert ours
        assert theirs == pytest.approx(ours)


def test_a_bin_of_polymorphs_is_as_sure_as_its_formulas(classes):
    fits, fitted = classes
    many, fold = as_polymorphs(fits)
    once, again = (
        reliability_points(
            "m", [("none", of.data, on, fitted.predict(of.data.design.take(on.test)))]
        )
        for of, on in ((fits, FOLD), (many, fold))
    )
    for ours, theirs in zip(once, again, strict=True):
        assert theirs["n"] == 3 * ours["n"]
        assert theirs["standard_error"] == pytest.approx(ours["standard_error"])
    # The usual error of a share, of the bin from 0.2 to 0.3.
    share, n, error = (once[2][name] for name in ("value", "n", "standard_error"))
    assert error == pytest.approx((share * (1 - share) / (n - 1)) ** 0.5)


def test_the_area_lost_is_that_of_scikit_learn(classes):
    fits, fitted = classes
    lost = by_series(left_out_points(fits, fitted, FOLD, "pairs"), "roc_auc_lost")["pairs"]
    rest = fits.of_sets(("magpie", "own"))
    y = fits.data.y[FOLD.test]
    areas = [roc_auc_score(y, one.say(fit(one), FOLD.test)) for one in (fits, rest)]
    assert lost["value"] == pytest.approx(areas[0] - areas[1], abs=2e-3)
    # The error is that of samples drawn anew.
    said = [one.say(fit(one), FOLD.test) for one in (fits, rest)]
    rng, drawn = np.random.default_rng(0), []
    for _ in range(400):
        rows = rng.integers(0, len(y), len(y))
        drawn.append(np.subtract(*[roc_auc_score(y[rows], one[rows]) for one in said]))
    assert lost["standard_error"] == pytest.approx(np.std(drawn), rel=0.2)


def test_the_log_loss_lost_is_of_the_same_samples(classes):
    points = shuffled_points(*classes, FOLD, SETS)
    lost = by_series(points, "log_loss_lost")
    assert lost["pairs"]["value"] > lost["magpie"]["value"] > abs(lost["own"]["value"])
    assert set(by_series(points, "roc_auc_lost")) == set(SETS)


@pytest.mark.parametrize("kind", ["numbers", "classes"])
def test_the_parts_of_a_sum_add_up_to_what_is_said(kind, request):
    fits, fitted = request.getfixturevalue(kind)
    points = sum_points(fits, fitted)
    assert {point["setting"] for point in points} == {10, 50, 90}
    weights, intercepts = fits.kept(fitted)
    said = fits.data.design.times(weights)[:, 0] + intercepts[0]
    for percentile in (10, 50, 90):
        of = {point["metric"]: point for point in points if point["setting"] == percentile}
        row = fits.data.samples["formula"].to_list().index(of["mean"]["series"])
        total = sum(of[name]["value"] for name in (*SETS, "mean"))
        assert total == pytest.approx(said[row], abs=1e-4)
        assert of["target"]["value"] == fits.data.y[row]
        # Four samples of 400 are near the percentile, and the shortest formula is of row 0, 7, ...
        assert abs((said < said[row]).mean() - percentile / 100) <= 0.01
    assert of["mean"]["value"] == pytest.approx(said.mean(), abs=1e-4)


def test_formulas_that_are_asked_for_are_shown_if_all_are_there(numbers):
    asked = sum_points(*numbers, ("A0", "Ax1"))
    assert [point["series"] for point in asked if point["metric"] == "mean"] == ["A0", "Ax1"]
    others = sum_points(*numbers, ("A0", "B"))
    assert {point["setting"] for point in others} == {10, 50, 90}


def test_of_several_cells_the_one_with_the_shortest_formula_is_shown(numbers):
    fits, fitted = numbers
    formulas = [f"A{'x' * (9 - row % 9)}" for row in range(N)]
    cells = fits.data.samples.with_columns(formula=pl.Series(formulas), reduced_formula=pl.lit("A"))
    points = sum_points(replace(fits, data=replace(fits.data, samples=cells)), fitted, ("A",))
    assert {point["series"] for point in points} == {"Ax"}  # Of row 8, the first such.
    (true,) = (point["value"] for point in points if point["metric"] == "target")
    assert true == fits.data.y[8]


def test_platt_scaling_is_in_the_weights_that_are_kept(classes):
    fits, fitted = classes
    platt = {CalibrationKind.PLATT: PlattScaling(2.0, np.array([0.5]))}
    weights, intercepts = replace(fits, calibration=CalibrationKind.PLATT).kept(
        replace(fitted, calibrations=platt)
    )
    plain, at_zero = fits.kept(fitted)
    assert weights == pytest.approx(2 * plain)
    assert intercepts == pytest.approx(2 * at_zero + 0.5)


def test_a_set_that_says_nothing_costs_nothing_whatever_the_calibration(classes):
    fits, fitted = classes
    platt = {CalibrationKind.PLATT: PlattScaling(3.0, np.array([1.0]))}
    calibrated = replace(fits, calibration=CalibrationKind.PLATT)
    points = left_out_points(calibrated, replace(fitted, calibrations=platt), FOLD, "own")
    assert abs(by_series(points, "log_loss_lost")["own"]["value"]) < 0.01


def test_draws_are_those_of_weights_that_are_not_zero(numbers):
    fits, fitted = numbers
    weights, intercepts = fits.kept(fitted)
    weights[2] = 0
    parameters = weights_frame(fits.data, fits.model, weights, intercepts)
    draws = draws_frame(fits, [*2 * [(FOLD, fitted)], (OFFICIAL, None)], parameters)
    assert draws["feature"].to_list() == 2 * ["a pair", "mean_row"]
    assert draws["draw"].to_list() == [0, 0, 1, 1]
    assert draws["parameter"].to_list() == 2 * weights[:2, 0].tolist()
    assert draws_frame(fits, [(FOLD, fitted)], parameters).is_empty()
    labelled = weights_frame(fits.data, fits.model, np.ones((3, 2)), np.ones(2), CLASSES)
    assert draws_frame(fits, 2 * [(FOLD, fitted)], labelled).is_empty()


def test_a_threshold_calls_what_is_at_least_as_probable(classes):
    fits, fitted = classes
    points = threshold_points(fits, fitted, FOLD.train, FOLD.test, "formula_groups")
    said, y = fits.say(fitted, FOLD.test), fits.data.y[FOLD.test]
    told = {
        point["setting"]: point["value"]
        for point in points
        if point["metric"] == "f1" and point["series"] == "no weights"
    }
    assert set(told) == set(THRESHOLDS)
    for threshold in (0.2, 0.5, 0.8):
        assert told[threshold] == pytest.approx(f1_score(y, said >= threshold))
    one_class = np.flatnonzero(fits.data.y == 1)
    assert threshold_points(fits, fitted, FOLD.train, one_class) == []


def test_the_threshold_moves_on_the_last_fit_of_the_learning_curve(classes):
    fits, _ = classes
    part = part_inside(fits, FOLD)
    asked = []
    jobs = sweep_jobs(fits, FOLD, 1.0, inquire=lambda *of: asked.append(of) or [])
    points = [point for job in jobs[-1:] for point in job()]
    assert {point["curve"] for point in points} == {"learning"}
    ((fitted, train, held_out),) = asked
    again = fits.fit_at(part[0], 1.0)
    assert (fitted.fitted.weights == again.fitted.weights).all()
    assert (train == part[0]).all()
    assert (held_out == part[1]).all()


def test_weights_of_classes_move_the_probabilities_of_the_rarer_one_up(classes):
    fits, fitted = classes
    assert fits.data.y.mean() < 0.45
    points = threshold_points(fits, fitted, FOLD.train, FOLD.test)
    areas = {p["series"]: p["value"] for p in points if p["metric"] == "balanced_accuracy"
             and p["setting"] == 0.8}  # fmt: skip
    assert areas["balanced"] > areas["no weights"]  # at so high a threshold few are called so


def test_cells_are_named_by_their_formula_units():
    assert name_cell("K4Mn4O8") == "4 KMnO2"
    assert name_cell("I1Na1") == "NaI"
    assert name_cell("Ca(OH)2") == "Ca(OH)2"
    assert name_cell("Ag0.5GeS2") == "Ag0.5GeS2"


@pytest.fixture
def connection():
    """Results of two fits: a number with a jackknife of three parts, and one of two classes."""
    with duckdb.connect() as connection:
        for layer in ("staging", "marts"):
            connection.execute(f"create schema {layer}")
        connection.execute(
            "create table staging.parameter_draws as select 'property' as study, 'set' as dataset, "
            "'huber' as model, '1' as run_id, 'jackknife' as origin, unnest([0, 1, 2]) as draw, "
            "'a pair' as feature, unnest([1.0, 2.0, 3.0]) as parameter"
        )
        connection.execute(
            "create table staging.model_parameters as select 'property' as study, "
            "'set' as dataset, 'huber' as model, '1' as run_id, '' as label, "
            "unnest(['a pair', 'mean_row', 'intercept']) as feature, "
            "unnest([2.0, -1.0, 7.0]) as parameter, unnest([2.0, 1.0, null]) as scale"
        )
        view = parse_view(SQL_DIR / "marts/weight_errors.sql")
        connection.execute(f"create view {view.name} as {view.sql}")
        yield connection


def show(classes=()):
    return ShownProperty("set", "1", "gap", "eV", "formula_groups", "huber", classes)


def test_intervals_are_those_of_a_jackknife(connection):
    # (3 - 1) / 3 * ((1 - 2)^2 + 0 + (3 - 2)^2) = 4 / 3.
    ((error, n_parts),) = connection.execute(
        "select weight_error, n_parts from marts.weight_errors"
    ).fetchall()
    assert (error, n_parts) == (pytest.approx((4 / 3) ** 0.5), 3)
    figure = draw_weights(connection, show())
    (bars,) = figure.plot.data
    assert list(bars.x) == [4.0, -1.0]
    # Times the standard deviation and 2.920, the 95 % quantile of t with two degrees of freedom.
    assert bars.error_x.array[0] == pytest.approx(2.920 * 2 * (4 / 3) ** 0.5, rel=1e-3)
    assert bars.error_x.array[1] is None or np.isnan(bars.error_x.array[1])
    assert "Of all 1 weights with intervals, the largest of 2, 0 have one" in figure.reading
    assert "from 3 fits of the folds by formula" in figure.caption
    assert figure.plot.layout.xaxis.title.text == "effect (eV)"


def test_weights_that_are_not_drawn_count_among_those_that_reach_0(connection):
    # Ten of 100 weights are 5 with an error of (4 / 3) ** 0.5 = 1.15, the others 0.1: 3.37 is
    # 2.920 errors. Thirty are drawn, of which ten would be a third.
    connection.execute(
        "insert into staging.model_parameters select 'property', 'set', 'huber', '1', '', "
        "'x' || place, case when place < 10 then 5 else 0.1 end, 1.0 from range(100) as t(place)"
    )
    connection.execute(
        "insert into staging.parameter_draws select 'property', 'set', 'huber', '1', 'jackknife', "
        "draw, 'x' || place, draw from range(100) as t(place), unnest([0, 1, 2]) as d(draw)"
    )
    reading = draw_weights(connection, show()).reading
    assert "Of all 101 weights with intervals, the largest of 102, 10 have one that" in reading
    assert "does not reach 0; of those without effect more than one in ten" in reading


def test_weights_of_older_runs_have_no_intervals(connection):
    connection.execute("delete from staging.parameter_draws")
    figure = draw_weights(connection, show())
    assert "interval" not in figure.reading + figure.caption


def fill_curves(connection, points):
    connection.register("points", pl.DataFrame(points).to_arrow())
    connection.execute(
        "create table marts.curves as select 'property' as study, 'set' as dataset, * from points"
    )


def test_figures_tell_what_numbers_lose_and_add(connection, numbers):
    points = [*shuffled_points(*numbers, FOLD, SETS), *sum_points(*numbers)]
    fill_curves(connection, points)
    lost = draw_importance(connection, show())
    assert lost.plot.layout.xaxis.title.text == "added mean absolute error (eV)"
    assert list(lost.plot.data[0].y) == [
        "pairs of elements",
        "Magpie's averages",
        "your own columns",
    ]
    assert "gets another" not in lost.reading
    assert "“pairs of elements”, it costs" in lost.reading
    assert "eV of error" in lost.reading
    summed = draw_sum(connection, show())
    names = [trace.name for trace in summed.plot.data]
    assert names[-2:] == ["the sum", "true value"]
    assert summed.plot.layout.xaxis.title.text == "difference from the mean sample (eV)"
    assert draw_thresholds(connection, show()) is None


def test_a_figure_says_how_its_samples_were_chosen(connection, numbers):
    fill_curves(connection, sum_points(*numbers, ("A0", "A7", "A14")))
    assert "They are mine." in draw_sum(connection, show(), "mine").caption
    connection.execute("drop table marts.curves")
    fill_curves(connection, sum_points(*numbers, ("A0", "B")))
    assert "percentile of the sum" in draw_sum(connection, show(), "mine").caption


def test_costs_of_older_runs_have_no_error(connection, numbers):
    points = shuffled_points(*numbers, FOLD, SETS)
    fill_curves(connection, [point | {"standard_error": None} for point in points])
    connection.execute("alter table marts.curves alter standard_error type double")
    assert "±" not in draw_importance(connection, show()).reading


def test_figures_tell_what_classes_lose_and_where_a_threshold_is_best(connection, classes):
    fits, fitted = classes
    points = [
        *shuffled_points(fits, fitted, FOLD, SETS),
        *left_out_points(fits, fitted, FOLD, "pairs"),
        *sum_points(fits, fitted),
        *threshold_points(fits, fitted, FOLD.train, FOLD.test),
    ]
    fill_curves(connection, points)
    shown = show(CLASSES)
    lost = draw_importance(connection, shown)
    assert lost.plot.layout.xaxis.title.text == "ROC AUC lost"
    assert "A model that never knew a set loses at most" in lost.reading
    assert "probability of “metal”" in draw_sum(connection, shown).reading
    moved = draw_thresholds(connection, shown)
    assert len(moved.plot.data) == 4
    assert "F1 is 0." in moved.reading
    assert "F1 is of metal" in moved.caption


def test_figures_of_what_was_not_asked_are_not_there(connection, numbers):
    points = sum_points(*numbers)
    fill_curves(connection, [point | {"curve": "ladder"} for point in points])
    for draw in (draw_importance, draw_sum, draw_thresholds):
        assert draw(connection, show(CLASSES)) is None
