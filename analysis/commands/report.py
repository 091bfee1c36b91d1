"""`report`: the studies, the pages and metrics.json."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from analysis.commands.cluster_expansion import (
    CutoffsOption,
    MethodsOption,
    SpaceOption,
    cluster_expansion,
)
from analysis.commands.metals import fit_benchmarks
from analysis.commands.options import (
    DEFAULT_ALLOY,
    AlloyOption,
    ExcludeOption,
    RefitOption,
    ThoroughOption,
)
from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption
from warehouse.conventions.alloys import Alloy

if TYPE_CHECKING:
    from warehouse.engines import Gathered

StudyOption = Annotated[
    Literal["cluster-expansion", "metals", "all"],
    typer.Option(help="What to run; the pages show every study that has results."),
]
OutputOption = Annotated[Path, typer.Option(metavar="DIR", help="Folder of the pages.")]


def report(
    output: OutputOption = Path("reports"),
    alloy: AlloyOption = DEFAULT_ALLOY,
    study: StudyOption = "all",
    methods: MethodsOption = "all",
    cluster_space: SpaceOption = None,
    cutoffs: CutoffsOption = None,
    exclude: ExcludeOption = None,
    refit: RefitOption = "training",
    thorough: ThoroughOption = False,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Run both studies, or one, and write the pages and metrics.json.

    The page of the first study is there while the second still fits.
    The page on an alloy shows the run that these options ask for.

    Example: python -m analysis report --study cluster-expansion --alloy ag-au
    """
    from analysis.metals.settings import Depth, MetalsSettings
    from analysis.pages.page import make_folder
    from warehouse.engines import DuckEngine, gather

    make_folder(output)
    settings = MetalsSettings(depth=Depth.THOROUGH if thorough else Depth.USUAL)
    with gather(DuckEngine(warehouse)) as gathered:
        if study != "metals":
            cluster_expansion(
                alloy=alloy, methods=methods, cluster_space=cluster_space, cutoffs=cutoffs,
                exclude=exclude, refit=refit, thorough=thorough, warehouse=warehouse,
            )  # fmt: skip
        if study == "all":
            typer.echo(_write(gathered, output, alloy, only="cluster_expansion")[0])
        if study != "cluster-expansion":
            fit_benchmarks(warehouse, None, settings, gathered=gathered)
        for path in _write(gathered, output, alloy):
            typer.echo(path)


def _write(gathered: "Gathered", output: Path, alloy: Alloy, only: str | None = None) -> list[Path]:
    """Write the pages, or that of one study `only`; what several figures show is gathered first."""
    from analysis.report.report import find_deep_views, write_report
    from warehouse.catalog.connection import connect
    from warehouse.storage.store import Store

    warehouse = gathered.engine.warehouse
    with connect(warehouse) as connection:
        views = find_deep_views(connection, only)
    with gathered.connect(views) as connection:
        return write_report(connection, Store(warehouse), output, alloy, only)
