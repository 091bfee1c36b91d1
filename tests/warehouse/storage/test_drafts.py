"""Files and folders are there whole or not at all, and on the disk once they have their name."""

import os
from pathlib import Path

import polars as pl
import pytest

from analysis.pages.page import write_whole
from tests.support.samples import files_below, make_warehouse, material, materials, write_sql
from warehouse.catalog.build import build_catalog
from warehouse.catalog.query import write_answer
from warehouse.engines import DuckEngine, materialise
from warehouse.storage.drafts import draft_file, draft_folder, write_file
from warehouse.storage.staging_area import StagedPart, StagingArea
from warehouse.storage.validation import REFUSED_SCHEMA


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
    return next((tmp_path / "counts").iterdir())


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
