"""The log keeps where rows came from, however old and however many commits ago."""

import os

import pytest
from deltalake import DeltaTable

from tests.support.samples import PROVENANCE, material, materials
from warehouse.storage import delta
from warehouse.storage.commits import Provenance
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

CHECKPOINT = 5
"""Every so many commits Delta Lake sums the log up, and deletes what is older than it must keep."""
LONG_AGO = 1_000_000_000
OFTEN = {"delta.checkpointInterval": str(CHECKPOINT)}


def write(store, number):
    rows = materials(material(f"m-{number}"))
    store.replace("materials", rows, provenance=PROVENANCE)


def age(store):
    """Let the log be many years old."""
    for entry in (store.path("materials") / "_delta_log").iterdir():
        os.utime(entry, (LONG_AGO, LONG_AGO))


@pytest.mark.parametrize("configuration", [delta.KEEP_LOG, {}], ids=["new", "of older code"])
def test_old_provenance_survives_a_checkpoint(tmp_path, monkeypatch, configuration):
    monkeypatch.setattr(delta, "KEEP_LOG", configuration | OFTEN)
    store = Store(Warehouse(tmp_path))
    for number in range(CHECKPOINT + 2):
        if number == CHECKPOINT - 1:
            age(store)
        write(store, number)
    assert list((store.path("materials") / "_delta_log").glob("*.checkpoint.parquet"))
    history = store.history("materials")
    assert [version.version for version in history] == [*range(CHECKPOINT + 1, -1, -1)]
    assert all(version.provenance["source"] == PROVENANCE.source for version in history)


def test_other_software_is_told_to_keep_the_log_of_a_table(tmp_path):
    store = Store(Warehouse(tmp_path))
    for number in range(3):
        write(store, number)
    age(store)
    table = DeltaTable(store.path("materials"))
    table.create_checkpoint()
    table.cleanup_metadata()
    assert [version.version for version in store.history("materials")] == [2, 1, 0]


def test_the_log_keeps_no_password(store):
    secret = Provenance("s", "1", {"plan": {"origin": "https://me:secret@example.org/a?b"}})
    store.replace("materials", materials(material()), provenance=secret)
    (entry,) = (store.path("materials") / "_delta_log").glob("*.json")
    assert "secret" not in entry.read_text()
    kept = store.history("materials")[0].provenance["parameters"]["plan"]["origin"]
    assert kept == "https://example.org/a?b"
