"""The convex hull of an alloy's formation energies, for any number of elements, as its facets.

Over the compositions of n elements the hull's lower side consists of simplices, each between n
structures. The plane through one is the sum of the elements' shares, each times a chemical
potential; no structure lies below any of the planes. So SQL finds a structure's energy above the
hull, and what it falls apart into, with two inner products: see `marts.decompositions`.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.alloys.references import measure_shares
from warehouse.conventions.alloys import VACANCY, Alloy
from warehouse.conventions.lattices import FloatArray, ParentLattice
from warehouse.tables import HullFacets

ROOF = 1.0
"""How far above all others the point lies that gives any hull a volume; in scaled energies."""
FLAT = 1e-13
"""Compositions whose determinant is less are of a facet without extent, or of a vertical one: that
of five elements in cells of 128 atoms is 0 or at least 128**-5."""
NO_ATOM = "no atom"
"""What stands for the lattice without any atom, which is no structure, among vertices."""
TOLERANCE = 1e-9
"""eV/atom: a structure that is less below a plane is on it."""


def find_hulls(
    alloy: Alloy, structures: pl.DataFrame, mappings: pl.DataFrame, parent: ParentLattice
) -> pl.DataFrame:
    """Facets of the hulls of each source's mapped `structures`, as rows of `hull_facets`.

    `structures` are rows of `alloy_structures`, `mappings` of `lattice_mappings`, both of `alloy`.
    A source that lacks an end member on the parent lattice has no hull.
    """
    decorations = mappings.select("structure_id", "site_species")
    mapped = structures.join(decorations, on="structure_id").sort("structure_id")
    rows: list[dict[str, Any]] = []
    for (source,), own in mapped.group_by("source", maintain_order=True):
        shares, n_sites = measure_shares(own, alloy, parent)
        energies = own["total_energy"].to_numpy() / n_sites
        is_inside = shares.min(axis=1) >= 0
        pure = [energies[is_inside & (share == 1)].min(initial=np.inf) for share in shares.T]
        names = own["structure_id"].to_list()
        if {*alloy.end_members[0]} == {VACANCY}:
            pure[0] = 0.0
            shares = np.vstack([shares, np.eye(len(pure))[0]])
            energies, names = np.append(energies, 0.0), [*names, NO_ATOM]
        if not np.isfinite(pure).all():
            continue
        facets = find_facets(shares, energies - shares @ pure)
        rows += [
            {
                "alloy": alloy.name,
                "source": source,
                "facet_index": index,
                "vertices": [names[vertex] for vertex in vertices],
                "chemical_potentials": potentials.tolist(),
                "amounts": amounts.tolist(),
            }
            for index, (vertices, potentials, amounts) in enumerate(facets)
        ]
    return pl.DataFrame(rows, schema=HullFacets.create_empty().drop("structures_digest").schema)


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
