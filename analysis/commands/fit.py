"""`fit`: one model at one strength, by Spark, to more rows than fit in memory."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from analysis.commands.cluster_expansion import DEFAULT_SPACE, SpaceOption
from warehouse.commands.engines import (
    MasterOption,
    SettingsOption,
    spark_or_none,
    watch,
)
from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption
from warehouse.conventions.alloys import normalise_alloy

if TYPE_CHECKING:
    from warehouse.spark.engine import SparkEngine


def fit(
    study: Annotated[
        Literal["metals", "cluster-expansion"], typer.Argument(help="What to fit a model of.")
    ],
    strength: Annotated[
        float,
        typer.Option(
            help="C of metals, the inverse of the penalty; alpha of cluster-expansion, the penalty."
        ),
    ],
    dataset: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="[default: matbench_mp_is_metal, or au-cu]"),
    ] = None,
    l1_ratio: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Share of L1 in the penalty of cluster-expansion.  [default: 0.5]"
        ),
    ] = None,
    test_fold: Annotated[
        int,
        typer.Option(
            min=0, max=9, help="Fold that is held out: 0 to 4 of metals, to 9 of cluster-expansion."
        ),
    ] = 0,
    cluster_space: SpaceOption = None,
    engine: Annotated[
        Literal["spark"], typer.Option("--engine", help="What computes; spark needs Java.")
    ] = "spark",
    spark_master: MasterOption = None,
    spark_conf: SettingsOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Fit one model to more rows than fit in memory, and score it on the fold held out.

    A logistic regression (metals) or an elastic net (cluster-expansion), with the study's features
    and scaling. Its results stand beside the study's, as metals_fit or cluster_expansion_fit.

    Example: python -m analysis fit metals --strength 0.2 --engine spark
    """
    if not 0 < strength < float("inf"):
        raise typer.BadParameter("--strength is a number above 0")
    settings: dict[str, Any] = {"strength": strength, "test_fold": test_fold}
    if study == "metals":
        if l1_ratio is not None or cluster_space is not None:
            raise typer.BadParameter("--l1-ratio and --cluster-space go with cluster-expansion")
        if test_fold > 4:
            raise typer.BadParameter("the folds of metals are 0 to 4")
        name = dataset or "matbench_mp_is_metal"
    else:
        name = normalise_alloy(dataset or "au-cu")
        settings |= {
            "l1_ratio": 0.5 if l1_ratio is None else l1_ratio,
            "cluster_space": cluster_space,
        }
    with spark_or_none(engine, warehouse, spark_master, spark_conf) as spark:
        assert spark is not None
        _fit(spark, f"{study.replace('-', '_')}_fit", name, settings)


def _fit(spark: "SparkEngine", study: str, dataset: str, settings: dict[str, Any]) -> None:
    """Fit unless the warehouse has this very run; write it back and print its scores."""
    from analysis.cluster_expansion.data import find_space
    from analysis.runs.results import list_scores
    from analysis.runs.run import find_run
    from analysis.runs.saving import save_results
    from analysis.single_fits.fit import fit_cluster_expansion, fit_metals
    from analysis.studies import plan_run
    from warehouse.catalog.connection import connect
    from warehouse.storage.store import Store

    with connect(spark.root) as connection:
        if settings.get("cluster_space", "") is None:
            settings["cluster_space"] = find_space(connection, dataset, DEFAULT_SPACE)
        run = plan_run(connection, study, dataset, settings, "spark")
        if find_run(connection, run):
            typer.echo(f"{study} of {dataset}: unchanged since run {run.run_id}")
            return
        work = fit_metals if study == "metals_fit" else fit_cluster_expansion
        with watch(spark):
            results = work(spark, connection, run)
    save_results(Store(spark.root), run, results)
    typer.echo(f"{study} of {dataset}, run {run.run_id}: scores on fold {settings['test_fold']}")
    for metric in results.metrics["metric"]:
        for line in list_scores(results, metric):
            typer.echo(f"{line}  {metric}")
