"""Damaged files: every command names the file and the cure; the other tables stay readable."""

import os
import subprocess
from pathlib import Path

import polars as pl
import pytest
from deltalake import write_deltalake

from tests.support.samples import PROVENANCE, SQL, make_warehouse, material, materials, write_sql
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect, plain_duckdb_errors
from warehouse.errors import WarehouseError
from warehouse.upkeep.restore import restore_version, verify_table

LOG = "_delta_log/0000000000000000000{}.json"


def parquet(folder: Path) -> Path:
    (path,) = folder.glob("*.parquet")
    return path


def overwrite_middle(path: Path) -> None:
    """Change bytes of the data but not the size, the magic bytes or the footer."""
    data = path.read_bytes()
    path.write_bytes(data[:4] + b"\xff" * 300 + data[304:])


LOG_DAMAGE = {
    "the first entry is missing": lambda folder: (folder / LOG.format(0)).unlink(),
    "an entry is garbage": lambda folder: (folder / LOG.format(0)).write_text("garbage"),
    "an entry is cut": lambda folder: (folder / LOG.format(0)).write_bytes(
        (folder / LOG.format(0)).read_bytes()[:200]
    ),
    "the last entry is empty": lambda folder: (folder / LOG.format(1)).touch(),
}
FILE_DAMAGE = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-50]),
    "missing": lambda path: path.unlink(),
    "overwritten": lambda path: path.write_bytes(b"\x00" * path.stat().st_size),
    "overwritten in the middle": overwrite_middle,
}


@pytest.fixture
def warehouse(store):
    """One file of materials, large enough to have a middle, and one of another table."""
    make_warehouse(store, *(material(f"m-{number}", nsites=number + 1) for number in range(500)))
    return store


@pytest.mark.parametrize("how", LOG_DAMAGE)
def test_a_damaged_log_is_named_with_its_cure(warehouse, how):
    folder = warehouse.path("materials")
    LOG_DAMAGE[how](folder)
    for use in (
        lambda: warehouse.read("materials"),
        lambda: warehouse.history("materials"),
        lambda: warehouse.verify("materials"),
        lambda: warehouse.replace("materials", materials(), provenance=PROVENANCE),
        lambda: build_catalog(warehouse),
    ):
        with pytest.raises(WarehouseError) as caught:
            use()
        assert f"{folder} is damaged" in caught.value.message
        assert "\n" not in caught.value.message
        assert f"restore {folder}" in caught.value.hint
    assert warehouse.verify("elements") == 0


@pytest.mark.parametrize("how", FILE_DAMAGE)
def test_a_damaged_file_is_named_with_its_cure(warehouse, how):
    folder = warehouse.path("materials")
    FILE_DAMAGE[how](parquet(folder))
    with pytest.raises(WarehouseError) as caught:
        warehouse.verify("materials")
    assert f"{folder} is damaged" in caught.value.message
    assert "make" in caught.value.hint or "python -m ingest" in caught.value.hint


@pytest.mark.parametrize("how", ["cut", "missing", "overwritten"])
def test_a_build_on_a_damaged_file_leaves_the_old_catalog(warehouse, how, tmp_path):
    before = warehouse.warehouse.catalog.read_bytes()
    FILE_DAMAGE[how](parquet(warehouse.path("materials")))
    with pytest.raises(WarehouseError, match="materials is damaged"):
        build_catalog(warehouse, write_sql(tmp_path / "sql"))
    assert warehouse.warehouse.catalog.read_bytes() == before


@pytest.mark.parametrize("how", FILE_DAMAGE)
def test_a_query_of_a_damaged_file_sends_to_the_check(warehouse, how):
    FILE_DAMAGE[how](parquet(warehouse.path("materials")))
    with connect(warehouse.warehouse) as connection:
        with pytest.raises(WarehouseError) as caught, plain_duckdb_errors():
            connection.sql("select * from raw.materials").fetchall()
        assert "python -m warehouse check" in caught.value.hint
        assert connection.sql("from raw.elements").fetchall() == []


