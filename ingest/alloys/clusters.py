"""The clusters of supercells as bit masks, from which SQL computes correlations.

A mask has the bits of a cluster's sites; a site that a cluster meets twice cancels, as a spin
squared is 1. Since every translation of a cluster counts, a weighted mean over the masks of
an orbit is its correlation in any structure on that supercell.

Many orbits share a mask, and masks that symmetry makes equal count equally in each of them.
Such masks form a class. So a structure looks once at each mask (some 700 in a supercell of twelve
sites), and its correlations are weighted sums over the classes (some 35), not over every pair
of orbit and mask (some 25,000 in the default space of fcc).

Where more than two species may sit on a site, its bits are indicators instead of spins: a mask has
all bits of a cluster's sites, one bit of each, and counts where the occupation has all of them. Two
bits of one site never meet, so there are fewer such masks than products of spins.

Sign of a correlation: the spin of a site is +1 where the occupation's bit is 0 and -1 where
it is 1. In icet the lighter of two elements has the spin -1. Our cluster vector is icet's
where the second element in alphabetical order is the lighter one, as in Au-Cu, and icet's
times (-1)^order where it is the heavier one, as in Ag-Au.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from itertools import pairwise

import numpy as np
import polars as pl

from ingest.alloys.cluster_spaces import ClusterSpace, build_cluster_space
from ingest.alloys.parents import get_parent
from ingest.alloys.translations import list_translations, needs_translations
from warehouse.conventions.cluster_spaces import ClusterSpaceName, default_cutoffs
from warehouse.conventions.lattices import IntArray, ParentLattice, entries_to_hnf
from warehouse.conventions.sites import first_bits, lattice_points, site_indices
from warehouse.progress import Track, untracked
from warehouse.storage.commits import Commit, Provenance, Scope
from warehouse.storage.locks import hold_lock
from warehouse.storage.store import Store
from warehouse.tables import SupercellMasks, SupercellOrbits


def ingest_clusters(
    store: Store,
    cutoffs: Sequence[float] | None = None,
    *,
    parent: str | None = None,
    track: Track = untracked,
) -> list[Commit]:
    """Write the orbits of a cluster space, and its masks for the supercells that lack them.

    Without a `parent`, each one that has supercells gets its space; without `cutoffs`, the
    default space and all that the warehouse holds are brought up to date. Masks are kept as
    they are unless the orbits they belong to have changed. Raises WarehouseError if the cutoffs
    or the parent make no sense.
    """
    parents = store.read("supercells")["parent_lattice"].unique().sort().to_list() or ["fcc"]
    commits = []
    for name in parents if parent is None else [parent]:
        lattice = get_parent(name, store)
        for chosen in _known_cutoffs(store, lattice) if cutoffs is None else [cutoffs]:
            space = build_cluster_space(lattice, chosen)
            with hold_lock(store.warehouse.lock(f"clusters-{space.cluster_space_id}")):
                commits += _ingest_space(store, space, track)
    return commits


def _known_cutoffs(store: Store, parent: ParentLattice) -> list[tuple[float, ...]]:
    """The default cutoffs, then those of the other spaces of `parent` in the warehouse."""
    spaces = store.read("orbits")["cluster_space_id"].unique().sort()
    named = map(ClusterSpaceName.parse, spaces)
    held = [name.cutoffs for name in named if name.parent == parent.name]
    return list(dict.fromkeys([default_cutoffs(parent), *held]))


def _ingest_space(store: Store, space: ClusterSpace, track: Track) -> list[Commit]:
    """Bring one cluster space up to date with the supercells of its parent.

    Readers join masks to orbits by the digest. So what changed orbits give is written beside the
    old, then one commit switches to the new orbits, then the old goes. Masks of a supercell come
    last: it is done when they are there, and an interrupted run is made good by the next one.
    """
    scope = {"cluster_space_id": space.cluster_space_id}
    told = {"orbits_digest": _digest(space.orbits)}
    provenance = Provenance("icet", version("icet"), {"parent_lattice": space.parent.name, **scope})
    digest = pl.lit(told["orbits_digest"])
    space_orbits = space.orbits.with_columns(orbits_digest=digest)
    supercells = store.read("supercells").filter(pl.col("parent_lattice") == space.parent.name)
    is_known = store.read("orbits").filter(**scope).equals(space_orbits)
    if is_known:
        done = store.read("supercell_masks").filter(**scope, **told)
        _drop_unfinished(store, scope | told, done, provenance)
        supercells = supercells.join(done, on="supercell_id", how="anti")
    masks, orbits = build_clusters(space, supercells, track)
    frames = {
        "supercell_orbits": orbits.with_columns(orbits_digest=digest),
        "supercell_masks": masks.with_columns(orbits_digest=digest),
    }
    if is_known:
        added = [store.insert(table, rows, provenance=provenance) for table, rows in frames.items()]
    else:
        added = [
            store.replace(table, rows, scope=scope | told, provenance=provenance)
            for table, rows in frames.items()
        ]
    switched = store.replace("orbits", space_orbits, scope=scope, provenance=provenance)
    left = [store.keep(table, scope, scope | told, provenance=provenance) for table in frames]
    return [
        *(
            replace(last, n_rows=commit.n_rows, is_new=commit.is_new or last.is_new)
            for commit, last in zip(added, left, strict=True)
        ),
        switched,
    ]


def _drop_unfinished(
    store: Store, scope: Scope, done: pl.DataFrame, provenance: Provenance
) -> None:
    """Drop the orbits of supercells without masks: a run was stopped between the two."""
    held = store.read("supercell_orbits").filter(**scope)
    whole = held.join(done, on="supercell_id", how="semi")
    if whole.height < held.height:
        store.replace("supercell_orbits", whole, scope=scope, provenance=provenance)


def _digest(orbits: pl.DataFrame) -> str:
    """What tells the orbits of a cluster space from others."""
    rows = orbits.drop("orbits_digest", strict=False)
    rows = rows.drop(name for name in rows.columns if rows[name].is_null().all())
    return hashlib.sha256(rows.write_ndjson().encode()).hexdigest()


def build_clusters(
    space: ClusterSpace, supercells: pl.DataFrame, track: Track = untracked
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `supercell_masks` and of `supercell_orbits` for every row of `supercells`.

    Which orbits they were made from is told by who writes them.
    """
    rows = []
    for supercell in track(supercells.rows(named=True), f"clusters of {space.cluster_space_id}"):
        hnf = entries_to_hnf(supercell["hermite_normal_form"])
        counts_spins = space.parent.is_binary and not needs_translations(space, hnf)
        if needs_translations(space, hnf):
            counted = list_translations(space, hnf)
            weights = np.eye(space.orbits.height, dtype=np.int64)[:, 1:]
        else:
            classes, weights = find_mask_classes(space, hnf)
            counted = {"site_masks": classes}
        rows.append(
            {
                "cluster_space_id": space.cluster_space_id,
                "supercell_id": supercell["supercell_id"],
                "counts_spins": counts_spins,
                "orbit_index": range(len(weights)),
                **counted,
                **_tell_weights(space, hnf, weights, counts_spins),
            }
        )
    of_masks = SupercellMasks.create_empty().drop("orbits_digest")
    of_orbits = SupercellOrbits.create_empty().drop("orbits_digest")
    by_orbit = [name for name in of_orbits.columns if name not in of_masks.columns]
    schema = {**of_masks.schema, **{name: pl.List(of_orbits.schema[name]) for name in by_orbit}}
    frame = pl.DataFrame(rows, schema=schema)
    return frame.select(of_masks.columns), frame.select(of_orbits.columns).explode(by_orbit)


