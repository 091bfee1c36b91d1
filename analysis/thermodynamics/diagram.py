"""A phase diagram: at which temperatures and chemical potentials an alloy must be simulated."""

import duckdb
import numpy as np

from analysis.thermodynamics.cells import choose_cell
from analysis.thermodynamics.data import read_expansion
from analysis.thermodynamics.engine.lanes import BOLTZMANN
from analysis.thermodynamics.phases import lower_hulls, read_known_phases
from analysis.thermodynamics.settings import MonteCarloSettings

N_TEMPERATURES = 21
N_POTENTIALS = 33
BEYOND = 0.15
"""eV: potentials reach so far beyond the hull's slopes, to where the alloy is nearly pure."""


def choose_ranges(
    connection: duckdb.DuckDBPyConnection, alloy: str, settings: MonteCarloSettings
) -> MonteCarloSettings:
    """The settings, with temperatures and chemical potentials for the whole diagram of an alloy.

    Potentials hold all slopes of the convex hull at 0 K. The highest temperature is 1.25 times the
    depth of the hull, or 2.5 times what mixing at random costs, over k_B: mean fields put no
    transition above these. Raises WarehouseError if the alloy has no such model.
    """
    expansion = read_expansion(connection, alloy, settings.model)
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
    scale = max(-1.25 * hull.min(), 2.5 * expansion.parameters[0, 0], 0.01) / BOLTZMANN
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
