"""A simulation of a fitted alloy, from the warehouse's views to rows of its tables."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from analysis.runs.parallel import run_jobs
from analysis.thermodynamics.cells import choose_cell
from analysis.thermodynamics.data import SimulatedModel, drop_orbits, read_expansion
from analysis.thermodynamics.engine.choice import lay_out_crystal
from analysis.thermodynamics.engine.clusters import SimulatedCrystal
from analysis.thermodynamics.fillings import fill_crystal, fill_evenly
from analysis.thermodynamics.given import add_phase
from analysis.thermodynamics.ordered import (
    choose_phases,
    read_ordered_phases,
    refuse_free_composition,
)
from analysis.thermodynamics.phases import KnownPhases
from analysis.thermodynamics.sampling.ladders import (
    Batch,
    Ladder,
    beta,
    list_temperatures,
    pack,
    plan_canonical,
    plan_semi_grand,
)
from analysis.thermodynamics.sampling.measuring import Measured, run_batch
from analysis.thermodynamics.sections import list_fillings, plan_sections
from analysis.thermodynamics.settings import MonteCarloSettings
from warehouse.conventions.alloys import Alloy
from warehouse.progress import Track, untracked
from warehouse.storage.drafts import draft_file


@dataclass(frozen=True, eq=False)
class PlannedSimulation:
    """What will be simulated.

    Attributes:
        expansion: The fitted model, without the orbits that are left out.
        crystal: The crystal, with the orbits that matter.
        known: The ordered phases that there are, by the model's energies.
        batches: The chains.
        neglected: Energy in eV/atom that the orbits left out cannot exceed.

    """

    expansion: SimulatedModel
    crystal: SimulatedCrystal
    known: KnownPhases
    batches: tuple[Batch, ...]
    neglected: float

    @property
    def ladders(self) -> list[Ladder]:
        """All ladders of all batches."""
        return [ladder for batch in self.batches for ladder in batch.ladders]


def plan_simulation(
    connection: duckdb.DuckDBPyConnection, alloy: str, settings: MonteCarloSettings
) -> PlannedSimulation:
    """Read what a simulation needs; raises WarehouseError for what cannot be simulated."""
    settings.check()
    whole = read_expansion(connection, alloy, settings.model, settings.draws)
    species, parent = Alloy.parse(alloy), whole.parent
    fixed = parent.is_binary and not settings.is_semi_grand and not settings.steps
    hnf = choose_cell(parent, settings.sites, settings.concentration if fixed else None)
    n_cells = int(np.prod(np.diag(hnf)))
    if settings.steps:
        fillings = list_fillings(species, parent, n_cells, settings.steps)
    elif settings.is_semi_grand:
        refuse_free_composition(species, parent)
        fillings = [fill_evenly(species, parent, n_cells)]
    else:
        fillings = [fill_crystal(species, parent, n_cells, settings)]
    kept, neglected = drop_orbits(whole, settings.tolerance)
    expansion = replace(whole, parameters=whole.parameters * kept.to_numpy()[:, None])
    known = read_ordered_phases(connection, expansion, hnf)
    if settings.start:
        known = add_phase(known, expansion, hnf, settings.start)
    asked = list_temperatures(*settings.temperatures)
    if settings.is_semi_grand:
        potentials = list_temperatures(*settings.chemical_potentials)
        ladders = plan_semi_grand(known, potentials, fillings[0], asked)
    elif settings.steps:
        ladders = plan_sections(known, expansion, fillings, int(hnf[0, 0]), asked)
    else:
        wanted = settings.start or settings.ground_state
        phases = choose_phases(known, expansion, fillings[0], int(hnf[0, 0]), wanted)
        ladders = plan_canonical(known, phases, fillings[0], asked)
    crystal = lay_out_crystal(expansion.parent, hnf, expansion.orbits.filter(kept))
    batches = tuple(pack(ladders, settings.seed))
    return PlannedSimulation(expansion, crystal, known, batches, neglected)


def simulate(
    planned: PlannedSimulation,
    settings: MonteCarloSettings,
    track: Track = untracked,
    folder: Path | None = None,
) -> dict[str, pl.DataFrame]:
    """Rows of each table of simulations, but for alloy, run and lineage.

    What is done is kept in `folder`, if there is one: what it has already is not done again.
    """
    work = partial(
        run_batch,
        expansion=planned.expansion,
        crystal=planned.crystal,
        settings=settings,
        names=planned.known.names,
    )
    jobs = [(number, batch) for number, batch in enumerate(planned.batches)]
    found = run_jobs(partial(_run_once, work, folder), jobs, "64 crystals each", track)
    simulations, averages, snapshots, first = [], [], [], 0
    for batch, measured in zip(planned.batches, found, strict=True):
        simulations.append(_describe(batch, first, planned, settings, measured.averages))
        number = (pl.col("chain").cast(pl.Int64) + first).alias("simulation")
        averages.append(
            measured.averages.select(number, pl.exclude("chain", "n_sweeps", "n_before"))
        )
        snapshots.append(measured.snapshots.select(number, pl.exclude("chain")))
        first += batch.n_chains
    frames = [pl.concat(of) for of in (simulations, averages, snapshots)]
    of_fit = frames[0].filter(pl.col("draw").is_null())["simulation"]
    is_kept = (pl.col("quantity") != "correlation") | pl.col("simulation").is_in(of_fit.implode())
    frames[1] = frames[1].filter(is_kept).with_columns(pl.col("standard_error").fill_nan(None))
    return dict(zip(("simulations", "ensemble_averages", "snapshots"), frames, strict=True))


def _run_once(
    work: Callable[[Batch], Measured], folder: Path | None, job: tuple[int, Batch]
) -> Measured:
    """The result of a batch, from `folder` if it was done before, and into it."""
    number, batch = job
    if folder is None:
        return work(batch)
    paths = [folder / f"{number}-{part}.parquet" for part in ("averages", "snapshots")]
    if all(path.exists() for path in paths):
        return Measured(*(pl.read_parquet(path) for path in paths))
    found = work(batch)
    for path, frame in zip(paths, (found.averages, found.snapshots), strict=True):
        with draft_file(path) as draft:
            frame.write_parquet(draft)
    return found


def _describe(
    batch: Batch,
    first: int,
    planned: PlannedSimulation,
    settings: MonteCarloSettings,
    rows: pl.DataFrame,
) -> pl.DataFrame:
    """One row per chain of a batch, whose first chain has the number `first`."""
    known, crystal = planned.known, planned.crystal
    frames = []
    for ladder in batch.ladders:
        filling = None if settings.is_semi_grand else ladder.filling
        potential = ladder.chemical_potential
        # A solution is cooled towards no compound where none is on the hull.
        phase = ladder.phases[0] if ladder.phases else None
        if settings.steps and phase not in known.at(ladder.filling.place):
            phase = None
        ground, above, name = None, None, "none"
        if phase is not None:
            name, above = known.names[phase], max(float(known.above_hull[phase, ladder.draw]), 0.0)
            ground = float(known.energies[phase, ladder.draw])
            if potential is not None:
                ground -= potential * known.concentrations[phase]
        frames.append(
            pl.DataFrame({"temperature": ladder.temperatures}).with_columns(
                draw=pl.lit(ladder.draw - 1 if ladder.draw else None, dtype=pl.Int64),
                start=pl.lit(ladder.start),
                decoration_id=pl.lit(name),
                chemical_potential=pl.lit(potential, dtype=pl.Float64),
                ground_energy=pl.lit(ground, dtype=pl.Float64),
                ground_energy_above_hull=pl.lit(above, dtype=pl.Float64),
                concentration=pl.lit(filling and filling.concentrations[1], dtype=pl.Float64),
                concentrations=pl.lit(
                    filling and filling.concentrations, dtype=pl.List(pl.Float64)
                ),
                mixing_entropy=pl.lit(filling.mixing_entropy if filling else math.log(2)),
            )
        )
    found = pl.concat(frames)
    return found.with_columns(
        simulation=np.arange(first, first + batch.n_chains),
        model=pl.lit(planned.expansion.model),
        model_run_id=pl.lit(planned.expansion.run_id),
        ensemble=pl.lit(settings.ensemble),
        n_sites=pl.lit(crystal.n_sites, dtype=pl.Int64),
        inverse_temperature=beta(found["temperature"].to_numpy()),
        n_equilibration_sweeps=pl.lit(rows["n_before"][0], dtype=pl.Int64),
        n_sweeps=pl.lit(rows["n_sweeps"][0], dtype=pl.Int64),
        seed=pl.lit(settings.seed, dtype=pl.Int64),
    )
