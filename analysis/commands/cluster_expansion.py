"""`cluster-expansion`: fit the energies of an alloy."""

from typing import Annotated

import typer

from analysis.commands.options import (
    DEFAULT_ALLOY,
    AlloyOption,
    ExcludeOption,
    RefitOption,
    SeedOption,
    ThoroughOption,
)
from analysis.commands.running import run_and_tell, split_names
from warehouse.commands.engines import (
    EngineOption,
    MasterOption,
    SettingsOption,
    spark_or_none,
)
from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption
from warehouse.conventions.cluster_spaces import ClusterSpaceName, parse_cutoffs

MethodsOption = Annotated[
    str,
    typer.Option(
        metavar="A,B,...",
        help="Some of least_squares, ridge, lasso, adaptive_lasso, elastic_net, ard, "
        "bayesian_ridge, weighted_ridge, or all.",
    ),
]
CutoffsOption = Annotated[
    str | None,
    typer.Option(
        metavar="PAIR,TRIPLET,...",
        help="Keep clusters up to these, in lattice parameters a; default: the whole space.",
    ),
]
SplitsOption = Annotated[
    str,
    typer.Option(
        metavar="A,B,...",
        help="Beside the two that choose and judge the choice, some of random_10_fold, "
        "leave_composition_out, size_5_to_6, or all.",
    ),
]
SpaceOption = Annotated[
    str | None,
    typer.Option(
        metavar="ID",
        help="Cluster space, as `python -m ingest clusters` made it.  "
        f"[default: {ClusterSpaceName('fcc')}, or the same cutoffs on the "
        "alloy's own parent lattice]",
    ),
]


def cluster_expansion(
    alloy: AlloyOption = DEFAULT_ALLOY,
    methods: MethodsOption = "all",
    cluster_space: SpaceOption = None,
    cutoffs: CutoffsOption = None,
    splits: SplitsOption = "all",
    exclude: ExcludeOption = None,
    refit: RefitOption = "training",
    seed: SeedOption = 0,
    thorough: ThoroughOption = False,
    engine: EngineOption = "duckdb",
    spark_master: MasterOption = None,
    spark_conf: SettingsOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Fit cluster expansions of an alloy's formation energies.

    Example: python -m analysis cluster-expansion --alloy ag-au --methods ridge,lasso --cutoffs 3,2
    """
    from analysis.cluster_expansion.data import find_space
    from analysis.cluster_expansion.models.expansion import METHODS
    from analysis.cluster_expansion.settings import ClusterExpansionSettings
    from analysis.cluster_expansion.splits import SPLITS
    from warehouse.catalog.connection import connect

    longest = None if cutoffs is None else parse_cutoffs(cutoffs)
    with connect(warehouse) as connection:
        space = cluster_space or find_space(connection, alloy)
    settings = ClusterExpansionSettings(
        cluster_space=space,
        methods=split_names(methods, METHODS),
        splits=tuple(sorted(split_names(splits, SPLITS))),
        cutoffs=None if longest is None else tuple(longest),
        seed=seed,
        is_thorough=thorough,
        exclude=tuple(sorted({name for text in exclude or () for name in text.split(",")})),
        refit=refit,
    )
    with spark_or_none(engine, warehouse, spark_master, spark_conf) as spark:
        run_and_tell(warehouse, "cluster_expansion", alloy.name, settings, spark)
