"""Runs a simulation unless the warehouse has it, and reads back what its views say of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from analysis.datasets import read_rows
from analysis.runs.run import Run, make_run
from analysis.thermodynamics.saving import save_simulations
from analysis.thermodynamics.settings import MonteCarloSettings
from analysis.thermodynamics.simulation import PlannedSimulation, plan_simulation, simulate
from warehouse.catalog.connection import connect
from warehouse.progress import Track, untracked
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

VIEWS = (
    "marts.effective_cluster_interactions",
    "marts.derivative_predictions",
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

    """

    run: Run[MonteCarloSettings]
    planned: PlannedSimulation | None
    chains: pl.DataFrame
    transitions: pl.DataFrame

    def lines(self) -> Iterator[str]:
        """What a terminal shows."""
        settings = self.run.settings
        yield (
            f"{self.run.dataset}, {settings.series}, run {self.run.run_id}"
            + ("" if self.planned else ": unchanged")
        )
        if self.planned is not None:
            yield from self._tell_plan(self.planned)
        yield from self._tell_chains()
        yield from self._tell_transitions()

    def _tell_plan(self, planned: PlannedSimulation) -> Iterator[str]:
        n_orbits = planned.crystal.orbits.height
        yield (
            f"  {n_orbits} orbits of {planned.expansion.model}; those left out amount to "
            f"{1000 * planned.neglected:.3f} meV/atom at most"
        )
        yield f"  ordered phase: {planned.decoration}"
        if planned.lowest not in ("", planned.decoration):
            yield f"  (the model puts {planned.lowest} lowest: --ground-state takes it if it fits)"

    def _tell_chains(self) -> Iterator[str]:
        yield (
            "     T (K)   heated: energy (meV/atom)  order  C (k_B)   "
            "cooled: energy (meV/atom)  order  C (k_B)"
        )
        hottest = self.run.settings.temperatures[1]
        cold = self.chains.filter(pl.col("temperature") <= hottest).sort("temperature")
        for (temperature,), rows in cold.group_by("temperature", maintain_order=True):
            cells = []
            for start in ("ordered", "disordered"):
                for row in rows.filter(start=start).iter_rows(named=True):
                    error = row["energy_error"]
                    told = "     ?" if error is None else f"{1000 * error:6.3f}"
                    cells.append(
                        f"{1000 * row['mean_energy']:16.3f} ± {told}  {row['order_parameter']:5.2f}"
                        f"  {row['heat_capacity']:7.2f}"
                    )
            yield f"{temperature:10.0f}{'   '.join(cells)}"

    def _tell_transitions(self) -> Iterator[str]:
        fit = self.transitions.filter(pl.col("draw").is_null())
        for row in fit.iter_rows(named=True):
            yield (
                f"  transition at {row['transition_temperature']:.0f} K ± "
                f"{row['transition_temperature_error']:.1f} K (statistics), "
                f"{1000 * row['transition_energy']:.1f} meV/atom"
            )
            if row["n_unsure_chains"]:
                yield (
                    f"  {row['n_unsure_chains']} chains on the way to it are frozen or too short "
                    "for an error bar, so that ± is too small: try more --sweeps"
                )
        if fit.is_empty():
            yield (
                "  no transition: the free energies of the two phases do not cross between these "
                "temperatures"
            )
        of_draws = self.transitions.filter(pl.col("draw").is_not_null())
        drawn = of_draws["transition_temperature"].to_numpy()
        if len(drawn) > 1:
            yield (
                f"  of {self.run.settings.draws} draws {len(drawn)} have a transition of this "
                f"phase here: at {drawn.mean():.0f} K ± {drawn.std(ddof=1):.0f} K (model)"
            )


def run_monte_carlo(
    warehouse: Warehouse, alloy: str, settings: MonteCarloSettings, track: Track = untracked
) -> FinishedSimulation:
    """Simulate `alloy` and write what it gives, unless the warehouse has this very run.

    Raises WarehouseError for what cannot be simulated, before anything is written.
    """
    settings.check()
    planned = None
    with connect(warehouse) as connection:
        run = make_run(
            connection, "monte_carlo", alloy, settings, views=VIEWS, modules=MODULES, scopes={}
        )
        known = read_rows(
            connection, "select 1 from staging.simulations where run_id = ? limit 1", [run.run_id]
        )
        if known.is_empty():
            planned = plan_simulation(connection, alloy, settings)
    if planned is not None:
        simulations, averages = simulate(planned, settings, track)
        save_simulations(Store(warehouse), run, settings.series, simulations, averages)
    with connect(warehouse) as connection:
        chains = read_rows(
            connection,
            "select * from marts.thermodynamics where run_id = ? and draw is null",
            [run.run_id],
        )
        transitions = read_rows(
            connection,
            "select * from marts.transition_temperatures where run_id = ? order by draw",
            [run.run_id],
        )
    return FinishedSimulation(run, planned, chains, transitions)
