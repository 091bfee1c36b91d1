"""Files and folders are there whole or not at all, and on the disk once they have their name."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from analysis.pages.page import write_whole
from tests.support.samples import files_below, make_warehouse, material, materials, write_sql
from warehouse.catalog.build import build_catalog
from warehouse.catalog.query import write_answer
from warehouse.engines import DuckEngine, materialise
from warehouse.errors import WarehouseError
from warehouse.storage.drafts import draft_file, draft_folder, write_file
from warehouse.storage.staging_area import StagedPart, StagingArea
from warehouse.storage.store import Store
from warehouse.storage.validation import REFUSED_SCHEMA
from warehouse.storage.warehouse import Warehouse
from warehouse.upkeep.vacuum import find_drafts


def test_work_that_fails_leaves_the_old_file_and_no_draft(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("old")

    def fail():
        with draft_file(path) as draft:
            draft.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [file.read_text() for file in files_below(tmp_path)] == ["old"]


def test_two_writers_of_a_file_do_not_meet(tmp_path):
    path = tmp_path / "index.html"
    with draft_file(path) as first, draft_file(path) as second:
        first.write_text("first, which is the last to finish")
        second.write_text("second")
    assert path.read_text() == "first, which is the last to finish"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_whole_or_stays(tmp_path):
    folder = tmp_path / "rows"
    folder.mkdir()
    (folder / "old").touch()

    def write(error):
        with draft_folder(folder) as draft:
            draft.mkdir()
            (draft / "new").touch()
            if error:
                raise error

    with pytest.raises(ZeroDivisionError):
        write(ZeroDivisionError())
    assert files_below(tmp_path) == {folder / "old"}
    write(None)
    assert files_below(tmp_path) == {folder / "new"}
    assert list(tmp_path.iterdir()) == [folder]


def test_a_file_has_the_permissions_of_any_other(tmp_path):
    (tmp_path / "other").touch()
    write_file(tmp_path / "mine", b"")
    assert (tmp_path / "mine").stat().st_mode == (tmp_path / "other").stat().st_mode


def stage(store, tmp_path):
    area = StagingArea.of(store.warehouse, {})
    area.folder.mkdir(parents=True)
    return area.write(1, StagedPart(materials(material()), pl.DataFrame(schema=REFUSED_SCHEMA)))


def build(store, tmp_path):
    build_catalog(store, write_sql(tmp_path / "sql"))
    return store.warehouse.catalog


def answer(store, tmp_path):
    write_answer(store.warehouse, "from counts", "csv", tmp_path / "counts.csv")
    return tmp_path / "counts.csv"


def view(store, tmp_path):
    materialise(DuckEngine(store.warehouse), "marts.counts", tmp_path / "counts")
    return next((tmp_path / "counts").glob("*.parquet"))


def page(store, tmp_path):
    return write_whole(tmp_path / "index.html", "<html>")


@pytest.mark.parametrize("write", [stage, build, answer, view, page])
def test_a_file_is_on_the_disk_before_it_has_its_name_and_then_the_name_is(
    store, tmp_path, monkeypatch, write
):
    make_warehouse(store)
    events, sync, rename = [], os.fsync, Path.replace

    def record_sync(opened):
        events.append(os.fstat(opened).st_ino)
        sync(opened)

    def record_rename(draft, target):
        events.append((draft.stat().st_ino, target))
        return rename(draft, target)

    monkeypatch.setattr(os, "fsync", record_sync)
    monkeypatch.setattr(Path, "replace", record_rename)
    written = write(store, tmp_path)
    own = written.stat().st_ino
    renamed = next(n for n, event in enumerate(events) if isinstance(event, tuple) and own in event)
    assert own in events[:renamed]
    assert written.parent.stat().st_ino in events[renamed:]


def test_a_link_stays_and_its_file_keeps_its_mode(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    target.chmod(0o600)
    link.symlink_to(target)
    write_file(link, b"new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_pipe_stays_one_and_carries_what_is_written(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(pipe.read_bytes)
        write_file(pipe, b"rows")
        assert read.result() == b"rows"
    assert pipe.is_fifo()


def test_an_old_folder_comes_back_if_the_new_one_cannot_take_its_place(tmp_path):
    folder = tmp_path / "rows"
    folder.mkdir()
    (folder / "old").touch()
    with pytest.raises(FileNotFoundError), draft_folder(folder):
        pass  # makes no new folder
    assert files_below(tmp_path) == {folder / "old"}


def test_every_draft_that_was_left_behind_is_found(tmp_path):
    store = Store(Warehouse(tmp_path))
    left = [tmp_path / name / ".build-x" for name in (".", "tables/materials/_checksums")]
    for folder in left:
        folder.mkdir(parents=True)
        os.utime(folder, (0, 0))
    assert find_drafts(store, keep_days=1) == sorted(left)


def test_files_of_others_are_not_taken_for_those_of_a_materialised_view(store, tmp_path):
    make_warehouse(store)
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "part-0.parquet").write_text("mine")
    with pytest.raises(WarehouseError, match=r"did not write, such as part-0\.parquet"):
        materialise(DuckEngine(store.warehouse), "marts.counts", folder)
    assert (folder / "part-0.parquet").read_text() == "mine"
    own = tmp_path / "own"
    for _ in range(2):
        assert materialise(DuckEngine(store.warehouse), "marts.counts", own) == 1
    assert pl.read_parquet(own / "*.parquet").height == 1
