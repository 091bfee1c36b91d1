"""The convex hull of an alloy's formation energies, for any number of elements, as its facets.

SQL finds a structure's energy above the hull, and what it falls apart into, with two inner
products: see `marts.decompositions`.
"""

from typing import Any

import numpy as np
import polars as pl

from ingest.alloys.references import measure_shares
from warehouse.conventions.alloys import VACANCY, Alloy
from warehouse.conventions.lattices import ParentLattice
from warehouse.crystals.facets import find_facets
from warehouse.tables import HullFacets

NO_ATOM = "no atom"
"""What stands for the lattice without any atom, which is no structure, among vertices."""


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
