"""`fit`: one model at one strength, by Spark, to more rows than fit in memory."""

from typing import Annotated, Literal

import typer

from analysis.commands.cluster_expansion import SpaceOption
from analysis.commands.options import DEFAULT_ALLOY, parse_alloy
from analysis.commands.running import run_and_tell
from warehouse.commands.engines import MasterOption, SettingsOption, spark_or_none
from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption


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
    from analysis.cluster_expansion.data import find_space
    from analysis.cluster_expansion.settings import (
        DEFAULT_L1_RATIO,
        ElasticNetSettings,
    )
    from analysis.metals.settings import LogisticSettings
    from warehouse.catalog.connection import connect

    if not 0 < strength < float("inf"):
        raise typer.BadParameter("--strength is a number above 0")
    if study == "metals":
        if l1_ratio is not None or cluster_space is not None:
            raise typer.BadParameter("--l1-ratio and --cluster-space go with cluster-expansion")
        if test_fold > 4:
            raise typer.BadParameter("the folds of metals are 0 to 4")
    with spark_or_none(engine, warehouse, spark_master, spark_conf) as spark:
        if study == "metals":
            name = dataset or "matbench_mp_is_metal"
            logistic = LogisticSettings(strength, test_fold)
            run_and_tell(warehouse, "metals_fit", name, logistic, spark)
            return
        alloy = parse_alloy(dataset or DEFAULT_ALLOY)
        with connect(warehouse) as connection:
            space = cluster_space or find_space(connection, alloy)
        ratio = DEFAULT_L1_RATIO if l1_ratio is None else l1_ratio
        elastic_net = ElasticNetSettings(space, strength, ratio, test_fold)
        run_and_tell(warehouse, "cluster_expansion_fit", alloy.name, elastic_net, spark)
