"""How sure the parameters are: draws of posterior and bootstrap, and what they are worth."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.base import clone

from analysis.cluster_expansion.models.expansion import ClusterExpansion
from analysis.cluster_expansion.models.inner_scores import read_prior
from analysis.cluster_expansion.models.reaches import LEVEL, learn_reaches, name_groups
from analysis.cluster_expansion.models.rows import condition, posterior_variance
from analysis.cluster_expansion.models.sparse import PathElasticNet
from analysis.cluster_expansion.models.weighted import WeightedRidge, draw_posterior
from analysis.cluster_expansion.splits import TRAINING_SPLIT, StructureFold
from analysis.datasets import LARGE, Dataset, FloatArray
from analysis.runs.parallel import run_jobs
from warehouse.progress import Track, untracked

N_DRAWS = 100
N_SIMULATIONS = 8
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def draw_parameters(
    model: ClusterExpansion, method: str, X: FloatArray, y: FloatArray, dataset: Dataset, seed: int
) -> pl.DataFrame:
    """Rows of `parameter_draws` of a `model` that was fitted to `X` and `y`.

    Draws of the posterior hold the learned prior fixed, and exist where the model is Bayesian;
    draws of the bootstrap are refits, with the same hyperparameters, to structures drawn with
    replacement (Efron 1979, 10.1214/aos/1176344552). There are none of the latter where
    interactions change with the concentration, for nothing asks for them.
    """
    generator, draws = np.random.default_rng(seed), {}
    columns, target = model.rows(X, y)
    if not model.by_concentration:
        draws["bootstrap"] = draw_bootstrap(model.estimator_, columns, target, N_DRAWS, generator)
    prior = read_prior(model.estimator_, bayesian=True)
    if prior is not None:
        draws["posterior"] = draw_posterior(columns, target, *prior, N_DRAWS, generator)
    names = name_parameters(model, dataset)
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "model": method,
                    "origin": origin,
                    "draw": np.repeat(np.arange(N_DRAWS), len(names)),
                    "feature": names * N_DRAWS,
                    "parameter": list_parameters(model, coefficients).ravel(),
                }
            )
            for origin, coefficients in sorted(draws.items())
        ]
    )


def name_parameters(model: ClusterExpansion, dataset: Dataset) -> list[str]:
    """Names of all parameters: orbits, then `17*1` for what orbit 17's changes with point 1."""
    names = dataset.feature_names
    return [*names, *(f"{n}*{p}" for p in names[1 : 1 + len(model.slopes_)] for n in names)]


def list_parameters(model: ClusterExpansion, coefficients: FloatArray) -> FloatArray:
    """All parameters (..., n_names) of the regressor's coefficients, as `name_parameters` says."""
    slopes = model.to_slopes(coefficients)
    flat = slopes.reshape(*coefficients.shape[:-1], -1)
    return np.concatenate([model.to_parameters(coefficients), flat], axis=-1)


def draw_bootstrap(
    estimator: Any, X: FloatArray, y: FloatArray, n_draws: int, generator: np.random.Generator
) -> FloatArray:
    """Coefficients of refits of a fitted `estimator`, shape (n_draws, n_features)."""
    prior = read_prior(estimator)
    draws = []
    for _ in range(n_draws):
        rows = generator.integers(0, len(y), len(y))
        if prior is not None:
            draws.append(condition(X[rows], y[rows], *prior))
        elif isinstance(estimator, PathElasticNet):
            draws.append(estimator.refit(X[rows], y[rows]))
        else:
            draws.append(clone(estimator).fit(X[rows], y[rows]).coef_)
    return np.array(draws)


