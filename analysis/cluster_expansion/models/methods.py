"""The linear methods by name, and what a fitted one chose for itself."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from sklearn.linear_model import BayesianRidge

from analysis.cluster_expansion.models.evidence import Learned
from analysis.cluster_expansion.models.expansion import ClusterExpansion, wrap
from analysis.cluster_expansion.models.likeness import (
    group_arrangements,
    measure_unlikeness,
)
from analysis.cluster_expansion.models.mixing_ratios import SEARCHED_RATIOS
from analysis.cluster_expansion.models.ridge import (
    LeastSquares,
    LeaveOneOutRidge,
    RelevanceRegression,
)
from analysis.cluster_expansion.models.sparse import (
    AdaptiveLasso,
    PathElasticNet,
    make_ridge,
)
from analysis.cluster_expansion.models.weighted import START, WeightedRidge
from warehouse.conventions.point_functions import ARRANGEMENTS

ARD_TOLERANCE = 0.01
"""Change of all coefficients together at which ARD stops, in units of the target's deviation."""
FIT_ERRORS = (ArithmeticError, ValueError)
"""What a fit raises that cannot be made, numpy's LinAlgError among it."""
WEIGHTED, BY_CONCENTRATION = "weighted_ridge", "concentration_ridge"
"""The ridges with a prior that knows the clusters: of interactions that are constant, and of
interactions that change with the concentration, which no simulation and no other program takes."""
KINDS = "far", "near"
"""What the two kinds of interactions of three elements or more are called, by their decay."""
Inner = Sequence[tuple[Any, Any]]
"""Folds inside a training part that choose hyperparameters: indices of training and test."""


def make_model(method: str, orbits: pl.DataFrame, inner: Inner) -> ClusterExpansion:
    """Make the cluster expansion on `orbits` whose parameters `method` fits; see `METHODS`."""
    is_weighted = method in (WEIGHTED, BY_CONCENTRATION)
    model = wrap(None, orbits, standardise=not is_weighted)
    columns = orbits[model.n_elements :]
    if is_weighted and ARRANGEMENTS in orbits.columns:
        model.turn = group_arrangements(columns[ARRANGEMENTS].to_list())
        columns = columns[model.turn.first]
    if method == BY_CONCENTRATION:
        model.by_concentration = True
        columns = pl.concat(
            columns.with_columns(power=pl.lit(int(number > 0)))
            for number in range(model.n_elements)
        )
    model.estimator = METHODS[method](columns, inner)
    return model


def read_hyperparameters(model: ClusterExpansion) -> dict[str, float]:
    """Return what a fitted `model` chose for itself, and how much of it is left.

    Strength and noise are in units of the scaled energies, `noise_energy` in that of the target.
    `noise_energy_0_1` is that of the first two elements in alphabetical order at equal amounts of
    both, where it differs, and `noise` then the root mean square over what was fitted.
    `far_unlikeness_0_1` is how much they differ to interactions of the kind that reaches further,
    where that is learned: see `measure_unlikeness`.
    """
    estimator = model.estimator_
    if isinstance(estimator, WeightedRidge):
        chosen = dict(estimator.hyperparameters_)
    elif isinstance(estimator, RelevanceRegression):
        chosen = {"noise": estimator.alpha_**-0.5}
    elif isinstance(estimator, BayesianRidge):
        chosen = {"strength": estimator.lambda_ / estimator.alpha_, "noise": estimator.alpha_**-0.5}
    else:
        names = {"strength": "alpha_", "l1_ratio": "l1_ratio_", "rank": "rank_"}
        chosen = {
            name: getattr(estimator, attribute)
            for name, attribute in names.items()
            if hasattr(estimator, attribute)
        }
    if "noise" in chosen:
        chosen["noise_energy"] = chosen["noise"] * model.target_scale_
    if model.learned_:
        noises = {name: chosen[name] for name in ("noise", "noise_energy")}
        chosen = noises | _read_learned(model, model.learned_, noises["noise_energy"])
    free = np.vstack([model.parameters_, *model.slopes_])[:, model.n_elements :]
    counts = {"free": free.size, "non_zero": np.count_nonzero(free)}
    return {name: float(value) for name, value in (chosen | counts).items()}


def _read_learned(model: ClusterExpansion, learned: Learned, noise: float) -> dict[str, float]:
    """Numbers of each kind of interactions, and the noise of each two elements, of all `noise`."""
    pairs = [*combinations(range(model.n_elements), 2)]
    of_pairs = np.sqrt(learned.pair_noise) * noise
    found = {f"noise_energy_{i}_{j}": own for (i, j), own in zip(pairs, of_pairs, strict=True)}
    for kind, (own, matrix) in zip(KINDS, learned.kinds, strict=True):
        for name, value in zip(START, own, strict=False):
            found[f"{kind}_{name}"] = value if name in ("decay", "growth") else np.exp(value)
        unlike = measure_unlikeness(matrix)
        found |= {f"{kind}_unlikeness_{i}_{j}": unlike[i, j] for i, j in pairs}
    return found


def is_at_edge(model: ClusterExpansion) -> bool:
    """Whether a fitted `model` chose the strongest or weakest strength that it could."""
    estimator = model.estimator_
    if isinstance(estimator, PathElasticNet):
        grid = estimator.alphas_[list(estimator.l1_ratios).index(estimator.l1_ratio_)]
    elif isinstance(estimator, LeaveOneOutRidge):
        grid = np.asarray(estimator.alphas)
    else:
        return False
    return bool(np.isclose(estimator.alpha_, [grid.min(), grid.max()]).any())


def _weigh(orbits: pl.DataFrame, powers: list[int] | None = None) -> WeightedRidge:
    orders, radii, counts = (
        orbits[name].to_list() for name in ("cluster_order", "radius", "multiplicity")
    )
    return WeightedRidge(orders, radii, counts, powers)


METHODS: Mapping[str, Callable[[pl.DataFrame, Inner], Any]] = {
    "least_squares": lambda orbits, inner: LeastSquares(),
    "ridge": lambda orbits, inner: make_ridge(),
    "lasso": lambda orbits, inner: PathElasticNet((1.0,), inner),
    "adaptive_lasso": lambda orbits, inner: AdaptiveLasso(inner),
    "elastic_net": lambda orbits, inner: PathElasticNet(SEARCHED_RATIOS, inner),
    "ard": lambda orbits, inner: RelevanceRegression(ARD_TOLERANCE),
    "bayesian_ridge": lambda orbits, inner: BayesianRidge(fit_intercept=False),
    WEIGHTED: lambda orbits, inner: _weigh(orbits),
    BY_CONCENTRATION: lambda orbits, inner: _weigh(orbits, orbits["power"].to_list()),
}
"""Linear regressors by name, given the orbits of their columns and inner folds. Each chooses its
hyperparameters from what it is fitted to and nothing else: ridge by leaving one out, which has a
closed form; lasso, adaptive lasso and elastic net by the inner folds; the Bayesian ones and
weighted ridge by how likely they make the training energies."""
