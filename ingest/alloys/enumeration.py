"""Derivative structures: every way to decorate a parent lattice with its species, once.

For each supercell that symmetry does not make equal to an earlier one, every occupation is
tried, and one is kept if no symmetry of the lattice that keeps the supercell turns it into a
smaller number. What a translation leaves as it is repeats in a smaller cell and is dropped
(Hart and Forcade 2008, 10.1103/PhysRevB.77.224115). Their counts take two decorations that
differ by exchange of elements for one; here, as in icet, they are two.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.alloys.parents import find_parent, get_parent, ingest_parents
from ingest.alloys.supercells import supercell_rows
from warehouse.conventions.lattices import (
    IntArray,
    ParentLattice,
    entries_to_hnf,
    hermite_normal_form,
    hnf_to_entries,
    supercell_id,
)
from warehouse.conventions.sites import first_bits, lattice_points, site_indices, supercell_sites
from warehouse.crystals.symmetry import find_symmetry_operations, translate
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked
from warehouse.settings import code_version
from warehouse.storage.commits import Commit, Provenance
from warehouse.storage.store import Store
from warehouse.tables import DerivativeStructures

MOST_OCCUPATIONS = 2**20
"""Of a supercell: every further atom of two elements doubles them and the structures to keep. That
is 20 atoms; three elements make as many of 12, four of 10."""
BITS_AT_ONCE = 12
"""Bits of an occupation that are looked up together."""
ROWS_PER_COMMIT = 250_000
"""Rows of one commit, or a few more."""


@dataclass(frozen=True, eq=False)
class DistinctSupercell:
    """The least of the supercells (3, 3) that symmetry makes equal, and what leaves it alone.

    `is_kept` (n_operations,) tells which operations of the parent map the supercell on itself.
    """

    hnf: IntArray
    n_sites: int
    is_kept: NDArray[np.bool_]


def ingest_derivative_structures(
    store: Store,
    max_atoms: int,
    *,
    parent: str | ParentLattice = "fcc",
    track: Track = untracked,
) -> list[Commit]:
    """Write the derivative structures of `parent` up to `max_atoms` that are not yet there.

    `parent` is a parent lattice, or its name or file. `max_atoms` counts sites of several species,
    vacant ones too, and no inert ones. Supercells are done in batches of one commit
    each; an interrupted run goes on after the last. Raises WarehouseError if there is no such
    parent, or `max_atoms` makes no sense.
    """
    found = find_parent(parent, store) if isinstance(parent, str) else parent
    counts = [n_species for n_species in found.n_species if n_species > 1]
    n_active = len(counts)
    # A tiny bit more, for a logarithm of a power may come out below it.
    largest = int(np.log(MOST_OCCUPATIONS) / np.log(counts).sum() + 1e-9) * n_active
    if not n_active <= max_atoms <= largest:
        kinds = "/".join(map(str, sorted({*counts})))
        told = "" if n_active == len(found.basis) else ", inert sites not counted"
        raise WarehouseError(
            f"derivative structures of {found.name} up to {max_atoms} atoms: wanted {n_active}, "
            f"one primitive cell, to {largest}{told}",
            hint=f"every further atom takes {kinds} times the work and the rows; 12 atoms of "
            "two elements take seconds",
        )
    provenance = Provenance("enumeration", code_version(), {"parent_lattice": found.name})
    commits = [ingest_parents(store, found, provenance=provenance)]
    lattice = get_parent(found.name, store)
    cells = [
        cell
        for n_cells in range(1, max_atoms // n_active + 1)
        for cell in find_distinct_supercells(lattice, n_cells)
    ]
    # Supercells first: a structure never names a supercell that is not there.
    rows = supercell_rows(lattice, (cell.hnf for cell in cells))
    commits.append(store.insert("supercells", rows, provenance=provenance))
    done = set(store.read("derivative_structures")["supercell_id"])
    to_do = [cell for cell in cells if supercell_id(lattice, cell.hnf) not in done]
    batch: list[pl.DataFrame] = [DerivativeStructures.create_empty()]
    for cell in track(to_do, f"derivative structures of {lattice.name}"):
        batch.append(derivative_rows(lattice, cell))
        if sum(map(len, batch)) >= ROWS_PER_COMMIT:
            commits.append(_insert(store, batch, provenance))
            batch = batch[:1]
    return [*commits, _insert(store, batch, provenance)]


def _insert(store: Store, batch: list[pl.DataFrame], provenance: Provenance) -> Commit:
    return store.insert("derivative_structures", pl.concat(batch), provenance=provenance)


def find_distinct_supercells(parent: ParentLattice, n_cells: int) -> Iterator[DistinctSupercell]:
    """The supercells of `n_cells` primitive cells that no symmetry of `parent` makes equal."""
    rotations = find_symmetry_operations(parent).rotations
    seen: set[tuple[int, ...]] = set()
    for entries in _hermite_normal_forms(n_cells):
        if entries not in seen:
            hnf = entries_to_hnf(entries)
            images = [tuple(hnf_to_entries(hermite_normal_form(hnf @ r))) for r in rotations]
            seen.update(images)
            is_kept = np.array([image == entries for image in images])
            yield DistinctSupercell(hnf, n_cells * len(parent.basis), is_kept)


def derivative_rows(parent: ParentLattice, cell: DistinctSupercell) -> pl.DataFrame:
    """Rows of `derivative_structures` whose smallest supercell is `cell`."""
    name = supercell_id(parent, cell.hnf)
    frame = pl.DataFrame({"occupation": find_occupations(parent, cell)}).select(
        pl.format("{}:{}", pl.lit(name), "occupation").alias("decoration_id"),
        pl.lit(parent.name).alias("parent_lattice"),
        pl.lit(name).alias("supercell_id"),
        "occupation",
        pl.lit(cell.n_sites, dtype=pl.Int64).alias("n_sites"),
    )
    return frame.select(DerivativeStructures.column_names())


def find_occupations(parent: ParentLattice, cell: DistinctSupercell) -> IntArray:
    """Distinct occupations (n,) of `cell`, ascending, of which none repeats within the cell."""
    first = first_bits(parent, cell.hnf)
    translations, others = (
        _permute_bits(sites, first) for sites in _site_permutations(parent, cell)
    )
    every = np.zeros(1, dtype=np.int64)
    for start, end in pairwise(first.tolist()):  # The elements of one site after the other.
        of_site = np.array([0, *(1 << bit for bit in range(start, end))])
        every = (of_site[:, None] + every).ravel()
    return _sieve(_sieve(every, translations, np.greater), others, np.greater_equal)


def _sieve(occupations: IntArray, permutations: IntArray, compare: np.ufunc) -> IntArray:
    """Those of `occupations` (n,) whose every image compares with them as wanted.

    `permutations` (n_permutations, n_bits) tell the new number of each bit. An image is
    looked up some bits at a time; each permutation leaves less to look up for the next.
    """
    n_parts = -(-permutations.shape[1] // BITS_AT_ONCE)
    parts = np.array_split(permutations, n_parts, axis=1)
    starts = np.cumsum([0, *(part.shape[1] for part in parts)])
    tables = [_images_of_all(part) for part in parts]
    left = occupations
    for of_parts in zip(*tables, strict=True):
        image = np.zeros_like(left)
        for start, images in zip(starts, of_parts, strict=False):
            image |= images[left >> start & (len(images) - 1)]
        left = left[compare(image, left)]
    return left


def _images_of_all(permutations: IntArray) -> IntArray:
    """Images (n_permutations, 2**n_bits) of every number of some bits."""
    n_bits = permutations.shape[1]
    bits = np.arange(1 << n_bits)[:, None] >> np.arange(n_bits) & 1
    images: IntArray = (np.int64(1) << permutations) @ bits.T
    return images


def _permute_bits(permutations: IntArray, first: IntArray) -> IntArray:
    """New number of each bit (n_permutations, n_bits) from those of each site.

    `first` (n_sites + 1,) are the numbers of the sites' first bits.
    """
    n_bits = np.diff(first)
    site = np.repeat(np.arange(len(n_bits)), n_bits)
    bits: IntArray = first[permutations[:, site]] + np.arange(first[-1]) - first[site]
    return bits


def _site_permutations(parent: ParentLattice, cell: DistinctSupercell) -> tuple[IntArray, IntArray]:
    """What symmetry that maps `cell` on itself does to its sites, (n_permutations, n_sites) each.

    First the translations by lattice vectors but the identity, then all operations.
    """
    operations = find_symmetry_operations(parent)
    sites = supercell_sites(parent, cell.hnf)
    translations = site_indices(cell.hnf, translate(sites, lattice_points(cell.hnf)))
    images = operations.images[cell.is_kept][:, sites[:, 0]]
    images[..., 1:] += sites[:, 1:] @ operations.rotations[cell.is_kept]
    rotations = site_indices(cell.hnf, images)
    return translations[1:], np.unique(translations[:, rotations].reshape(-1, cell.n_sites), axis=0)


def _hermite_normal_forms(n_cells: int) -> list[tuple[int, ...]]:
    """Lower triangles of all supercells of `n_cells` primitive cells, ascending."""
    return sorted(
        (h11, h21, h22, h31, h32, n_cells // (h11 * h22))
        for h11, h22 in product(range(1, n_cells + 1), repeat=2)
        if n_cells % (h11 * h22) == 0
        for h21, h31, h32 in product(range(h11), range(h11), range(h22))
    )
