"""`python -m analysis`: fit the models, judge them, write the pages."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption, make_app, track

if TYPE_CHECKING:
    from analysis.results import Results

app = make_app("Fit models to the warehouse's views, judge them, and write the pages.")

AlloyOption = Annotated[str, typer.Option(metavar="NAME", help="For example au-cu, ag-au, ag-cu.")]
MethodsOption = Annotated[
    str,
    typer.Option(
        metavar="A,B,...", help="Some of least_squares, ridge, lasso, elastic_net, or all."
    ),
]
SpaceOption = Annotated[
    str, typer.Option(metavar="ID", help="Cluster space, as `python -m ingest clusters` made it.")
]
SeedOption = Annotated[
    int, typer.Option(min=0, help="Seed of the folds that choose hyperparameters.")
]
OutputOption = Annotated[Path, typer.Option(metavar="DIR", help="Folder of the pages.")]

DEFAULT_SPACE = "fcc-3.2-1.8-1.6"


@app.command()
def cluster_expansion(
    alloy: AlloyOption = "au-cu",
    methods: MethodsOption = "all",
    cluster_space: SpaceOption = DEFAULT_SPACE,
    seed: SeedOption = 0,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Fit cluster expansions of an alloy's formation energies.

    Example: python -m analysis cluster-expansion --alloy ag-au --methods ridge,lasso
    """
    from analysis.cluster_expansion.models import METHODS
    from analysis.cluster_expansion.study import read_cluster_orders, read_dataset, run_study
    from warehouse.connection import connect

    with connect(warehouse) as connection:
        dataset = read_dataset(connection, alloy, cluster_space)
        orders = read_cluster_orders(connection, cluster_space)
    names = list(METHODS) if methods == "all" else list(dict.fromkeys(methods.split(",")))
    _save(warehouse, run_study(dataset, orders, names, seed, track), "rmse")


@app.command()
def metals(seed: SeedOption = 0, warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Fit the metal / non-metal classifier to both Matbench data sets.

    Example: python -m analysis metals
    """
    from analysis.metals.study import CALCULATED, MEASURED, read_dataset, run_study
    from warehouse.connection import connect

    with connect(warehouse) as connection:
        calculated, measured = (read_dataset(connection, name) for name in (CALCULATED, MEASURED))
    _save(warehouse, run_study(calculated, measured, seed, track), "balanced_accuracy")
    _save(warehouse, run_study(measured, None, seed, track), "balanced_accuracy")


@app.command()
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
    cluster_expansion(alloy, "all", DEFAULT_SPACE, 0, warehouse)
    metals(0, warehouse)
    with connect(warehouse) as connection:
        for path in write_report(connection, output, alloy):
            typer.echo(path)


def _save(warehouse: Path, results: "Results", metric: str) -> None:
    """Write results back into the warehouse and print one score of each model and split."""
    from analysis.results import save_results
    from warehouse.store import Store

    save_results(Store(warehouse), results)
    typer.echo(f"{results.study} of {results.dataset.name}: {metric}")
    for row in results.metrics.filter(metric=metric).iter_rows(named=True):
        chosen = "*" if row["model"] == results.selected else " "
        unit = "" if row["unit"] == "1" else f" {row['unit']}"
        typer.echo(
            f"  {chosen} {row['model']:<20}{row['split']:<24}{row['value']:>8.4g}{unit}"
            f"  (n = {row['n']:,})"
        )


if __name__ == "__main__":
    app()
