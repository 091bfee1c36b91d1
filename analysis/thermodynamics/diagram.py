"""At which temperatures and chemical potentials an alloy must be simulated."""

from dataclasses import replace

import duckdb
import numpy as np

from analysis.thermodynamics.cells import choose_cell
from analysis.thermodynamics.data import SimulatedModel, read_expansion
from analysis.thermodynamics.engine.copies import BOLTZMANN
from analysis.thermodynamics.fillings import fill_crystal
from analysis.thermodynamics.given import add_phase
from analysis.thermodynamics.ordered import (
    estimate_order,
    read_ordered_phases,
    refuse_free_composition,
)
from analysis.thermodynamics.phases import (
    EQUAL,
    KnownPhases,
    choose_phase,
    lower_hulls,
    read_known_phases,
)
from analysis.thermodynamics.sampling.ladders import mixing_entropy
from analysis.thermodynamics.sections import choose_section_temperatures, choose_steps
from analysis.thermodynamics.settings import MonteCarloSettings
from warehouse.conventions.alloys import Alloy
from warehouse.errors import WarehouseError

N_CANONICAL = 28
"""Temperatures of which both phases, and what is hotter than them, fill 64 lanes."""
CANONICAL_RANGE = (0.3, 1.25)
"""Of the temperature at which perfect order and atoms at random would change places. Transitions of
Au-Cu and Ag-Au lie at 0.6 to 0.85 of it, those of draws of their parameters at 0.4 to 1.1."""
N_DRAWS = 10
"""Draws of the parameters beside the fit, of two elements."""
"""Parts of a share: halves, thirds, quarters and sixths are among them."""
N_TEMPERATURES = 21
N_POTENTIALS = 33
COLDEST = 30.0
"""K: an estimate below this is none."""
BEYOND = 0.15
"""eV: potentials reach so far beyond the hull's slopes, to where the alloy is nearly pure."""


def settle_diagram(
    connection: duckdb.DuckDBPyConnection,
    alloy: Alloy,
    settings: MonteCarloSettings,
    draws: int | None,
    steps: int | None,
) -> MonteCarloSettings:
    """The settings of a diagram with all that they lack: at free composition of two elements.

    Of others at all compositions of a grid. Raises WarehouseError for what does not suit the alloy.
    """
    if read_expansion(connection, alloy.name, settings.model).parent.is_binary:
        if steps:
            raise WarehouseError(
                f"--steps is of more than two elements: the composition of {alloy.label} is free",
                hint="leave it out; --chemical-potentials FIRST:LAST:STEP has the steps",
            )
        n_draws = N_DRAWS if draws is None else draws
        free = replace(settings, ensemble="semi-grand", draws=n_draws)
        return choose_ranges(connection, alloy.name, free)
    if settings.chemical_potentials:
        raise WarehouseError(
            f"--chemical-potentials are of two elements: compositions of {alloy.label} are given",
            hint="leave them out; --steps N has all compositions in N-ths",
        )
    fixed = replace(
        settings, ensemble="sections", steps=steps or choose_steps(alloy), draws=draws or 0
    )
    return choose_section_temperatures(connection, alloy.name, fixed)


def choose_ranges(
    connection: duckdb.DuckDBPyConnection, alloy: str, settings: MonteCarloSettings
) -> MonteCarloSettings:
    """The settings, with temperatures and chemical potentials for the whole diagram of an alloy.

    Potentials hold all slopes of the convex hull at 0 K. Raises WarehouseError if the alloy has no
    such model.
    """
    expansion = read_expansion(connection, alloy, settings.model)
    refuse_free_composition(Alloy.parse(alloy), expansion.parent)
    known = read_known_phases(
        connection, expansion, choose_cell(expansion.parent, settings.sites, None)
    )
    x, energies = known.concentrations, known.energies[:, :1]
    hull = lower_hulls(x, energies)[:, 0]
    order = np.argsort(x, kind="stable")
    rises, runs = np.diff(hull[order]), np.diff(x[order])
    slopes = rises[runs > 1e-9] / runs[runs > 1e-9]
    low, high = slopes.min() - BEYOND, slopes.max() + BEYOND
    step = np.ceil(1000 * (high - low) / (N_POTENTIALS - 1)) / 1000
    first = np.floor(1000 * low) / 1000
    scale = highest_temperature(known, expansion)
    rise = np.ceil(0.8 * scale / (N_TEMPERATURES - 1))
    coldest = 5 * np.round(0.2 * scale / 5)
    ranges = {
        "temperatures": settings.temperatures
        or (coldest, coldest + rise * (N_TEMPERATURES - 1), rise),
        "chemical_potentials": settings.chemical_potentials
        or (first, round(first + step * (N_POTENTIALS - 1), 6), step),
    }
    return MonteCarloSettings(
        **{**vars(settings), **{name: tuple(map(float, of)) for name, of in ranges.items()}}
    )


