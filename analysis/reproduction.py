"""Makes an old run again from the versions of the tables that it read, and compares."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from analysis.runs.comparison import InputChange, compare_inputs
from analysis.runs.log import read_past_rows
from analysis.runs.results import Results
from analysis.runs.run import Run
from analysis.studies import plan_run, read_fit
from analysis.thermodynamics.results import plan_monte_carlo
from analysis.thermodynamics.settings import STUDY as SIMULATION
from analysis.thermodynamics.simulation import plan_simulation, simulate
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.errors import WarehouseError
from warehouse.progress import Track
from warehouse.storage.delta import list_version_files
from warehouse.storage.store import Store
from warehouse.storage.validation import tell_all
from warehouse.tables import TABLES

FRAMES = {"metrics": "metrics", "predictions": "predictions", "model_parameters": "parameters"}
"""Tables of results that are compared, and what a study's results call their rows."""
SIMULATED = ("simulations", "ensemble_averages", "snapshots")
"""Tables that are compared of a simulation."""


@dataclass(frozen=True)
class Agreement:
    """How the rows of a table of results agree with those of the same run made again.

    `largest` is the largest difference of two numbers, divided by the larger of them if that is
    above 1, in the row and column `where`.
    """

    table: str
    n_rows: int
    n_missing: int
    n_new: int
    largest: float
    where: str

    def holds(self, tolerance: float) -> bool:
        """Whether the same rows are there and no number differs by more than `tolerance`."""
        return not (self.n_missing or self.n_new) and self.largest <= tolerance


def prepare_again(
    store: Store, run: Run[Any]
) -> tuple[list[InputChange], Callable[[Track], Mapping[str, pl.DataFrame]]]:
    """What has changed since `run`, and what makes its rows of each table by the code of now.

    The catalog is built over the recorded versions of the tables, with the views of now. Raises
    WarehouseError if files of such a version were vacuumed and no newer one has equal rows.
    """
    with tempfile.TemporaryDirectory(prefix="quarry-") as folder:
        catalog = Path(folder) / store.warehouse.catalog.name
        versions, gone = _find_versions(store, run.lineage.versions)
        build_catalog(store, versions=versions, target=catalog)
        with connect(store.warehouse, catalog=catalog) as connection:
            if run.study == SIMULATION:
                again = plan_monte_carlo(connection, run.dataset, run.settings)
            else:
                again = plan_run(connection, run.study, run.dataset, run.settings)
            for name, error in gone.items():
                if again.lineage.tables.get(name) != run.lineage.tables[name]:
                    raise error
            changes = compare_inputs(run, again)
            if run.study == SIMULATION:
                planned = plan_simulation(connection, run.dataset, run.settings)
                return changes, lambda track: simulate(planned, run.settings, track)
            fit = read_fit(connection, run)
            return changes, lambda track: _by_table(fit(track))


def _by_table(results: Results) -> dict[str, pl.DataFrame]:
    return {table: getattr(results, name) for table, name in FRAMES.items()}


def read_kept(store: Store, run: Run[Any]) -> dict[str, pl.DataFrame]:
    """The rows of each table that `run` left; raises WarehouseError if they were vacuumed."""
    tables = SIMULATED if run.study == SIMULATION else tuple(FRAMES)
    return {table: read_past_rows(store, run.run_id, table) for table in tables}


def compare_results(
    rows: Mapping[str, pl.DataFrame], again: Mapping[str, pl.DataFrame]
) -> Iterator[Agreement]:
    """Compare rows that were kept, by table, with what the run found when it was made again."""
    for table, kept in rows.items():
        yield compare_rows(table, kept, again[table])


def compare_rows(table: str, old: pl.DataFrame, new: pl.DataFrame) -> Agreement:
    """Compare two sets of rows of one table of results by primary key."""
    shared = {"study", "dataset", "run_id", *({"alloy", "series"} - set(new.columns))}
    key = [name for name in TABLES[table].primary_key() if name not in shared]
    new = tell_all(TABLES[table], new)
    numbers = [name for name, type_ in old.schema.items() if type_ == pl.Float64]
    both = old.join(new, on=key, suffix="_new")
    largest, where = 0.0, ""
    for name in numbers:
        ours, theirs = pl.col(name).fill_null(0.0), pl.col(f"{name}_new").fill_null(0.0)
        scale = pl.max_horizontal(ours.abs(), theirs.abs(), pl.lit(1.0))
        differs = both.select(*key, gap=(ours - theirs).abs() / scale).sort("gap", descending=True)
        if differs.height and differs["gap"][0] > largest:
            largest = float(differs["gap"][0])
            where = f"{name} of {', '.join(map(str, differs.row(0)[:-1]))}"
    return Agreement(
        table, both.height, old.height - both.height, new.height - both.height, largest, where
    )


def _find_versions(
    store: Store, recorded: Mapping[str, int]
) -> tuple[dict[str, int | None], dict[str, WarehouseError]]:
    """The recorded version of each table, or the newest where its files are gone, and why."""
    versions: dict[str, int | None] = {}
    gone = {}
    for name, version in recorded.items():
        table = name.removeprefix("raw.")
        versions[table] = version
        try:
            list_version_files(store.path(table), version)
        except WarehouseError as error:
            versions[table], gone[name] = store.version(table), error
    return versions, gone
