"""What tests of every folder share."""

from pathlib import Path

import pytest

from warehouse.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty warehouse that lives as long as the test."""
    return Store(tmp_path / "data")
