"""Paths, scans and draws: what the study finds out beside its scores."""

import numpy as np
import polars as pl
import pytest
from scipy.spatial import ConvexHull
from sklearn.linear_model import Ridge

from analysis.cluster_expansion.inquiries.hull_probabilities import (
    judge_hull_probabilities,
    lies_on_hull,
)
from analysis.cluster_expansion.inquiries.sizes import scan_sizes
from analysis.cluster_expansion.inquiries.sweeps import RATIOS, follow_ridge, sweep_regularisation
from analysis.cluster_expansion.inquiries.uncertainty import (
    N_DRAWS,
    cover_held_out,
    draw_parameters,
    try_intervals,
    weigh_evidence,
)
from analysis.cluster_expansion.models.methods import make_model
from analysis.cluster_expansion.models.reaches import learn_reaches
from analysis.cluster_expansion.splits import LOCKED_SPLIT, TRAINING_SPLIT, StructureFold
from analysis.datasets import Dataset

N = 60
ORBITS = pl.DataFrame(
    {
        "orbit_index": range(8),
        "cluster_order": [0, 1, 2, 2, 2, 2, 3, 3],
        "radius": [0.0, 0.0, 0.35, 0.5, 0.61, 0.71, 0.41, 0.5],
        "diameter": [0.0, 0.0, 0.7, 1.0, 1.22, 1.41, 0.7, 1.0],
        "multiplicity": [1, 1, 6, 3, 12, 6, 8, 12],
    }
)


