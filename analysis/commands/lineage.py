"""`runs`, `use`, `compare`, `reproduce`: where results come from, and whether they come again."""

from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.console import (
    DEFAULT_WAREHOUSE,
    JsonOption,
    WarehouseOption,
    note_stale_runs,
    print_json,
    print_table,
    track,
)
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    import polars as pl

RunArgument = Annotated[
    str, typer.Argument(metavar="RUN_ID", help="As `runs` lists them; its beginning will do.")
]


def runs(
    as_json: JsonOption = False,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """List every run, newest first: when, of what, how, what it chose and how that scored.

    Example: python -m analysis runs
    """
    from analysis.runs.log import summarise_runs
    from analysis.studies import STUDIES
    from warehouse.storage.store import Store

    main = {name: study.telling for name, study in STUDIES.items()}
    rows = list(summarise_runs(Store.find(warehouse), main))
    if as_json:
        print_json(rows)
        return
    lines = [("run", "finished (UTC)", "study", "data set", "selected model", "score", "with")]
    for row in rows:
        mark = "*" if row["is_newest"] else " "
        unit = "" if row["unit"] in (None, "1") else f" {row['unit']}"
        score = (
            f"{row['metric']} {row['value']:.4g}{unit} on {row['split']} (n = {row['n']:,})"
            if row["metric"]
            else ""
        )
        lines.append(
            (
                f"{mark} {row['run_id']}",
                str(row["finished_at"])[:19],
                str(row["study"]),
                str(row["dataset"] or "not kept"),
                str(row["selected"] or "vacuumed"),
                score,
                str(row["with"]),
            )
        )
    print_table(lines)
    typer.echo("* the views show this one; `use`, `compare` and `reproduce` take any of them")


def use(run_id: RunArgument, warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Show an older run's results again, in the views and, after `report`, on the pages.

    Nothing is fitted, and the run that was shown until now can be taken up again likewise.

    Example: python -m analysis use e9c0be58bc28
    """
    from analysis.runs.log import find_past_run
    from analysis.runs.saving import use_run
    from warehouse.catalog.connection import connect
    from warehouse.storage.store import Store

    store = Store.find(warehouse)
    past = find_past_run(store, run_id)
    use_run(store, past)
    command = past.record.get("command", "")
    typer.echo(
        f"{past.study}: the views show run {past.run_id}{command and f', made by `{command}`'}"
    )
    with connect(warehouse) as connection:
        note_stale_runs(connection)


def compare(
    first: Annotated[str, typer.Argument(metavar="RUN_A", help="As `runs` lists them.")],
    second: Annotated[str, typer.Argument(metavar="RUN_B", help="Likewise.")],
    as_json: JsonOption = False,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Show which inputs of two runs of a study differ, and which scores moved.

    The error of a difference is the standard error over the samples that both runs predict, where
    those of one formula are taken for alike.

    Example: python -m analysis compare 3ad87e84ba30 e9c0be58bc28
    """
    from analysis.runs.comparison import compare_inputs, compare_metrics
    from analysis.runs.log import find_past_run, read_past_rows
    from analysis.studies import STUDIES, recall_run
    from warehouse.storage.store import Store

    store = Store.find(warehouse)
    pair = find_past_run(store, first), find_past_run(store, second)
    if pair[0].study != pair[1].study:
        raise WarehouseError(
            f"{pair[0].run_id} is a run of {pair[0].study}, {pair[1].run_id} of {pair[1].study}",
            hint="`python -m analysis runs` lists runs of one study",
        )
    changes = compare_inputs(recall_run(pair[0]), recall_run(pair[1]))
    if pair[0].study not in STUDIES:
        raise WarehouseError(
            f"{pair[0].run_id} is a simulation, which has no scores",
            hint="`python -m analysis reproduce` compares a simulation with itself made again",
        )
    ours, theirs = (
        [read_past_rows(store, run.run_id, table) for table in ("metrics", "predictions")]
        for run in pair
    )
    is_mean = STUDIES[pair[0].study].is_mean_of_folds
    scores = compare_metrics((ours[0], theirs[0]), (ours[1], theirs[1]), mean_of_folds=is_mean)
    if as_json:
        inputs = [vars(change) for change in changes]
        print_json({"inputs": inputs, "metrics": scores.to_dicts()})
        return
    typer.echo(f"inputs that differ: {len(changes)}" if changes else "all inputs are equal")
    for change in changes:
        typer.echo(f"  {change.text}")
    _print_scores(scores)


def reproduce(
    run_id: RunArgument,
    inputs_only: Annotated[
        bool, typer.Option("--inputs-only", help="Tell what changed since; fit nothing.")
    ] = False,
    tolerance: Annotated[
        float, typer.Option(min=0, help="Largest difference, relative above 1, that is equal.")
    ] = 1e-9,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Make a run again from the tables as they were, and say whether it is equal.

    The views, code and libraries are those of now; what changed is named. Takes as long as the run
    did. Exit code 1: a result differs.

    Example: python -m analysis reproduce e9c0be58bc28
    """
    from analysis.reproduction import compare_results, prepare_again, read_kept
    from analysis.runs.log import find_past_run
    from analysis.studies import recall_run
    from warehouse.storage.store import Store

    store = Store.find(warehouse)
    past = find_past_run(store, run_id)
    run = recall_run(past)
    kept = read_kept(store, run)
    changes, make_again = prepare_again(store, run)
    typer.echo(f"{run.study} of {run.dataset}, run {past.run_id}, by Quarry {run.code_version}")
    n_inputs = len(run.inputs)
    typer.echo(
        f"{len(changes)} of {n_inputs} inputs differ now:"
        if changes
        else f"inputs: all {n_inputs} equal"
    )
    for change in changes:
        typer.echo(f"  {change.text}")
    if inputs_only:
        return
    agreements = list(compare_results(kept, make_again(track)))
    for found in agreements:
        typer.echo(
            f"{found.table}: {found.n_rows:,} rows compared"
            + (f", {found.n_missing:,} missing" if found.n_missing else "")
            + (f", {found.n_new:,} new" if found.n_new else "")
            + (
                f", largest difference {found.largest:.2g} in {found.where}"
                if found.where
                else ", every number the same"
            )
        )
    if not all(found.holds(tolerance) for found in agreements):
        raise WarehouseError(
            f"run {past.run_id} does not come again: results differ by more than {tolerance:g}",
            hint="the inputs that differ may be why; `python -m warehouse history` has the commits"
            if changes
            else "all inputs are equal: this machine computes otherwise; --tolerance allows more",
        )
    is_exact = not any(found.where for found in agreements)
    typer.echo("equal" + (", to the last digit" if is_exact else f" within {tolerance:g}"))


def _print_scores(scores: "pl.DataFrame") -> None:
    """Scores that moved, most standard errors first, and how many did not."""
    import polars as pl

    moved = scores.filter(pl.col("difference").is_null() | (pl.col("difference") != 0)).sort(
        (pl.col("difference") / pl.col("standard_error")).abs(), descending=True, nulls_last=True
    )
    lines = [("model", "split", "metric", "first", "second", "difference")]
    for row in moved.iter_rows(named=True):
        values = ["none" if row[k] is None else f"{row[k]:.5g}" for k in ("first", "second")]
        text = "" if row["difference"] is None else f"{row['difference']:+.2g}"
        if row["standard_error"] is not None:
            text += f" ± {row['standard_error']:.1g} (n = {row['n']:,})"
        lines.append((row["model"], row["split"], row["metric"], *values, text))
    if moved.height:
        print_table(lines)
    typer.echo(f"{scores.height - moved.height} of {scores.height} scores are equal")
