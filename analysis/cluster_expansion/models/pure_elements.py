"""What cluster vectors have of the pure elements: what a model must be exact for is taken away.

A formation energy is measured from the pure elements at the same composition. So is a correlation
φ, once that of the elements at the same composition is taken away: any sum of what is left vanishes
for each of them. The composition is itself a sum of the zerolet and of the points, since point
functions are orthonormal: the share of element i is the mean over all functions of its value there
times the correlation of its point. Of two elements what is taken away is φ_zerolet = 1 of clusters
of an even number of sites and φ_point of the others.
"""

from collections.abc import Sequence

import numpy as np

from analysis.datasets import FloatArray
from warehouse.conventions.point_functions import point_functions

Functions = Sequence[Sequence[int]]
"""The point function of each site of each column's cluster, from 0."""


def first_functions(orders: Sequence[int]) -> Functions:
    """The only function that two elements have on each site of clusters of these `orders`."""
    return [[0] * order for order in orders]


def count_elements(functions: Functions) -> int:
    """How many elements have these point functions: one more than there are on a site."""
    return 2 + max(chosen[0] for chosen in functions if len(chosen) == 1)


def find_pure_part(functions: Functions, point_weights: Sequence[float]) -> FloatArray:
    """What the zerolet and each point have of the pure elements' correlations.

    `functions` are those of the columns of cluster vectors, the zerolet first, then the points;
    `point_weights` (n_points,) count the sites of each point's sublattice. The first 1 + n_points
    columns of cluster vectors times the result (1 + n_points, n_features) are the correlations
    that the pure elements have together at the composition of each row.
    """
    n_elements, n_points = count_elements(functions), len(point_weights)
    values = point_functions(n_elements)
    pure = np.array([np.prod(values[:, list(chosen)], axis=1) for chosen in functions]).T
    kinds = np.array([chosen[0] for chosen in functions[1 : 1 + n_points]])
    weights = np.asarray(point_weights, dtype=float)
    shares = weights / np.array([weights[kinds == kind].sum() for kind in kinds])
    of_points = shares[:, None] * (values[:, kinds].T @ pure)
    return np.concatenate([pure.sum(axis=0)[None], of_points]) / n_elements