def highest_temperature(known: KnownPhases, expansion: SimulatedModel) -> float:
    """Temperature in K above which the fit puts no transition at any composition.

    Compounds on its hull give way below 1.2 times where they would change places with atoms at
    random; elements that part mix below 2.5 times what mixing at random costs, over k_B, where mean
    fields put it at twice that.
    """
    x = known.concentrations
    compounds = np.flatnonzero((known.above_hull[:, 0] <= EQUAL) & (x > 0) & (x < 1))
    estimates = [
        estimate_transition(known, expansion, place, x[place]) for place in compounds.tolist()
    ]
    return float(
        max(1.2 * max(estimates, default=0.0), 2.5 * expansion.parameters[0, 0] / BOLTZMANN, 100.0)
    )


def estimate_transition(
    known: KnownPhases, expansion: SimulatedModel, phase: int, share: float, n_sites: int = 10**6
) -> float:
    """Temperature in K at which perfect order and atoms at random would change places.

    Were there nothing between them: there the energy of order is the entropy of disorder times the
    temperature. At random, a product of n spins has the mean (1 - 2 share)^n.
    """
    means = (1 - 2 * share) ** expansion.orbits["cluster_order"].to_numpy()
    gain = expansion.parameters[:, 0] @ means - known.energies[phase, 0]
    return float(gain / (BOLTZMANN * mixing_entropy(n_sites, share)))


def choose_temperatures(
    connection: duckdb.DuckDBPyConnection, alloy: str, settings: MonteCarloSettings
) -> MonteCarloSettings:
    """The settings, with temperatures about where order is lost, unless they have some.

    Where order is no lower than atoms at random, temperatures reach as high as those of a phase
    diagram. Raises WarehouseError for what cannot be simulated.
    """
    settings.check()
    if settings.temperatures:
        return settings
    expansion = read_expansion(connection, alloy, settings.model)
    if not expansion.parent.is_binary:
        estimate = _estimate_of_any(connection, expansion, settings)
        return replace(settings, temperatures=_spread(estimate))
    share, wanted = settings.share, settings.start or settings.ground_state
    hnf = choose_cell(expansion.parent, settings.sites, settings.concentration if share else None)
    known = read_known_phases(connection, expansion, hnf)
    if settings.start:
        known = add_phase(known, expansion, hnf, settings.start)
    estimate = 0.0
    if share:
        phase = choose_phase(known, share, int(hnf[0, 0]), wanted)
        estimate = estimate_transition(known, expansion, phase, share, settings.sites)
    if estimate < COLDEST:
        estimate = highest_temperature(known, expansion) / CANONICAL_RANGE[1]
    return replace(settings, temperatures=_spread(estimate))


def _spread(estimate: float) -> tuple[float, float, float]:
    """First and last temperature and the step in K, about where order is lost by an estimate."""
    low, high = CANONICAL_RANGE
    step = float(np.ceil((high - low) * estimate / (N_CANONICAL - 1)))
    first = float(np.ceil(low * estimate))
    return first, first + step * (N_CANONICAL - 1), step


def _estimate_of_any(
    connection: duckdb.DuckDBPyConnection, expansion: SimulatedModel, settings: MonteCarloSettings
) -> float:
    """Temperature in K about which an alloy of more species or sublattices loses its order."""
    alloy, parent = Alloy.parse(expansion.alloy), expansion.parent
    hnf = choose_cell(parent, settings.sites)
    if settings.is_semi_grand:
        refuse_free_composition(alloy, parent)
    filling = fill_crystal(alloy, parent, int(np.prod(np.diag(hnf))), settings)
    known = read_ordered_phases(connection, expansion, hnf)
    if settings.start:
        known = add_phase(known, expansion, hnf, settings.start)
    return estimate_order(known, expansion, filling)