def _tell_weights(
    space: ClusterSpace, hnf: IntArray, weights: IntArray, counts_spins: bool
) -> dict[str, list[object] | list[None]]:
    """Columns of `supercell_orbits` from the weights (n_orbits, n_classes) of classes of masks.

    Where products of indicators are counted instead of spins, what one adds to an orbit is what all
    the orbits of indicators have of it that its products are sums of.
    """
    n_clusters = space.orbits["multiplicity"].to_numpy() * int(np.prod(np.diag(hnf)))
    untold: list[None] = [None] * len(n_clusters)
    told = {"n_clusters": n_clusters.tolist(), "weights": weights.tolist()}
    if counts_spins:
        return {**told, "species_weights": untold, "first_correlation": untold}
    # The zerolet, which is always there, is counted as the correlation of the first species.
    shares = (weights / n_clusters[:, None])[1:]
    sums = space.indicator_sums[:, 1:] @ shares * n_clusters[:, None]
    first = space.indicator_sums[:, [0]].toarray()[:, 0]
    return {
        **told,
        "weights": untold,
        "species_weights": sums.tolist(),
        "first_correlation": first.tolist(),
    }


def find_mask_classes(space: ClusterSpace, hnf: IntArray) -> tuple[list[list[int]], IntArray]:
    """Classes of masks in one supercell, and how often each orbit meets a mask of each class.

    The weights (n_orbits, n_classes) of an orbit, times the number of masks in each class, add
    up to its multiplicity times the number of primitive cells, but for what two species on one site
    would have. Translations of a mask count as it does, so only the lowest of them is counted.
    """
    masks, orbit_index = _place_clusters(space, hnf)
    lowest, first, inverse = np.unique(masks.min(axis=1), return_index=True, return_inverse=True)
    n_orbits, n_lowest = space.orbits.height, len(lowest)
    pairs = inverse * n_orbits + orbit_index
    counts = np.bincount(pairs, minlength=n_lowest * n_orbits).reshape(n_lowest, n_orbits)
    # A mask that some translations leave as it is stands so often in its row.
    moved = np.sort(masks[first], axis=1)
    counts *= (moved == moved[:, :1]).sum(axis=1)[:, None]
    is_new = np.diff(moved, axis=1, prepend=-1) != 0
    classes: dict[bytes, list[int]] = {}
    for by_orbit, row, new in zip(counts, moved, is_new, strict=True):
        classes.setdefault(by_orbit.tobytes(), []).extend(row[new].tolist())
    weights = np.array([np.frombuffer(by_orbit, counts.dtype) for by_orbit in classes]).T
    return [sorted(of_class) for of_class in classes.values()], weights


