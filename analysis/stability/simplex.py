"""The lowest energy that phases can have together at a composition: many small linear programs.

Of phases with fractions C_j and energies E_j, the hull at a composition c is the least sum of
x_j E_j with sum of x_j C_j = c and x_j >= 0 (Akbarzadeh, Ozoliņš and Wolverton 2007,
10.1002/adma.200700843).
The basis begins with the pure elements, so there is always a solution; each step takes the phase
that lies deepest below the plane through the basis.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

TOLERANCE = 1e-10
"""eV/atom: a phase that is less below the plane is on it."""
PATIENCE = 200
"""Steps after which the first phase below the plane is taken, which cannot go in circles."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@njit(cache=True)
def decompose_systems(
    systems: Ints,
    candidates: Ints,
    system_starts: Ints,
    queries: Ints,
    query_starts: Ints,
    phase_starts: Ints,
    phase_elements: Ints,
    phase_fractions: Floats,
    energies: Floats,
    products: Ints,
    amounts: Floats,
    hull: Floats,
) -> None:
    """Decompose phases of n systems of k elements each into the other phases of their systems.

    `systems` has the elements of each system, ascending, shape (n, k). The phases that may be
    products of system i are `candidates[system_starts[i]:system_starts[i + 1]]`, the pure elements
    first and in order; those to decompose, likewise, `queries`. Phase p has the elements and
    fractions `phase_starts[p]:phase_starts[p + 1]` and the energy `energies[p]` in eV/atom. A phase
    is no product of itself. Written are, for each phase that is asked about, the rows of `products`
    (phases, -1 beyond the last), `amounts` (shares of the atoms) and `hull` (eV/atom).
    """
    n_systems, k = systems.shape
    for i in range(n_systems):
        first, last = system_starts[i], system_starts[i + 1]
        fractions = np.zeros((last - first, k))
        costs = np.empty(last - first)
        for row in range(last - first):
            phase = candidates[first + row]
            costs[row] = energies[phase]
            for place in range(phase_starts[phase], phase_starts[phase + 1]):
                column = np.searchsorted(systems[i], phase_elements[place])
                fractions[row, column] = phase_fractions[place]
        for asked in range(query_starts[i], query_starts[i + 1]):
            phase = queries[asked]
            own = -1
            for row in range(k, last - first):
                if candidates[first + row] == phase:
                    own = row
            start = phase_starts[phase]
            target = phase_fractions[start : start + k]
            basis, shares = _solve(fractions, costs, target, own)
            total = 0.0
            count = 0
            for place in range(k):
                total += shares[place] * costs[basis[place]]
                if shares[place] > 1e-9:
                    products[phase, count] = candidates[first + basis[place]]
                    amounts[phase, count] = shares[place]
                    count += 1
            hull[phase] = total


@njit(cache=True)
def _solve(fractions: Floats, costs: Floats, target: Floats, own: int) -> tuple[Ints, Floats]:
    """Rows of the best basis and their shares; row `own` may not enter."""
    k = len(target)
    basis, inverse, shares = np.arange(k), np.eye(k), target.copy()
    steps = 0
    while True:
        prices = np.zeros(k)
        for place in range(k):
            prices += costs[basis[place]] * inverse[place]
        entering = _find_below(fractions, costs, prices, own, steps > PATIENCE)
        if entering < 0:
            return basis, shares
        direction = np.zeros(k)
        for column in range(k):
            direction += inverse[:, column] * fractions[entering, column]
        leaving = _find_emptied(shares, direction, basis)
        step = max(shares[leaving], 0.0) / direction[leaving]
        shares -= step * direction
        shares[leaving] = step
        inverse[leaving] /= direction[leaving]
        for place in range(k):
            if place != leaving:
                inverse[place] -= direction[place] * inverse[leaving]
        basis[leaving] = entering
        steps += 1


@njit(cache=True)
def _find_below(
    fractions: Floats, costs: Floats, prices: Floats, own: int, takes_first: bool
) -> int:
    """The row deepest below the plane of `prices`, or the first one below; -1 if there is none."""
    found, deepest = -1, -TOLERANCE
    for row in range(len(costs)):
        depth = costs[row]
        for column in range(len(prices)):
            depth -= prices[column] * fractions[row, column]
        if depth < deepest and row != own:
            found, deepest = row, depth
            if takes_first:
                break
    return found


@njit(cache=True)
def _find_emptied(shares: Floats, direction: Floats, basis: Ints) -> int:
    """The place of the basis whose share is used up first; of several that of the lowest row."""
    leaving, least = -1, np.inf
    for place in range(len(shares)):
        if direction[place] > 1e-12:
            ratio = max(shares[place], 0.0) / direction[place]
            if ratio < least or (ratio == least and basis[place] < basis[leaving]):
                leaving, least = place, ratio
    return leaving