def try_intervals(
    model: ClusterExpansion, method: str, X: FloatArray, seed: int, track: Track = untracked
) -> pl.DataFrame:
    """Rows of `curves`: how often intervals hold the truth, on data made from the learned prior.

    The model is fitted anew to each simulated data set, hyperparameters and all but how alike
    elements are. Then as many
    intervals as their level says should hold the parameter that made the data.
    """
    estimator, (columns, _) = model.estimator_, model.rows(X, np.zeros(len(X)))
    tails = (1 - np.array(LEVELS)) / 2

    def simulate(number: int) -> list[FloatArray]:
        generator = np.random.default_rng([seed, number])
        truth = np.sqrt(estimator.prior_variance_) * generator.standard_normal(columns.shape[1])
        noise = np.sqrt(estimator.noise_) * generator.standard_normal(len(columns))
        y = columns @ truth + noise
        again = clone(estimator).set_params(known=None).fit(columns, y)
        prior = again.prior_variance_, again.noise_
        draws = (
            draw_posterior(columns, y, *prior, N_DRAWS, generator),
            draw_bootstrap(again, columns, y, N_DRAWS // 2, generator),
        )
        bounds = [np.quantile(d, [*tails, *(1 - tails)], axis=0) for d in draws]
        return [
            ((both[: len(LEVELS)] <= truth) & (truth <= both[len(LEVELS) :])).mean(axis=1)
            for both in bounds
        ]

    what, is_large = "simulate data to test intervals", X.size > LARGE
    found = run_jobs(simulate, range(N_SIMULATIONS), what, track, has_large_matrices=is_large)
    held = dict(zip(("posterior", "bootstrap"), zip(*found, strict=True), strict=True))
    return pl.concat(
        [
            _curve(
                "coverage",
                method,
                series=origin,
                setting=LEVELS,
                part="test",
                metric="coverage",
                value=np.mean(shares, axis=0),
                standard_error=np.std(shares, axis=0, ddof=1) / np.sqrt(N_SIMULATIONS),
                n=N_SIMULATIONS * columns.shape[1],
            )
            for origin, shares in held.items()
        ]
    )


def cover_held_out(
    fits: Sequence[tuple[ClusterExpansion, StructureFold]], method: str, dataset: Dataset
) -> pl.DataFrame:
    """Rows of `curves`: how often intervals around predictions hold energies not fitted to.

    Of the parameters' posterior alone the intervals are normal; with the learned noise they are as
    wide as each fit's own structures, left out, tell. Where noise differs by elements,
    `held_out_of` has the latter for structures of the same elements, at the level of predictions.
    """
    errors, variances, noises, reaches, groups = [], [], [], [], []
    for model, fold in fits:
        estimator: WeightedRidge = model.estimator_
        X, y = dataset.X[fold.test], dataset.y[fold.test]
        known = dataset.X[fold.train], dataset.y[fold.train]
        prior = estimator.prior_variance_, estimator.noise_
        left = posterior_variance(model.rows(*known)[0], *prior, model.columns(X))
        errors.append((model.predict(X) - y) ** 2)
        variances.append(left * model.target_scale_**2)
        noises.append(model.row_noise(X) * estimator.noise_ * model.target_scale_**2)
        shares = model.shares(X) if model.learned_ else np.ones((len(X), 1))
        reaches.append([own.at(shares) for own in learn_reaches(model, *known, LEVELS)])
        groups += name_groups(shares)
    squares, variance, noise = map(np.concatenate, (errors, variances, noises))
    normal = norm.ppf(0.5 + np.array(LEVELS) / 2)[:, None]
    inside = squares <= np.concatenate(reaches, axis=1) ** 2 * (variance + noise)
    held: list[tuple[str, str, Sequence[float], NDArray[np.bool_]]] = [
        ("held_out", "parameters", LEVELS, squares <= normal**2 * variance),
        ("held_out", "parameters and noise", LEVELS, inside),
    ]
    at_level = inside[LEVELS.index(LEVEL)]
    for group in sorted(set(groups)) if len(set(groups)) > 1 else []:
        own = at_level[[name == group for name in groups]][None]
        held.append(("held_out_of", "_".join(map(str, group)), (LEVEL,), own))
    return pl.concat(_count_held(method, *part) for part in held)


def _count_held(
    method: str, curve: str, series: str, levels: Sequence[float], inside: NDArray[np.bool_]
) -> pl.DataFrame:
    """Rows of `curves` from which energies are `inside` at each level, shape (n_levels, n)."""
    share, n = inside.mean(axis=1), inside.shape[1]
    return _curve(
        curve,
        method,
        series=series,
        setting=levels,
        part="validation",
        metric="coverage",
        value=share,
        standard_error=np.sqrt(share * (1 - share) / n),
        n=n,
    ).with_columns(split=pl.lit(TRAINING_SPLIT))


def weigh_evidence(
    model: ClusterExpansion, method: str, X: FloatArray, dataset: Dataset
) -> pl.DataFrame:
    """Rows of `curves`, `determined` by orbit index: what the data add to the prior.

    The share of a parameter's prior variance that the data take away: 1 if they determine it, 0
    if they say nothing of it.
    """
    estimator: WeightedRidge = model.estimator_
    (columns, _), prior = model.rows(X, np.zeros(len(X))), estimator.prior_variance_
    parameters = model.to_parameters(np.eye(len(prior)))[:, model.n_elements :].T
    left = posterior_variance(columns, prior, estimator.noise_, parameters)
    share = 1 - left / (parameters**2 @ prior)
    return _curve(
        "determined",
        method,
        series="",
        setting=[float(name) for name in dataset.feature_names[model.n_elements :]],
        part="training",
        metric="determined_share",
        value=share,
        standard_error=np.full(len(share), np.nan),
        n=len(columns),
    )


def _curve(curve: str, method: str, **columns: Any) -> pl.DataFrame:
    frame = pl.DataFrame({"curve": curve, "model": method, **columns})
    return frame.with_columns(
        split=pl.lit("training"),
        unit=pl.lit("1"),
        standard_error=pl.col("standard_error").fill_nan(None),
        n=pl.col("n").cast(pl.Int64),
    ).select(
        "curve", "model", "series", "setting", "split", "part", "metric", "value", "unit",
        "standard_error", "n",
    )  # fmt: skip