@pytest.fixture(scope="module")
def dataset():
    """Made-up energies with one strong pair, in eV/atom."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (N, 8))
    X[:, 0] = 1.0
    y = 0.02 * (X[:, 2] - 1) + 0.005 * (X[:, 6] - X[:, 1]) + rng.normal(0, 0.001, N)
    samples = pl.DataFrame(
        {
            "decoration_id": [str(number) for number in range(N)],
            "concentration": (1 - X[:, 1]) / 2,
        }
    )
    names = tuple(str(number) for number in range(8))
    return Dataset("xx-yy", "fcc-test", X, y, names, samples)


@pytest.fixture(scope="module")
def folds():
    numbers = np.arange(N)
    locked = numbers < 10
    choosing = [
        StructureFold(TRAINING_SPLIT, k, ~locked & (numbers % 5 != k), ~locked & (numbers % 5 == k))
        for k in range(5)
    ]
    return [*choosing, StructureFold(LOCKED_SPLIT, 0, ~locked, locked)]


@pytest.fixture(scope="module")
def swept(dataset, folds):
    return sweep_regularisation(dataset, ORBITS, folds)


@pytest.fixture(scope="module")
def model(dataset, folds):
    train = folds[-1].train
    return make_model("weighted_ridge", ORBITS, []).fit(dataset.X[train], dataset.y[train])


def test_one_decomposition_serves_every_ridge():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(20, 6)), rng.normal(size=20)
    path = follow_ridge(X, y, np.array([0.1, 3.0]))
    for column, penalty in zip(path.T, (0.1, 3.0), strict=True):
        ridge = Ridge(penalty, fit_intercept=False).fit(X, y)
        np.testing.assert_allclose(column, ridge.coef_, atol=1e-12)


def test_paths_have_every_orbit_at_sixty_strengths_of_each_ratio(swept):
    paths, _ = swept
    counts = paths.group_by("l1_ratio").agg(pl.len(), pl.col("strength").n_unique())
    assert sorted(counts["l1_ratio"]) == list(RATIOS)
    assert set(counts["len"]) == {8 * 60}
    assert set(counts["strength"]) == {60}
    assert set(paths.filter(l1_ratio=1.0)["model"]) == {"lasso"}


def test_the_weakest_lasso_finds_the_planted_pair_and_the_strongest_nothing(swept):
    paths, curves = swept
    lasso = paths.filter(model="lasso", feature="2").sort("strength")
    assert lasso["parameter"][0] == pytest.approx(0.02, rel=0.05)
    assert lasso["parameter"][-1] == 0
    counts = curves.filter(model="lasso", metric="non_zero").sort("setting")["value"]
    assert counts[-1] == 0
    assert counts[0] >= 2


def test_a_path_goes_on_where_energies_have_no_noise(dataset, folds):
    from dataclasses import replace

    X = dataset.X
    exact = replace(dataset, y=0.02 * (X[:, 2] - 1) + 0.005 * (X[:, 6] - X[:, 1]))
    for energies, weakest in ((dataset, 3e-4), (exact, 3e-6)):
        paths, _ = sweep_regularisation(energies, ORBITS, folds)
        strengths = paths.filter(model="lasso")["strength"]
        assert strengths.min() / strengths.max() == pytest.approx(weakest)


def test_choosing_on_the_test_folds_never_looks_worse_than_one_setting_for_all(swept):
    _, curves = swept
    reported = dict(curves.filter(curve="selection").select("series", "value").iter_rows())
    assert reported["test"] <= reported["non_nested"]
    best = curves.filter(
        pl.col("part") == "validation", pl.col("curve") == "strength", pl.col("series") != "0"
    )
    assert reported["non_nested"] == pytest.approx(best["value"].min())


def test_the_locked_test_has_no_say_in_any_path(dataset, folds, swept):
    from dataclasses import replace

    energies = dataset.y.copy()
    energies[folds[-1].test] += 1.0
    changed = replace(dataset, y=energies)
    again = sweep_regularisation(changed, ORBITS, folds)
    for first, second in zip(swept, again, strict=True):
        assert first.equals(second)


def test_scans_grow_with_structures_and_with_cutoffs(dataset, folds):
    curves, _ = scan_sizes(dataset, ORBITS, ["least_squares", "weighted_ridge"], folds[:-1])
    assert set(curves["curve"]) == {"learning", "gain", "cutoffs"}
    errors = curves.filter(curve="cutoffs", part="validation", model="least_squares", metric="rmse")
    errors = errors.sort("setting")
    assert errors["setting"].is_sorted()
    assert errors["setting"][-1] == 6
    # With the triplet within reach, what is left is the noise of 1 meV/atom.
    assert errors["value"][-1] == pytest.approx(1.0, rel=0.4)
    ranks = curves.filter(metric="rank")
    assert (ranks["value"] <= ranks["setting"]).all()


def test_draws_are_exact_for_the_elements_and_scatter_around_the_fit(dataset, folds, model):
    train = folds[-1].train
    X, y = dataset.X[train], dataset.y[train]
    draws = draw_parameters(model, "weighted_ridge", X, y, dataset, 0)
    assert draws.height == 2 * N_DRAWS * 8
    even = [str(i) for i, order in enumerate(ORBITS["cluster_order"]) if order % 2 == 0]
    sums = (
        draws.filter(pl.col("feature").is_in(even))
        .group_by("origin", "draw")
        .agg(pl.col("parameter").sum())
    )
    assert sums["parameter"].abs().max() < 1e-12
    for origin in ("posterior", "bootstrap"):
        pair = draws.filter(origin=origin, feature="2")["parameter"]
        assert pair.mean() == pytest.approx(model.parameters_[2], abs=4 * pair.std() / 10)
        assert 0 < pair.std() < 0.002


def test_posterior_intervals_hold_what_they_promise(dataset, folds, model):
    coverage = try_intervals(model, "weighted_ridge", dataset.X[folds[-1].train], 0)
    at_90 = dict(coverage.filter(setting=0.9).select("series", "value").iter_rows())
    assert 0.75 < at_90["posterior"] <= 1
    assert at_90["bootstrap"] <= at_90["posterior"] + 0.1


def test_many_data_determine_every_parameter_and_none_determine_nothing(dataset, model):
    determined = weigh_evidence(model, "weighted_ridge", dataset.X, dataset)
    assert determined["value"].is_between(0, 1).all()
    assert determined.filter(setting=2.0)["value"][0] > 0.99
    alike = np.ones_like(dataset.X)
    assert weigh_evidence(model, "weighted_ridge", alike, dataset)["value"].max() < 1e-9


def test_held_out_intervals_are_those_of_a_gaussian_process(dataset, folds):
    # scikit-learn's own Gaussian process, given the learned prior, has the same variances.
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import DotProduct

    fits, held = [], []
    for fold in folds[:-1]:
        X, y = dataset.X[fold.train], dataset.y[fold.train]
        model = make_model("weighted_ridge", ORBITS, []).fit(X, y)
        fits.append((model, fold))
        prior, noise = model.estimator_.prior_variance_, model.estimator_.noise_
        kernel = DotProduct(sigma_0=0, sigma_0_bounds="fixed")
        process = GaussianProcessRegressor(kernel, alpha=noise, optimizer=None)
        process.fit(model.columns(X) * np.sqrt(prior), y / model.target_scale_)
        mean, deviation = process.predict(
            model.columns(dataset.X[fold.test]) * np.sqrt(prior), return_std=True
        )
        error = np.abs(mean - dataset.y[fold.test] / model.target_scale_)
        (reaches,) = learn_reaches(model, X, y)
        held.append(
            [
                error <= 1.6448536 * deviation,
                error <= reaches.overall * np.hypot(deviation, noise**0.5),
            ]
        )
    curves = cover_held_out(fits, "weighted_ridge", dataset).filter(setting=0.9)
    assert curves["n"].to_list() == [50, 50]
    np.testing.assert_allclose(curves["value"], np.concatenate(held, axis=1).mean(axis=1))
    assert curves["value"][0] < curves["value"][1]


def test_settings_are_compared_fold_against_fold(swept, dataset, folds):
    _, curves = swept
    errors = curves.filter(curve="strength", part="validation", metric="rmse")
    excess = curves.filter(curve="excess").join(errors, on=["series", "setting"], suffix="_own")
    np.testing.assert_allclose(
        excess["value"], excess["value_own"] - excess["value_own"].min(), atol=1e-12
    )
    best = excess.sort("value").row(0, named=True)
    assert best["standard_error"] == 0
    learned, _ = scan_sizes(dataset, ORBITS, ["weighted_ridge"], folds[:-1])
    sizes = learned.filter(curve="learning", part="validation").sort("setting")
    gains = learned.filter(curve="gain").sort("setting")
    np.testing.assert_allclose(gains["value"], -np.diff(sizes["value"]))


def test_the_lower_hull_is_that_of_qhull():
    rng = np.random.default_rng(2)
    concentration = np.repeat([0.2, 0.25, 0.5, 0.6, 0.9], 4)
    energies = rng.normal(-0.02, 0.03, (5, 20))
    for energy, found in zip(energies, lies_on_hull(concentration, energies), strict=True):
        ends = [[0.0, 0.0], [1.0, 0.0], [0.5, 1.0]]  # the elements, and a point above all
        points = np.vstack([np.column_stack([concentration, energy]), ends])
        corners = [corner for corner in ConvexHull(points).vertices if points[corner, 1] < 0]
        assert list(np.flatnonzero(found)) == sorted(corners)


def test_probabilities_of_the_hull_add_up_to_what_is_on_it(dataset, folds):
    fits = [
        (make_model("weighted_ridge", ORBITS, []).fit(dataset.X[f.train], dataset.y[f.train]), f)
        for f in folds[:-1]
    ]
    groups = judge_hull_probabilities(fits, "weighted_ridge", dataset, 0)
    assert groups["n"].sum() == N - 10
    given = (groups["setting"] * groups["n"]).sum()
    found = (groups["value"] * groups["n"]).sum()
    spread = np.sqrt((groups["setting"] * (1 - groups["setting"]) * groups["n"]).sum())
    assert found > 0
    assert abs(given - found) < 3 * spread
