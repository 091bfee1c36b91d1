"""`property`: fit and judge a linear model of any number or class that SQL selects."""

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.commands.options import SeedOption
from analysis.commands.running import run_and_tell, split_names
from warehouse.console import DEFAULT_WAREHOUSE, JsonOption, WarehouseOption, print_json
from warehouse.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from analysis.properties.settings import PropertySettings


def property_(
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help="A column of materials, with --dataset; or a query in quotes that selects "
            "`formula`, then the number or class to predict, then further descriptors if you like.",
        ),
    ],
    formulas: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FORMULA]...", help="What to ask about, with --predict."),
    ] = None,
    dataset: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Whose rows: a task of Matbench, such as matbench_mp_gap, or a source of "
            "materials.",
        ),
    ] = "",
    name: Annotated[
        str, typer.Option(metavar="NAME", help="What the results of a query are called.")
    ] = "",
    where: Annotated[
        str, typer.Option(metavar="SQL", help="Condition on the rows, such as band_gap > 0.")
    ] = "",
    log: Annotated[bool, typer.Option("--log", help="Fit the decimal logarithm.")] = False,
    classify: Annotated[
        bool | None,
        typer.Option(
            "--classify/--regress",
            help="Take the target for classes, or for numbers; by default text, yes or no, and "
            "whole numbers with two values are classes.",
            show_default=False,
        ),
    ] = None,
    sets: Annotated[
        str,
        typer.Option(
            metavar="A,B,...",
            help="Sets of descriptors: some of fractions, electrons, charges, roles, pairs, "
            "magpie, own (further columns of a query).",
        ),
    ] = "all",
    predict: Annotated[
        bool,
        typer.Option("--predict", help="Fit nothing: ask the fitted model about formulas."),
    ] = False,
    as_json: JsonOption = False,
    seed: SeedOption = 0,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Fit and judge a linear model of any number or class that SQL selects with a formula.

    The model reads the formula alone. It is judged on the official folds of a task of Matbench, on
    formulas and on sets of elements that it has not seen and, of numbers, on the highest tenth.
    --predict gives a number with an interval, or the probability of each class.

    Example: python -m analysis property band_gap --dataset matbench_expt_gap

    Example: python -m analysis property band_gap Cu3Au GaN --dataset matbench_expt_gap --predict

    Example: python -m analysis property is_metal --dataset matbench_expt_is_metal

    Example: python -m analysis property "select formula, n from staging.materials" --log
    """
    from analysis.properties.settings import SETS, PropertySettings, TargetKind
    from analysis.properties.tasks import TASKS

    is_query = " " in target.strip()
    if is_query == bool(dataset):
        raise typer.BadParameter("give a column with --dataset, or a query without")
    if name and (dataset or name in TASKS):
        raise typer.BadParameter("--name is for a query, and not that of a task of Matbench")
    if bool(formulas) != predict:
        raise typer.BadParameter("formulas and --predict go together")
    chosen = split_names(sets, SETS)
    if unknown := [part for part in chosen if part not in SETS]:
        raise typer.BadParameter(f"--sets has no {', '.join(unknown)}; it has {', '.join(SETS)}")
    task = TASKS.get(dataset)
    if task and target != task.column:
        raise typer.BadParameter(f"{dataset} is about {task.column}")
    is_log = log or bool(task and task.is_log)
    if is_log and classify:
        raise typer.BadParameter("--log is for numbers, --classify for classes")
    kinds = {None: TargetKind.GUESSED, True: TargetKind.CLASSES, False: TargetKind.NUMBER}
    kind = kinds[classify]
    settings = PropertySettings(target.strip(), dataset, where, is_log, chosen, seed, kind)
    called = name or _name(settings)
    if predict:
        _ask(warehouse, formulas or [], called, as_json=as_json)
        return
    if as_json:
        raise typer.BadParameter("--json goes with --predict; scores: python -m analysis runs")
    run_and_tell(warehouse, "property", called, settings)


def _name(settings: "PropertySettings") -> str:
    """What the results are called: the task, the source and its column, or a query's digest."""
    from analysis.properties.settings import PropertySettings
    from analysis.properties.tasks import TASKS

    task = TASKS.get(settings.source)
    if task and settings == PropertySettings(task.column, settings.source, is_log=task.is_log):
        return settings.source
    text = json.dumps(settings.as_dict(), sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    if not settings.source:
        return f"query_{digest}"
    plain = PropertySettings(settings.target, settings.source, is_log=settings.is_log)
    parts = [settings.source, settings.target, *(["log"] if settings.is_log else [])]
    return ".".join(parts if settings == plain else [*parts, digest])


def _ask(warehouse: Warehouse, formulas: list[str], name: str, *, as_json: bool) -> None:
    """Print what the model of `name` says of `formulas`."""
    from analysis.properties.prediction import load_property
    from warehouse.catalog.connection import connect
    from warehouse.errors import WarehouseError

    with connect(warehouse) as connection:
        answers = load_property(connection, name).explain(formulas)
    if as_json:
        print_json([asdict(answer) for answer in answers])
    else:
        for answer in answers:
            typer.echo(answer.text)
    missing = [answer for answer in answers if not answer.is_answered]
    if missing:
        raise WarehouseError(
            f"{len(missing)} of {len(answers)} formulas have no answer: {missing[0].likeness}",
            hint="mend each as it says; the others are answered",
        )
