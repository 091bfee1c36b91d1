"""What tests of every folder share, and which of them run in one process."""

from pathlib import Path

import pytest
from xdist.scheduler import LoadGroupScheduling

from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

UNITS = {
    "tests/spark/test_cluster.py": "cluster",
    "tests/spark/": "spark",
    "tests/soak/test_campaigns.py::test_a_short_campaign_finds_what_is_wanted[engines]": "spark",
    "tests/sql/": "alloys",
    "tests/ingest/alloys/": "alloys",
    "tests/ingest/": "ingest",
    "tests/soak/": "soak",
}
"""Tests that share a session of Spark, a server or a warehouse, and the name of what they share.

Others share no more than their module.
"""
LONGEST = ("spark", "analysis", "alloys", "cluster", "tests/test_readme.py", "soak", "ingest")
"""What begins first, so that no worker is left alone with it."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty warehouse that lives as long as the test."""
    return Store(Warehouse(tmp_path / "data"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tell xdist what must run in one worker, the longest first."""
    units = {item: unit(item) for item in items}
    for item in items:
        item.add_marker(pytest.mark.xdist_group(units[item]))
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(units[item], len(places)))


def unit(item: pytest.Item) -> str:
    """What a test shares with others."""
    if "unfitted" in getattr(item, "fixturenames", ()):
        return "analysis"
    units = (name for start, name in UNITS.items() if item.nodeid.startswith(start))
    return next(units, item.nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadGroupScheduling:
    """With `-n`, run them side by side in that order."""
    config.option.loadscopereorder = False
    return LoadGroupScheduling(config, log)
