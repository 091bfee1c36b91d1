"""`property`: fit and judge a linear model of any number or class that SQL selects."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from analysis.commands.asking import PropertyQuestion, answer_formulas, parse_values
from analysis.commands.choosing import list_names, read_sets, refuse_stray
from analysis.commands.options import SeedOption, ThoroughOption
from analysis.commands.running import run_and_tell
from warehouse.console import DEFAULT_WAREHOUSE, JsonOption, WarehouseOption


def property_(
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help="A column of materials, with --dataset, or of a table of yours, with --table; or "
            "a query in quotes that selects `formula`, then the number or class to predict, then "
            "further descriptors if you like.",
        ),
    ] = "",
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
    table: Annotated[
        str,
        typer.Option(metavar="NAME", help="Whose rows: a table of yours, see `ingest table`."),
    ] = "",
    own: Annotated[
        str,
        typer.Option(
            metavar="A,B,...",
            help="With --table: further columns of it that describe a row, such as a temperature; "
            "of one of many sizes the logarithm, such as 'log10(pressure)'.",
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
            help="Sets: some of fractions, electrons, charges, roles, pairs, shares, magpie, cell "
            "(of rows of a source whose formula lists a whole unit cell), own (further "
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
        Literal["huber", "quantile", "ridge", "lasso", "elastic-net", "logistic"] | None,
        typer.Option(
            help="How it is fitted: numbers by any but logistic, classes by logistic (with L2, as "
            "ridge), lasso (L1) or elastic-net.",
            show_default="huber, or logistic",
        ),
    ] = None,
    mixing: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Share of L1 in the penalty of elastic-net.",
            show_default="the best of 0.2, 0.5, 0.8 and 0.95 in training",
        ),
    ] = None,
    quantile: Annotated[
        float,
        typer.Option(
            min=0.01, max=0.99, help="What --method quantile predicts: so much lies below."
        ),
    ] = 0.5,
    calibrate: Annotated[
        Literal["none", "platt", "isotonic"],
        typer.Option(help="Calibrate probabilities of classes, on rows held out in training."),
    ] = "none",
    weights: Annotated[
        str,
        typer.Option(
            metavar="COLUMN", help="How much each row counts, such as 1 / sigma^2: 0 or more."
        ),
    ] = "",
    group: Annotated[
        str,
        typer.Option(
            metavar="COLUMN",
            help="Also hold out each of its values in turn, such as sources; of more than 10 a "
            "fifth of them.",
        ),
    ] = "",
    time: Annotated[
        str,
        typer.Option(
            metavar="COLUMN", help="Also train on the earlier rows and judge on the last fifth."
        ),
    ] = "",
    folds: Annotated[
        str,
        typer.Option(
            metavar="COLUMN",
            help="Also judge on the folds of a benchmark: each of its values is tested by a fit to "
            "all other rows. Rows with none, train or val are only trained on.",
        ),
    ] = "",
    predict: Annotated[
        bool,
        typer.Option("--predict", help="Fit nothing: ask the fitted model about formulas."),
    ] = False,
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=NUMBER",
            help="With --predict: a value of each further column, such as temperature=300.",
        ),
    ] = None,
    query: Annotated[
        str,
        typer.Option(
            metavar="SQL",
            help="With --predict: a query of `formula` and further columns, of any length.",
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

    The model reads the formula, and further columns if you name some. It is judged on the official
    folds of a task of Matbench, on formulas and on sets of elements that it has not seen and, of
    numbers, on the highest tenth. --predict gives a number with an interval, or the probability of
    each class; with --name it needs no target: property --predict --name NAME FORMULA .... Of a
    model with further columns it takes a value of each by --at, or a --query that selects them.
    --thorough adds boosting and a forest on the same descriptors and folds, and leaves out each
    set of descriptors and each element in turn.

    Example: python -m analysis property band_gap --dataset matbench_expt_gap

    Example: python -m analysis property band_gap Cu3Au GaN --dataset matbench_expt_gap --predict

    Example: python -m analysis property hardness --table steels --own temperature

    Example: python -m analysis property --predict --name strength Fe3C --at temperature=300

    Example: python -m analysis property n --dataset mp --predict --query "..." --output n.parquet

    Example: python -m analysis property "select formula, n from staging.materials" --log
    """
    from analysis.properties.reading.naming import name_results
    from analysis.properties.settings import PropertySettings, TargetKind
    from analysis.properties.tasks import TASKS

    is_query = " " in target.strip()
    if predict and name and not is_query and not dataset and not table:
        # Not the target but the first formula: the name tells the model.
        asked = [one for one in (target, *(formulas or [])) if one]
        question = PropertyQuestion(asked, parse_values(at), query, output, as_json)
        question.check(predict=predict)
        answer_formulas(warehouse, name, question)
        return
    if not target or [is_query, bool(dataset), bool(table)].count(True) != 1:
        raise typer.BadParameter("give a column with --dataset or --table, or a query without")
    if own and not table:
        raise typer.BadParameter("--own goes with --table; a query selects further columns itself")
    if name and (dataset or table or name in TASKS):
        raise typer.BadParameter("--name calls results of a query, and not as a task of Matbench")
    question = PropertyQuestion(formulas or [], parse_values(at), query, output, as_json)
    question.check(predict=predict)
    task = TASKS.get(dataset)
    if task and target != task.column:
        raise typer.BadParameter(f"{dataset} is about {task.column}")
    is_log = log or bool(task and task.is_log)
    if is_log and classify:
        raise typer.BadParameter("--log is for numbers, --classify for classes")
    if folds and task:
        raise typer.BadParameter(f"--folds: {dataset} has official folds of its own")
    refuse_stray(method, mixing, quantile)
    kinds = {None: TargetKind.GUESSED, True: TargetKind.CLASSES, False: TargetKind.NUMBER}
    settings = PropertySettings(
        target.strip(), dataset, where, is_log, read_sets(descriptors), seed,
        kind=kinds[classify],
        method=(method or "").replace("-", "_"),
        refused=list_names(refuse),
        is_thorough=thorough, mixing=mixing, quantile=quantile, calibration=calibrate,
        weights=weights, group=group, time=time, folds=folds,
        table=table, own=list_names(own),
    )  # fmt: skip
    called = name or name_results(settings)
    if predict:
        answer_formulas(warehouse, called, question)
    else:
        run_and_tell(warehouse, "property", called, settings)
