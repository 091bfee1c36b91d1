"""The studies that there are, and how one becomes a run: planned, read, fitted, written back.

A new wing adds a folder with a module `registration`, and a line to `STUDIES`.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import duckdb

from analysis.cluster_expansion import registration as cluster_expansion
from analysis.metals import registration as metals
from analysis.properties import registration as properties
from analysis.runs.log import PastRun, list_runs
from analysis.runs.results import Results
from analysis.runs.run import Run, is_shown, make_run
from analysis.runs.settings import RunSettings
from analysis.runs.study import Study, StudyFit
from analysis.thermodynamics.settings import STUDY as SIMULATION
from analysis.thermodynamics.settings import MonteCarloSettings
from warehouse.engines import EngineName
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked
from warehouse.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from warehouse.engines import Gathered
    from warehouse.spark.engine import SparkEngine
    from warehouse.storage.store import Store

SAMPLE_BYTES = 40_000
"""Memory that a study needs per sample, roughly: to read 111,034 materials takes 19 kB each at the
peak (2.1 GB), and to fit as much again."""
STUDIES: Mapping[str, Study[Any]] = {
    study.name: study
    for study in (
        *cluster_expansion.STUDIES,
        *metals.STUDIES,
        *properties.STUDIES,
    )
}
"""Studies and single fits by name."""
Watch = Callable[["SparkEngine"], AbstractContextManager[None]]
"""Shows what Spark does, as long as the context lasts."""


@dataclass(frozen=True)
class FinishedRun:
    """A run, and what it found; None if the warehouse had that already.

    `is_recalled`: its results were those of an older run, which now show again.
    """

    run: Run[Any]
    results: Results | None
    is_recalled: bool = False


def run_study(
    warehouse: Warehouse,
    name: str,
    dataset: str,
    settings: RunSettings,
    *,
    spark: "SparkEngine | None" = None,
    gathered: "Gathered | None" = None,
    track: Track = untracked,
    watch: Watch = lambda spark: nullcontext(),
) -> FinishedRun:
    """Run a study on a data set unless `warehouse` has this very run, or a deeper; write it back.

    One that it had before another took its place, and whose files are still there, shows again.
    With `spark`, that computes what the study reads, or fits; else what others may have `gathered`
    is read from there. Raises WarehouseError if there is no such data, or if it is more than this
    machine's memory holds.
    """
    from threadpoolctl import threadpool_limits

    from analysis.runs.saving import save_results
    from warehouse.catalog.connection import connect
    from warehouse.storage.store import Store

    with connect(warehouse) as connection:
        run = plan_run(connection, name, dataset, settings, "spark" if spark else "duckdb")
        enough = [run, *(replace(run, settings=more) for more in settings.deeper())]
        for done in enough:
            if is_shown(connection, done):
                return FinishedRun(done, None)
        if (recalled := _recall(Store(warehouse), enough)) is not None:
            return FinishedRun(recalled, None, is_recalled=True)
        if spark is not None:
            fit = _read_by_spark(spark, connection, run, watch)
        elif gathered is not None:
            with gathered.connect(STUDIES[name].collects) as reads:
                fit = read_fit(reads, run)
        else:
            fit = read_fit(connection, run)
    # Threads of linear algebra wait for each other by computing on: a quarter of a study's time.
    with threadpool_limits(1):
        results = fit(track)
    save_results(Store(warehouse), run, results)
    return FinishedRun(run, results)


def _recall(store: "Store", runs: Iterable[Run[Any]]) -> Run[Any] | None:
    """Show again the first of `runs` that was made before; None if there is none, or no more."""
    from analysis.runs.saving import use_run

    past = {one.run_id: one for one in list_runs(store)}
    for run in runs:
        if run.run_id in past:
            with suppress(WarehouseError):  # Its files were vacuumed.
                use_run(store, past[run.run_id])
                return run
    return None


def plan_run(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    dataset: str,
    settings: RunSettings,
    engine: EngineName = "duckdb",
) -> Run[Any]:
    """The run of a study on `dataset` with `settings`, not yet run."""
    study = STUDIES[name]
    return make_run(
        connection,
        name,
        dataset,
        settings,
        views=(*study.views, *study.reads(settings)),
        applied=study.applies,
        modules=study.modules,
        scopes=study.scope(dataset, settings),
        engine=engine,
    )


def read_fit(connection: duckdb.DuckDBPyConnection, run: Run[Any]) -> StudyFit:
    """Read what `run` reads; the function that is returned fits and judges the models.

    Raises WarehouseError for a single fit.
    """
    read = STUDIES[run.study].read
    if read is None:
        raise WarehouseError(
            f"a single fit of {run.dataset} is made again by Spark alone",
            hint="`python -m analysis fit` with the settings of the run",
        )
    return read(connection, run.dataset, run.settings)


def recall_run(past: PastRun) -> Run[Any]:
    """What decided a past run; raises WarehouseError if another version kept it otherwise."""
    kinds = {SIMULATION: MonteCarloSettings} | {name: of.settings for name, of in STUDIES.items()}
    settings = None
    if past.study in kinds and "tables" in past.record:
        with suppress(TypeError):
            settings = kinds[past.study].from_dict(past.record["settings"])
    if settings is not None:
        return Run.from_record(past.record, settings)
    command = past.study.replace("_", "-")
    if command.endswith("-fit"):
        command = f"fit {command.removesuffix('-fit')}"
    raise WarehouseError(
        f"run {past.run_id} was made by a version of Quarry that kept its inputs otherwise",
        hint=f"make it anew: `python -m analysis {command}`",
    )


def refuse_what_does_not_fit(connection: duckdb.DuckDBPyConnection, run: Run[Any]) -> None:
    """Raise WarehouseError if the data set of `run` is more than this machine's memory holds."""
    sql = STUDIES[run.study].count
    ((n_samples,),) = connection.execute(sql, {"dataset": run.dataset}).fetchall()
    needed = n_samples * SAMPLE_BYTES
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > there:
        name = run.study.replace("_", "-")
        raise WarehouseError(
            f"the study {run.study} of {run.dataset} needs some {needed / 1e9:,.0f} GB of memory; "
            f"this machine has {there / 1e9:,.0f} GB",
            hint=f"`python -m analysis fit {name} --dataset {run.dataset} --engine spark "
            "--strength ...` fits one model on the cluster",
        )


def _read_by_spark(
    spark: "SparkEngine", connection: duckdb.DuckDBPyConnection, run: Run[Any], watch: Watch
) -> StudyFit:
    """The fit of what Spark computes; of a single fit, its results as they are."""
    from warehouse.engines import gather

    study = STUDIES[run.study]
    if study.fit_on_spark is not None:
        with watch(spark):
            results = study.fit_on_spark(spark, connection, run)
        return lambda track: results
    refuse_what_does_not_fit(connection, run)
    with watch(spark), gather(spark) as gathered, gathered.connect(study.collects) as connection:
        return read_fit(connection, run)
