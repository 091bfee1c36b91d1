"""The runs that the warehouse remembers: the newest of each study, and those before them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from analysis.runs.run import unknown_run
from warehouse.errors import WarehouseError
from warehouse.storage.delta import list_version_files
from warehouse.storage.store import Store
from warehouse.tables import TABLES

LOGS = ("models", "simulations")
"""Tables that have rows of each run: of a study, and of a simulation of what a study has fitted."""
SOURCE = "analysis."
"""How the source of a commit of results begins; the study follows."""


@dataclass(frozen=True)
class PastRun:
    """A run that was finished at `finished_at` (UTC).

    `record` is what was kept of it. `is_newest` tells whether it is the one of its study and data
    set that was written last, as a new run or by `use`: the one that the views show.
    """

    run_id: str
    study: str
    finished_at: datetime
    record: Mapping[str, Any]
    is_newest: bool


def list_runs(store: Store) -> list[PastRun]:
    """All runs that the logs of `models` and of `simulations` know, newest first."""
    shown = {run_id for table in LOGS for run_id in store.read(table)["run_id"]}
    runs: dict[str, PastRun] = {}
    for entry in (entry for table in LOGS for entry in store.history(table)):
        source = str(entry.provenance.get("source", ""))
        run_id = str(entry.provenance.get("source_version", ""))
        if source.startswith(SOURCE):  # Of a run that was used again, its first commit counts.
            record = entry.provenance.get("parameters", {})
            study, is_newest = source.removeprefix(SOURCE), run_id in shown
            runs[run_id] = PastRun(run_id, study, entry.committed_at, record, is_newest)
    return sorted(runs.values(), key=lambda run: run.finished_at, reverse=True)


def find_past_run(store: Store, run_id: str) -> PastRun:
    """The run whose id is, or alone begins with, `run_id`.

    Raises WarehouseError with near ids if there is none.
    """
    runs = list_runs(store)
    found = [run for run in runs if run.run_id == run_id]
    found = found or [run for run in runs if run_id and run.run_id.startswith(run_id)]
    if len(found) != 1:
        raise unknown_run(run_id, (run.run_id for run in runs))
    return found[0]


def read_past_rows(store: Store, run_id: str, table: str) -> pl.DataFrame:
    """Rows of a results table that the run left, sorted by primary key.

    Raises WarehouseError if they are of an older version whose files were vacuumed.
    """
    rows = store.read(table).filter(run_id=run_id)
    if rows.height:
        return rows
    for entry in store.history(table):
        if entry.provenance.get("source_version") == run_id:
            list_version_files(store.path(table), entry.version)
            return store.read(table, entry.version).filter(run_id=run_id)
    return TABLES[table].create_empty()


def summarise_runs(
    store: Store, telling: Mapping[str, Sequence[tuple[str, str]]]
) -> Iterator[dict[str, object]]:
    """One row per run: its id, when it ended, its settings, what it chose and how that scored.

    `telling` gives splits and scores of each study, of which the first that a run has counts. What
    was vacuumed is None.
    """
    for run in list_runs(store):
        row: dict[str, object] = {
            "run_id": run.run_id,
            "finished_at": run.finished_at.isoformat(sep=" ", timespec="seconds"),
            "study": run.study,
            "dataset": run.record.get("dataset"),
            "is_newest": run.is_newest,
            "settings": run.record.get("settings"),
            "with": _describe_settings(run.record),
            **dict.fromkeys(("selected", "split", "metric", "value", "unit", "n")),
        }
        with suppress(WarehouseError):
            simulated = read_past_rows(store, run.run_id, "simulations")
            row["selected"] = simulated["model"][0] if simulated.height else None
            models = read_past_rows(store, run.run_id, "models")
            chosen = models.filter(pl.col("is_selected"))
            scores = read_past_rows(store, run.run_id, "metrics")
            scores = scores.join(chosen, on="model", how="semi")
            found = (
                scores.filter(split=split, metric=metric)
                for split, metric in telling.get(run.study, ())
            )
            first = next((rows for rows in found if rows.height), scores.clear())
            for score in first.iter_rows(named=True):
                row |= {"selected": score["model"], "dataset": score["dataset"]}
                row |= {name: score[name] for name in ("split", "metric", "value", "unit", "n")}
        yield row


def _describe_settings(record: Mapping[str, Any]) -> str:
    """What was chosen for a run: its cluster space, if it has one, and the options of its command.

    Options at their defaults are not among them, nor is what else the row has.
    """
    words = str(record.get("command", "")).split()
    options = " ".join(words[4:])
    for name in ("alloy", "dataset", "benchmark", "cluster-space"):
        options = re.sub(rf"--{name} \S+ ?", "", options).strip()
    space = record.get("settings", {}).get("cluster_space")
    return ", ".join(filter(None, (space, options))) or "defaults"
