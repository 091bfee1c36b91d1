"""Chains of a simulation: crystals cooled from disorder and heated from order, 64 at a time.

A chain stays in the phase that it starts with: a sweep after which an ordered crystal is ordered no
more, or a disordered one is, in whatever structure, is taken back. Sweeps are reversible, so this
samples the phase alone, as Boltzmann weighs it (a Metropolis step to where the weight is zero).
What share of the sweeps is taken back tells whether the phase would last by itself.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.thermodynamics.cells import find_variants
from analysis.thermodynamics.data import SimulatedModel
from analysis.thermodynamics.engine.choice import lay_out_lanes
from analysis.thermodynamics.engine.clusters import SimulatedCrystal
from analysis.thermodynamics.engine.copies import Copies
from analysis.thermodynamics.engine.lanes import Lanes
from analysis.thermodynamics.engine.products import N_LANES
from analysis.thermodynamics.sampling.exchange import Exchange
from analysis.thermodynamics.sampling.ladders import Batch, Ladder, beta
from analysis.thermodynamics.sampling.order import (
    ORDERED,
    WAVES_PER_SITE,
    count_waves,
    measure_order,
)
from analysis.thermodynamics.settings import MonteCarloSettings

RAMP = 0.7
"""Share of the equilibration in which temperatures rise or fall; the rest is spent at the goal."""

SITES_PER_MEND = 128
"""Sites for each of which a sweep tries once to make or mend a pair of defects."""

FEWEST_SITES = 200
"""Sites below which waves are too few to tell order from chance."""


class Chains:
    """The chains of a batch: rung r of its ladders, in whichever lane it is.

    Attributes:
        lanes: The crystals.
        exchange: Which lane each rung is in.
        rungs: Number of the ladder (n_rungs,) of each rung.
        temperatures: Of each rung (n_rungs,), in K.
        orders: Order parameter of each lane (64,) after the last sweep.
        escaped: Whether the last sweep of each lane (64,) was taken back.
        n_sweeps: Sweeps so far.

    """

    def __init__(
        self,
        batch: Batch,
        expansion: SimulatedModel,
        crystal: SimulatedCrystal,
        settings: MonteCarloSettings,
        names: Sequence[str],
    ) -> None:
        """Fill the lanes of `batch`; `names` are the decorations of the phases that are known."""
        self.batch, self.crystal, self.settings = batch, crystal, settings
        ladders = batch.ladders
        self.rungs = np.repeat(np.arange(len(ladders)), [len(one.temperatures) for one in ladders])
        self.temperatures = np.concatenate([ladder.temperatures for ladder in ladders])
        self.exchange = Exchange(beta(self.temperatures), self.rungs, batch.seed)
        self._ladders = np.pad(self.rungs, (0, N_LANES - len(self.rungs)), mode="edge")
        starts = np.array([ladder.start == "ordered" for ladder in ladders])
        self._is_ordered = starts[self._ladders]
        self._has_phases = np.array([bool(one.phases) for one in ladders])[self._ladders]
        self._variants = {
            phase: find_variants(crystal.parent, crystal.hnf, names[phase])
            for ladder in ladders
            for phase in ladder.phases
        }
        self._sublattices = np.repeat(crystal.parent.sublattices, crystal.n_cells)
        self.lanes = self._fill(expansion)
        self.orders, self._is_seen_ordered = self._measure_orders()
        self.escaped = np.zeros(N_LANES, dtype=bool)
        self.n_sweeps = 0

    def _fill(self, expansion: SimulatedModel) -> Copies:
        """Lanes of the batch; those that are not needed repeat the last one."""
        crystal, ladders = self.crystal, self.batch.ladders
        draws = np.array([ladder.draw for ladder in ladders])[self._ladders]
        potentials = np.array([ladder.chemical_potential or 0.0 for ladder in ladders])
        kept = expansion.orbits["orbit_index"].is_in(crystal.orbits["orbit_index"].implode())
        lanes = lay_out_lanes(
            crystal,
            expansion.interactions[kept.to_numpy()][:, draws],
            self._widen(self.temperatures),
            chemical_potentials=potentials[self._ladders],
            constants=expansion.parameters[0, draws],
            seed=self.batch.seed,
        )
        rng = np.random.default_rng([self.batch.seed, 3])
        filled = np.concatenate(
            [
                ladder.filling.arrange(crystal.parent, rng, int((self._ladders == number).sum()))
                for number, ladder in enumerate(ladders)
            ],
            axis=1,
        )
        for number, ladder in enumerate(ladders):
            if ladder.start == "ordered":
                filled[:, self._ladders == number] = self._variants[ladder.phases[0]][0][:, None]
        lanes.fill(filled)
        self._references = lanes.words.copy()
        return lanes

    def advance(self) -> None:
        """Try as many sites as there are in every lane; none leaves its phase."""
        words, energies = self.lanes.words.copy(), self.lanes.energies.copy()
        orders, was_ordered = self.orders, self._is_seen_ordered
        if self.settings.is_semi_grand:
            self.lanes.flip(self.crystal.n_active)
        else:
            # Before and after, so that a sweep is the same backwards.
            self._mend()
            self.lanes.swap(self.crystal.n_active // 2)
            self._mend()
        self.orders, self._is_seen_ordered = self._measure_orders()
        # One that starts on the wrong side, as small crystals may at random, may stay there.
        self.escaped = (self._is_seen_ordered != self._is_ordered) & (
            was_ordered == self._is_ordered
        )
        self.lanes.take_back(self.escaped, words, energies)
        self.orders[self.escaped] = orders[self.escaped]
        self._is_seen_ordered[self.escaped] = was_ordered[self.escaped]
        self.n_sweeps += 1

    def _mend(self) -> None:
        """Make and mend defects of the crystals that start from order; of two elements alone."""
        if isinstance(self.lanes, Lanes):
            n_trials = max(round(self.crystal.n_sites / SITES_PER_MEND / 2), 1)
            self.lanes.mend(self._references, self._is_ordered, n_trials)

    def equilibrate(self) -> None:
        """Heat or cool every chain to its temperature, all of a start at the same rate."""
        first, last, _ = self.settings.temperatures
        goal, n_sweeps = self._widen(self.temperatures), self.settings.equilibration
        n_ramp = round(RAMP * n_sweeps)
        for sweep in range(n_sweeps):
            if sweep < n_ramp:
                rise = sweep / n_ramp * (last - first)
                heated, cooled = np.minimum(goal, first + rise), np.maximum(goal, last - rise)
                self.lanes.set_temperatures(np.where(self._is_ordered, heated, cooled))
            self.advance()
            if sweep >= n_ramp - 1:
                self.swap_rungs()
        self.lanes.measure_energies()

    def swap_rungs(self) -> None:
        """Exchange crystals between neighbours on a ladder."""
        self.exchange.swap(self.lanes.energies)
        goal = np.full(N_LANES, self.temperatures[-1])
        goal[self.exchange.lanes] = self.temperatures
        self.lanes.set_temperatures(goal)

    def _measure_orders(self) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Long-range order of each lane (64,), in that phase of its ladder that fits best.

        And whether it counts as ordered (64,): those that start from disorder also if their few
        waves are of no phase that is known.
        """
        occupations, found = self.lanes.occupations(), np.zeros(N_LANES)
        for phases in {ladder.phases for ladder in self.batch.ladders}:
            of = np.array([ladder.phases == phases for ladder in self.batch.ladders])[self._ladders]
            for phase in phases:
                orders = measure_order(occupations[:, of], self._variants[phase], self._sublattices)
                found[of] = np.maximum(found[of], orders)
        is_ordered = found >= ORDERED
        watched = ~self._is_ordered & ~is_ordered & self._has_phases
        if self.crystal.n_active >= FEWEST_SITES and watched.any():
            waves = count_waves(occupations[:, watched], self.crystal.parent.sublattices)
            is_ordered[watched] = waves <= WAVES_PER_SITE * self.crystal.n_active
        return found, is_ordered

    def _widen(self, values: FloatArray) -> FloatArray:
        return np.pad(values, (0, N_LANES - len(values)), mode="edge")

    def rungs_of(self, ladder: Ladder) -> NDArray[np.int64]:
        """Rungs of a ladder, from the end at which its phase starts: cold, or infinitely hot."""
        rungs = np.flatnonzero(self.rungs == self.batch.ladders.index(ladder))
        return rungs if ladder.start == "ordered" else rungs[::-1]
