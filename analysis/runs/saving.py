"""Writes a run's results back into the warehouse, where they are queried like data."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from analysis.runs.results import Results
from analysis.runs.run import Run
from warehouse.catalog.build import build_catalog
from warehouse.storage.commits import Commit, Provenance
from warehouse.storage.locks import hold_lock
from warehouse.storage.store import Store


def save_results(store: Store, run: Run[Any], results: Results) -> list[Commit]:
    """Replace the earlier results of this study and data set; rebuild the catalog.

    Raises ValueError if a result breaks its table's schema: a bug of the study, which leaves
    the earlier results in place.

    Staging shows the runs that `models` names. So the new run is written beside the old one,
    then `models` switches to it in one commit, then the old one goes: whenever the writing
    stops, one whole run shows.
    """
    study = {"study": run.study, "dataset": run.dataset}
    alone = {**study, "run_id": run.run_id}
    frames = {
        "predictions": results.predictions,
        "model_parameters": results.parameters,
        "metrics": results.metrics,
        "curves": results.curves,
        "parameter_paths": results.paths,
        "parameter_draws": results.draws,
    }
    with hold_lock(store.warehouse.lock(f"{run.study}-{run.dataset}")):
        added = [_write(store, run, table, rows, alone) for table, rows in frames.items()]
        refused = [commit.table for commit in added if commit.n_quarantined]
        if refused:
            raise ValueError(
                f"rows for {', '.join(refused)} break their schemas; see raw.quarantine"
            )
        switched = _write(store, run, "models", _models(run, results), study)
        cleaned = [_write(store, run, table, rows, study) for table, rows in frames.items()]
    build_catalog(store)
    return [*added, switched, *cleaned]


def _write(
    store: Store, run: Run[Any], table: str, rows: pl.DataFrame, scope: Mapping[str, str]
) -> Commit:
    """Make `rows` all that `table` has in `scope`.

    The log of `models` keeps the whole record of the run, so that it outlives the rows.
    """
    kept = run.record() if table == "models" else run.settings.as_dict()
    return store.replace(
        table,
        rows.with_columns(
            study=pl.lit(run.study), dataset=pl.lit(run.dataset), run_id=pl.lit(run.run_id)
        ),
        scope=scope,
        provenance=Provenance(f"analysis.{run.study}", run.run_id, kept),
    )


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
