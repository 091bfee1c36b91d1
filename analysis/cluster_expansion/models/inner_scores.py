"""How well a fitted method would predict, judged inside its training part alone.

The best method of a training part may then be chosen without its test part, as a user of the
product would do: that is what the model `nested_choice` scores.
"""

from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from sklearn.linear_model import BayesianRidge
from sklearn.model_selection import cross_val_predict

from analysis.cluster_expansion.models.expansion import ClusterExpansion
from analysis.cluster_expansion.models.methods import Inner
from analysis.cluster_expansion.models.ridge import LeaveOneOutRidge
from analysis.cluster_expansion.models.sparse import PathElasticNet
from analysis.cluster_expansion.models.weighted import WeightedRidge
from analysis.datasets import FloatArray

LEAST_NOISE = 1e-14
"""Share of the sum of all squares that counts as noise at the least, where rows are left out."""


def inner_error(model: ClusterExpansion, X: FloatArray, y: FloatArray, inner: Inner) -> float:
    """Root-mean-square error over the `inner` folds of what `model` was fitted to, in y's unit.

    The few hyperparameters of a ridge stay as the whole training part chose them, among them how
    alike elements are. ARD has one for
    each parameter, so it is fitted anew without each fold.
    """
    estimator = model.estimator_
    if isinstance(estimator, PathElasticNet):
        return model.target_scale_ * float(np.sqrt(np.nanmin(estimator.mse_path_.mean(axis=-1))))
    prior, (columns, target) = read_prior(estimator), model.rows(X, y)
    if prior is None:
        of_rows = cross_val_predict(estimator, columns, target, cv=inner) - target
    else:
        of_rows = leave_out(columns, target, *prior, [test for _, test in inner])
    errors = model.target_scale_ * np.sqrt(model.row_noise(X)) * of_rows
    return float(np.sqrt(np.mean(errors**2)))


def leave_out(
    X: FloatArray, y: FloatArray, prior_variance: FloatArray, noise: float, parts: Any
) -> FloatArray:
    """Errors of a ridge on each of `parts` (arrays of indices) when it is fitted to the others.

    With the inverse Q of X Λ Xᵀ + noise, the error on a part I is Q[I, I]⁻¹ (Q y)[I]: no refit is
    needed (Rasmussen and Williams 2006, section 5.4.2, for single samples). Where there are more
    samples than columns, refits cost less.
    """
    if len(X) > X.shape[1]:
        return _refit_without(X * np.sqrt(prior_variance), y, noise, parts)
    covariance = (X * prior_variance) @ X.T
    covariance[np.diag_indices_from(covariance)] += noise
    inverse = np.linalg.inv(covariance)
    weights = inverse @ y
    errors = np.empty_like(y)
    for part in parts:
        errors[part] = np.linalg.solve(inverse[np.ix_(part, part)], weights[part])
    return errors


def _refit_without(X: FloatArray, y: FloatArray, noise: float, parts: Any) -> FloatArray:
    """Errors on each of `parts` of a ridge on columns of unit prior variance without that part."""
    gram, target, errors = X.T @ X, X.T @ y, np.empty_like(y)
    # Sums of products lose digits: as much is added as keeps every difference positive.
    least = noise + LEAST_NOISE * float(np.trace(gram))
    for part in parts:
        rows = X[part]
        rest = gram - rows.T @ rows
        rest[np.diag_indices_from(rest)] += least
        errors[part] = y[part] - rows @ cho_solve(cho_factor(rest), target - rows.T @ y[part])
    return errors


def read_prior(estimator: Any, *, bayesian: bool = False) -> tuple[Any, float] | None:
    """Variance of the parameters' prior and of the noise, if the estimator is a ridge of a kind.

    A plain ridge knows only their ratio, which says nothing of how sure it is; `bayesian` leaves
    it out.
    """
    if isinstance(estimator, WeightedRidge):
        return estimator.prior_variance_, estimator.noise_
    if isinstance(estimator, BayesianRidge):
        return np.full(len(estimator.coef_), 1 / estimator.lambda_), 1 / estimator.alpha_
    if isinstance(estimator, LeaveOneOutRidge) and not bayesian:
        return np.ones(len(estimator.coef_)), float(estimator.alpha_)
    return None
