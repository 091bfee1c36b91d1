"""Every method on energies that known interactions made, beside scikit-learn's of the same kind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNetCV,
    LassoCV,
    LinearRegression,
    RidgeCV,
)

from analysis.cluster_expansion.models.expansion import wrap
from analysis.cluster_expansion.models.methods import METHODS, make_model
from analysis.cluster_expansion.models.mixing_ratios import SEARCHED_RATIOS
from analysis.cluster_expansion.models.sparse import RIDGE_STRENGTHS
from tests.soak import Figure
from tests.support.planted import Planted, plant

NOISES = (0.0, 1e-4, 5e-4, 1e-3, 3e-3, 1e-2)
"""In eV/atom."""
N_FRESH = 200
"""Structures that no model has seen, whose energies without noise judge them."""
EXACT = 1e-6
"""Largest error of energies without noise, in eV/atom."""
Peer = Callable[[Planted], Any]
PATH = {"fit_intercept": False, "tol": 1e-6, "max_iter": 1_000_000, "eps": 1e-4}
PEERS: dict[str, Peer] = {
    "least_squares": lambda data: LinearRegression(fit_intercept=False),
    "ridge": lambda data: RidgeCV(RIDGE_STRENGTHS, fit_intercept=False),
    "lasso": lambda data: LassoCV(cv=data.inner, **PATH),
    "elastic_net": lambda data: ElasticNetCV(l1_ratio=list(SEARCHED_RATIOS), cv=data.inner, **PATH),
    "ard": lambda data: ARDRegression(fit_intercept=False),
    "bayesian_ridge": lambda data: BayesianRidge(fit_intercept=False),
}
PEER_NAMES = {
    "adaptive_lasso": "lasso",
    "weighted_ridge": "ridge",
    "concentration_ridge": "ridge",
}
"""scikit-learn has none of these: they should be no worse than the plain ones."""


def run(folder: Path, is_short: bool) -> list[Figure]:
    """Fit all methods to sets of each noise, and compare their errors with their peers'."""
    figures = []
    for noise in NOISES[:4:3] if is_short else NOISES:
        errors: dict[str, list[tuple[float, float]]] = {method: [] for method in METHODS}
        for seed in range(1 if is_short else 100):
            for method, pair in fit_set(seed, noise).items():
                errors[method].append(pair)
        label = f"{1000 * noise:g} meV of noise"
        for method, pairs in errors.items():
            figures += compare(f"{label}: {method}", np.array(pairs), noise)
    return figures


def fit_set(seed: int, noise: float) -> dict[str, tuple[float, float]]:
    """Errors of each method and of its peer on one set, in eV/atom."""
    data = plant(seed, noise)
    fresh = plant(10_000 + seed, 0.0, N_FRESH).X
    truth = fresh @ data.parameters
    theirs = {
        name: rmse(wrap(peer(data), data.orbits).fit(data.X, data.y), fresh, truth)
        for name, peer in PEERS.items()
    }
    ours = {
        method: rmse(make_model(method, data.orbits, data.inner).fit(data.X, data.y), fresh, truth)
        for method in METHODS
    }
    return {
        method: (error, theirs[PEER_NAMES.get(method, method)]) for method, error in ours.items()
    }


def compare(name: str, pairs: Any, noise: float) -> list[Figure]:
    """Mean errors of both; ours may not be clearly larger, and without noise there may be none."""
    ours, theirs = pairs.T
    is_worse = ours.mean() > 1.1 * theirs.mean() + max(EXACT, 0.05 * noise)
    found = [
        Figure(f"{name}, error", 1000 * float(ours.mean()), "meV/atom"),
        Figure(f"{name}, error of its peer", 1000 * float(theirs.mean()), "meV/atom"),
        Figure(f"{name}, clearly worse than its peer", int(is_worse), wanted=0),
    ]
    if noise == 0:
        found.append(Figure(f"{name}, sets not found exactly", int((ours > EXACT).sum()), wanted=0))
    return found


def rmse(model: Any, X: Any, y: Any) -> float:
    """Root-mean-square error in eV/atom."""
    return float(np.sqrt(np.mean((model.predict(X) - y) ** 2)))
