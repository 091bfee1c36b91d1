"""Minima of penalties with a share of L1, to rounding, strength after strength.

Minimises |y - X w|² / 2 + l1 Σ|w| + l2 w² / 2 by sums of products alone. Where one knows which
coefficients are not zero, and their signs, one linear system has the answer. So from the last
strength's, those whose slope exceeds the penalty join, and those that would change their sign on
the way to the solution leave: the objective never rises (Lee, Battle, Raina and Ng 2006, Efficient
sparse coding algorithms). Where columns are as collinear as correlations are, coordinate descent
needs thousands of sweeps for the same.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotrs

from analysis.datasets import FloatArray

Solve = Callable[[FloatArray], FloatArray]

MOST_JOINS = 5
"""A coefficient that has joined so often at one strength, and left again, is at its bound but for
rounding."""
SLOPE_TOLERANCE = 1e-7
"""Slope above the penalty, relative to it, that is taken for rounding."""
SETTLED = 1e-12
"""Part of the largest slope that may be left where some have left; more is solved once more."""
EQUAL_COLUMNS = 1e-10
"""Share of the columns' mean square that is added to l2, so that equal columns, as small cells
have, share a coefficient instead of leaving it undecided."""


def walk_strengths(
    gram: FloatArray, target: FloatArray, penalties: Iterable[tuple[float, float]]
) -> Iterator[FloatArray]:
    """Coefficients at each pair (l1, l2), shape (n_features,), one after the other.

    `gram` is XᵀX and `target` Xᵀy. Each starts at the last one's, so let the strengths fall.
    """
    coefficients = np.zeros(len(target))
    least = EQUAL_COLUMNS * float(np.trace(gram)) / len(target)
    for l1, l2 in penalties:
        coefficients = find_minimum(gram, target, l1, l2 + least, coefficients)
        yield coefficients


def find_minimum(
    gram: FloatArray, target: FloatArray, l1: float, l2: float, start: FloatArray
) -> FloatArray:
    """Coefficients at which the objective is lowest, found from `start`."""
    coefficients = start
    bound = l1 * (1 + SLOPE_TOLERANCE) + 1e-14 * float(np.abs(target).max())
    joined = np.zeros(len(target), dtype=int)
    active = np.flatnonzero(start)
    signs = np.sign(start[active])
    while True:
        active, values = _settle(gram, target, (l1, l2), active, signs, coefficients[active])
        coefficients = np.zeros(len(target))
        coefficients[active] = values
        slopes = target - values @ gram[active]
        sizes = np.abs(slopes)
        sizes[active] = 0.0
        joining = np.flatnonzero((sizes > bound) & (joined < MOST_JOINS))
        if not len(joining):
            return coefficients
        joined[joining] += 1
        active = np.concatenate([active, joining])
        signs = np.concatenate([np.sign(values), np.sign(slopes[joining])])


def _settle(
    gram: FloatArray,
    target: FloatArray,
    penalty: tuple[float, float],
    active: NDArray[np.intp],
    signs: FloatArray,
    values: FloatArray,
) -> tuple[NDArray[np.intp], FloatArray]:
    """The coefficients `active` that keep their signs at the minimum over them, and their values.

    `values` are where they stand, all of these signs or zero.
    """
    l1, l2 = penalty
    while len(active):
        part = gram[active[:, None], active]
        part.ravel()[:: len(active) + 1] += l2
        wanted = target[active] - l1 * signs
        found, stays = _hold_turning(_prepare(part), wanted, signs, values)
        rest = np.abs(wanted - part @ found)[stays].max(initial=0.0)
        active, signs, values = active[stays], signs[stays], found[stays]
        if stays.all() or rest <= SETTLED * np.abs(wanted).max():
            break
    return active, values


def _hold_turning(
    solve: Solve, wanted: FloatArray, signs: FloatArray, values: FloatArray
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """The solution in which those that turned on the way are held at zero, and which did not.

    One factor serves all of them: what holds a coefficient is one more column of the inverse.
    """
    n, left = len(wanted), np.empty(0, dtype=int)
    found = free = solve(wanted)
    answers = np.empty((n, 0))
    stays = np.ones(n, dtype=bool)
    while (turns := stays & (found * signs <= 0)).any():
        # As far as the first that turns; from zero in the wrong direction is no step at all.
        way = np.full(n, 2.0)
        way[turns] = np.abs(values[turns]) / (np.abs(values - found)[turns] + 1e-300)
        leaving = np.flatnonzero(way <= way.min())
        left = np.append(left, leaving)
        stays[left] = False
        values = np.where(stays, values + way.min() * (found - values), 0.0)
        answers = np.hstack([answers, solve(np.eye(n)[:, leaving])])
        found = np.where(stays, free - answers @ _prepare(answers[left])(free[left]), 0.0)
    return found, stays


def _prepare(part: FloatArray) -> Solve:
    """What solves the system of `part`, which is factored once."""
    factor, failed = dpotrf(part)
    if failed:
        return partial(np.matmul, np.linalg.pinv(part, hermitian=True))
    return lambda wanted: np.asarray(dpotrs(factor, wanted)[0])
