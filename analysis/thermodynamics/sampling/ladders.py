"""What is simulated: ladders of temperatures, each of one phase, packed into the engine's lanes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.datasets import FloatArray
from analysis.thermodynamics.engine.copies import BOLTZMANN
from analysis.thermodynamics.engine.products import N_LANES
from analysis.thermodynamics.fillings import Filling
from analysis.thermodynamics.phases import EQUAL, KnownPhases, lower_hulls
from warehouse.errors import WarehouseError

Start = Literal["ordered", "disordered"]
HOTTER = 8
"""Simulations between the highest temperature and an infinite one, from which a free energy is
integrated, equally far apart in 1/T."""
INFINITE = 1e9
"""K: as good as infinite."""
RIVAL = 0.005
"""eV/atom above the ordered structure: others as near as this count as order, too, where the
disordered phase is kept from ordering."""
MARGIN = 0.005
"""eV/atom: a phase is simulated at chemical potentials at which it lies no further above the lowest
one, since entropy may favour it."""


MANY = 9
"""Temperatures or chemical potentials of a diagram of which draws have every second one."""


@dataclass(frozen=True, eq=False)
class Ladder:
    """Chains of one phase of one set of parameters, at temperatures that follow one another.

    Attributes:
        start: What they start from: the ordered structure, or disorder.
        phases: Numbers of ordered structures, among those that are known: the one that is heated,
            or all of those that the disordered phase must not turn into.
        draw: Column of the parameters: 0 is the fit, others are draws.
        temperatures: In K, the lowest first.
        filling: Its composition, or where that is free that of the crystals that are cooled.
        chemical_potential: Of the second element less the first, in eV; None at fixed composition.

    """

    start: Start
    phases: tuple[int, ...]
    draw: int
    temperatures: FloatArray
    filling: Filling
    chemical_potential: float | None = None


@dataclass(frozen=True, eq=False)
class Batch:
    """Ladders of 64 chains at most, which run together; `seed` is that of their random numbers."""

    ladders: tuple[Ladder, ...]
    seed: int

    @property
    def n_chains(self) -> int:
        """Chains of all ladders."""
        return sum(len(ladder.temperatures) for ladder in self.ladders)


def list_temperatures(first: float, last: float, step: float) -> FloatArray:
    """Temperatures in K from `first` to `last`."""
    n_steps = math.floor((last - first) / step + 1e-9)
    return np.array([first + step * number for number in range(n_steps + 1)])


def plan_canonical(
    known: KnownPhases,
    phases: Sequence[int],
    filling: Filling,
    asked: FloatArray,
) -> list[Ladder]:
    """Both starts of the fit and of each draw, whose ordered phases are `phases`.

    Without ordered phases disorder alone, which may then order in whatever way.
    """
    if not phases:
        n_draws = known.energies.shape[1]
        hotter = add_hotter(asked)
        return [Ladder("disordered", (), draw, hotter, filling) for draw in range(n_draws)]
    there = [place for place in known.at(filling.place) if known.fitting[place]]
    ordered = [
        Ladder("ordered", (phase,), draw, asked, filling) for draw, phase in enumerate(phases)
    ]
    disordered = []
    for draw, phase in enumerate(phases):
        energies = known.energies[:, draw]
        near = [int(p) for p in there if p != phase and energies[p] <= energies[phase] + RIVAL]
        disordered.append(Ladder("disordered", (phase, *near), draw, add_hotter(asked), filling))
    return [*ordered, *disordered]


def plan_semi_grand(
    known: KnownPhases, potentials: FloatArray, filling: Filling, asked: FloatArray
) -> list[Ladder]:
    """At each chemical potential the disordered phase, and all ordered ones that may be stable.

    These are those on the hull of the phases that fit the crystal, for each draw its own. Draws
    have every second temperature and potential, where these are many: their spread needs no more.
    """
    ladders: list[Ladder] = []
    places = np.flatnonzero(known.fitting)
    x, energies = known.concentrations[places], known.energies[places]
    on_hull = energies <= lower_hulls(x, energies) + EQUAL
    for draw, column in enumerate(energies.T):
        compounds = tuple(places[on_hull[:, draw] & (x > 0) & (x < 1)].tolist())
        own, at = (
            values if not draw else values[:: _step(values)] for values in (asked, potentials)
        )
        for potential in at.tolist():
            grand = np.where(on_hull[:, draw], column - potential * x, np.inf)
            near = np.flatnonzero(grand <= grand.min() + MARGIN)
            ladders += [
                Ladder("ordered", (int(places[place]),), draw, own, filling, potential)
                for place in near
            ]
            ladders.append(
                Ladder("disordered", compounds, draw, add_hotter(own), filling, potential)
            )
    return ladders


def _step(values: FloatArray) -> int:
    """How many of `values` a draw moves on by."""
    return 2 if len(values) >= MANY else 1


def add_hotter(asked: FloatArray) -> FloatArray:
    """The temperatures (n,) and those above them, as far as an infinite one.

    Raises WarehouseError if they do not fit a batch: an integral along parts of a ladder would lose
    the error of the parts before.
    """
    most = N_LANES - HOTTER
    if len(asked) > most:
        # One step less than fits, since the range that was asked may end beyond the last of them.
        step = (asked[-1] - asked[0]) / (most - 2)
        raise WarehouseError(
            f"{len(asked)} temperatures are too many: {most} fit, and {HOTTER} hotter ones that "
            "free energies need",
            hint=f"use a step of {step:.3g} K or more, or a narrower range",
        )
    return np.concatenate([asked, asked[-1] * HOTTER / np.arange(HOTTER - 1, 0, -1), [INFINITE]])


def pack(ladders: Sequence[Ladder], seed: int) -> list[Batch]:
    """The ladders, of 64 chains at most, in as few batches as the first free place gives."""
    batches: list[list[Ladder]] = []
    room: list[int] = []
    for ladder in ladders:
        n = len(ladder.temperatures)
        place = next((i for i, free in enumerate(room) if n <= free), len(batches))
        if place == len(batches):
            batches.append([])
            room.append(N_LANES)
        batches[place].append(ladder)
        room[place] -= n
    return [
        Batch(tuple(parts), int(np.random.SeedSequence([seed, number]).generate_state(1)[0]))
        for number, parts in enumerate(batches)
    ]


def beta(temperature: FloatArray) -> FloatArray:
    """1/(k_B T) in 1/eV; 0 where the temperature is as good as infinite."""
    return np.where(temperature >= INFINITE, 0.0, 1.0 / (BOLTZMANN * temperature))


def mixing_entropy(n_sites: int, concentration: float | None) -> float:
    """Entropy in k_B/atom of all arrangements of the atoms on the crystal's sites, exact.

    Without a concentration, of all arrangements of any composition.
    """
    if concentration is None:
        return math.log(2)
    n_second = round(n_sites * concentration)
    ways = math.lgamma(n_sites + 1) - math.lgamma(n_second + 1)
    return (ways - math.lgamma(n_sites - n_second + 1)) / n_sites
