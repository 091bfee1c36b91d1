"""What 64 copies of a crystal have in common, whatever sits on its sites."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.thermodynamics.engine.clusters import SimulatedCrystal
from analysis.thermodynamics.engine.products import N_LANES, Floats, Words

BOLTZMANN = 8.617333262e-5
"""eV/K, exact to the digits given (SI 2019)."""


class Copies(ABC):
    """Copies of a crystal that advance together; lane l is bit l of every word.

    Attributes:
        crystal: The crystal.
        words: Occupations, as the kind of crystal has them.
        energies: Energy (64,) of each copy in eV, less mu N where atoms are exchanged.
        accepted: Moves (64,) that were accepted since the last `reset_counts`.
        tried: Moves (64,) that were tried.

    """

    crystal: SimulatedCrystal
    words: Words
    energies: Floats

    def set_temperatures(self, temperatures: Floats) -> None:
        """Give the lanes other temperatures (64,) in K; raises ValueError for one not above 0."""
        if not (np.asarray(temperatures) > 0).all():
            raise ValueError("temperatures must be above 0 K")
        self._betas = 1.0 / (BOLTZMANN * np.broadcast_to(temperatures, N_LANES).astype(np.float64))

    def reset_counts(self) -> None:
        """Forget how many moves were tried and accepted."""
        self.accepted = np.zeros(N_LANES, dtype=np.int64)
        self.tried = np.zeros(N_LANES, dtype=np.int64)

    def take_back(self, which: NDArray[np.bool_], words: Words, energies: Floats) -> None:
        """Give the lanes `which` (64,) the atoms and energies that they had."""
        if which.any():
            mask = np.packbits(which, bitorder="little").view("<u8").astype(np.uint64)[0]
            self.words[:] = (words & mask) | (self.words & ~mask)
            self.energies[which] = energies[which]

    @abstractmethod
    def fill(self, occupations: NDArray[Any]) -> None:
        """Put atoms on the sites: (n_sites,) for all lanes, or (n_sites, 64) for each its own."""

    @abstractmethod
    def occupations(self) -> NDArray[Any]:
        """What is on each site (n_sites, 64) of each lane."""

    @abstractmethod
    def count_species(self) -> NDArray[np.int64]:
        """Atoms of the second species (64,), or of each but the first (n_shares, 64)."""

    @abstractmethod
    def sum_clusters(self) -> NDArray[Any]:
        """Sum (n_orbits, 64) of the products of point functions over all clusters of each orbit."""

    @abstractmethod
    def measure_energies(self) -> None:
        """Make the energies anew from the atoms, which costs what a sweep does."""

    @abstractmethod
    def flip(self, n_trials: int) -> None:
        """Try to change the species on `n_trials` sites, drawn at random, in every lane."""

    @abstractmethod
    def swap(self, n_trials: int) -> None:
        """Try to swap the species of `n_trials` pairs of sites, drawn at random, in every lane."""


def pack_lanes(bits: NDArray[np.bool_]) -> Words:
    """Words (n_sites,) of bits (n_sites, 64), one to each lane."""
    packed = np.packbits(bits, axis=1, bitorder="little")
    words: Words = np.ascontiguousarray(packed).view("<u8").ravel()
    return words


def unpack_lanes(words: Words) -> NDArray[np.bool_]:
    """Bits (n_sites, 64) of words (n_sites,)."""
    as_bytes = np.ascontiguousarray(words).astype("<u8").view(np.uint8).reshape(-1, 8)
    return np.unpackbits(as_bytes, axis=1, bitorder="little").astype(bool)
