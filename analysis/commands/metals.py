"""`metals`: fit the metal / non-metal classifier, or ask it."""

from typing import Annotated

import typer

from analysis.commands.fitting import run_study
from analysis.commands.options import SeedOption
from warehouse.console import DEFAULT_WAREHOUSE, JsonOption, WarehouseOption, print_json

BenchmarkOption = Annotated[
    str,
    typer.Option(metavar="NAME", help="matbench_mp_is_metal, matbench_expt_is_metal or all."),
]


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
    seed: SeedOption = 0,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Fit the metal / non-metal classifier to Matbench's data, or ask it about formulas.

    Example: python -m analysis metals --predict Cu3Au GaN
    """
    from analysis.metals.data import BENCHMARKS
    from analysis.metals.scoring import score_formulas
    from warehouse.connection import connect

    if predict or formulas:
        if not (predict and formulas):
            raise typer.BadParameter("formulas and --predict go together")
        asked = BENCHMARKS[0] if benchmark == "all" else benchmark
        with connect(warehouse) as connection:
            answers = score_formulas(connection, formulas, asked)
        if as_json:
            print_json([vars(answer) for answer in answers])
            return
        for answer in answers:
            typer.echo(answer.text)
        return
    if as_json:
        raise typer.BadParameter("--json goes with --predict; scores: python -m analysis runs")
    if benchmark not in ("all", *BENCHMARKS):
        raise typer.BadParameter(f"--benchmark is all or one of {', '.join(BENCHMARKS)}")
    for name in BENCHMARKS if benchmark == "all" else (benchmark,):
        settings = {"seed": seed, "is_thorough": not quick and name == BENCHMARKS[0]}
        run_study(warehouse, "metals", name, settings)
