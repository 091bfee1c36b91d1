"""What cluster vectors have of the pure elements: what a model must be exact for is taken away.

A formation energy is measured from the pure elements at the same composition. So is a correlation
φ, once that of the elements at the same composition is taken away: any sum of what is left vanishes
for each of them. The composition is itself a sum of the zerolet and of the points, since point
functions are orthonormal: the share of element i is the mean over all functions of its value there
times the correlation of its point. Of two elements what is taken away is φ_zerolet = 1 of clusters
of an even number of sites and φ_point of the others.

Where several sublattices have species of their own, the end members are structures with one species
on each sublattice, as `warehouse.conventions.alloys` lists them, and their correlations are
products of values of point functions. The zerolet and a point of each sublattice tell them apart.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from warehouse.conventions.lattices import ParentLattice
from warehouse.conventions.point_functions import find_member_correlations, point_functions

Functions = Sequence[Sequence[int]]
"""The point function of each site of each column's cluster, from 0."""


def first_functions(orders: Sequence[int]) -> Functions:
    """The only function that two elements have on each site of clusters of these `orders`."""
    return [[0] * order for order in orders]


def count_elements(functions: Functions) -> int:
    """How many elements have these point functions: one more than there are on a site."""
    return 2 + max(chosen[0] for chosen in functions if len(chosen) == 1)


def find_member_part(correlations: FloatArray) -> FloatArray:
    """What the first columns of cluster vectors have of end members with these `correlations`.

    As many first columns as there are members, times the result (n_members, n_features), are the
    correlations that the members have together at the composition that these columns tell.
    """
    first = correlations[:, : len(correlations)]
    return np.asarray(np.linalg.solve(first, correlations))


def share_points(functions: Functions, point_weights: Sequence[float]) -> FloatArray:
    """What each point adds to the mean of each point function, shape (n_points, n_functions)."""
    kinds = np.array([chosen[0] for chosen in functions if len(chosen) == 1])
    weights = np.asarray(point_weights, dtype=float)[:, None] * (
        kinds[:, None] == range(kinds.max() + 1)
    )
    return np.asarray(weights / weights.sum(axis=0))


def find_element_shares(
    X: FloatArray, functions: Functions, point_weights: Sequence[float]
) -> FloatArray:
    """Shares of the elements' atoms, shape (n, n_elements), of cluster vectors `X`."""
    shares = share_points(functions, point_weights)
    values = point_functions(count_elements(functions))
    means = X[:, 1 : 1 + len(shares)] @ shares
    return np.asarray((1 + means @ values.T) / len(values))


def find_pure_part(functions: Functions, point_weights: Sequence[float]) -> FloatArray:
    """What the zerolet and each point have of the pure elements' correlations.

    `functions` are those of the columns of cluster vectors, the zerolet first, then the points;
    `point_weights` (n_points,) count the sites of each point's sublattice. The first 1 + n_points
    columns of cluster vectors times the result (1 + n_points, n_features) are the correlations
    that the pure elements have together at the composition of each row.
    """
    return _find(tuple(map(tuple, functions)), tuple(point_weights))


@lru_cache(maxsize=32)  # All fits of a study in one part of the cluster space have the same.
def _find(functions: Functions, point_weights: Sequence[float]) -> FloatArray:
    n_elements, n_points = count_elements(functions), len(point_weights)
    values = point_functions(n_elements)
    pure = np.array([np.prod(values[:, list(chosen)], axis=1) for chosen in functions]).T
    kinds = np.array([chosen[0] for chosen in functions[1 : 1 + n_points]])
    weights = np.asarray(point_weights, dtype=float)
    shares = weights / np.array([weights[kinds == kind].sum() for kind in kinds])
    of_points = shares[:, None] * (values[:, kinds].T @ pure)
    found = np.concatenate([pure.sum(axis=0)[None], of_points]) / n_elements
    found.flags.writeable = False
    return found


def find_part_of_orbits(orbits: pl.DataFrame, parent: ParentLattice) -> FloatArray:
    """What the first columns have of the end members, of rows of `staging.orbits` in order."""
    orders, told = orbits["cluster_order"].to_list(), orbits["point_functions"]
    functions = first_functions(orders) if parent.is_binary else told.to_list()
    if parent.n_active > 1:
        sites = orbits["sites"].to_list()
        return find_member_part(find_member_correlations(parent, sites, functions))
    points = orbits.filter(pl.col("cluster_order") == 1)["multiplicity"].to_list()
    return find_pure_part(functions, points)


def find_shares_of_orbits(vectors: FloatArray, orbits: pl.DataFrame) -> FloatArray:
    """Shares of the elements' atoms, shape (n, n_elements), of `vectors` on `orbits`, as above."""
    points = orbits.filter(pl.col("cluster_order") == 1)["multiplicity"].to_list()
    return find_element_shares(vectors, orbits["point_functions"].to_list(), points)
