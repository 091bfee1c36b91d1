"""`plot`: a picture of any query."""

from pathlib import Path
from typing import Annotated

import typer

from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption


def plot(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One query; its columns are drawn.")],
    kind: Annotated[
        str,
        typer.Option(
            help="scatter, histogram, box, periodic-table, ternary, hull or heatmap.  "
            "[default: guessed from the columns]"
        ),
    ] = "",
    x: Annotated[str, typer.Option(metavar="COLUMN", help="Of the x axis.")] = "",
    y: Annotated[str, typer.Option(metavar="COLUMN", help="Of the y axis.")] = "",
    color: Annotated[
        str, typer.Option(metavar="COLUMN", help="Numbers or up to 12 texts that give colours.")
    ] = "",
    log: Annotated[str, typer.Option(metavar="x,y", help="Axes with a logarithmic scale.")] = "",
    output: Annotated[
        Path, typer.Option(metavar="FILE", help="Ends in .html, .svg, .png or .pdf.")
    ] = Path("plot.html"),
    width: Annotated[
        float | None, typer.Option(metavar="CM", help="Default: 8.6, of HTML 24.")
    ] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Draw a query; labels and units come from the dictionary, formulas show when pointed at.

    A periodic table shows medians. A hull needs formulas of one binary system, and energies.

    Example: python -m analysis plot "select density, band_gap from material_properties" --log x
    """
    from analysis.pages.figure_files import write_figure
    from analysis.plots.query import plot_query
    from analysis.plots.request import KINDS
    from warehouse.catalog.connection import connect
    from warehouse.catalog.query import parse_query

    axes = [axis.strip() for axis in log.split(",") if axis.strip()]
    if kind and kind not in KINDS:
        raise typer.BadParameter(f"--kind is one of {', '.join(KINDS)}")
    if not set(axes) <= {"x", "y"}:
        raise typer.BadParameter("--log is x, y or x,y")
    with connect(warehouse) as connection:
        query = parse_query(connection, sql)
        drawn = plot_query(connection, query, kind=kind, x=x, y=y, color=color, log=axes)
    request = drawn.request
    write_figure(drawn.figure, output, width or (24 if output.suffix == ".html" else 8.6))
    typer.echo(f"{output}: {request.kind} of {request.n_rows:,} rows")
    if drawn.n_left_out > 0:
        typer.echo(
            f"  {drawn.n_left_out:,} rows without a value, or not above 0 on a logarithmic axis"
        )
    if request.rows.height < request.n_rows:
        typer.echo(f"  {request.rows.height:,} of {request.n_rows:,} points are drawn, by lot")
