"""What tests of every folder share."""

from pathlib import Path, PurePosixPath

import pytest
from xdist.scheduler import LoadScopeScheduling

from warehouse.storage.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty warehouse that lives as long as the test."""
    return Store(tmp_path / "data")


class FolderScheduling(LoadScopeScheduling):
    """Hands whole folders of tests/ to workers: the tests of a folder share warehouses."""

    def _split_scope(self, nodeid: str) -> str:
        return str(PurePosixPath(*PurePosixPath(nodeid.partition("::")[0]).parts[:2]))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with Spark: its folder takes longest, and the others then run beside it."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/spark/"))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FolderScheduling:
    """With `-n`, run folders side by side, in the order in which they were collected."""
    config.option.loadscopereorder = False
    return FolderScheduling(config, log)
