"""What `analysis.studies` knows of this wing: its study and its single fit."""

from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from analysis.cluster_expansion.settings import ClusterExpansionSettings, ElasticNetSettings
from analysis.runs.results import Results
from analysis.runs.run import Run
from analysis.runs.study import Study, StudyFit
from warehouse.conventions.alloys import Alloy
from warehouse.progress import Track
from warehouse.quoting import quote_text

if TYPE_CHECKING:
    from warehouse.spark.engine import SparkEngine


def _read(
    connection: duckdb.DuckDBPyConnection, alloy: str, settings: ClusterExpansionSettings
) -> StudyFit:
    """Read an alloy's cluster vectors and energies, and return the study's fit of them."""
    from analysis.cluster_expansion.data import (
        count_left_out,
        list_senseless_energies,
        read_dataset,
    )
    from analysis.cluster_expansion.study import study_alloy

    space, exclude = settings.cluster_space, settings.exclude
    dataset, orbits = read_dataset(connection, alloy, space, settings.cutoffs, exclude)
    left_out = count_left_out(connection, alloy, space, exclude)
    senseless = list_senseless_energies(connection, Alloy.parse(alloy))
    # What the scores of any alloy call per atom is per site where sites may be vacant.
    unit = pl.col("unit").str.replace("atom", Alloy.parse(alloy).site, literal=True)

    def fit(track: Track) -> Results:
        results = study_alloy(dataset, orbits, settings, track)
        return replace(
            results,
            metrics=results.metrics.with_columns(unit),
            curves=results.curves.with_columns(unit),
            left_out_structures=left_out,
            notes=[f"WRONG ENERGIES: {line}" for line in senseless],
        )

    return fit


def _fit_on_spark(
    spark: "SparkEngine", connection: duckdb.DuckDBPyConnection, run: Run[ElasticNetSettings]
) -> Results:
    """See `analysis.cluster_expansion.spark_fit`, which is not loaded before it is asked for."""
    from analysis.cluster_expansion.spark_fit import fit_elastic_net

    return fit_elastic_net(spark, connection, run)


def _scope(alloy: str, settings: ClusterExpansionSettings | ElasticNetSettings) -> dict[str, str]:
    """Rows of one alloy, one cluster space, and the supercells of that alloy's structures."""
    of_alloy = f"alloy = {quote_text(alloy)}"
    of_space = f"cluster_space_id = {quote_text(settings.cluster_space)}"
    told = f"orbits_digest in (select orbits_digest from raw.orbits where {of_space})"
    used = f"supercell_id in (select supercell_id from raw.lattice_mappings where {of_alloy})"
    mapped = f"select parent_lattice from raw.lattice_mappings where {of_alloy}"
    return {
        "raw.alloy_structures": of_alloy,
        "raw.lattice_mappings": f"{of_alloy} and structures_digest in "
        f"(select structures_digest from raw.alloy_structures where {of_alloy})",
        "raw.parent_lattices": f"parent_lattice in ({mapped})",
        "raw.orbits": of_space,
        "raw.supercell_masks": f"{of_space} and {told} and {used}",
        "raw.supercell_orbits": f"{of_space} and {told} and {used}",
    }


VIEWS = ("marts.cluster_expansion_training", "staging.orbits")
COUNT = "select count(*) from staging.lattice_mappings where alloy = $dataset"
STUDIES = (
    Study(
        name="cluster_expansion",
        settings=ClusterExpansionSettings,
        views=VIEWS,
        scope=_scope,
        modules=("analysis/cluster_expansion/data.py", "analysis/cluster_expansion/study.py"),
        count=COUNT,
        score="rmse",
        split="training_10_fold",
        is_mean_of_folds=False,
        collects=("marts.cluster_expansion_training",),
        read=_read,
    ),
    Study(
        name="cluster_expansion_fit",
        settings=ElasticNetSettings,
        views=VIEWS,
        scope=_scope,
        modules=("analysis/cluster_expansion/spark_fit.py",),
        count=COUNT,
        score="rmse",
        split="training_10_fold",
        is_mean_of_folds=False,
        fit_on_spark=_fit_on_spark,
    ),
)
