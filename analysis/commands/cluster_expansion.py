"""`cluster-expansion`: fit the energies of an alloy."""

from typing import Annotated

import typer

from analysis.commands.fitting import save, split_names
from analysis.commands.options import AlloyOption, SeedOption
from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption, track

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
        help="Cluster space, as `python -m ingest clusters` made it.  [default: fcc-4-2.5-1.6, or "
        "the same cutoffs on the alloy's own parent lattice]",
    ),
]

DEFAULT_SPACE = "fcc-4-2.5-1.6"


def cluster_expansion(
    alloy: AlloyOption = "au-cu",
    methods: MethodsOption = "all",
    cluster_space: SpaceOption = None,
    cutoffs: CutoffsOption = None,
    splits: SplitsOption = "all",
    seed: SeedOption = 0,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Fit cluster expansions of an alloy's formation energies.

    Example: python -m analysis cluster-expansion --alloy ag-au --methods ridge,lasso --cutoffs 3,2
    """
    from analysis.cluster_expansion.inputs import find_space, parse_cutoffs, read_dataset
    from analysis.cluster_expansion.models import METHODS
    from analysis.cluster_expansion.splits import SPLITS
    from analysis.cluster_expansion.study import run_study
    from analysis.reuse import digest_inputs, find_run
    from warehouse.connection import connect

    longest = None if cutoffs is None else parse_cutoffs(cutoffs)
    with connect(warehouse) as connection:
        space = cluster_space or find_space(connection, alloy, DEFAULT_SPACE)
        dataset, orbits = read_dataset(connection, alloy, space, longest)
        chosen_methods, chosen_splits = split_names(methods, METHODS), split_names(splits, SPLITS)
        settings = {"methods": chosen_methods, "splits": chosen_splits, "seed": seed}
        inputs = digest_inputs("cluster_expansion", settings | {"cutoffs": longest}, dataset)
        if run_id := find_run(connection, "cluster_expansion", alloy, inputs):
            typer.echo(f"cluster_expansion of {alloy}: unchanged since run {run_id}")
            return
    results = run_study(dataset, orbits, chosen_methods, chosen_splits, seed, track)
    save(warehouse, results, "rmse", inputs)
