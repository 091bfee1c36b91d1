"""Sixty-four copies of a crystal, each with its own temperature, potential and parameters."""

import numpy as np
from numpy.typing import NDArray

from analysis.thermodynamics.engine.clusters import SpinCrystal
from analysis.thermodynamics.engine.copies import Copies, pack_lanes, unpack_lanes
from analysis.thermodynamics.engine.mending import mend_sites
from analysis.thermodynamics.engine.moves import flip_sites, swap_sites
from analysis.thermodynamics.engine.products import N_LANES, Floats, Words, make_scratch, sum_spins


class Lanes(Copies):
    """Copies of a crystal of two elements; lane l is bit l of every site's word.

    `words` (n_sites,) have a bit that is 1 where the second element is.
    """

    crystal: SpinCrystal

    def __init__(
        self,
        crystal: SpinCrystal,
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

    def fill(self, is_second: NDArray[np.bool_]) -> None:
        """Put atoms on the sites: (n_sites,) for all lanes, or (n_sites, 64) for each its own."""
        filled = np.asarray(is_second, dtype=bool).reshape(self.crystal.n_sites, -1)
        spread = np.broadcast_to(filled, (self.crystal.n_sites, N_LANES))
        self.words[:] = pack_lanes(spread)
        self.measure_energies()

    def occupations(self) -> NDArray[np.bool_]:
        """Whether the second element is on each site (n_sites, 64) of each lane."""
        return unpack_lanes(self.words)

    def count_species(self) -> NDArray[np.int64]:
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
        self.energies = bare - self.potentials * self.count_species()

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

    def mend(self, references: Words, which: NDArray[np.bool_], n_trials: int) -> None:
        """Try to make or mend `n_trials` pairs of defects in each of the lanes `which` (64,).

        Defects are sites without the atom that `references` (n_sites,) have there, as `pack_lanes`
        gives them.
        """
        counts = np.empty((2, 2, len(self.crystal.parent.basis), N_LANES), dtype=np.int64)
        mend_sites(
            self.words, references, pack_lanes(which[None, :])[0], n_trials, self.crystal.tables,
            self._base, self._weights, self._betas, self._random, self._scratch, self._changes,
            self.energies, counts,
        )  # fmt: skip
