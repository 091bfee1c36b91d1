"""Curves that only this study has: scaling, solvers.

All on the training part of the first official fold, of which a fifth is held out; the test fold has
no say. Slow solvers see SAMPLE materials only.
"""

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from analysis.datasets import FloatArray
from analysis.linear_models.classifier import ClassSamples, FittedClasses, fit_classes_along
from analysis.linear_models.design import Design
from analysis.linear_models.fits.classes import ClassFits
from analysis.linear_models.fits.verbs import Rows
from analysis.linear_models.inquiries.points import score_points
from analysis.linear_models.inquiries.thresholds import threshold_points
from analysis.linear_models.scaling import LEAST_WITH
from analysis.linear_models.solvers.multinomial import MultinomialFit, fit_multinomial
from analysis.runs.points import curve_point

MODEL = "logistic_regression"
SCALED_STRENGTHS = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01)
SCALED_BY = 100
"""How many times larger the best C is without scaling, roughly: rare columns grow tenfold."""
ITERATIONS = (3, 10, 30, 100, 300)
SOLVED_STRENGTH = 0.3
"""C where solvers and class weights are compared, near the best."""
OURS = "newton (ours)"
SOLVERS = (OURS, "lbfgs", "newton-cg", "saga", "sag", "liblinear")
CLEAR = 1e-4
"""Largest gradient of the mean loss at which a solver counts as arrived."""
SAMPLE = 8_000
"""Materials that slow fits are shown: saga needs thousands of passes over sparse columns."""

Points = list[dict[str, Any]]


def tuning_jobs(fits: ClassFits, train: Rows, held_out: Rows) -> list[Callable[[], Points]]:
    """A job for the threshold, and one for descriptors as they are and one for scaled ones."""
    few = train[:SAMPLE]

    def move_threshold() -> Points:
        return threshold_points(fits, fits.fit_at(train, 1 / SOLVED_STRENGTH), train, held_out)

    return [
        move_threshold,
        *(partial(scaling_points, fits, few, held_out, is_scaled) for is_scaled in (True, False)),
    ]


def scaling_points(fits: ClassFits, train: Rows, held_out: Rows, is_scaled: bool) -> Points:
    """Held-out scores at each C, of each column divided by its standard deviation or as it is."""
    from scipy.sparse import diags

    some = np.append(train, held_out)
    X, labels = fits.data.design.sparse[some], fits.data.labels[some]
    rows, tested = np.arange(len(train)), len(train) + np.arange(len(held_out))
    factor = SCALED_BY
    if is_scaled:
        X, factor = X @ diags(1 / deviations(X[rows])).astype(X.dtype), 1
    samples = ClassSamples(Design.of_sparse(X), labels, 2, np.ones(len(some)))
    strengths = [factor * strength for strength in SCALED_STRENGTHS]
    fitted = fit_classes_along(samples, rows, [1 / strength for strength in strengths])
    series = "scaled" if is_scaled else "not scaled"
    return [
        point
        for strength, fit in zip(strengths, fitted, strict=True)
        for point in score_points(
            ("scaling", MODEL, series, strength),
            fits.data.y[held_out],
            fit.predict(samples.design.take(tested))[:, 1],
        )
    ]


def solver_jobs(fits: ClassFits, train: Rows, held_out: Rows) -> list[Callable[[], Points]]:
    """One job for each solver and number of iterations.

    Some end before they converge, by design: their points tell the gradient that is left.
    """
    few = train[:SAMPLE]
    X = fits.data.design.sparse[few]
    seen = X.getnnz(axis=0) >= min(LEAST_WITH, len(few))
    tested = fits.data.design.sparse[held_out][:, seen]
    y = fits.data.y
    return [
        partial(solver_points, (X[:, seen], y[few]), (tested, y[held_out]), *pair)
        for pair in product(SOLVERS, ITERATIONS)
    ]


def solver_points(
    train: tuple[Any, FloatArray], held_out: tuple[Any, FloatArray], solver: str, n_iterations: int
) -> Points:
    """How far from the minimum a solver is after some iterations, by the gradient's norm."""
    (X, y), (tested, y_tested) = train, held_out
    design, counts = Design.of_sparse(X), np.column_stack([1 - y, y])
    strength, start, n_steps = 1 / SOLVED_STRENGTH, None, n_iterations
    if solver != OURS:
        start, n_steps = fit_by_scikit_learn(X, y, strength, solver, n_iterations), 0
    fitted = fit_multinomial(design, counts, strength, start, 1e-9, n_steps)
    product = FittedClasses(fitted, counts.mean(axis=0), 0.0, design.limits())
    said = product.predict(Design.of_sparse(tested))
    place = ("solver", MODEL, solver, n_iterations)
    return [
        curve_point(place, "gradient", fitted.gradient, len(y), part="training"),
        *score_points(place, y_tested, said[:, 1]),
    ]


def fit_by_scikit_learn(
    X: Any, y: FloatArray, strength: float, solver: str, n_iterations: int
) -> MultinomialFit:
    """The same by a solver of scikit-learn's LogisticRegression, which may stop early."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=1 / strength, tol=1e-9, solver=solver, max_iter=n_iterations, random_state=0
    )
    model.fit(X.astype(float), y)  # in single precision line searches end in rounding errors
    return MultinomialFit(model.coef_.T, np.asarray(model.intercept_), strength)


def deviations(X: Any) -> FloatArray:
    """Standard deviation of each column of a sparse matrix; 1 for a constant one."""
    mean = np.asarray(X.mean(axis=0, dtype=float)).ravel()
    square = np.asarray(X.multiply(X).mean(axis=0, dtype=float)).ravel()
    deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
    return np.where(deviation > 1e-6, deviation, 1.0)
