"""A canonical simulation of a fitted alloy, from the warehouse's views to rows of its tables."""

from dataclasses import dataclass
from functools import partial

import duckdb
import numpy as np
import polars as pl

from analysis.runs.parallel import run_jobs
from analysis.thermodynamics.cells import choose_cell, choose_ordered
from analysis.thermodynamics.chains import Batch, beta, mixing_entropy, plan_batches, run_batch
from analysis.thermodynamics.data import SimulatedModel, read_expansion, read_ordered
from analysis.thermodynamics.engine.clusters import SimulatedCrystal, build_crystal
from analysis.thermodynamics.settings import MonteCarloSettings
from warehouse.progress import Track, untracked


@dataclass(frozen=True, eq=False)
class PlannedSimulation:
    """What will be simulated.

    Attributes:
        expansion: The fitted model.
        crystal: The crystal, with the orbits that matter.
        decoration: The ordered structure that it is filled with.
        neglected: Energy in eV/atom that the orbits left out cannot exceed.
        lowest: The structure of this composition that the model puts lowest, fit or not.

    """

    expansion: SimulatedModel
    crystal: SimulatedCrystal
    decoration: str
    neglected: float
    lowest: str


def plan_simulation(
    connection: duckdb.DuckDBPyConnection, alloy: str, settings: MonteCarloSettings
) -> PlannedSimulation:
    """Read what a simulation needs; raises WarehouseError for what cannot be simulated."""
    settings.check()
    expansion = read_expansion(connection, alloy, settings.model, settings.draws)
    hnf = choose_cell(expansion.parent, settings.sites, settings.concentration)
    ordered = read_ordered(connection, expansion, settings.concentration)
    decoration = choose_ordered(ordered, hnf, settings.ground_state, settings.concentration)
    kept, neglected = drop_orbits(expansion, settings.tolerance)
    crystal = build_crystal(expansion.parent, hnf, expansion.orbits.filter(kept))
    lowest = ordered.sort("energy", maintain_order=True)["decoration_id"][0]
    return PlannedSimulation(expansion, crystal, decoration, neglected, lowest)


def drop_orbits(expansion: SimulatedModel, tolerance: float) -> tuple[pl.Series, float]:
    """Which orbits to keep, and what those left out can amount to: `tolerance` at most, in eV/atom.

    A correlation is at most 1, so a sum of parameters bounds the energy. Every draw counts.
    """
    largest = np.abs(expansion.parameters).max(axis=1)
    order = np.argsort(largest, kind="stable")
    sums = np.cumsum(largest[order])
    n_dropped = int((sums <= tolerance).sum())
    kept = np.ones(len(largest), dtype=bool)
    kept[order[:n_dropped]] = False
    kept[expansion.orbits["cluster_order"].to_numpy() <= 1] = True
    return pl.Series(kept), float(largest[~kept].sum())


def simulate(
    planned: PlannedSimulation, settings: MonteCarloSettings, track: Track = untracked
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `simulations` and of `ensemble_averages`, but for alloy, run and lineage."""
    batches = plan_batches(settings)
    work = partial(
        run_batch,
        expansion=planned.expansion,
        crystal=planned.crystal,
        settings=settings,
        decoration=planned.decoration,
    )
    found = run_jobs(work, batches, "64 crystals each", track)
    simulations, averages, first = [], [], 0
    for batch, rows in zip(batches, found, strict=True):
        simulations.append(_describe(batch, first, planned, settings))
        numbered = rows.with_columns(simulation=pl.col("chain").cast(pl.Int64) + first)
        averages.append(numbered.drop("chain"))
        first += len(batch.draws)
    of_draws = pl.col("quantity") != "correlation" if settings.draws else True
    return pl.concat(simulations), pl.concat(averages).filter(of_draws).with_columns(
        pl.col("standard_error").fill_nan(None)
    )


def _describe(
    batch: Batch, first: int, planned: PlannedSimulation, settings: MonteCarloSettings
) -> pl.DataFrame:
    crystal = planned.crystal
    draws = pl.Series(batch.draws - 1, dtype=pl.Int64)
    return pl.DataFrame(
        {
            "simulation": np.arange(first, first + len(batch.draws)),
            "model": planned.expansion.model,
            "model_run_id": planned.expansion.run_id,
            "draw": draws.replace(-1, None),
            "ensemble": "canonical",
            "start": batch.start,
            "decoration_id": planned.decoration,
            "concentration": settings.concentration,
            "n_sites": crystal.n_sites,
            "temperature": batch.temperatures,
            "inverse_temperature": beta(batch.temperatures),
            "mixing_entropy": mixing_entropy(crystal.n_sites, settings.concentration),
            "n_equilibration_sweeps": settings.equilibration,
            "n_sweeps": settings.sweeps,
            "seed": settings.seed,
        }
    )
