"""Sixty-four copies of a crystal of several species or sublattices, each as `lanes.py` has them."""

import numpy as np
from numpy.typing import NDArray

from analysis.thermodynamics.engine.copies import Copies, pack_lanes, unpack_lanes
from analysis.thermodynamics.engine.products import N_LANES, Floats, Words
from analysis.thermodynamics.engine.species_moves import exchange_species, swap_species
from analysis.thermodynamics.engine.species_products import count_clusters, make_species_scratch
from analysis.thermodynamics.engine.species_tables import SpeciesCrystal
from warehouse.conventions.lattices import ParentLattice


class SpeciesLanes(Copies):
    """Copies of a crystal of whatever species on whatever sublattices.

    `words` (n_sites, n_planes) have a bit that is 1 where a species is, one word for each but the
    first. Species are swapped within a sublattice; inert sites never move.
    """

    crystal: SpeciesCrystal

    def __init__(
        self,
        crystal: SpeciesCrystal,
        interactions: Floats,
        temperatures: Floats,
        *,
        chemical_potentials: Floats | float = 0.0,
        constants: Floats | float = 0.0,
        seed: int = 0,
        is_heat_bath: bool = False,
    ) -> None:
        """Lay out lanes with the first species on every site.

        Args:
            crystal: The crystal.
            interactions: Effective cluster interactions (n_orbits, 64) in eV, orbits as in
                `crystal.orbits`.
            temperatures: Temperatures (64,) in K.
            chemical_potentials: Of each species less the first on its sublattice (n_shares, 64) in
                eV, sublattice after sublattice.
            constants: Energy of the zerolet (64,) in eV per site.
            seed: Of the random numbers; equal seeds give equal chains.
            is_heat_bath: Whether to accept by the heat bath's rule and not by Metropolis'.

        """
        self.crystal = crystal
        parent, decorated = crystal.parent, crystal.decorated
        n_planes, n_basis = max(parent.n_species) - 1, len(parent.basis)
        self.interactions = np.ascontiguousarray(interactions, dtype=np.float64)
        self._weights = np.ascontiguousarray(decorated.of_orbits.T @ self.interactions)
        per_cell = decorated.constants @ self.interactions
        self.constants = constants * np.full(N_LANES, crystal.n_sites) + crystal.n_cells * per_cell
        self._shares = number_shares(parent)
        n_shares = sum(map(len, dict(zip(parent.sublattices, self._shares, strict=True)).values()))
        self.potentials = np.broadcast_to(chemical_potentials, (n_shares, N_LANES)).astype(float)
        self._base = np.zeros((n_basis, n_planes, N_LANES))
        for basis, shares in enumerate(self._shares):
            alone = self._weights[crystal.tables.points[basis, : len(shares)]]
            self._base[basis, : len(shares)] = alone - self.potentials[shares]
        self.is_heat_bath = is_heat_bath
        self.words: Words = np.zeros((crystal.n_sites, n_planes), dtype=np.uint64)
        self._pools = _find_pools(crystal)
        self._sites = np.random.default_rng([seed, 1])
        self._random = np.random.default_rng([seed, 2]).integers(2**63, size=1, dtype=np.uint64)
        self._scratch = make_species_scratch(crystal.tables)
        self._fields, self._change = np.zeros((n_planes, N_LANES)), np.zeros(N_LANES)
        self._held: Words = np.zeros(n_planes, dtype=np.uint64)
        self.set_temperatures(temperatures)
        self.reset_counts()
        self.measure_energies()

    def fill(self, occupations: NDArray[np.int64]) -> None:
        """Put species on the sites: (n_sites,) for all lanes, or (n_sites, 64) for each its own.

        They count from 0 on each sublattice.
        """
        filled = np.asarray(occupations).reshape(self.crystal.n_sites, -1)
        spread = np.broadcast_to(filled, (self.crystal.n_sites, N_LANES))
        for plane in range(self.words.shape[1]):
            self.words[:, plane] = pack_lanes(spread == plane + 1)
        self.measure_energies()

    def occupations(self) -> NDArray[np.int8]:
        """The species on each site (n_sites, 64) of each lane, from 0 on each sublattice."""
        found = np.zeros((self.crystal.n_sites, N_LANES), dtype=np.int8)
        for plane in range(self.words.shape[1]):
            found[unpack_lanes(self.words[:, plane])] = plane + 1
        return found

    def count_species(self) -> NDArray[np.int64]:
        """Sites (n_shares, 64) of each species but the first, sublattice after sublattice."""
        occupations, n_cells = self.occupations(), self.crystal.n_cells
        counts = np.zeros(self.potentials.shape, dtype=np.int64)
        for basis, shares in enumerate(self._shares):
            on_sites = occupations[basis * n_cells : (basis + 1) * n_cells]
            for plane, share in enumerate(shares):
                counts[share] += (on_sites == plane + 1).sum(axis=0)
        return counts

    def sum_clusters(self) -> Floats:
        """Sum (n_orbits, 64) of the products of point functions over all clusters of each orbit."""
        decorated = self.crystal.decorated
        sums: Floats = decorated.of_orbits @ self._count_clusters()
        return sums + decorated.constants[:, None] * self.crystal.n_cells

    def measure_energies(self) -> None:
        """Make the energies anew from the atoms, which costs what a sweep does."""
        bare = (self._weights * self._count_clusters()).sum(axis=0) + self.constants
        self.energies = bare - (self.potentials * self.count_species()).sum(axis=0)

    def _count_clusters(self) -> NDArray[np.int64]:
        """Clusters (n_kinds, 64) of each kind; each is seen from all of its sites."""
        kinds = self.crystal.decorated.clusters
        sums = np.zeros((len(kinds), N_LANES), dtype=np.int64)
        count_clusters(self.words, self.crystal.tables, self._scratch, sums)
        orders = np.array([clusters.shape[1] for clusters in kinds], dtype=np.int64)
        counts: NDArray[np.int64] = sums // orders[:, None]
        return counts

    def flip(self, n_trials: int) -> None:
        """Try to change the species on `n_trials` active sites, drawn at random, in every lane."""
        numbers, _, _ = self._draw_sites(n_trials)
        n_species = np.array(self.crystal.parent.n_species)[numbers // self.crystal.n_cells]
        self.tried += n_trials
        exchange_species(
            self.words, numbers, self._sites.integers(1, n_species), self.crystal.tables,
            self._base, self._weights, self._betas, self.is_heat_bath, self._random,
            self._scratch, self._fields, self._change, self._held, self.energies, self.accepted,
        )  # fmt: skip

    def swap(self, n_trials: int) -> None:
        """Try to swap the species of `n_trials` pairs of sites of a sublattice, in every lane."""
        numbers, starts, ends = self._draw_sites(n_trials)
        others = self._pools[0][self._sites.integers(starts, ends)]
        swap_species(
            self.words, np.column_stack([numbers, others]), self.crystal.tables, self._base,
            self._weights, self._betas, self.is_heat_bath, self._random, self._scratch,
            self._fields, self._change, self._held, self.energies, self.accepted, self.tried,
        )  # fmt: skip

    def _draw_sites(self, n_trials: int) -> tuple[NDArray[np.int64], ...]:
        """Active sites (n,), and where the sites of their sublattices start and end in the pool."""
        sites, starts, ends = self._pools
        places = self._sites.integers(len(sites), size=n_trials)
        return sites[places], starts[places], ends[places]


def number_shares(parent: ParentLattice) -> list[list[int]]:
    """Of each site of the primitive cell, the numbers of its species but the first.

    Sublattice after sublattice, so that a species has one wherever on its sublattice it sits. They
    are those of the alloy's end members, less one.
    """
    first, total = {}, 0
    for sublattice, n_species in sorted(
        set(zip(parent.sublattices, parent.n_species, strict=True))
    ):
        first[sublattice] = total
        total += n_species - 1
    return [
        list(range(first[sublattice], first[sublattice] + n_species - 1))
        for sublattice, n_species in zip(parent.sublattices, parent.n_species, strict=True)
    ]


def _find_pools(crystal: SpeciesCrystal) -> tuple[NDArray[np.int64], ...]:
    """All active sites (n_active,) by sublattice, and where that of each starts and ends."""
    parent = crystal.parent
    sublattices = np.repeat(parent.sublattices, crystal.n_cells)
    is_active = np.repeat(parent.n_species, crystal.n_cells) > 1
    pools = [
        np.flatnonzero(is_active & (sublattices == number)) for number in sorted(set(sublattices))
    ]
    ends = np.cumsum([len(pool) for pool in pools])
    starts = ends - [len(pool) for pool in pools]
    sizes = [len(pool) for pool in pools]
    return np.concatenate(pools), np.repeat(starts, sizes), np.repeat(ends, sizes)
