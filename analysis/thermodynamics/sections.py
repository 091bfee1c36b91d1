"""Alloys of more than two elements at all compositions of a grid.

Each composition is simulated for itself; the convex hull of their free energies at a temperature
tells which phases stand side by side. See `regions.py`.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, product

import duckdb
import numpy as np

from analysis.datasets import FloatArray
from analysis.thermodynamics.cells import choose_cell
from analysis.thermodynamics.data import SimulatedModel, read_expansion
from analysis.thermodynamics.fillings import Filling
from analysis.thermodynamics.ordered import (
    choose_phases,
    estimate_order,
    find_lower_hulls,
    read_ordered_phases,
)
from analysis.thermodynamics.phases import EQUAL, KnownPhases
from analysis.thermodynamics.sampling.ladders import Ladder, add_hotter
from analysis.thermodynamics.settings import MonteCarloSettings
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import ParentLattice
from warehouse.errors import WarehouseError

MOST_COMPOSITIONS = 250
"""More take too long: 22 steps of three elements have 276, 8 of four 165."""
STEPS = (12, 6, 4, 3, 2)
"""Each divides the first: what sites can be shared in so many parts can be in the others."""
N_TEMPERATURES = 16
RANGE = (0.25, 1.5)
"""Of the highest temperature at which order, or elements apart, and atoms at random would change
places at a composition. In mean fields a gap between two elements closes at 1.4 of it."""


def choose_steps(alloy: Alloy) -> int:
    """The finest of STEPS that has at most MOST_COMPOSITIONS."""
    return next((n for n in STEPS if _count_compositions(alloy, n) <= MOST_COMPOSITIONS), STEPS[-1])


def _count_compositions(alloy: Alloy, steps: int) -> int:
    """How many compositions have whole `steps`-ths of each species on its sublattice."""
    return math.prod(math.comb(steps + len(of) - 1, steps) for of in alloy.sublattices)


def list_fillings(alloy: Alloy, parent: ParentLattice, n_cells: int, steps: int) -> list[Filling]:
    """Every composition of a crystal whose shares on each sublattice are whole `steps`-ths.

    Raises WarehouseError if the crystal cannot have them, or there are too many.
    """
    choices = []
    for number, species in enumerate(alloy.sublattices):
        size = n_cells * parent.sublattices.count(number)
        if len(species) > 1 and size % steps:
            near = [n for n in range(2, 25) if size % n == 0]
            raise WarehouseError(
                f"{size:,} sites of {', '.join(species)} cannot be shared in {steps} equal parts",
                hint=f"use --steps {', '.join(map(str, near))}, or other --sites",
            )
        unit = size if len(species) == 1 else size // steps
        parts = share_out(1 if len(species) == 1 else steps, len(species))
        choices.append([tuple(unit * n for n in of) for of in parts])
    n_compositions = math.prod(map(len, choices))
    if n_compositions > MOST_COMPOSITIONS:
        raise WarehouseError(
            f"--steps {steps} of {alloy.label} are {n_compositions:,} compositions, more than "
            f"{MOST_COMPOSITIONS}",
            hint=f"use --steps {choose_steps(alloy)}, or fewer",
        )
    return [Filling(counts) for counts in product(*choices)]


def share_out(n: int, n_parts: int) -> Iterator[tuple[int, ...]]:
    """Every way to write `n` as a sum of so many parts, each 0 or more."""
    if n_parts == 1:
        yield (n,)
        return
    for first in range(n + 1):
        for rest in share_out(n - first, n_parts - 1):
            yield (first, *rest)


def plan_sections(
    known: KnownPhases,
    expansion: SimulatedModel,
    fillings: Sequence[Filling],
    size: int,
    asked: FloatArray,
) -> list[Ladder]:
    """Ladders of all compositions: disorder, and where one has an ordered structure that, too.

    Beside the grid those of the compounds on the hull, which need not be on it.
    Disorder counts as such while it turns into none of the compounds on the hull of those that fit
    a crystal of `size` cells along each vector. Ordered phases are lines: of other compositions
    than their own they are not simulated.
    """
    hotter, ladders = add_hotter(asked), []
    compounds_of = _list_compounds(known)
    for filling in [*fillings, *_fill_compounds(known, fillings, compounds_of)]:
        phases = choose_phases(known, expansion, filling, size, "")
        for draw, compounds in enumerate(compounds_of):
            own = tuple(phases[draw : draw + 1])
            if own:
                ladders.append(Ladder("ordered", own, draw, asked, filling))
            others = tuple(one for one in compounds if one not in own)
            ladders.append(Ladder("disordered", own + others, draw, hotter, filling))
    return ladders


def _fill_compounds(
    known: KnownPhases, fillings: Sequence[Filling], compounds: Sequence[tuple[int, ...]]
) -> list[Filling]:
    """Fillings of the compounds that none of `fillings` has."""
    sizes = [sum(own) for own in fillings[0].counts]
    lengths = [len(own) - 1 for own in fillings[0].counts]
    x = known.concentrations.reshape(len(known.names), -1)
    found = []
    for phase in sorted({*chain(*compounds)}):
        shares = np.split(x[phase], np.cumsum(lengths)[:-1])
        others = [np.rint(size * of).astype(int) for size, of in zip(sizes, shares, strict=True)]
        counts = (
            (size - int(of.sum()), *of.tolist()) for size, of in zip(sizes, others, strict=True)
        )
        found.append(Filling(tuple(counts)))
    return [one for one in dict.fromkeys(found) if one not in fillings]


def _list_compounds(known: KnownPhases) -> list[tuple[int, ...]]:
    """Of the fit and each draw, the phases on the hull of those that fit, but for end members."""
    places = np.flatnonzero(known.fitting)
    x = known.concentrations.reshape(len(known.names), -1)[places]
    energies = known.energies[places]
    is_compound = ~np.isin(x.round(9), (0.0, 1.0)).all(axis=1)
    above = energies - find_lower_hulls(x, energies)
    return [tuple(places[is_compound & (of <= EQUAL)].tolist()) for of in above.T]


def choose_section_temperatures(
    connection: duckdb.DuckDBPyConnection, alloy: str, settings: MonteCarloSettings
) -> MonteCarloSettings:
    """The settings, with temperatures up to where one phase is left, unless they have some.

    Raises WarehouseError for what cannot be simulated.
    """
    settings.check()
    if settings.temperatures:
        return settings
    expansion = read_expansion(connection, alloy, settings.model)
    hnf = choose_cell(expansion.parent, settings.sites)
    known = read_ordered_phases(connection, expansion, hnf)
    n_cells = int(np.prod(np.diag(hnf)))
    fillings = list_fillings(Alloy.parse(alloy), expansion.parent, n_cells, settings.steps)
    estimates = [
        estimate_order(known, expansion, one) for one in fillings if one.mixing_entropy > 1e-12
    ]
    low, high = RANGE
    step = float(np.ceil((high - low) * max(estimates) / (N_TEMPERATURES - 1) / 5) * 5)
    first = float(np.ceil(low * max(estimates) / 5) * 5)
    return replace(settings, temperatures=(first, first + step * (N_TEMPERATURES - 1), step))
