"""`report`: the studies, the pages and metrics.json."""

from collections.abc import Iterator
from contextlib import contextmanager
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

if TYPE_CHECKING:
    import duckdb

    from warehouse.engines import Gathered

StudyOption = Annotated[
    Literal["cluster-expansion", "metals", "all"],
    typer.Option(help="What to run; the pages show every study that has results."),
]
STEPS = {
    "all": ("the cluster expansion", "its page", "the metals", "all pages"),
    "cluster-expansion": ("the cluster expansion", "all pages"),
    "metals": ("the metals", "all pages"),
}
"""What is done for each choice of --study, by the names of `analysis.report.plan`."""
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
    from analysis.cluster_expansion.page import PAGE
    from analysis.metals.benchmarks import MATBENCH
    from analysis.metals.figures.property_gains import refresh_property_gains
    from analysis.metals.settings import Depth, MetalsSettings
    from analysis.pages.page import make_folder
    from analysis.report.plan import announce_steps
    from analysis.report.report import write_first_page, write_report
    from warehouse.engines import DuckEngine, gather
    from warehouse.storage.store import Store

    make_folder(output)
    settings = MetalsSettings(depth=Depth.THOROUGH if thorough else Depth.USUAL)
    announce = announce_steps(
        STEPS[study], lambda text: typer.echo(text, err=True), is_estimated=not thorough
    )
    drawn = None
    with gather(DuckEngine(warehouse)) as gathered:
        if study != "metals":
            announce()
            cluster_expansion(
                alloy=alloy, methods=methods, cluster_space=cluster_space, cutoffs=cutoffs,
                exclude=exclude, refit=refit, thorough=thorough, warehouse=warehouse,
            )  # fmt: skip
        if study == "all":
            announce()
            with _read_pages(gathered, "cluster_expansion") as connection:
                drawn = write_first_page(connection, output, alloy)
            typer.echo(output / PAGE)
        if study != "cluster-expansion":
            announce()
            fit_benchmarks(warehouse, None, settings, gathered=gathered)
        announce()
        only = None if study == "all" else study.replace("-", "_")
        with _read_pages(gathered, only) as connection:
            if study != "cluster-expansion":
                refresh_property_gains(connection, output, MATBENCH[0])
            for path in write_report(connection, Store(warehouse), output, alloy, drawn, only):
                typer.echo(path)


@contextmanager
def _read_pages(
    gathered: "Gathered", only: str | None = None
) -> "Iterator[duckdb.DuckDBPyConnection]":
    """Open the catalog for pages, or that of one study `only`; what figures share is gathered."""
    from analysis.report.report import find_deep_views
    from warehouse.catalog.connection import connect

    with connect(gathered.engine.warehouse) as connection:
        views = find_deep_views(connection, only)
    with gathered.connect(views) as connection:
        yield connection
