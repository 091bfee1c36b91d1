"""Runs jobs and says what became of them."""

from typing import TYPE_CHECKING

import typer

from ingest.jobs import Job
from warehouse.console import note_stale_runs
from warehouse.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from warehouse.storage.store import Store


def do_jobs(warehouse: Warehouse, *todo: Job) -> None:
    """Run jobs one after the other and say what each did; show SQL what is new."""
    from warehouse.catalog.build import refresh_catalog
    from warehouse.catalog.connection import connect
    from warehouse.storage.store import Store

    store = Store(warehouse)
    is_new, alloys = False, []
    for job in todo:
        for commit in job(store):
            is_new |= commit.is_new
            change = f"version {commit.version}" if commit.is_new else "unchanged"
            kept_out = f", {commit.n_quarantined} in quarantine" if commit.n_quarantined else ""
            name = f"{commit.table} {commit.scope}"
            typer.echo(f"{name:<34}{commit.n_rows:>9,} rows  {change}{kept_out}")
            if commit.table == "lattice_mappings":
                alloys.append(commit.scope)
    if is_new and warehouse.catalog.exists():
        refresh_catalog(store)
        with connect(warehouse) as connection:
            note_stale_runs(connection)
    for alloy in alloys:  # Last, so that no fault of a report leaves rows that SQL does not see.
        _describe_alloy(store, alloy)


def _describe_alloy(store: "Store", alloy: str) -> None:
    from ingest.alloys.mapping.mapping_report import describe_alloy

    for line in describe_alloy(store, alloy):
        typer.echo(f"  {line}")
