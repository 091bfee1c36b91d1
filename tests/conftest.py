"""What tests of every folder share, and which of them run in one process."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

OWN = (
    "tests/analysis/cluster_expansion/test_inquiries.py",
    "tests/analysis/cluster_expansion/test_models.py",
)
"""Long modules below `UNITS` that share nothing with the others there."""
UNITS = {
    "tests/spark/": "spark",
    "tests/soak/test_campaigns.py::test_a_short_campaign_finds_what_is_wanted[engines]": "spark",
    "tests/soak/test_campaigns.py::test_a_short_campaign_finds_what_is_wanted[functions]": "spark",
    "tests/analysis/cluster_expansion/": "pages",
    "tests/analysis/report/": "pages",
    "tests/sql/test_m": "materials",
    "tests/sql/": "alloys",
    "tests/ingest/alloys/": "alloys",
    "tests/ingest/": "ingest",
    "tests/soak/": "soak",
}
"""Tests that share a session of Spark, a server, a warehouse or its pages, and a name for it.

Others share no more than their module.
"""
LONGEST = (
    *("spark", "pages", "alloys", "tests/test_readme.py"),
    *("ingest", "soak", "materials"),
)
"""What begins first, so that no worker is left alone with it."""

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty warehouse that lives as long as the test."""
    return Store(Warehouse(tmp_path / "data"))


def unit(nodeid: str) -> str:
    """What a test shares with others."""
    module = nodeid.partition("::")[0]
    if module in OWN:
        return module
    return next((name for start, name in UNITS.items() if nodeid.startswith(start)), module)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(unit(item.nodeid), len(places)))


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than cores: the tests of Spark, of the browser and of locks often wait."""
    return min(4, (os.cpu_count() or 1) + 1)


class UnitScheduling(LoadScopeScheduling):
    """Hands a worker all tests that share something."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> UnitScheduling:
    """With `-n`, run units side by side, in the order in which they were collected."""
    config.option.loadscopereorder = False
    return UnitScheduling(config, log)
