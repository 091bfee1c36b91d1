"""What `analysis.studies` knows of this wing: its study and its single fit."""

from typing import TYPE_CHECKING

import duckdb

from analysis.metals.settings import LogisticSettings, MetalsSettings
from analysis.runs.results import Results
from analysis.runs.run import Run
from analysis.runs.study import Study, StudyFit
from warehouse.quoting import quote_text

if TYPE_CHECKING:
    from warehouse.spark.engine import SparkEngine


def _read(
    connection: duckdb.DuckDBPyConnection, benchmark: str, settings: MetalsSettings
) -> StudyFit:
    """Read the descriptors and labels of a benchmark, and return the study's fit of them."""
    from analysis.metals.benchmarks import MATBENCH, Benchmark
    from analysis.metals.data import read_formation_energies
    from analysis.metals.inquiries.structure_ladder import run_structure_study
    from analysis.metals.shared_reading import read_shared_materials
    from analysis.metals.study import run_metals_study

    if benchmark == Benchmark.LIVE:
        (live,) = read_shared_materials(connection, benchmark)
        return lambda track: run_structure_study(live, settings.seed, track)
    names = sorted(MATBENCH, key=lambda name: name != benchmark)
    materials, other = read_shared_materials(connection, *names)
    energies = read_formation_energies(connection, materials)
    return lambda track: run_metals_study(materials, other, energies, settings, track)


def _fit_on_spark(
    spark: "SparkEngine", connection: duckdb.DuckDBPyConnection, run: Run[LogisticSettings]
) -> Results:
    """See `analysis.metals.spark_fit`, which is not loaded before it is asked for."""
    from analysis.metals.spark_fit import fit_classifier_on_spark

    return fit_classifier_on_spark(spark, connection, run)


def _scope(benchmark: str, settings: MetalsSettings | LogisticSettings) -> dict[str, str]:
    """Materials of the benchmark, and of both of Matbench: a study of one tests on the other."""
    from analysis.metals.benchmarks import MATBENCH

    names = ", ".join(map(quote_text, sorted({benchmark, *MATBENCH})))
    sources = f"select source from staging.materials where dataset in ({names})"
    return {"raw.materials": f"source in ({sources})"}


VIEWS = (
    "marts.metal_training",
    "marts.metal_descriptors",
    "marts.metal_magpie",
    "staging.materials",
)
COUNT = "select count(*) from staging.materials where dataset = $dataset"
STUDIES = (
    Study(
        name="metals",
        settings=MetalsSettings,
        views=VIEWS,
        scope=_scope,
        modules=(
            "analysis/metals/data.py",
            "analysis/metals/study.py",
            "analysis/metals/inquiries/structure_ladder.py",
        ),
        count=COUNT,
        score="balanced_accuracy",
        split="official_folds",
        is_mean_of_folds=True,
        collects=(
            "marts.metal_training",
            "marts.metal_formula_descriptors",
            "marts.metal_cell_descriptors",
            "marts.metal_magpie",
        ),
        read=_read,
    ),
    Study(
        name="metals_fit",
        settings=LogisticSettings,
        views=VIEWS,
        scope=_scope,
        modules=("analysis/metals/spark_fit.py",),
        count=COUNT,
        score="balanced_accuracy",
        split="formula_groups",
        is_mean_of_folds=False,
        fit_on_spark=_fit_on_spark,
    ),
)