def test_files_without_a_log_are_not_taken_for_no_table(warehouse):
    for entry in (warehouse.path("materials") / "_delta_log").iterdir():
        entry.unlink()
    (warehouse.path("materials") / "_delta_log").rmdir()
    with pytest.raises(WarehouseError, match="its log is gone"):
        warehouse.verify("materials")


def test_a_table_without_a_column_that_it_needs_is_named(warehouse):
    rows = warehouse.read("materials").drop("license")
    write_deltalake(warehouse.path("materials"), rows, mode="overwrite", schema_mode="overwrite")
    with pytest.raises(WarehouseError, match=r"materials is damaged: .* lacks license"):
        warehouse.read("materials")


def test_a_column_that_is_younger_than_a_table_is_null_in_it(warehouse, tmp_path):
    path = warehouse.path("materials")
    old = warehouse.read("materials").drop("volume", "nsites")
    write_deltalake(path, old, mode="overwrite", schema_mode="overwrite")
    assert warehouse.verify("materials") == old.height
    assert warehouse.read("materials")["volume"].null_count() == old.height

    build_catalog(warehouse, write_sql(tmp_path / "sql", SQL))
    counts = "select count(*), count(nsites), sum(volume) from raw.materials"
    with connect(warehouse.warehouse) as connection:
        assert connection.sql(counts).fetchall() == [(500, 0, None)]

    new = materials(material("new", source="other", volume=5.0))
    warehouse.replace("materials", new, provenance=PROVENANCE, scope={"source": "other"})
    build_catalog(warehouse, write_sql(tmp_path / "sql", SQL))
    with connect(warehouse.warehouse) as connection:
        assert connection.sql(counts).fetchall() == [(501, 1, 5.0)]
    assert warehouse.verify("materials") == 501


def test_a_column_of_another_type_is_read_as_that_of_the_schema(warehouse, tmp_path):
    old = warehouse.read("materials").with_columns(pl.col("nsites").cast(pl.Int32))
    write_deltalake(warehouse.path("materials"), old, mode="overwrite", schema_mode="overwrite")
    build_catalog(warehouse, write_sql(tmp_path / "sql", SQL))
    with connect(warehouse.warehouse) as connection:
        kinds = "select typeof(nsites), count(*) from raw.materials group by all"
        assert connection.sql(kinds).fetchall() == [("BIGINT", 500)]


def test_a_damaged_catalog_is_mended_by_a_build(warehouse, tmp_path):
    catalog = warehouse.warehouse.catalog
    catalog.write_bytes(b"no database")
    with pytest.raises(WarehouseError, match="cannot be opened") as caught:
        connect(warehouse.warehouse)
    assert "python -m warehouse build" in caught.value.hint

    build_catalog(warehouse, write_sql(tmp_path / "sql", SQL))
    with connect(warehouse.warehouse) as connection:
        assert connection.sql("from marts.counts").fetchall() == [("mp", 500)]


def test_a_changed_byte_that_no_reader_notices_is_found(warehouse):
    path = parquet(warehouse.path("materials"))
    data = path.read_bytes()
    assert data.count(b"delta-rs") == 1  # the name of the software that wrote the file
    path.write_bytes(data.replace(b"delta-rs", b"delta-RS"))
    assert warehouse.read("materials").height == 500
    with pytest.raises(WarehouseError, match=f"{path.name} was changed: its SHA-256 is"):
        warehouse.verify("materials")


def test_a_log_entry_changed_by_hand_is_found(warehouse):
    """The entry stays valid: it only names another source."""
    entry = warehouse.path("materials") / LOG.format(0)
    entry.write_text(entry.read_text().replace("example.org", "example.com"))
    assert warehouse.history("materials")[0].provenance["source"] == "example.com"
    with pytest.raises(WarehouseError, match=f"{entry.name} was changed"):
        warehouse.verify("materials")


