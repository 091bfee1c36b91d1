"""The lower side of a convex hull over the compositions of n elements, as its facets.

It consists of simplices, each between n points. The plane through one is the sum of the elements'
shares, each times a chemical potential; no point lies below any of the planes.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from warehouse.conventions.lattices import FloatArray

ROOF = 1.0
"""How far above all others the point lies that gives any hull a volume; in scaled energies."""
FLAT = 1e-13
"""Compositions whose determinant is less are of a facet without extent, or of a vertical one: that
of five elements in cells of 128 atoms is 0 or at least 128**-5."""
TOLERANCE = 1e-9
"""eV/atom: a structure that is less below a plane is on it."""


def find_facets(
    shares: FloatArray, energies: FloatArray
) -> Iterator[tuple[NDArray[np.int64], FloatArray, FloatArray]]:
    """Vertices (n,), chemical potentials (n,) and amounts (n, n) of each facet below all points.

    `shares` (n_points, n) of n elements, `energies` (n_points,) in eV/atom. A composition's
    amounts of the vertices are `amounts` times its shares; inside the facet none is below 0.
    """
    from scipy.spatial import ConvexHull

    # Only the lowest at a composition can be a vertex, and none above the plane of the end members
    # if it lies between these.
    _, places = np.unique(shares.round(12), axis=0, return_inverse=True)
    order = np.lexsort([energies, places.ravel()])
    points = order[np.unique(places.ravel()[order], return_index=True)[1]]
    is_corner = (shares[points] == 1).any(axis=1) | (shares[points].min(axis=1) < 0)
    points = np.sort(points[(energies[points] <= 0) | is_corner])
    scale = max(float(np.ptp(energies[points])), 1e-6)
    heights = (energies[points] - energies[points].min()) / scale
    n = shares.shape[1]
    roof = [*np.full(n - 1, 1 / n), heights.max() + ROOF]
    corners = np.vstack([np.column_stack([shares[points, 1:], heights]), roof])
    simplices = ConvexHull(corners, qhull_options="Qt").simplices
    for vertices in sorted(sorted(simplex) for simplex in simplices.tolist()):
        if len(points) in vertices:
            continue
        chosen = points[vertices]
        if abs(np.linalg.det(shares[chosen])) < FLAT:
            continue
        amounts = np.linalg.inv(shares[chosen]).T.astype(np.float64)
        potentials = amounts.T @ energies[chosen]
        if (energies - shares @ potentials).min() >= -TOLERANCE:
            yield chosen, potentials, amounts
