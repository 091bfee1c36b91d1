"""Vacuum deletes only what nothing reads; restore goes back without losing a version."""

import os
import shutil

import pytest
from typer.testing import CliRunner

from tests.support.samples import PROVENANCE, make_warehouse, material, materials
from warehouse.__main__ import app
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.upkeep import restore as restoring
from warehouse.upkeep.restore import restore_version
from warehouse.upkeep.vacuum import delete_files, find_garbage, find_strays

LONG_AGO = 1_000_000_000


def write(store, *names):
    store.replace("materials", materials(*map(material, names)), provenance=PROVENANCE)


def ids(store):
    return store.read("materials")["material_id"].to_list()


def run(store, *arguments, stdin=None):
    return CliRunner().invoke(app, [*arguments, "--warehouse", str(store.warehouse)], input=stdin)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with three versions of materials, and the SQL of views."""
    folder = tmp_path_factory.mktemp("three")
    store = make_warehouse(Store(Warehouse(folder / "data")), material("a"))
    write(store, "b")
    write(store, "c")
    return folder


@pytest.fixture
def three(made, store):
    """A warehouse with three versions of materials; the catalog reads the newest."""
    shutil.copytree(made, store.warehouse.root.parent, dirs_exist_ok=True)
    build_catalog(store, store.warehouse.root.parent / "sql")
    return store


def test_recent_versions_are_kept(three):
    assert find_garbage(three, "materials", keep_days=1) == []
    assert run(three, "vacuum").stdout.startswith("nothing to delete")


def test_vacuum_deletes_what_only_old_versions_read(three):
    garbage = find_garbage(three, "materials", keep_days=0)
    current = three.files("materials")
    assert len(garbage) == 2
    assert not set(garbage) & set(current)

    delete_files(three, "materials", garbage)

    assert ids(three) == ["c"]
    assert three.version("materials") == 2
    assert run(three, "check").exit_code == 0
    notes = {note.name for note in (three.path("materials") / "_checksums").glob("part*")}
    assert notes == {f"{file.name}.sha256" for file in current}


def test_vacuum_keeps_what_the_catalog_reads(three):
    """The catalog was not built since the last write: it reads the version before."""
    write(three, "d")
    delete_files(three, "materials", find_garbage(three, "materials", keep_days=0))
    with connect(three.warehouse) as connection:
        assert connection.execute("select material_id from raw.materials").fetchall() == [("c",)]


def test_vacuum_deletes_what_a_stopped_writer_left_when_it_is_old(three):
    stray = three.path("materials") / "part-of-nothing.parquet"
    stray.touch()
    (three.path("materials") / "notes.txt").touch()
    assert find_garbage(three, "materials", keep_days=1) == []
    for path in three.path("materials").iterdir():
        os.utime(path, (LONG_AGO, LONG_AGO))
    assert find_garbage(three, "materials", keep_days=1) == [stray]


def test_vacuum_asks_first(three, monkeypatch):
    stray = three.path("materials") / "part-of-nothing.parquet"
    stray.write_bytes(b"x" * 2_000_000)
    os.utime(stray, (LONG_AGO, LONG_AGO))
    folder = three.warehouse.root / ".build-abc"
    folder.mkdir()
    os.utime(folder, (LONG_AGO, LONG_AGO))

    refused = run(three, "vacuum")
    assert "materials: 1 files, 2.0 MB" in refused.stdout
    assert refused.exit_code == 1
    assert "run it again with --yes" in refused.stderr
    assert stray.exists()

    assert run(three, "vacuum", "--yes").stdout.endswith("deleted 2\n")
    assert not stray.exists()
    assert not folder.exists()


def test_a_terminal_is_asked(three, monkeypatch):
    monkeypatch.setattr("warehouse.console._is_terminal", lambda: True)
    assert run(three, "restore", "materials", "0", stdin="n\n").exit_code == 1
    assert ids(three) == ["c"]
    assert run(three, "restore", "materials", "0", stdin="y\n").exit_code == 0
    assert ids(three) == ["a"]


def test_restore_makes_a_new_version_and_the_catalog_shows_it(three):
    result = run(three, "restore", "materials", "0", "--yes")
    assert result.stdout == "materials: 1 rows of version 0 are now version 3\n"
    assert ids(three) == ["a"]
    with connect(three.warehouse) as connection:
        assert connection.execute("select material_id from raw.materials").fetchall() == [("a",)]
    newest = three.history("materials")[0]
    assert newest.provenance["source"] == "restore"
    assert newest.provenance["source_version"] == "version 0"
    assert newest.provenance["n_rows"] == 1
    assert run(three, "check").exit_code == 1  # the catalog that was built has the real views


def test_restore_of_what_is_there_changes_nothing(three):
    assert run(three, "restore", "materials", "2", "--yes").stdout.endswith("unchanged\n")
    assert three.version("materials") == 2


def test_a_restored_version_can_be_left_again(three):
    restore_version(three, "materials", 0)
    restore_version(three, "materials", 2)
    assert ids(three) == ["c"]


def test_a_vacuumed_version_cannot_be_restored(three):
    delete_files(three, "materials", find_garbage(three, "materials", keep_days=0))
    with pytest.raises(WarehouseError, match="they were vacuumed"):
        restore_version(three, "materials", 0)
    assert ids(three) == ["c"]


def test_a_rival_between_reading_and_restoring_is_not_overlooked(three, monkeypatch):
    first_try = restoring.try_restore

    def interfere(*arguments):
        monkeypatch.setattr(restoring, "try_restore", first_try)
        write(three, "rival")
        return first_try(*arguments)

    monkeypatch.setattr(restoring, "try_restore", interfere)
    commit = restore_version(three, "materials", 0)
    assert commit.version == 4
    assert ids(three) == ["a"]
    assert [version.version for version in three.history("materials")] == [4, 3, 2, 1, 0]


def test_rows_that_no_longer_fit_the_schema_are_not_restored(three, monkeypatch):
    monkeypatch.setattr("warehouse.tables.Materials.is_valid", lambda rows: False)
    with pytest.raises(WarehouseError, match="rows of version 0 of materials break") as caught:
        restore_version(three, "materials", 0)
    assert "older code" in caught.value.hint


def test_check_notes_files_of_no_version(three):
    assert find_strays(three, "materials") == []
    (three.path("materials") / "mine.parquet").touch()
    result = run(three, "check")
    assert result.exit_code == 0
    assert "mine.parquet: of no version" in result.stdout


def test_check_offers_the_newest_version_that_is_whole(three):
    (current,) = three.files("materials")
    current.write_bytes(current.read_bytes()[:-1])
    assert "restore materials 1` goes back to version 1" in run(three, "check").stderr

    assert run(three, "restore", "materials", "1", "--yes").exit_code == 0
    assert ids(three) == ["b"]


def test_a_quick_check_reads_no_table(three, monkeypatch):
    monkeypatch.delattr("warehouse.storage.store.Store.read")
    monkeypatch.delattr("warehouse.storage.store.Store.verify")
    result = run(three, "check", "--quick")
    assert result.exit_code == 0
    assert "tables have their 1 files, each of its size" in result.stdout
