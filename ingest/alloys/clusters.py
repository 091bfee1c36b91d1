"""The clusters of supercells as bit masks, from which SQL computes correlations.

A mask has the bits of a cluster's sites; a site that a cluster meets twice cancels, as a spin
squared is 1. Since every translation of a cluster is a row, a weighted mean over the masks of
an orbit is its correlation in any structure on that supercell.

Sign of a correlation: the spin of a site is +1 where the occupation's bit is 0 and -1 where
it is 1. In icet the lighter of two elements has the spin -1. Our cluster vector is icet's
where the second element in alphabetical order is the lighter one, as in Au-Cu, and icet's
times (-1)^order where it is the heavier one, as in Ag-Au.
"""

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
import polars as pl

from ingest.alloys.cluster_spaces import DEFAULT_CUTOFFS, ClusterSpace, build_cluster_space
from ingest.alloys.lattice import (
    IntArray,
    entries_to_hnf,
    lattice_points,
    site_indices,
)
from ingest.alloys.parents import get_parent
from warehouse.commits import Commit, Provenance
from warehouse.progress import Track, untracked
from warehouse.store import Store
from warehouse.tables import SupercellClusters


def ingest_clusters(
    store: Store,
    cutoffs: Sequence[float] | None = None,
    *,
    parent: str = "fcc",
    track: Track = untracked,
) -> list[Commit]:
    """Write the orbits of a cluster space, and its masks for the supercells that lack them.

    Masks are kept as they are unless the orbits they belong to have changed. Raises
    WarehouseError if the cutoffs or the parent make no sense.
    """
    space = build_cluster_space(
        get_parent(parent, store), DEFAULT_CUTOFFS if cutoffs is None else cutoffs
    )
    in_space = pl.col("cluster_space_id") == space.cluster_space_id
    scope = {"cluster_space_id": space.cluster_space_id}
    provenance = Provenance("icet", version("icet"), {"parent_lattice": parent, **scope})

    supercells = store.read("supercells").filter(pl.col("parent_lattice") == parent)
    if store.read("orbits").filter(in_space).equals(space.orbits):
        done = store.read("supercell_clusters").filter(in_space).select("supercell_id").unique()
        masks = build_masks(space, supercells.join(done, on="supercell_id", how="anti"), track)
        commit = store.insert("supercell_clusters", masks, provenance=provenance)
    else:
        masks = build_masks(space, supercells, track)
        commit = store.replace("supercell_clusters", masks, scope=scope, provenance=provenance)
    # Orbits last: an interrupted run leaves them as they were, and the next one starts anew.
    return [commit, store.replace("orbits", space.orbits, scope=scope, provenance=provenance)]


def build_masks(
    space: ClusterSpace, supercells: pl.DataFrame, track: Track = untracked
) -> pl.DataFrame:
    """Rows of `supercell_clusters` for every row of `supercells`.

    The weights of an orbit in a supercell add up to its multiplicity times the number of
    primitive cells.
    """
    frames = [
        _count_masks(space, entries_to_hnf(row["hermite_normal_form"])).with_columns(
            cluster_space_id=pl.lit(space.cluster_space_id),
            supercell_id=pl.lit(row["supercell_id"]),
        )
        for row in track(supercells.rows(named=True), f"clusters of {space.cluster_space_id}")
    ]
    schema = SupercellClusters.create_empty().schema
    return pl.concat([pl.DataFrame(schema=schema), *(f.select(schema.names()) for f in frames)])


def _count_masks(space: ClusterSpace, hnf: IntArray) -> pl.DataFrame:
    """Distinct masks of each orbit in one supercell and how often they occur.

    A cluster in each of the supercell's n primitive cells is the exclusive or of its sites'
    bits; the last row of `bits` (n_sites + 1, n) is 0 and stands for "no site".
    """
    n_cells = int(np.prod(np.diag(hnf)))
    moved = np.repeat(space.sites[:, None, :], n_cells, axis=1)
    moved[..., 1:] += lattice_points(hnf)
    bits = np.zeros((len(space.sites) + 1, n_cells), dtype=np.int64)
    bits[:-1] = np.int64(1) << site_indices(hnf, moved)
    masks = np.bitwise_xor.reduce(bits[space.members], axis=1)
    frame = pl.DataFrame(
        {"orbit_index": np.repeat(space.orbit_index, n_cells), "site_mask": masks.ravel()}
    )
    return frame.group_by("orbit_index", "site_mask").agg(weight=pl.len().cast(pl.Int64))
