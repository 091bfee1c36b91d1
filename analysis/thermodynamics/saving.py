"""Writes a simulation into the warehouse, where it is queried like data."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from analysis.runs.run import Run
from warehouse.catalog.build import refresh_catalog
from warehouse.storage.commits import Provenance
from warehouse.storage.locks import hold_lock
from warehouse.storage.store import Store


def save_simulations(
    store: Store, run: Run[Any], series: str, frames: Mapping[str, pl.DataFrame]
) -> None:
    """Replace the earlier simulations of this `series` of an alloy; rebuild the catalog.

    `frames` are rows of each table. Views show the runs that `simulations` names, so the others
    are written beside the old ones, then `simulations` switches, then the old ones go. Raises
    ValueError if a row breaks its table's schema: a bug, which leaves the earlier rows in place.
    """
    of_series = {"alloy": run.dataset, "series": series}
    alone = {**of_series, "run_id": run.run_id}
    marks = {name: pl.lit(value) for name, value in alone.items()}
    lineage = json.dumps(run.record(), sort_keys=True)
    named = frames["simulations"].with_columns(**marks, lineage=pl.lit(lineage))
    found = {
        table: rows.with_columns(**marks)
        for table, rows in frames.items()
        if table != "simulations"
    }
    provenance = Provenance(f"analysis.{run.study}", run.run_id, run.record())
    with hold_lock(store.warehouse.lock(f"{run.study}-{run.dataset}-{series}".replace(" ", "-"))):
        for table, rows in found.items():
            added = store.replace(table, rows, scope=alone, provenance=provenance)
            if added.n_quarantined:
                raise ValueError(f"rows of {table} break their schema: they are in quarantine")
        store.replace("simulations", named, scope=of_series, provenance=provenance)
        for table, rows in found.items():
            store.replace(table, rows, scope=of_series, provenance=provenance)
    refresh_catalog(store)
