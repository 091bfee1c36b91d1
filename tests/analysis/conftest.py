"""One small warehouse with real data, fitted once for all tests of the analysis."""

from pathlib import Path

import polars as pl
import pytest

from analysis.cluster_expansion.inputs import read_dataset
from analysis.cluster_expansion.study import run_study
from analysis.metals import study as metals
from analysis.results import save_results
from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.structures import ingest_alloys
from ingest.materials.elements import ingest_elements
from ingest.materials.matbench import ingest_benchmark_folds, ingest_materials
from warehouse.catalog import build_catalog
from warehouse.commits import Provenance
from warehouse.connection import connect
from warehouse.store import Store

SPACE = "fcc-1.5-1"
N_MATERIALS = 3000


@pytest.fixture(scope="session")
def unfitted(tmp_path_factory) -> Path:
    """All of Au-Cu in a small cluster space, and the first materials of each benchmark."""
    root = tmp_path_factory.mktemp("analysis")
    store = Store(root)
    ingest_alloys(store, ["au-cu"])
    ingest_clusters(store, [1.5, 1.0])
    ingest_elements(store)
    ingest_materials(store)
    ingest_benchmark_folds(store)
    first = (pl.int_range(pl.len()).over("source") < N_MATERIALS).alias("is_first")
    few = store.read("materials").filter(first)
    store.replace("materials", few, provenance=Provenance("test", "1"))
    build_catalog(store)
    return root


@pytest.fixture(scope="session")
def fitted(unfitted) -> Path:
    """The same, with the results of both studies."""
    store = Store(unfitted)
    with connect(unfitted) as connection:
        dataset, orbits = read_dataset(connection, "au-cu", SPACE)
        materials = [metals.read_dataset(connection, name) for name in metals.BENCHMARKS]
    save_results(store, run_study(dataset, orbits))
    calculated, measured = materials
    save_results(store, metals.run_study(calculated, measured))
    save_results(store, metals.run_study(measured))
    return unfitted


@pytest.fixture
def connection(fitted):
    with connect(fitted) as connection:
        yield connection
