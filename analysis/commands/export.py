"""`export`: structures, hulls and models as files of other programs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from analysis.commands.options import DEFAULT_ALLOY, AlloyOption
from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption, note_stale_runs

StructureOption = Annotated[
    str | None,
    typer.Option("--structure", metavar="ID", help="Structure's name, or a decoration_id."),
]
HullOption = Annotated[
    Literal["data", "predicted"] | None,
    typer.Option(help="All structures on the hull of the data or of the selected model."),
]
ModelOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Fitted model, such as lasso, or selected, for icet."),
]
GeometryOption = Annotated[
    Literal["ideal", "relaxed"] | None,
    typer.Option(
        help="ideal: on the lattice's sites; relaxed: as calculated, the lowest of its decoration. "
        "Default: relaxed for a structure's own name, ideal for a decoration_id."
    ),
]
FormatOption = Annotated[
    Literal["poscar", "extxyz", "cif", "icet"] | None,
    typer.Option("--format", help="Default: extxyz for structures, icet for a model."),
]
SupercellOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="With --model: say which clusters fit the cell in FILE."),
]
FileOption = Annotated[
    Path,
    typer.Option("--output", metavar="PATH", help="File; a folder for a hull in poscar or cif."),
]


def export(
    output: FileOption,
    alloy: AlloyOption = DEFAULT_ALLOY,
    structure: StructureOption = None,
    hull: HullOption = None,
    model: ModelOption = None,
    geometry: GeometryOption = None,
    file_format: FormatOption = None,
    supercell: SupercellOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Write structures, a whole hull or a fitted model to files of other programs.

    A model becomes an icet ClusterExpansion, which mchammer can run in a cell that is large enough.

    Example: python -m analysis export --hull predicted --format poscar --output ground_states
    """
    if [structure, hull, model].count(None) != 2:
        raise typer.BadParameter("give one of --structure, --hull and --model")
    formats = {None, "icet"} if model is not None else {None, "poscar", "extxyz", "cif"}
    if supercell is not None and model is None:
        raise typer.BadParameter("--supercell goes with --model")
    if file_format not in formats or (model is not None and geometry is not None):
        raise typer.BadParameter("a model, and nothing else, is written in icet's format")
    from analysis.cluster_expansion.export.icet_model import write_icet_model
    from analysis.cluster_expansion.export.structures import (
        find_selected,
        list_hull,
        read_structures,
        write_structures,
    )
    from analysis.cluster_expansion.export.supercell_size import (
        describe_supercell,
        suggest_cutoffs,
    )
    from analysis.cluster_expansion.own_structures.fit_origin import read_fit_origin
    from warehouse.catalog.connection import connect

    with connect(warehouse) as connection:
        if model is not None or hull == "predicted":  # What else is written needs no fit.
            note_stale_runs(connection)
        if model is not None:
            expansion = write_icet_model(connection, alloy, model, output)
            told = expansion.metadata
            typer.echo(
                f"{output}: {told['model']} of {alloy} for icet and mchammer, run "
                f"{told['run_id']}, {told['fitted_to']}"
            )
            typer.echo(
                describe_supercell(expansion)
                if supercell is None
                else suggest_cutoffs(expansion, alloy, told["lattice_parameter"], supercell)
            )
            return
        names = list_hull(connection, alloy, hull) if hull is not None else [str(structure)]
        structures = read_structures(connection, alloy, names, geometry)
        by_whom = ""
        if hull == "predicted":
            chosen = find_selected(connection, alloy)
            by_whom = f"; predicted by {chosen}, {read_fit_origin(connection, alloy, chosen)}"
    write_structures(structures, file_format or "extxyz", output)
    count = f"{len(structures)} structure{'s' * (len(structures) != 1)}"
    typer.echo(f"{output}: {count} of {alloy}, {file_format or 'extxyz'}{by_whom}")