def test_rows_that_the_log_does_not_count_are_found(warehouse):
    """Without its checksum, a log that miscounts is still found out."""
    entry = warehouse.path("materials") / LOG.format(0)
    entry.write_text(entry.read_text().replace('numRecords\\":500', 'numRecords\\":501'))
    (warehouse.path("materials") / "_checksums" / f"{entry.name}.sha256").unlink()
    with pytest.raises(WarehouseError, match="it has 500 rows instead of 501"):
        warehouse.verify("materials")


def test_checksums_are_those_that_sha256sum_checks(warehouse):
    folder = warehouse.path("materials")
    lines = "".join(note.read_text() for note in (folder / "_checksums").iterdir())
    checked = subprocess.run(
        ["sha256sum", "--check"], input=lines, cwd=folder, capture_output=True, text=True
    )
    names = {parquet(folder).name, LOG.format(0)}
    assert set(checked.stdout.splitlines()) == {f"{name}: OK" for name in names}


def test_a_table_without_checksums_gets_them_from_a_check(warehouse):
    """Its writer was stopped before it kept them, or was of another software."""
    notes = warehouse.path("materials") / "_checksums"
    before = {note.name: note.read_text() for note in notes.iterdir()}
    for number, note in enumerate(notes.iterdir()):
        if number == 0:
            note.write_text("")  # as a power failure leaves it
        else:
            note.unlink()
    assert warehouse.verify("materials") == 500
    assert {note.name: note.read_text() for note in notes.iterdir()} == before


@pytest.mark.parametrize("end", [b"", b'{"commitInfo":', b"\x00" * 99], ids=["empty", "cut", "nil"])
def test_a_lost_end_of_the_log_has_a_way_back(warehouse, end):
    changed = materials(material("m-new"))
    warehouse.replace("materials", changed, provenance=PROVENANCE)
    before = warehouse.read("materials", 0)
    (warehouse.path("materials") / LOG.format(1)).write_bytes(end)
    with pytest.raises(WarehouseError) as caught:
        warehouse.read("materials")
    assert "`python -m warehouse restore materials 0`" in caught.value.hint
    restore_version(warehouse, "materials", 0)
    assert warehouse.read("materials").equals(before)
    assert verify_table(warehouse, "materials") == before.height
    warehouse.replace("materials", changed, provenance=PROVENANCE)  # An entry of the same name,
    assert verify_table(warehouse, "materials") == 1  # whose old checksum holds no longer.


def test_the_last_entry_changed_by_hand_has_a_way_back(warehouse):
    warehouse.replace("materials", materials(material("m-new")), provenance=PROVENANCE)
    entry = warehouse.path("materials") / LOG.format(1)
    entry.write_text(entry.read_text().replace('"mode":"Overwrite"', '"mode":"Append"'))
    with pytest.raises(WarehouseError, match="was changed") as caught:
        verify_table(warehouse, "materials")
    assert "restore materials 0" in caught.value.hint
    restore_version(warehouse, "materials", 0)
    assert verify_table(warehouse, "materials") == 500


def test_a_note_of_an_entry_that_was_lost_does_not_stay(warehouse):
    warehouse.replace("materials", materials(material("m-new")), provenance=PROVENANCE)
    (warehouse.path("materials") / LOG.format(1)).unlink()  # by hand, as one was told before
    warehouse.replace("materials", materials(material("m-other")), provenance=PROVENANCE)
    assert warehouse.verify("materials") == 1


def test_a_first_commit_that_was_stopped_leaves_no_table(warehouse):
    log = warehouse.path("elements") / "_delta_log"
    log.mkdir(parents=True)
    assert warehouse.version("elements") is None


def test_a_commit_is_on_the_disk_before_it_counts(warehouse, monkeypatch):
    synced, sync = [], os.fsync

    def record_sync(opened):
        synced.append(os.fstat(opened).st_ino)
        sync(opened)

    monkeypatch.setattr(os, "fsync", record_sync)
    warehouse.replace("materials", materials(material("m-new")), provenance=PROVENANCE)
    folder = warehouse.path("materials")
    entry, (file,) = folder / LOG.format(1), warehouse.files("materials")
    wanted = [path.stat().st_ino for path in (file, folder, entry, entry.parent)]
    assert [inode for inode in synced if inode in wanted][:4] == wanted
