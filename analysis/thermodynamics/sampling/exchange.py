"""Replica exchange: neighbours on a ladder of temperatures swap them, or do not.

What is slow when cold is fast when hot: a crystal that walks up the ladder and down again has
forgotten where it came from (Hukushima and Nemoto 1996, 10.1143/JPSJ.65.1604).
"""

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray


class Exchange:
    """Which lane holds which rung of some ladders.

    Attributes:
        lanes: The lane (n_rungs,) that each rung is at.
        accepted: How often (n_rungs,) a rung swapped with the next one since `reset_counts`.
        tried: How often it tried.

    """

    def __init__(self, betas: FloatArray, ladders: NDArray[np.int64], seed: int) -> None:
        """Begin with rung r in lane r.

        Args:
            betas: 1/(k_B T) of each rung (n_rungs,) in 1/eV; neighbours follow one another.
            ladders: Number of the ladder of each rung (n_rungs,).
            seed: Of the random numbers.

        """
        self.lanes = np.arange(len(betas))
        self._steps = np.append(betas[:-1] - betas[1:], 0.0)
        self._has_next = np.append(ladders[:-1] == ladders[1:], False)
        self._place = np.arange(len(betas)) - np.searchsorted(ladders, ladders)
        self._random = np.random.default_rng([seed, 4])
        self._round = 0
        self.reset_counts()

    def reset_counts(self) -> None:
        """Forget how many swaps were tried and accepted."""
        self.accepted = np.zeros(len(self.lanes), dtype=np.int64)
        self.tried = np.zeros(len(self.lanes), dtype=np.int64)

    def swap(self, energies: FloatArray) -> None:
        """Let every other rung swap with the next, by the `energies` of the lanes in eV.

        The odds are those of both crystals where they would be over those where they are.
        """
        rungs = np.flatnonzero(self._has_next & (self._place % 2 == self._round % 2))
        self._round += 1
        here, there = self.lanes[rungs], self.lanes[rungs + 1]
        exponents = self._steps[rungs] * (energies[here] - energies[there])
        chances = np.exp(np.minimum(exponents, 0.0))
        goes = self._random.random(len(rungs)) < chances
        self.tried[rungs] += 1
        self.accepted[rungs[goes]] += 1
        self.lanes[rungs[goes]], self.lanes[rungs[goes] + 1] = there[goes], here[goes]
