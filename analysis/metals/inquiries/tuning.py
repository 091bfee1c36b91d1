"""Validation curves: what each hyperparameter of the classifier changes, and what it does not.

All on the training part of the first official fold, of which a fifth is held out; the test fold has
no say. Slow penalties and solvers see SAMPLE materials only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.metals.data import LEAST_MATERIALS, LabelledMaterials
from analysis.metals.inquiries.result_rows import score_rows
from analysis.metals.models import newton
from analysis.metals.models.classifier import (
    TOLERANCE,
    Classifier,
    fit_at_strength,
    fit_by_scikit_learn,
    fit_rows,
    judge_weights,
)
from analysis.metals.models.elastic_net import minimise_mixed, proximal_step
from analysis.metals.models.training_rows import merge_equal_rows
from analysis.runs.choice import split_rows_inside
from analysis.runs.points import curve_point

MODEL = "logistic_regression"
SWEPT_STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
RATIOS = (0.0, 0.5, 1.0)
PENALTY_TOLERANCE = 2e-4
"""Largest proximal step of a fit of the penalty sweep that counts as converged."""
RATIO_STRENGTHS = (0.1, 0.3, 1.0, 3.0)
SCALED_STRENGTHS = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01)
SCALED_BY = 100
"""How many times larger the best C is without scaling, roughly: rare columns grow tenfold."""
ITERATIONS = (3, 10, 30, 100, 300)
THRESHOLDS = tuple(round(0.1 + 0.05 * step, 2) for step in range(17))
SOLVED_STRENGTH = 0.3
"""C where solvers and class weights are compared: one of SWEPT_STRENGTHS, near the best."""
OURS = "newton (ours)"
SOLVERS = (OURS, "lbfgs", "newton-cg", "saga", "sag", "liblinear")
SAMPLE = 8_000
"""Materials that slow fits are shown: saga needs thousands of passes over sparse columns."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class TuningPart:
    """Training and validation rows, with the same features."""

    X: Any
    y: FloatArray
    X_held_out: Any
    y_held_out: FloatArray


def split_part(materials: LabelledMaterials, seed: int) -> TuningPart:
    """The training part of the first official fold, and a fifth of its formulas, held out."""
    inside = np.flatnonzero(materials.dataset.samples["official_fold"].to_numpy() != 0)
    X, y = materials.dataset.X, materials.dataset.y
    train, test = split_rows_inside(inside, materials.groups("formula_groups"), seed)[0]
    return TuningPart(X[train], y[train], X[test], y[test])


def sample_part(part: TuningPart, seed: int) -> TuningPart:
    """The same validation rows, at most SAMPLE training rows, columns that enough of these have."""
    rng = np.random.default_rng(seed)
    some = np.sort(rng.permutation(len(part.y))[:SAMPLE])
    seen = part.X[some].getnnz(axis=0) >= min(LEAST_MATERIALS, len(some))
    return TuningPart(
        part.X[some][:, seen], part.y[some], part.X_held_out[:, seen], part.y_held_out
    )


def tuning_jobs(part: TuningPart, few: TuningPart) -> list[Callable[[], Rows]]:
    """One job per fit of every sweep.

    Some end before they converge, by design: their points tell the gradient that is left.
    """
    return [
        partial(strength_rows, part),
        *(partial(scaling_rows, few, strength) for strength in SCALED_STRENGTHS),
        *(partial(penalty_rows, few, *pair) for pair in product(RATIOS, RATIO_STRENGTHS)),
    ]


def solver_jobs(few: TuningPart) -> list[Callable[[], Rows]]:
    """One job for each solver and number of iterations."""
    return [partial(solver_rows, few, *pair) for pair in product(SOLVERS, ITERATIONS)]


def strength_rows(part: TuningPart) -> Rows:
    """Training and validation scores at each C, from strong to weak, each from the one before.

    At SOLVED_STRENGTH also those of the threshold, with class weights and without.
    """
    rows, fitted, merged = [], None, merge_equal_rows(part.X, part.y)
    for strength in SWEPT_STRENGTHS:
        fitted = fit_rows(merged, strength, TOLERANCE, fitted)
        place = ("strength", MODEL, "L2", strength)
        rows += score_rows(place, part.y, fitted.probability(part.X), part="training")
        rows += score_rows(place, part.y_held_out, fitted.probability(part.X_held_out))
        if strength == SOLVED_STRENGTH:
            rows += weight_rows(part, fitted)
    return rows


