"""One small warehouse with real data, fitted once for all tests of the analysis."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl
import pytest
from filelock import FileLock

from analysis.cluster_expansion.models.methods import METHODS
from analysis.cluster_expansion.settings import ClusterExpansionSettings
from analysis.cluster_expansion.splits import SPLITS
from analysis.metals.benchmarks import MATBENCH
from analysis.metals.settings import Depth, MetalsSettings
from analysis.metals.shared_reading import sharing_materials
from analysis.report import dictionary
from analysis.report.dictionary import count_in_time
from analysis.report.report import find_deep_views, write_report
from analysis.studies import run_study
from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.shipped import ingest_alloys
from ingest.materials.elements import ingest_elements
from ingest.materials.matbench import ingest_benchmark_folds, ingest_materials
from tests.support.alloys import AU_CU
from tests.support.browser import find_chromium, start_browser
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect, duplicate
from warehouse.engines import DuckEngine, gather
from warehouse.storage.commits import Provenance
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

CALCULATED, MEASURED = MATBENCH
SPACE = "fcc-1.5-1"
N_MATERIALS = 1500
EXPANSION = ClusterExpansionSettings(SPACE, tuple(METHODS), tuple(sorted(SPLITS)))
RUNS = (
    ("cluster_expansion", "au-cu", EXPANSION),
    ("metals", CALCULATED, MetalsSettings(depth=Depth.THOROUGH)),
    ("metals", MEASURED, MetalsSettings(depth=Depth.QUICK)),
)

GAINS = {
    "benchmark": CALCULATED,
    "sources": "planted",
    "properties": [
        {"property": name, "n": 900, "n_metals": 400, "alone": 0.6, "without": 0.8,
         "with": 0.8 + gain, "gain": gain, "standard_error": 0.001,
         "n_common": 800, "common_gain": gain, "common_error": 0.001}
        for name, gain in (("mass density", 0.002), ("formation energy", 0.012))
    ],
}  # fmt: skip
"""What properties add, as a report keeps it: these few materials have none."""


def make_once(factory: pytest.TempPathFactory, step: str, make: Callable[[Path], None]) -> Path:
    """The warehouse of this run of the tests, after `step`; the first worker that asks makes it."""
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    root = folder / "analysis"
    with FileLock(folder / f"{step}.lock"):
        if not (folder / step).exists():
            make(root)
            (folder / step).touch()
    return root


@pytest.fixture(scope="session")
def unfitted(tmp_path_factory) -> Path:
    """All of Au-Cu in a small cluster space, and the first materials of each benchmark."""
    return make_once(tmp_path_factory, "unfitted", ingest)


def ingest(root: Path) -> None:
    """Fill the warehouse."""
    store = Store(Warehouse(root))
    ingest_alloys(store, [AU_CU])
    ingest_clusters(store, [1.5, 1.0])
    ingest_elements(store)
    ingest_materials(store)
    ingest_benchmark_folds(store)
    first = (pl.int_range(pl.len()).over("source") < N_MATERIALS).alias("is_first")
    few = store.read("materials").filter(first)
    store.replace("materials", few, provenance=Provenance("test", "1"))
    build_catalog(store)


@pytest.fixture(scope="session")
def fitted(unfitted, tmp_path_factory) -> Path:
    """The same, with the results of both studies."""
    return make_once(tmp_path_factory, "fitted", fit)


def fit(root: Path) -> None:
    """Run the studies."""
    with gather(DuckEngine(Warehouse(root))) as gathered, sharing_materials():
        for study, dataset, settings in RUNS:
            run_study(Warehouse(root), study, dataset, settings, gathered=gathered)


@pytest.fixture(scope="session")
def gathered_catalog(fitted) -> Iterator[duckdb.DuckDBPyConnection]:
    """Its catalog as the report reads it: what is slow to compute, once for all tests."""
    warehouse = Warehouse(fitted)
    with connect(warehouse) as connection:
        views = find_deep_views(connection)
    with gather(DuckEngine(warehouse)) as gathered, gathered.connect(views) as catalog:
        yield catalog


@pytest.fixture
def connection(gathered_catalog) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of the test's own to that catalog."""
    with duplicate(gathered_catalog) as connection:
        yield connection


@pytest.fixture(scope="session")
def reports(fitted, gathered_catalog, tmp_path_factory) -> Path:
    """Every page about it."""
    folder = tmp_path_factory.mktemp("reports")
    (folder / "metal_properties.json").write_text(json.dumps(GAINS))
    with count_no_view():
        write_report(gathered_catalog, Store(Warehouse(fitted)), folder, AU_CU)
    return folder


@contextmanager
def count_no_view() -> Iterator[None]:
    """Let the dictionary count the rows of tables, but of no view: that takes up to a second."""

    def count(connection: duckdb.DuckDBPyConnection, name: str, patience: float) -> int | None:
        return count_in_time(connection, name, patience) if name.startswith("raw.") else None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dictionary, "count_in_time", count)
        yield


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """One Chromium for all tests of pages."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium here: install it to test the pages in a browser")
    with start_browser(chromium, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def opened(browser, reports):
    """Open a page of the report in a window as wide as a screen or a phone."""

    def opened(page, width=1280, scheme="light"):
        browser.complaints.clear()
        browser.requests.clear()
        browser.prefer(scheme)
        browser.resize(width)
        browser.open(reports / page)
        return browser

    return opened


@pytest.fixture
def shown(browser, reports, opened):
    """The same, but a page that is there already stays: for what no other test touches."""

    def shown(page):
        is_there = (browser.page, browser.width, browser.scheme) == (reports / page, 1280, "light")
        return browser if is_there else opened(page)

    return shown
