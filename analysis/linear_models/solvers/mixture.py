"""Penalties with L1, of numbers and of classes: scikit-learn's coordinate descent.

Classes are fitted as a row of weighted regressions, one class after the other, as glmnet does it
(Friedman, Hastie and Tibshirani 2010, doi:10.18637/jss.v033.i01). The intercept is a column of its
own: scikit-learn would centre each sparse column instead, which costs as much as a dense one.
"""

import warnings
from typing import Any

import numpy as np

from analysis.datasets import FloatArray
from analysis.linear_models.design import Design
from analysis.linear_models.solvers.huber import LinearFit
from analysis.linear_models.solvers.multinomial import (
    MultinomialFit,
    count_logits,
    log_probabilities,
)
from analysis.linear_models.solvers.samples import NumberSamples

MOST_ROUNDS = 100
ENOUGH = 3e-4
"""Share of the value that a round must gain for another one. The duality gap would ask for three
times the passes, of which no held-out error changes by more than 0.001 of a standard deviation,
or 0.005 where samples are censored."""
PASSES = 10
"""Of the coordinate descent in a round: the next parabola is more worth than this one's end."""
LEAST_CURVATURE = 1e-5
"""Of a logit that is sure: its own, near 0, would send the next round far away."""
CONSTANT = 1e4
"""Value of the column that stands for the intercept: the penalty hardly sees its small weight."""


def fit_mixed(
    samples: NumberSamples,
    strength: float,
    l1_ratio: float,
    start: LinearFit | None = None,
    enough: float = ENOUGH,
) -> LinearFit:
    """Minimise half the squares of errors and a penalty with L1.

    `start` is a fit of the same columns. Of a censored sample what is said below the bound is taken
    for true.
    """
    X, y, counts = _columns(samples.design.take(samples.row)), samples.y, samples.counts
    solution = np.append(np.zeros(X.shape[1] - 1), np.average(y, weights=counts))
    if start is not None:
        solution = np.append(start.weights, start.intercept)
    now, is_converged = np.inf, False
    wanted = _take_for_true(_multiply(X, solution), samples)
    for _ in range(MOST_ROUNDS):
        solution = _descend(X, wanted, counts, strength, l1_ratio, solution)
        said = _multiply(X, solution)
        wanted = _take_for_true(said, samples)
        squares = float(counts @ (wanted - said) ** 2)
        before, now = now, squares / 2 + _penalise(solution[:-1], strength, l1_ratio)
        is_converged = bool(before - now <= enough * now)
        if is_converged:
            break
    return LinearFit(solution[:-1], float(solution[-1]), strength, np.inf, is_converged)


def _take_for_true(said: FloatArray, samples: NumberSamples) -> FloatArray:
    return np.where(samples.censored, np.minimum(said, samples.y), samples.y)


def fit_mixed_classes(
    design: Design,
    counts: FloatArray,
    strength: float,
    l1_ratio: float,
    start: MultinomialFit | None = None,
    enough: float = ENOUGH,
) -> MultinomialFit:
    """Minimise the sum of the log losses + strength · (l1_ratio · Σ|w| + (1 - l1_ratio) · Σw²/2).

    `counts`, shape (n_rows, n_classes), say how many samples of each class have the descriptors of
    a row. Intercepts are not penalised. `start` is a fit of the same columns and classes.
    """
    X, n_logits = _columns(design), count_logits(counts.shape[1])
    solution = np.zeros((X.shape[1], n_logits))
    if start is not None:
        solution = np.vstack([start.weights, start.intercepts])

    def value(solution: FloatArray) -> float:
        losses = -(counts * log_probabilities(_multiply(X, solution))).sum()
        return float(losses + _penalise(solution[:-1], strength, l1_ratio))

    now, is_converged = value(solution), False
    for _ in range(MOST_ROUNDS):
        moved = _go_round(X, counts, solution, strength, l1_ratio)
        after, share = value(moved), 1.0
        while after > now and share > 1e-3:
            share /= 2
            after = value(solution + share * (moved - solution))
        gain = now - after
        if gain > 0:
            solution, now = solution + share * (moved - solution), after
        is_converged = bool(gain <= enough * now)
        if is_converged:
            break
    return MultinomialFit(solution[:-1], solution[-1], strength, is_converged=is_converged)


def _go_round(
    X: Any, counts: FloatArray, solution: FloatArray, strength: float, l1_ratio: float
) -> FloatArray:
    """Fit each logit to its own second-order expansion, the others as they are."""
    n, n_logits = counts.sum(axis=1), solution.shape[1]
    moved, logits = solution.copy(), _multiply(X, solution)
    for place in range(n_logits):
        said = np.exp(log_probabilities(logits))[:, place - n_logits]
        curvatures = np.maximum(said * (1 - said), LEAST_CURVATURE)
        errors = counts[:, place - n_logits] / np.maximum(n, 1e-12) - said
        wanted = logits[:, place] + errors / curvatures
        moved[:, place] = _descend(X, wanted, n * curvatures, strength, l1_ratio, moved[:, place])
        logits[:, place] = _multiply(X, moved[:, place])
    return moved


def _penalise(weights: FloatArray, strength: float, l1_ratio: float) -> float:
    sizes = l1_ratio * np.abs(weights).sum() + (1 - l1_ratio) / 2 * (weights**2).sum()
    return strength * float(sizes)


def _columns(design: Design) -> Any:
    """All columns, the last, of CONSTANT, for the intercept."""
    from scipy.sparse import csc_matrix, hstack

    constant = np.full((design.shape[0], 1), CONSTANT)
    blocks = [design.sparse, csc_matrix(design.dense), csc_matrix(constant)]
    return hstack(blocks, format="csc", dtype=float)


def _multiply(X: Any, solution: FloatArray) -> FloatArray:
    """What weights and, last, intercepts make of the rows."""
    return np.asarray(X @ (solution.T / _units(X)).T)


def _units(X: Any) -> FloatArray:
    """What each weight and the intercept is divided by to be one of the columns of `X`."""
    return np.append(np.ones(X.shape[1] - 1), CONSTANT)


def _descend(
    X: Any,
    y: FloatArray,
    counts: FloatArray,
    strength: float,
    l1_ratio: float,
    start: FloatArray,
) -> FloatArray:
    """Weights and intercept after PASSES over the columns; scikit-learn's squares are a mean."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import ElasticNet

    scale, units = np.sqrt(counts), _units(X)
    weighed = X.copy()
    weighed.data *= scale[X.indices]
    model = ElasticNet(
        alpha=strength / len(y), l1_ratio=l1_ratio, max_iter=PASSES, tol=0.0,
        fit_intercept=False, warm_start=True, copy_X=False,
    )  # fmt: skip
    model.coef_ = start / units
    ignored = ("ignore", None, ConvergenceWarning, None, 0)  # It is meant to end early.
    with warnings.catch_warnings():
        if ignored not in warnings.filters:
            # To add a filter again takes it away for a moment, in which other threads would warn.
            warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(weighed, scale * y)
    return np.asarray(units * model.coef_)
