"""`monte-carlo`: what a fitted alloy does as it is heated and cooled."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from analysis.commands.options import DEFAULT_ALLOY, AlloyOption
from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption, track
from warehouse.conventions.alloys import Alloy
from warehouse.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from analysis.thermodynamics.results import FinishedSimulation

EnsembleOption = Annotated[
    Literal["canonical", "semi-grand"],
    typer.Option(
        help="canonical: of fixed composition; semi-grand: of free composition, at given chemical "
        "potentials."
    ),
]
ModelOption = Annotated[
    str, typer.Option(metavar="NAME", help="Fitted model.  [default: the selected one]")
]
ConcentrationOption = Annotated[
    float | None,
    typer.Option(
        help="Share of the second element in alphabetical order, of alloys of two.  [default: 0.5]"
    ),
]
CompositionOption = Annotated[
    str,
    typer.Option(
        metavar="A=SHARE,...",
        help="Share of each species among the sites that it may be on, such as "
        "Ag=0.25,Au=0.25,Cu=0.5; one of a sublattice may be left out. For alloys of more than two.",
    ),
]
PotentialsOption = Annotated[
    str,
    typer.Option(
        metavar="FIRST:LAST:STEP",
        help="Chemical potentials of the second element less the first, in eV; of semi-grand.",
    ),
]
TemperaturesOption = Annotated[
    str,
    typer.Option(
        metavar="FIRST:LAST:STEP", help="Temperatures in K.  [default: chosen by the model]"
    ),
]
SitesOption = Annotated[
    int, typer.Option(metavar="N", help="Sites of the crystal, n x n x n primitive cells.")
]
SweepsOption = Annotated[
    int, typer.Option(help="Sweeps that are measured; each tries every site once.")
]
LongestOption = Annotated[
    int,
    typer.Option(
        min=1, max=64, help="Where free energies still drift, measure up to so many times longer."
    ),
]
EquilibrationOption = Annotated[
    int, typer.Option(min=1, help="Sweeps before them, in which crystals are heated or cooled.")
]
DrawsOption = Annotated[
    int, typer.Option(min=0, help="Simulate so many draws of the parameters as well.")
]
DiagramDrawsOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Simulate so many draws of the parameters as well.  [default: 10; of more than two "
        "elements 0]",
    ),
]
GroundStateOption = Annotated[
    str,
    typer.Option(
        metavar="ID",
        help="structure_id or decoration_id of the ordered phase.  [default: the one on the hull "
        "of the data, or else the lowest that fits]",
    ),
]
StartOption = Annotated[
    Path | None,
    typer.Option(
        "--start",
        metavar="FILE",
        help="Structure file of the ordered phase, relaxed or ideal, instead of --ground-state.",
    ),
]
StepsOption = Annotated[
    int | None,
    typer.Option(
        min=2,
        help="Parts into which shares are divided: all compositions of them are simulated. Of more "
        "than two elements.  [default: 12 of three, 6 of four and five]",
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
    concentration: ConcentrationOption = None,
    composition: CompositionOption = "",
    chemical_potentials: PotentialsOption = "",
    temperatures: TemperaturesOption = "",
    sites: SitesOption = 512,
    sweeps: SweepsOption = 300,
    longest: LongestOption = 2,
    equilibration: EquilibrationOption = 200,
    draws: DrawsOption = 0,
    ground_state: GroundStateOption = "",
    start: StartOption = None,
    tolerance: ToleranceOption = 0.1,
    seed: SeedOption = 0,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Simulate a fitted alloy at many temperatures, from order and from disorder.

    Prints where the two have the same free energy, and writes tables that marts.thermodynamics,
    marts.free_energies and marts.transition_temperatures show.

    Example: python -m analysis monte-carlo --alloy au-cu --concentration 0.75

    Example: python -m analysis monte-carlo --alloy ag-au-cu --composition Ag=0.25,Au=0.25
    """
    from analysis.thermodynamics.diagram import choose_temperatures
    from analysis.thermodynamics.given import find_named
    from analysis.thermodynamics.results import run_monte_carlo
    from analysis.thermodynamics.settings import (
        MonteCarloSettings,
        parse_potentials,
        parse_temperatures,
        settle_composition,
    )
    from warehouse.catalog.connection import connect

    settings = MonteCarloSettings(
        model=model,
        ensemble=ensemble,
        chemical_potentials=parse_potentials(chemical_potentials),
        **settle_composition(alloy, concentration, composition),
        temperatures=parse_temperatures(temperatures) if temperatures else (),
        sites=sites,
        sweeps=sweeps,
        longest=longest,
        equilibration=equilibration,
        draws=draws,
        start=_name_start(start, alloy, model, warehouse) if start else "",
        tolerance=tolerance / 1000,
        seed=seed,
    )
    with connect(warehouse) as connection:
        phase = find_named(connection, alloy.name, ground_state)
        settings = choose_temperatures(
            connection, alloy.name, replace(settings, ground_state=phase)
        )
    tell(run_monte_carlo(warehouse, alloy.name, settings, track))


def phase_diagram(
    alloy: AlloyOption = DEFAULT_ALLOY,
    model: ModelOption = "",
    chemical_potentials: PotentialsOption = "",
    temperatures: TemperaturesOption = "",
    sites: SitesOption = 216,
    sweeps: SweepsOption = 100,
    longest: LongestOption = 1,
    equilibration: EquilibrationOption = 50,
    draws: DiagramDrawsOption = None,
    steps: StepsOption = None,
    tolerance: ToleranceOption = 0.1,
    seed: SeedOption = 0,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Simulate an alloy at all compositions, and find where its phases end.

    By common tangents: two phases stand side by side where both have the same grand potential.
    Temperatures and chemical potentials follow from the model's hull unless they are given. Writes
    tables that marts.phase_boundaries shows; draws of the parameters tell how sure they are.
    Of more than two elements by the convex hull of free energies at compositions in equal steps,
    which marts.isothermal_sections shows.

    Example: python -m analysis phase-diagram --alloy au-cu

    Example: python -m analysis phase-diagram --alloy ag-au-cu --steps 6 --temperatures 300:900:100
    """
    from analysis.thermodynamics.diagram import settle_diagram
    from analysis.thermodynamics.results import run_monte_carlo
    from analysis.thermodynamics.settings import (
        MonteCarloSettings,
        parse_potentials,
        parse_temperatures,
    )
    from warehouse.catalog.connection import connect

    settings = MonteCarloSettings(
        model=model,
        chemical_potentials=parse_potentials(chemical_potentials),
        temperatures=parse_temperatures(temperatures) if temperatures else (),
        sites=sites,
        sweeps=sweeps,
        longest=longest,
        equilibration=equilibration,
        tolerance=tolerance / 1000,
        seed=seed,
    )
    with connect(warehouse) as connection:
        settings = settle_diagram(connection, alloy, settings, draws, steps)
    tell(run_monte_carlo(warehouse, alloy.name, settings, track))


def _name_start(path: Path, alloy: Alloy, model: str, warehouse: Warehouse) -> str:
    """The decoration of the structure in a file, on the lattice of the alloy's model."""
    from analysis.thermodynamics.data import read_expansion
    from analysis.thermodynamics.given import name_structure
    from warehouse.catalog.connection import connect

    with connect(warehouse) as connection:
        expansion = read_expansion(connection, alloy.name, model)
    return name_structure(path, alloy, expansion.parent, expansion.lattice_parameter)


def tell(finished: "FinishedSimulation") -> None:
    """Print what a simulation found."""
    for line in finished.lines():
        typer.echo(line)
