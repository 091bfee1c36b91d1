"""What the commands that fit share: the names that a user lists, and how a run is made."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from warehouse.commands.engines import watch
from warehouse.console import track

if TYPE_CHECKING:
    from warehouse.spark.engine import SparkEngine


def split_names(text: str, everything: Iterable[str]) -> list[str]:
    """The names in `text`, each once; `all` means everything."""
    return list(everything) if text == "all" else list(dict.fromkeys(text.split(",")))


def run_study(
    warehouse: Path,
    study: str,
    dataset: str,
    settings: Mapping[str, Any],
    spark: "SparkEngine | None" = None,
) -> None:
    """Run a study unless the warehouse has this very run; write it back and print its scores.

    With `spark`, that computes what the study reads.
    """
    from analysis.runs.results import list_scores
    from analysis.runs.run import find_run
    from analysis.runs.saving import save_results
    from analysis.studies import STUDIES, plan_run, read_fit, refuse_what_does_not_fit
    from warehouse.catalog.connection import connect
    from warehouse.engines import collect
    from warehouse.storage.store import Store

    with connect(warehouse) as connection:
        run = plan_run(connection, study, dataset, settings, "spark" if spark else "duckdb")
        if find_run(connection, run):
            typer.echo(f"{study} of {dataset}: unchanged since run {run.run_id}")
            return
        if spark is None:
            fit = read_fit(connection, run)
        else:
            refuse_what_does_not_fit(connection, run)
    if spark is not None:
        with watch(spark), collect(spark, STUDIES[study].collects) as connection:
            fit = read_fit(connection, run)
    results = fit(track)
    save_results(Store(warehouse), run, results)
    typer.echo(f"{study} of {dataset}, run {run.run_id}: {STUDIES[study].score}")
    for line in list_scores(results, STUDIES[study].score):
        typer.echo(line)
