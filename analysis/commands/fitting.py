"""What the commands that fit share: the names that a user lists, and how a run ends."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from analysis.results import Results


def split_names(text: str, everything: Iterable[str]) -> list[str]:
    """The names in `text`, each once; `all` means everything."""
    return list(everything) if text == "all" else list(dict.fromkeys(text.split(",")))


def save(warehouse: Path, results: "Results", metric: str, inputs: str | None = None) -> None:
    """Write results back into the warehouse and print one score of each model and split."""
    from analysis.results import list_scores, save_results
    from warehouse.store import Store

    save_results(Store(warehouse), results, inputs)
    for line in list_scores(results, metric):
        typer.echo(line)
