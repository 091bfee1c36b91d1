"""`report`: both studies, the pages and metrics.json."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.commands.cluster_expansion import cluster_expansion
from analysis.commands.metals import metals
from analysis.commands.options import AlloyOption
from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption

OutputOption = Annotated[Path, typer.Option(metavar="DIR", help="Folder of the pages.")]


def report(
    output: OutputOption = Path("reports"),
    alloy: AlloyOption = "au-cu",
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Run both studies and write the pages and metrics.json.

    Example: python -m analysis report --output reports
    """
    from analysis.pages import make_folder
    from analysis.report import write_report
    from warehouse.connection import connect

    make_folder(output)
    cluster_expansion(alloy, warehouse=warehouse)
    metals(warehouse=warehouse)
    with connect(warehouse) as connection:
        for path in write_report(connection, output, alloy):
            typer.echo(path)
