"""One small warehouse with real data, fitted once for all tests of the analysis."""

from pathlib import Path

import polars as pl
import pytest

from analysis.cluster_expansion.inputs import read_dataset
from analysis.cluster_expansion.study import run_study
from analysis.metals.data import BENCHMARKS, read_energies, read_materials
from analysis.metals.study import run_study as run_metals
from analysis.report import write_report
from analysis.results import save_results
from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.structures import ingest_alloys
from ingest.materials.elements import ingest_elements
from ingest.materials.matbench import ingest_benchmark_folds, ingest_materials
from tests.browser import find_chromium, start_browser
from warehouse.catalog import build_catalog
from warehouse.commits import Provenance
from warehouse.connection import connect
from warehouse.store import Store

SPACE = "fcc-1.5-1"
N_MATERIALS = 1500


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
        calculated, measured = read_materials(connection, *BENCHMARKS)
        energies = read_energies(connection, calculated)
    save_results(store, run_study(dataset, orbits))
    save_results(store, run_metals(calculated, measured, energies))
    save_results(store, run_metals(measured, calculated, is_thorough=False))
    return unfitted


@pytest.fixture
def connection(fitted):
    with connect(fitted) as connection:
        yield connection


@pytest.fixture(scope="session")
def reports(fitted, tmp_path_factory) -> Path:
    """Every page about it."""
    folder = tmp_path_factory.mktemp("reports")
    with connect(fitted) as connection:
        write_report(connection, folder, "au-cu")
    return folder


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
