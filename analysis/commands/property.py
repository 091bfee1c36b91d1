"""`property`: fit and judge a linear model of any number or class that SQL selects."""

import hashlib
import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from analysis.commands.options import SeedOption, ThoroughOption
from analysis.commands.running import run_and_tell
from warehouse.console import DEFAULT_WAREHOUSE, JsonOption, WarehouseOption, print_json, track
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
    descriptors: Annotated[
        str,
        typer.Option(
            "--descriptors",
            "--sets",
            metavar="A,B,...",
            help="Sets: some of fractions, electrons, charges, roles, pairs, magpie, cell (of rows "
            "of a source whose formula lists a whole unit cell), own (further "
            "columns of a query), or all; structure and properties, where the warehouse knows "
            "them; or a view with a row per material or formula, such as marts.my_view.",
        ),
    ] = "all",
    refuse: Annotated[
        str,
        typer.Option(
            metavar="A,B,...",
            help="Further columns that are no descriptors, because they tell the target.",
        ),
    ] = "",
    method: Annotated[
        Literal["huber", "quantile", "ridge", "lasso", "elastic-net"],
        typer.Option(help="How numbers are fitted; quantile is the regression of the median."),
    ] = "huber",
    predict: Annotated[
        bool,
        typer.Option("--predict", help="Fit nothing: ask the fitted model about formulas."),
    ] = False,
    query: Annotated[
        str,
        typer.Option(
            metavar="SQL", help="With --predict: a query that selects `formula`, of any length."
        ),
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="With --query: a Parquet file for its rows and the predictions."
        ),
    ] = None,
    as_json: JsonOption = False,
    seed: SeedOption = 0,
    thorough: ThoroughOption = False,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Fit and judge a linear model of any number or class that SQL selects with a formula.

    The model reads the formula alone. It is judged on the official folds of a task of Matbench, on
    formulas and on sets of elements that it has not seen and, of numbers, on the highest tenth.
    --predict gives a number with an interval, or the probability of each class. --thorough adds
    boosting and a forest on the same descriptors and folds, and what is said of elements that
    training never had.

    Example: python -m analysis property band_gap --dataset matbench_expt_gap

    Example: python -m analysis property band_gap Cu3Au GaN --dataset matbench_expt_gap --predict

    Example: python -m analysis property is_metal --dataset matbench_expt_is_metal

    Example: python -m analysis property n --dataset mp --predict --query "..." --output n.parquet

    Example: python -m analysis property "select formula, n from staging.materials" --log
    """
    from analysis.properties.settings import NumberMethod, PropertySettings, TargetKind
    from analysis.properties.tasks import TASKS

    is_query = " " in target.strip()
    if is_query == bool(dataset):
        raise typer.BadParameter("give a column with --dataset, or a query without")
    if name and (dataset or name in TASKS):
        raise typer.BadParameter("--name is for a query, and not that of a task of Matbench")
    _check_asked(formulas, query, output, predict=predict, as_json=as_json)
    task = TASKS.get(dataset)
    if task and target != task.column:
        raise typer.BadParameter(f"{dataset} is about {task.column}")
    is_log = log or bool(task and task.is_log)
    if is_log and classify:
        raise typer.BadParameter("--log is for numbers, --classify for classes")
    if classify and method != "huber":
        raise typer.BadParameter("--method is for numbers; classes have one method")
    kinds = {None: TargetKind.GUESSED, True: TargetKind.CLASSES, False: TargetKind.NUMBER}
    settings = PropertySettings(
        target.strip(), dataset, where, is_log, _read_sets(descriptors), seed,
        kind=kinds[classify],
        method=NumberMethod(method.replace("-", "_")),
        refused=tuple(filter(None, refuse.split(","))),
        is_thorough=thorough,
    )  # fmt: skip
    called = name or _name(settings)
    if output:
        _screen(warehouse, query, called, output)
    elif predict:
        _ask(warehouse, formulas or [], called, as_json=as_json)
    else:
        run_and_tell(warehouse, "property", called, settings)


def _check_asked(
    formulas: list[str] | None, query: str, output: Path | None, *, predict: bool, as_json: bool
) -> None:
    """Raise BadParameter unless the options of predictions go together."""
    if bool(formulas or query) != predict or (formulas and query):
        raise typer.BadParameter("--predict goes with formulas, or else with --query")
    if bool(query) != bool(output) or (query and as_json):
        raise typer.BadParameter("--query goes with --output, and not with --json")
    if as_json and not predict:
        raise typer.BadParameter("--json goes with --predict; scores: python -m analysis runs")


def _read_sets(text: str) -> tuple[str, ...]:
    """Names of sets and views, each once; `all` stands for those of a study by default."""
    from analysis.properties.settings import FURTHER_SETS, SETS

    asked = [one.strip() for one in text.split(",")]
    names = [name for one in asked for name in (SETS if one == "all" else (one,))]
    known = (*SETS, *FURTHER_SETS)
    unknown = [one for one in names if one not in known and not re.fullmatch(r"\w+\.\w+", one)]
    if unknown:
        raise typer.BadParameter(
            f"--descriptors has no {', '.join(unknown)}; it has {', '.join(known)}, and views by "
            "their name, such as marts.my_view"
        )
    return tuple(dict.fromkeys(names))


def _name(settings: "PropertySettings") -> str:
    """What the results are called: the task, the source and its column, or a query's digest."""
    from analysis.properties.settings import NumberMethod, PropertySettings
    from analysis.properties.tasks import TASKS

    settings = replace(settings, is_thorough=False)
    task = TASKS.get(settings.source)
    plain = PropertySettings(
        settings.target, settings.source, is_log=settings.is_log, method=settings.method
    )
    text = json.dumps(settings.as_dict(), sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    if not settings.source:
        return f"query_{digest}"
    parts = [settings.source]
    if not task:
        parts += [settings.target, *(["log"] if settings.is_log else [])]
    if settings.method != NumberMethod.HUBER:
        parts.append(settings.method)
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


def _screen(warehouse: Warehouse, query: str, name: str, output: Path) -> None:
    """Write what the model of `name` says of the formulas that `query` selects."""
    from analysis.properties.prediction import load_property
    from warehouse.catalog.connection import connect
    from warehouse.catalog.query import draft_answer

    with connect(warehouse) as connection, draft_answer(warehouse, output) as draft:
        model = load_property(connection, name)
        n_rows, n_without = model.predict_query(connection, query, draft, track)
    without = f", {n_without:,} of them without a prediction: see `reason`" if n_without else ""
    typer.echo(f"{output}: {n_rows:,} rows{without}")
