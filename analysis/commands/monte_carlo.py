"""`monte-carlo`: what a fitted alloy does as it is heated and cooled."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from analysis.commands.options import DEFAULT_ALLOY, AlloyOption
from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption, track

if TYPE_CHECKING:
    from analysis.thermodynamics.results import FinishedSimulation

EnsembleOption = Annotated[
    Literal["canonical"], typer.Option(help="What the crystal exchanges with a bath: energy.")
]
ModelOption = Annotated[
    str, typer.Option(metavar="NAME", help="Fitted model.  [default: the selected one]")
]
ConcentrationOption = Annotated[
    float, typer.Option(help="Share of the second element in alphabetical order.")
]
TemperaturesOption = Annotated[
    str, typer.Option(metavar="FIRST:LAST:STEP", help="Temperatures in K.")
]
SitesOption = Annotated[
    int, typer.Option(metavar="N", help="Sites of the crystal, n x n x n primitive cells.")
]
SweepsOption = Annotated[
    int, typer.Option(help="Sweeps that are measured; each tries one swap for every two sites.")
]
EquilibrationOption = Annotated[
    int, typer.Option(min=1, help="Sweeps before them, in which crystals are heated or cooled.")
]
DrawsOption = Annotated[
    int, typer.Option(min=0, help="Simulate so many draws of the parameters as well.")
]
GroundStateOption = Annotated[
    str,
    typer.Option(
        metavar="ID",
        help="decoration_id of the ordered phase.  [default: the one on the hull of the data, or "
        "else the lowest that fits]",
    ),
]
ToleranceOption = Annotated[
    float,
    typer.Option(min=0.0, help="meV/atom that orbits which are left out may amount to, at most."),
]
SeedOption = Annotated[int, typer.Option(min=0, help="Seed of the random numbers.")]


def monte_carlo(
    alloy: AlloyOption = DEFAULT_ALLOY,
    ensemble: EnsembleOption = "canonical",
    model: ModelOption = "",
    concentration: ConcentrationOption = 0.5,
    temperatures: TemperaturesOption = "200:1200:20",
    sites: SitesOption = 1728,
    sweeps: SweepsOption = 300,
    equilibration: EquilibrationOption = 150,
    draws: DrawsOption = 0,
    ground_state: GroundStateOption = "",
    tolerance: ToleranceOption = 0.1,
    seed: SeedOption = 0,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Simulate a fitted alloy at many temperatures, from order and from disorder.

    Prints where the two have the same free energy, and writes tables that marts.thermodynamics,
    marts.free_energies and marts.transition_temperatures show.

    Example: python -m analysis monte-carlo --alloy au-cu --concentration 0.75
    """
    from analysis.thermodynamics.results import run_monte_carlo
    from analysis.thermodynamics.settings import MonteCarloSettings, parse_temperatures

    settings = MonteCarloSettings(
        model=model,
        concentration=concentration,
        temperatures=parse_temperatures(temperatures),
        sites=sites,
        sweeps=sweeps,
        equilibration=equilibration,
        draws=draws,
        ground_state=ground_state,
        tolerance=tolerance / 1000,
        seed=seed,
    )
    tell(run_monte_carlo(warehouse, alloy.name, settings, track))


def tell(finished: "FinishedSimulation") -> None:
    """Print what a simulation found."""
    for line in finished.lines():
        typer.echo(line)
