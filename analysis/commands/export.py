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
    str | None, typer.Option(metavar="NAME", help="Fitted model, such as lasso, for icet.")
]
GeometryOption = Annotated[
    Literal["ideal", "relaxed"] | None,
    typer.Option(help="Default: relaxed where a source's name asks for it, else ideal."),
]
FormatOption = Annotated[
    Literal["poscar", "extxyz", "cif", "icet"] | None,
    typer.Option("--format", help="Default: extxyz for structures, icet for a model."),
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
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Write structures, a whole hull or a fitted model to files of other programs.

    A model becomes an icet ClusterExpansion, which mchammer can run.

    Example: python -m analysis export --hull predicted --format poscar --output ground_states
    """
    if [structure, hull, model].count(None) != 2:
        raise typer.BadParameter("give one of --structure, --hull and --model")
    formats = {None, "icet"} if model is not None else {None, "poscar", "extxyz", "cif"}
    if file_format not in formats or (model is not None and geometry is not None):
        raise typer.BadParameter("a model, and nothing else, is written in icet's format")
    from analysis.cluster_expansion.export.icet_model import write_icet_model
    from analysis.cluster_expansion.export.structures import (
        list_hull,
        read_structures,
        write_structures,
    )
    from warehouse.catalog.connection import connect

    with connect(warehouse) as connection:
        if model is not None or hull == "predicted":  # What else is written needs no fit.
            note_stale_runs(connection)
        if model is not None:
            write_icet_model(connection, alloy, model, output)
            typer.echo(f"{output}: {model} of {alloy} for icet and mchammer")
            return
        names = list_hull(connection, alloy, hull) if hull is not None else [str(structure)]
        structures = read_structures(connection, alloy, names, geometry)
    write_structures(structures, file_format or "extxyz", output)
    typer.echo(f"{output}: {len(structures)} structures of {alloy}, {file_format or 'extxyz'}")
