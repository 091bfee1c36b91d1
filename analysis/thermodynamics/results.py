"""Runs a simulation unless the warehouse has it, and reads back what its views say of it."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
import polars as pl

from analysis.datasets import read_rows
from analysis.pages.phase_names import read_phase_names
from analysis.runs.run import Run, make_run
from analysis.thermodynamics.regions import SOLUTION, settle_regions
from analysis.thermodynamics.saving import save_simulations
from analysis.thermodynamics.settings import STUDY, MonteCarloSettings
from analysis.thermodynamics.simulation import PlannedSimulation, plan_simulation, simulate
from analysis.thermodynamics.telling import tell_boundaries, tell_plan, tell_sections
from warehouse.catalog.connection import connect
from warehouse.conventions.alloys import Alloy
from warehouse.progress import Track, untracked
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

MOST_ESCAPES = 0.3
"""Share of sweeps that would leave a phase from which on it does not last by itself."""
VIEWS = (
    "marts.cluster_expansion_training",
    "marts.effective_cluster_interactions",
    "marts.ground_states",
    "marts.derivative_vectors",
    "staging.parameter_draws",
    "staging.parent_lattices",
)
MODULES = ("analysis/thermodynamics/simulation.py",)


@dataclass(frozen=True, eq=False)
class FinishedSimulation:
    """A simulation that is in the warehouse.

    Attributes:
        run: All that decided it.
        planned: What was simulated; None if the warehouse had it already.
        chains: Rows of marts.thermodynamics of the fit, without draws.
        transitions: Rows of marts.transition_temperatures.
        boundaries: Rows of marts.phase_boundaries.
        gaps: Rows of marts.miscibility_gaps.
        sections: Rows of marts.isothermal_sections.
        names: What people call the ordered phases among them, by decoration_id.

    """

    run: Run[MonteCarloSettings]
    planned: PlannedSimulation | None
    chains: pl.DataFrame
    transitions: pl.DataFrame
    boundaries: pl.DataFrame
    gaps: pl.DataFrame
    sections: pl.DataFrame = field(default_factory=pl.DataFrame)
    names: Mapping[str, str] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """What a terminal shows."""
        settings = self.run.settings
        yield (
            f"{self.run.dataset}, {settings.title}, run {self.run.run_id}"
            + ("" if self.planned else ": unchanged")
        )
        if self.planned is not None:
            yield from tell_plan(self.planned, self.run, self.names)
        if settings.is_semi_grand:
            fit = self.boundaries.filter(pl.col("draw").is_null())
            yield from tell_boundaries(fit, settings, self.names)
            yield from self._tell_gap()
        elif settings.steps:
            yield from tell_sections(self.sections, Alloy.parse(self.run.dataset), self.names)
        else:
            yield from self._tell_chains()
            yield from self._tell_transitions()

    def _tell_gap(self) -> Iterator[str]:
        for row in self.gaps.filter(pl.col("draw").is_null()).iter_rows(named=True):
            if row["critical_temperature"] is None:
                yield (
                    f"  two solutions part up to {row['highest_gap_temperature']:.0f} K at least; "
                    "more temperatures would tell where they become one"
                )
                continue
            yield (
                f"  two solutions become one at {row['critical_temperature']:.0f} K ± "
                f"{row['critical_temperature_error']:.0f} K (statistics), at a share of "
                f"{row['critical_concentration']:.2f}"
            )
        of_draws = self.gaps.filter(pl.col("draw").is_not_null())["critical_temperature"]
        found = of_draws.drop_nulls().to_numpy()
        if len(found) > 1:
            yield (
                f"  of {len(of_draws)} draws with a gap {len(found)} tell where it closes: at "
                f"{found.mean():.0f} K ± {found.std(ddof=1):.0f} K (model)"
            )

    def _tell_chains(self) -> Iterator[str]:
        site = Alloy.parse(self.run.dataset).site
        yield (
            f"     T (K)   heated: energy (meV/{site})  order  C (k_B/{site})   "
            f"cooled: energy (meV/{site})  order  C (k_B/{site})"
        )
        hottest = self.run.settings.temperatures[1]
        cold = self.chains.filter(pl.col("temperature") <= hottest).sort("temperature")
        for (temperature,), rows in cold.group_by("temperature", maintain_order=True):
            cells = []
            for start in ("ordered", "disordered"):
                for row in rows.filter(start=start).iter_rows(named=True):
                    error = row["energy_error"]
                    told = "     ?" if error is None else f"{1000 * error:6.3f}"
                    held = "*" if (row["escape"] or 0.0) > MOST_ESCAPES else " "
                    cells.append(
                        f"{1000 * row['mean_energy']:16.3f} ± {told}  {row['order_parameter']:5.2f}"
                        f"  {row['heat_capacity']:7.2f}{held}"
                    )
            yield f"{temperature:10.0f}{'  '.join(cells)}".rstrip()
        if cold["energy_error"].has_nulls():
            yield "  ±: standard error of correlated sweeps; ?: too few independent ones to tell"
        if (cold["escape"] > MOST_ESCAPES).any():
            yield "  *: the phase does not last by itself here; it is held there"

    def _tell_transitions(self) -> Iterator[str]:
        for row in self.transitions.filter(pl.col("draw").is_null()).iter_rows(named=True):
            yield from tell_transition(row)
        of_draws = self.transitions.filter(pl.col("draw").is_not_null())
        if of_draws.height:
            fit = self.transitions.filter(pl.col("draw").is_null())["decoration_id"][0]
            same = of_draws.filter(decoration_id=fit)
            found = same["transition_temperature"].drop_nulls().to_numpy()
            yield (
                f"  of {of_draws.height} draws {of_draws.height - same.height} order otherwise, "
                f"{same.height - len(found)} have no transition here"
                + (
                    f", {len(found)} one at {found.mean():.0f} K ± {found.std(ddof=1):.0f} K "
                    "(model)"
                    if len(found) > 1
                    else ""
                )
            )


def tell_transition(row: dict[str, Any]) -> Iterator[str]:
    """What a row of marts.transition_temperatures says, in sentences."""
    temperature = row["transition_temperature"]
    if temperature is None:
        low, high = row["lowest_temperature"], row["highest_temperature"]
        yield (
            "  no transition temperature: the two phases are nowhere distinct with equal free "
            f"energies; order is lost {'above' if high is None else 'between'} "
            f"{'the lowest temperature' if low is None else f'{low:.0f} K'}"
            + ("" if high is None else f" and {high:.0f} K")
        )
        return
    yield (
        f"  transition at {temperature:.0f} K ± {row['transition_temperature_error']:.1f} K "
        f"(statistics), {1000 * row['transition_energy']:.1f} meV/atom"
    )
    if not row["is_equilibrated"]:
        yield (
            f"  not equilibrated: the second half of the chains puts it "
            f"{row['transition_temperature_drift']:+.0f} K from the first; try more --sweeps"
        )


def plan_monte_carlo(
    connection: duckdb.DuckDBPyConnection, alloy: str, settings: MonteCarloSettings
) -> Run[MonteCarloSettings]:
    """The run that simulates `alloy`, not yet run."""
    return make_run(connection, STUDY, alloy, settings, views=VIEWS, modules=MODULES, scopes={})


def run_monte_carlo(
    warehouse: Warehouse, alloy: str, settings: MonteCarloSettings, track: Track = untracked
) -> FinishedSimulation:
    """Simulate `alloy` and write what it gives, unless the warehouse has this very run.

    Raises WarehouseError for what cannot be simulated, before anything is written.
    """
    settings.check()
    planned = None
    with connect(warehouse) as connection:
        run = plan_monte_carlo(connection, alloy, settings)
        known = read_rows(
            connection, "select 1 from staging.simulations where run_id = ? limit 1", [run.run_id]
        )
        if known.is_empty():
            planned = plan_simulation(connection, alloy, settings)
    if planned is not None:
        # Stopped on the way, the same run goes on from here.
        folder = warehouse.root / "unfinished" / run.run_id
        folder.mkdir(parents=True, exist_ok=True)
        frames = simulate(planned, settings, track, folder)
        save_simulations(Store(warehouse), run, settings.series, frames)
        shutil.rmtree(folder)
    if settings.steps:
        settle_regions(warehouse, run)
    with connect(warehouse) as connection:
        chains, transitions, boundaries, gaps, sections = (
            read_rows(connection, f"from marts.{view} where run_id = ? order by all", [run.run_id])
            for view in (
                "thermodynamics", "transition_temperatures", "phase_boundaries", "miscibility_gaps",
                "isothermal_sections",
            )
        )  # fmt: skip
        shown = {*boundaries["left_phase"], *boundaries["right_phase"]}
        if settings.steps:
            shown |= {*sections["phase"]} - {SOLUTION}
        elif not settings.is_semi_grand:
            shown |= {*chains["decoration_id"], *(list_stabler(planned) if planned else ())}
        names = read_phase_names(connection, Alloy.parse(alloy), shown)
    return FinishedSimulation(
        run,
        planned,
        chains.filter(pl.col("draw").is_null()),
        transitions,
        boundaries,
        gaps,
        sections.filter(pl.col("draw").is_null()),
        names,
    )


def list_stabler(planned: PlannedSimulation) -> list[str]:
    """Names of the phases that the model puts below the ordered one of the fit."""
    phases = next((one.phases for one in planned.ladders if not one.draw), ())
    has_sides = planned.known.concentrations.ndim == 1
    return planned.known.tell_stabler(phases[0]) if phases and has_sides else []
