"""The two studies: what each reads, and how its settings become a fit.

The commands run them, and `reproduce` runs them again from the settings that were kept.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from analysis.runs.results import Results
from analysis.runs.run import Run, describe_run
from warehouse.engines import EngineName
from warehouse.errors import WarehouseError
from warehouse.progress import Track

SAMPLE_BYTES = 40_000
"""Memory that a study needs per sample, roughly: to read 111,034 materials takes 19 kB each at the
peak (2.1 GB), and to fit as much again."""
Fit = Callable[[Track], Results]
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Study:
    """A study.

    Attributes:
        views: What it reads, beside all that these are made from.
        scope: Conditions on the rows of raw tables that make a data set: others do not count.
        modules: What reads the data and fits the models.
        read: Reads a data set and returns its fit.
        collects: What `read` asks that takes work to compute.
        count: SQL that counts the samples of the data set `$dataset`.
        score: The score that tells runs apart at a glance.
        split: The split of that score.
        is_mean_of_folds: Whether a score is the mean over folds, or of all folds together.

    """

    views: tuple[str, ...]
    scope: Callable[[str, Settings], Mapping[str, str]]
    modules: tuple[str, ...]
    read: Callable[[duckdb.DuckDBPyConnection, str, Settings], Fit]
    collects: tuple[str, ...]
    count: str
    score: str
    split: str
    is_mean_of_folds: bool


def plan_run(
    connection: duckdb.DuckDBPyConnection,
    study: str,
    dataset: str,
    settings: Settings,
    engine: EngineName = "duckdb",
) -> Run:
    """The run of `study` on `dataset` with `settings`, not yet run."""
    known = ALL[study]
    return describe_run(
        connection,
        study,
        dataset,
        settings,
        views=known.views,
        modules=known.modules,
        scopes=known.scope(dataset, settings),
        engine=engine,
    )


def read_fit(connection: duckdb.DuckDBPyConnection, run: Run) -> Fit:
    """Read what `run` reads; the function that is returned fits and judges the models."""
    return ALL[run.study].read(connection, run.dataset, run.settings)


def refuse_what_does_not_fit(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
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


def _read_cluster_expansion(
    connection: duckdb.DuckDBPyConnection, alloy: str, settings: Settings
) -> Fit:
    from analysis.cluster_expansion.data import read_dataset
    from analysis.cluster_expansion.study import run_study

    dataset, orbits = read_dataset(
        connection, alloy, settings["cluster_space"], settings["cutoffs"]
    )
    methods, splits, seed = settings["methods"], settings["splits"], settings["seed"]
    return lambda track: run_study(dataset, orbits, methods, splits, seed, track)


def _read_metals(connection: duckdb.DuckDBPyConnection, benchmark: str, settings: Settings) -> Fit:
    from analysis.metals.data import BENCHMARKS, read_energies, read_materials
    from analysis.metals.inquiries.live import LIVE, run_live_study
    from analysis.metals.study import run_study

    if benchmark == LIVE:
        (live,) = read_materials(connection, LIVE)
        return lambda track: run_live_study(live, settings["seed"], track)
    names = sorted(BENCHMARKS, key=lambda name: name != benchmark)
    materials, other = read_materials(connection, *names)
    energies = read_energies(connection, materials)
    seed, is_thorough = settings["seed"], settings["is_thorough"]
    return lambda track: run_study(materials, other, energies, seed, track, is_thorough=is_thorough)


def _refuse_single_fits(
    connection: duckdb.DuckDBPyConnection, dataset: str, settings: Settings
) -> Fit:
    raise WarehouseError(
        f"a single fit of {dataset} is made again by Spark alone",
        hint="`python -m analysis fit` with the settings of the run",
    )


def _scope_alloy(alloy: str, settings: Settings) -> dict[str, str]:
    """Rows of one alloy, one cluster space, and the supercells of that alloy's structures."""
    alloy, space = (name.replace("'", "''") for name in (alloy, settings["cluster_space"]))
    of_alloy, of_space = f"alloy = '{alloy}'", f"cluster_space_id = '{space}'"
    used = f"supercell_id in (select supercell_id from raw.lattice_mappings where {of_alloy})"
    return {
        "raw.alloy_structures": of_alloy,
        "raw.lattice_mappings": of_alloy,
        "raw.orbits": of_space,
        "raw.supercell_masks": f"{of_space} and {used}",
        "raw.supercell_orbits": f"{of_space} and {used}",
    }


def _scope_benchmark(benchmark: str, settings: Settings) -> dict[str, str]:
    """Materials of the benchmark, and of both of Matbench: a study of one tests on the other."""
    from analysis.metals.data import BENCHMARKS

    names = ", ".join(f"'{name}'" for name in sorted({benchmark, *BENCHMARKS}))
    return {"raw.materials": f"source || '_is_metal' in ({names})"}


STUDIES = {
    "cluster_expansion": Study(
        views=("marts.cluster_expansion_training", "staging.orbits"),
        scope=_scope_alloy,
        modules=("analysis/cluster_expansion/data.py", "analysis/cluster_expansion/study.py"),
        read=_read_cluster_expansion,
        collects=("marts.cluster_expansion_training",),
        count="select count(*) from staging.lattice_mappings where alloy = $dataset",
        score="rmse",
        split="training_10_fold",
        is_mean_of_folds=False,
    ),
    "metals": Study(
        views=("marts.metal_training", "marts.metal_descriptors", "staging.materials"),
        scope=_scope_benchmark,
        modules=(
            "analysis/metals/data.py",
            "analysis/metals/study.py",
            "analysis/metals/inquiries/live.py",
        ),
        read=_read_metals,
        collects=(
            "marts.metal_training",
            "features.formula_descriptors",
            "features.cell_descriptors",
            "features.structure_descriptors",
        ),
        count="select count(*) from staging.materials where source || '_is_metal' = $dataset",
        score="balanced_accuracy",
        split="official_folds",
        is_mean_of_folds=True,
    ),
}
SINGLE_FITS = {
    "cluster_expansion_fit": replace(
        STUDIES["cluster_expansion"],
        modules=("analysis/cluster_expansion/single_fit.py", "analysis/single_fits/on_spark.py"),
        read=_refuse_single_fits,
    ),
    "metals_fit": replace(
        STUDIES["metals"],
        modules=("analysis/metals/single_fit.py", "analysis/single_fits/on_spark.py"),
        read=_refuse_single_fits,
        split="formula_groups",
        is_mean_of_folds=False,
    ),
}
"""Single models of the studies, by `python -m analysis fit`."""
ALL = STUDIES | SINGLE_FITS
