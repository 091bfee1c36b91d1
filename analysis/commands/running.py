"""What the commands that fit share: the names that a user lists, and what is told of a run."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import typer

from warehouse.commands.engines import watch
from warehouse.console import track
from warehouse.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from analysis.runs.settings import RunSettings
    from warehouse.engines import Gathered
    from warehouse.spark.engine import SparkEngine


def split_names(text: str, everything: Iterable[str]) -> tuple[str, ...]:
    """The names in `text`, each once; `all` means everything."""
    return tuple(everything if text == "all" else dict.fromkeys(text.split(",")))


def run_and_tell(
    warehouse: Warehouse,
    study: str,
    dataset: str,
    settings: "RunSettings",
    spark: "SparkEngine | None" = None,
    gathered: "Gathered | None" = None,
) -> None:
    """Run a study by `analysis.studies.run_study` and print its scores, or that it was run.

    Of a single fit, which has one split, all scores are printed; of a study with several, a table
    of the first of every model, and the others of the selected one.
    """
    from analysis.runs.results import list_remarks, list_scores, sum_up_scores, tabulate_scores
    from analysis.studies import STUDIES, run_study

    done = run_study(
        warehouse, study, dataset, settings, spark=spark, gathered=gathered, track=track,
        watch=watch,
    )  # fmt: skip
    what = f"{study} of {dataset}"
    if done.results is None:
        seen = "shown again from" if done.is_recalled else "unchanged since"
        typer.echo(f"{what}: {seen} run {done.run.run_id}")
        return
    scores = set(done.results.metrics["metric"])
    if STUDIES[study].read is None:
        typer.echo(f"{what}, run {done.run.run_id}: scores on fold {done.run.settings.test_fold}")
        for metric in sorted(scores):
            for line in list_scores(done.results, metric):
                typer.echo(f"{line}  {metric}" if len(scores) > 1 else line)
        return
    metric, *others = [name for name in STUDIES[study].scores if name in scores]
    unit = done.results.metrics.filter(metric=metric)["unit"][0]
    typer.echo(f"{what}, run {done.run.run_id}: {metric}{'' if unit == '1' else f', {unit}'}")
    for line in list_remarks(done.results):
        typer.echo(line)
    for line in (*tabulate_scores(done.results, metric), *sum_up_scores(done.results, others)):
        typer.echo(line)
    of = f"study = '{study}' and dataset = '{dataset}'"
    typer.echo(f'  all: python -m warehouse query "from marts.metrics where {of}"')
