"""`metals`: fit the metal / non-metal classifier, or ask it."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.commands.options import SeedOption, ThoroughOption
from analysis.commands.running import run_and_tell
from warehouse.commands.engines import (
    EngineOption,
    MasterOption,
    SettingsOption,
    spark_or_none,
)
from warehouse.console import DEFAULT_WAREHOUSE, JsonOption, WarehouseOption, print_json
from warehouse.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from analysis.metals.settings import MetalsSettings
    from warehouse.engines import Gathered
    from warehouse.spark.engine import SparkEngine

BenchmarkOption = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="matbench_mp_is_metal, matbench_expt_is_metal, materials_project_is_metal (live rows, "
        "with their structures) or all.",
    ),
]


LEAST_LIVE = 1000
"""Live rows that the study of all data sets takes the trouble for; ask by name for fewer."""


def metals(
    formulas: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FORMULA]...", help="What to ask about, with --predict."),
    ] = None,
    predict: Annotated[
        bool,
        typer.Option("--predict", help="Fit nothing: ask the fitted classifier about formulas."),
    ] = False,
    benchmark: BenchmarkOption = "all",
    as_json: JsonOption = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Scores and the ladder only, without the curves.")
    ] = False,
    thorough: ThoroughOption = False,
    seed: SeedOption = 0,
    engine: EngineOption = "duckdb",
    spark_master: MasterOption = None,
    spark_conf: SettingsOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Fit the metal / non-metal classifier to Matbench's data, or ask it about formulas.

    Where the warehouse has live rows of the Materials Project, it also says what their structures,
    energies and magnetism would add.

    Example: python -m analysis metals --predict Cu3Au GaN
    """
    from analysis.metals.benchmarks import MATBENCH, Benchmark
    from analysis.metals.settings import Depth, MetalsSettings

    if benchmark not in ("all", *Benchmark):
        raise typer.BadParameter(f"--benchmark is all or one of {', '.join(Benchmark)}")
    if predict or formulas:
        if not (predict and formulas):
            raise typer.BadParameter("formulas and --predict go together")
        asked = MATBENCH[0] if benchmark == "all" else benchmark
        _ask(warehouse, formulas, asked, as_json=as_json)
        return
    if as_json:
        raise typer.BadParameter("--json goes with --predict; scores: python -m analysis runs")
    if quick and thorough:
        raise typer.BadParameter("--quick and --thorough exclude each other")
    settings = MetalsSettings(
        seed, Depth.QUICK if quick else Depth.THOROUGH if thorough else Depth.USUAL
    )
    with spark_or_none(engine, warehouse, spark_master, spark_conf) as spark:
        fit_benchmarks(warehouse, None if benchmark == "all" else [benchmark], settings, spark)


def fit_benchmarks(
    warehouse: Warehouse,
    names: Sequence[str] | None,
    settings: "MetalsSettings",
    spark: "SparkEngine | None" = None,
    gathered: "Gathered | None" = None,
) -> None:
    """Fit the classifier to these data sets, or to all there are; to the measured quickly."""
    from analysis.metals.benchmarks import MATBENCH, Benchmark
    from analysis.metals.settings import Depth
    from warehouse.engines import DuckEngine, gather

    if names is None:
        names = [*MATBENCH, *([Benchmark.LIVE] if _is_live(warehouse) else [])]
    measured = replace(settings, depth=Depth.QUICK)
    with nullcontext(gathered) if gathered else gather(DuckEngine(warehouse)) as shared:
        for name in names:
            chosen = measured if name == MATBENCH[1] else settings
            run_and_tell(warehouse, "metals", name, chosen, spark, shared)


def _ask(warehouse: Warehouse, formulas: list[str], benchmark: str, *, as_json: bool) -> None:
    """Print what the classifier of `benchmark` says of `formulas`.

    Raises WarehouseError for those that have no answer, when the others are printed.
    """
    from analysis import load_model
    from warehouse.errors import WarehouseError

    answers = load_model("metals", benchmark, warehouse=str(warehouse)).explain(formulas)
    if as_json:
        print_json([asdict(answer) for answer in answers])
    missing = [answer for answer in answers if answer.probability is None]
    for answer in answers:
        if answer.probability is not None and not as_json:
            typer.echo(answer.text)
    if missing:
        raise WarehouseError(
            f"{len(missing)} of {len(answers)} formulas have no answer: "
            + "; ".join(answer.likeness for answer in missing),
            hint="mend each as it says; the others are answered",
        )


def _is_live(warehouse: Warehouse) -> bool:
    """Whether there are live rows enough for a study; says so if there are some, but too few."""
    from analysis.metals.benchmarks import Benchmark
    from analysis.metals.inquiries.structure_ladder import count_live
    from warehouse.catalog.connection import connect

    with connect(warehouse) as connection:
        n_live = count_live(connection)
    if 0 < n_live < LEAST_LIVE:
        typer.echo(
            f"metals of {Benchmark.LIVE}: left out, {n_live} rows are fewer than {LEAST_LIVE}"
        )
    return n_live >= LEAST_LIVE