def _place_clusters(space: ClusterSpace, hnf: IntArray) -> tuple[IntArray, IntArray]:
    """Masks (n_clusters, n_cells) of each cluster in each primitive cell of a supercell.

    A mask is the exclusive or of the bits of its sites where these are spins, and where they are
    indicators all of them; clusters that would have two species on one site are then left out. The
    second array has the orbit of each cluster. The last row of `bits` (n_sites + 1, n_cells) is 0
    and stands for "no site".
    """
    n_cells = int(np.prod(np.diag(hnf)))
    moved = np.repeat(space.sites[:, None, :4], n_cells, axis=1)
    moved[..., 1:] += lattice_points(hnf)
    first = first_bits(space.parent, hnf)
    bits = np.zeros((len(space.sites) + 1, n_cells), dtype=np.int64)
    bits[:-1] = np.int64(1) << (first[site_indices(hnf, moved)] + space.sites[:, None, 4])
    join = np.bitwise_xor if space.parent.is_binary else np.bitwise_or
    masks: IntArray = join.reduce(bits[space.members], axis=1)
    if space.parent.is_binary:
        return masks, space.orbit_index
    is_possible = np.ones(len(masks), dtype=bool)
    for start, end in pairwise(first.tolist()):
        of_site = masks[:, 0] & ((1 << end) - (1 << start))
        is_possible &= (of_site & (of_site - 1)) == 0
    return masks[is_possible], space.orbit_index[is_possible]
