"""What the commands that fit share: the names that a user lists, and how a run is made."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import typer

from warehouse.console import track


def split_names(text: str, everything: Iterable[str]) -> list[str]:
    """The names in `text`, each once; `all` means everything."""
    return list(everything) if text == "all" else list(dict.fromkeys(text.split(",")))


def run_study(warehouse: Path, study: str, dataset: str, settings: Mapping[str, Any]) -> None:
    """Run a study unless the warehouse has this very run; write it back and print its scores."""
    from analysis.results import list_scores
    from analysis.runs import find_run
    from analysis.saving import save_results
    from analysis.studies import STUDIES, plan_run, read_fit
    from warehouse.connection import connect
    from warehouse.store import Store

    with connect(warehouse) as connection:
        run = plan_run(connection, study, dataset, settings)
        if find_run(connection, run):
            typer.echo(f"{study} of {dataset}: unchanged since run {run.run_id}")
            return
        fit = read_fit(connection, run)
    results = fit(track)
    save_results(Store(warehouse), run, results)
    typer.echo(f"{study} of {dataset}, run {run.run_id}: {STUDIES[study].score}")
    for line in list_scores(results, STUDIES[study].score):
        typer.echo(line)