def weight_rows(part: TuningPart, fitted: Classifier) -> Rows:
    """Validation scores of the threshold, as it moves: of a fit and of one with class weights.

    The second begins from the first, to the same rows.
    """
    n_metals = part.y.sum()
    each = np.where(part.y == 1, len(part.y) / n_metals, len(part.y) / (len(part.y) - n_metals)) / 2
    balanced = fit_at_strength(part.X, part.y, fitted.strength, start=fitted, weights=each)
    return [
        row
        for weight, fit in (("no weights", fitted), ("balanced", balanced))
        for threshold in THRESHOLDS
        for row in score_rows(
            ("threshold", MODEL, weight, threshold),
            part.y_held_out,
            fit.probability(part.X_held_out),
            threshold=threshold,
        )
    ]


def penalty_rows(part: TuningPart, ratio: float, strength: float) -> Rows:
    """Validation scores and the number of descriptors left, at one mixing ratio of L1 and C.

    `gradient` is the largest step that a proximal gradient step would still take.
    """
    if ratio == 0:
        fitted = fit_at_strength(part.X, part.y, strength)
    else:
        weights = minimise_mixed(part.X, part.y, strength, ratio, PENALTY_TOLERANCE)
        fitted = judge_weights(part.X, part.y, strength, weights)
    weights, residuals = fitted.coefficients, fitted.probability(part.X) - part.y
    place = ("penalty", MODEL, f"L1 share {ratio:g}", strength)
    n = len(part.y_held_out)
    return [
        *score_rows(place, part.y_held_out, fitted.probability(part.X_held_out)),
        curve_point(place, "n_descriptors", int(np.count_nonzero(weights)), n),
        curve_point(
            place,
            "gradient",
            proximal_step(part.X, residuals, weights, strength, ratio),
            len(part.y),
            part="training",
        ),
    ]


def scaling_rows(part: TuningPart, strength: float) -> Rows:
    """Validation scores if each column is divided by its standard deviation first."""
    from scipy.sparse import diags

    scale = deviations(part.X)
    scaled = part.X @ diags((1 / scale).astype(part.X.dtype))
    fitted = fit_at_strength(scaled, part.y, strength)
    plain = fit_at_strength(part.X, part.y, SCALED_BY * strength)
    held_out = part.X_held_out @ diags((1 / scale).astype(part.X.dtype))
    y = part.y_held_out
    return [
        *score_rows(("scaling", MODEL, "scaled", strength), y, fitted.probability(held_out)),
        *score_rows(
            ("scaling", MODEL, "not scaled", SCALED_BY * strength),
            y,
            plain.probability(part.X_held_out),
        ),
    ]


def solver_rows(part: TuningPart, solver: str, n_iterations: int) -> Rows:
    """How far from the minimum a solver is after some iterations, by the gradient's norm."""
    X, y, strength = part.X, part.y, SOLVED_STRENGTH
    if solver == OURS:
        weights = newton.minimise(X, y, strength, 1e-9, most_steps=n_iterations)
        fitted = judge_weights(X, y, strength, weights)
    else:
        fitted = fit_by_scikit_learn(
            X, y, strength, 1e-9, solver=solver, max_iter=n_iterations, random_state=0
        )
    place = ("solver", MODEL, solver, n_iterations)
    return [
        curve_point(place, "gradient", fitted.gradient, len(part.y), part="training"),
        *score_rows(place, part.y_held_out, fitted.probability(part.X_held_out)),
    ]


def deviations(X: Any) -> NDArray[np.float64]:
    """Standard deviation of each column of a sparse matrix; 1 for a constant one."""
    mean = np.asarray(X.mean(axis=0, dtype=float)).ravel()
    square = np.asarray(X.multiply(X).mean(axis=0, dtype=float)).ravel()
    deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
    return np.where(deviation > 1e-6, deviation, 1.0)
