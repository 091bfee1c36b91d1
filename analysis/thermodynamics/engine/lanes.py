"""Sixty-four copies of a crystal, each with its own temperature, potential and parameters."""

import numpy as np
from numpy.typing import NDArray

from analysis.thermodynamics.engine.clusters import SimulatedCrystal
from analysis.thermodynamics.engine.moves import flip_sites, swap_sites
from analysis.thermodynamics.engine.products import N_LANES, Floats, Words, make_scratch, sum_spins

BOLTZMANN = 8.617333262e-5
"""eV/K, exact to the digits given (SI 2019)."""


class Lanes:
    """Copies of a crystal that advance together; lane l is bit l of every site's word.

    Attributes:
        crystal: The crystal.
        words: Occupations (n_sites,): a bit is 1 where the second element is.
        energies: Energy (64,) of each copy in eV, less mu N where atoms are exchanged.
        accepted: Moves (64,) that were accepted since the last `reset_counts`.
        tried: Moves (64,) that were tried.

    """

    def __init__(
        self,
        crystal: SimulatedCrystal,
        interactions: Floats,
        temperatures: Floats,
        *,
        chemical_potentials: Floats | float = 0.0,
        constants: Floats | float = 0.0,
        seed: int = 0,
        is_heat_bath: bool = False,
    ) -> None:
        """Lay out lanes in which the second element is nowhere.

        Args:
            crystal: The crystal.
            interactions: Effective cluster interactions (n_orbits, 64) in eV, orbits as in
                `crystal.orbits`.
            temperatures: Temperatures (64,) in K.
            chemical_potentials: Of the second element relative to the first (64,), in eV.
            constants: Energy of the zerolet (64,) in eV per site.
            seed: Of the random numbers; equal seeds give equal chains.
            is_heat_bath: Whether to accept by the heat bath's rule and not by Metropolis'.

        """
        self.crystal = crystal
        self.interactions = np.ascontiguousarray(interactions, dtype=np.float64)
        self.potentials = np.broadcast_to(chemical_potentials, N_LANES).astype(np.float64)
        self.constants = np.broadcast_to(constants, N_LANES) * crystal.n_sites
        self.is_heat_bath = is_heat_bath
        self.words: Words = np.zeros(crystal.n_sites, dtype=np.uint64)
        self._weights = -2.0 * self.interactions
        self._base = crystal.tables.n_clusters @ self.interactions + self.potentials / 2
        self._sites = np.random.default_rng([seed, 1])
        self._random = np.random.default_rng([seed, 2]).integers(2**63, size=1, dtype=np.uint64)
        self._scratch, self._changes = make_scratch(crystal.tables), np.empty((2, N_LANES))
        self.set_temperatures(temperatures)
        self.reset_counts()
        self.measure_energies()

    def set_temperatures(self, temperatures: Floats) -> None:
        """Give the lanes other temperatures (64,) in K; raises ValueError for one not above 0."""
        if not (np.asarray(temperatures) > 0).all():
            raise ValueError("temperatures must be above 0 K")
        self._betas = 1.0 / (BOLTZMANN * np.broadcast_to(temperatures, N_LANES).astype(np.float64))

    def reset_counts(self) -> None:
        """Forget how many moves were tried and accepted."""
        self.accepted = np.zeros(N_LANES, dtype=np.int64)
        self.tried = np.zeros(N_LANES, dtype=np.int64)

    def fill(self, is_second: NDArray[np.bool_]) -> None:
        """Put atoms on the sites: (n_sites,) for all lanes, or (n_sites, 64) for each its own."""
        filled = np.asarray(is_second, dtype=bool).reshape(self.crystal.n_sites, -1)
        spread = np.broadcast_to(filled, (self.crystal.n_sites, N_LANES))
        packed = np.packbits(spread, axis=1, bitorder="little")
        self.words[:] = np.ascontiguousarray(packed).view("<u8").ravel()
        self.measure_energies()

    def take_back(self, which: NDArray[np.bool_], words: Words, energies: Floats) -> None:
        """Give the lanes `which` (64,) the atoms and energies that they had."""
        if which.any():
            mask = np.packbits(which, bitorder="little").view("<u8").astype(np.uint64)[0]
            self.words[:] = (words & mask) | (self.words & ~mask)
            self.energies[which] = energies[which]

    def occupations(self) -> NDArray[np.bool_]:
        """Whether the second element is on each site (n_sites, 64) of each lane."""
        as_bytes = self.words.astype("<u8").view(np.uint8).reshape(-1, 8)
        return np.unpackbits(as_bytes, axis=1, bitorder="little").astype(bool)

    def count_second(self) -> NDArray[np.int64]:
        """Atoms of the second element (64,)."""
        counts: NDArray[np.int64] = self.occupations().sum(axis=0)
        return counts

    def sum_clusters(self) -> NDArray[np.int64]:
        """Sum (n_orbits, 64) of the products of spins over all clusters of each orbit."""
        sums: NDArray[np.int64] = sum_spins(self.words, self.crystal.tables, self._scratch)
        return sums

    def measure_energies(self) -> None:
        """Make the energies anew from the atoms, which costs what a sweep does."""
        bare = (self.interactions * self.sum_clusters()).sum(axis=0) + self.constants
        self.energies = bare - self.potentials * self.count_second()

    def flip(self, n_trials: int) -> None:
        """Try to change the element on `n_trials` sites, drawn at random, in every lane."""
        numbers = self._sites.integers(self.crystal.n_sites, size=n_trials)
        self.tried += n_trials
        flip_sites(
            self.words, numbers, self.crystal.tables, self._base, self._weights, self._betas,
            self.is_heat_bath, self._random, self._scratch, self._changes,
            self.energies, self.accepted,
        )  # fmt: skip

    def swap(self, n_trials: int) -> None:
        """Try to swap the atoms of `n_trials` pairs of sites, drawn at random, in every lane."""
        pairs = self._sites.integers(self.crystal.n_sites, size=(n_trials, 2))
        swap_sites(
            self.words, pairs, self.crystal.tables, self._base, self._weights, self._betas,
            self.is_heat_bath, self._random, self._scratch, self._changes,
            self.energies, self.accepted, self.tried,
        )  # fmt: skip
