"""`report`: the studies, the pages and metrics.json."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from analysis.commands.cluster_expansion import cluster_expansion
from analysis.commands.metals import metals
from analysis.commands.options import DEFAULT_ALLOY, AlloyOption
from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption

StudyOption = Annotated[
    Literal["cluster-expansion", "metals", "all"],
    typer.Option(help="What to run; the pages show every study that has results."),
]
OutputOption = Annotated[Path, typer.Option(metavar="DIR", help="Folder of the pages.")]


def report(
    output: OutputOption = Path("reports"),
    alloy: AlloyOption = DEFAULT_ALLOY,
    study: StudyOption = "all",
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Run both studies, or one, and write the pages and metrics.json.

    Example: python -m analysis report --study cluster-expansion --alloy ag-au
    """
    from analysis.pages.page import make_folder
    from analysis.report.report import write_report
    from warehouse.catalog.connection import connect
    from warehouse.storage.store import Store

    make_folder(output)
    if study != "metals":
        cluster_expansion(alloy, warehouse=warehouse)
    if study != "cluster-expansion":
        metals(warehouse=warehouse)
    with connect(warehouse) as connection:
        for path in write_report(connection, Store(warehouse), output, alloy):
            typer.echo(path)
