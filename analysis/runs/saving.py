"""Writes a run's results back into the warehouse, where they are queried like data."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from analysis.runs.log import PastRun, read_past_rows
from analysis.runs.results import Results
from analysis.runs.run import Run
from warehouse.catalog.build import refresh_catalog
from warehouse.errors import WarehouseError
from warehouse.storage.commits import Commit, Provenance
from warehouse.storage.locks import hold_lock
from warehouse.storage.store import Store

RESULTS = (
    *("predictions", "model_parameters", "metrics"),
    *("curves", "parameter_paths", "parameter_draws"),
)
"""Tables of results beside `models`."""


def save_results(store: Store, run: Run[Any], results: Results) -> list[Commit]:
    """Replace the earlier results of this study and data set; rebuild the catalog.

    Raises ValueError if a result breaks its table's schema: a bug of the study, which leaves
    the earlier results in place.

    Staging shows the runs that `models` names. So the new run is written beside the old one,
    then `models` switches to it in one commit, then the old one goes: whenever the writing
    stops, one whole run shows.
    """
    frames = {
        "predictions": results.predictions,
        "model_parameters": results.parameters,
        "metrics": results.metrics,
        "curves": results.curves,
        "parameter_paths": results.paths,
        "parameter_draws": results.draws,
        "models": _models(run, results),
    }
    key = {"study": run.study, "dataset": run.dataset, "run_id": run.run_id}
    names = {name: pl.lit(value) for name, value in key.items()}
    named = {table: rows.with_columns(**names) for table, rows in frames.items()}
    return _switch(store, key, named, run.record())


def use_run(store: Store, past: PastRun) -> list[Commit]:
    """Make a past run the one that the views show, as it left its results; rebuild the catalog.

    Raises WarehouseError if files of its results were vacuumed, or it is a simulation.
    """
    frames = {table: read_past_rows(store, past.run_id, table) for table in (*RESULTS, "models")}
    if frames["models"].is_empty():
        raise WarehouseError(
            f"run {past.run_id} is no fit, but a simulation of one",
            hint=f"its command makes it anew: `{past.record.get('command', '')}`",
        )
    key = frames["models"].select("study", "dataset", "run_id").row(0, named=True)
    return _switch(store, key, frames, past.record)


def _switch(
    store: Store,
    key: Mapping[str, str],
    frames: Mapping[str, pl.DataFrame],
    record: Mapping[str, Any],
) -> list[Commit]:
    """Make `frames` all that the tables have of a study and data set: see `save_results`."""
    study = {"study": key["study"], "dataset": key["dataset"]}
    results = {table: rows for table, rows in frames.items() if table != "models"}
    with hold_lock(store.warehouse.lock(f"{key['study']}-{key['dataset']}")):
        added = [_write(store, key, table, rows, key, record) for table, rows in results.items()]
        refused = [commit.table for commit in added if commit.n_quarantined]
        if refused:
            raise ValueError(
                f"rows for {', '.join(refused)} break their schemas; see raw.quarantine"
            )
        switched = _write(store, key, "models", frames["models"], study, record)
        provenance = _provenance(key, record.get("settings", {}))
        cleaned = [store.keep(table, study, key, provenance=provenance) for table in results]
    refresh_catalog(store)
    return [*added, switched, *cleaned]


def _write(
    store: Store,
    key: Mapping[str, str],
    table: str,
    rows: pl.DataFrame,
    scope: Mapping[str, str],
    record: Mapping[str, Any],
) -> Commit:
    """Make `rows` all that `table` has in `scope`.

    The log of `models` keeps the whole record of the run, so that it outlives the rows.
    """
    kept = record if table == "models" else record.get("settings", {})
    return store.replace(table, rows, scope=scope, provenance=_provenance(key, kept))


def _provenance(key: Mapping[str, str], kept: Mapping[str, Any]) -> Provenance:
    return Provenance(f"analysis.{key['study']}", key["run_id"], kept)


def _models(run: Run[Any], results: Results) -> pl.DataFrame:
    lineage = json.dumps(run.record(), sort_keys=True)
    return pl.DataFrame(
        [
            {
                "model": model,
                "feature_space": results.feature_space,
                "hyperparameters": json.dumps(hyperparameters, sort_keys=True),
                "is_selected": model == results.selected,
                "lineage": lineage,
            }
            for model, hyperparameters in results.hyperparameters.items()
        ]
    )
