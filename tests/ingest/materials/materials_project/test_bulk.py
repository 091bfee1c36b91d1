"""The bulk table is read in pieces of bounded size, whatever its files are like."""

import json
import random

import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest
from deltalake import DeltaTable
from polars.testing import assert_frame_equal

from ingest.materials.materials_project import bulk
from ingest.materials.materials_project.bulk import open_bulk
from ingest.materials.materials_project.documents import _read_one_by_one, read_documents
from ingest.materials.materials_project.summaries import FIELDS
from tests.soak.mutations import mutate
from tests.support.materials_project.documents import ORDINARY, summary
from tests.support.materials_project.tables import arrow_table, write_rows, write_table
from warehouse.errors import WarehouseError


def read_all(table):
    return pl.concat(table.read(number, fields=FIELDS) for number in range(len(table.pieces)))


@pytest.mark.parametrize(("rows_per_file", "n_rows"), [(1, 12), (7, 40), (40, 40)])
def test_pieces_are_small_and_hold_every_row_once(tmp_path, monkeypatch, rows_per_file, n_rows):
    monkeypatch.setattr(bulk, "PART_ROWS", 9)
    for first in range(0, n_rows, rows_per_file):
        write_table(ORDINARY[first : first + rows_per_file], tmp_path, rows_per_group=4)
    table = open_bulk(str(tmp_path))
    sizes = [table.read(number, fields=FIELDS).height for number in range(len(table.pieces))]
    assert max(sizes) <= 9
    assert len(sizes) < 9
    assert sum(sizes) == table.n_rows == n_rows
    names = read_all(table)["material_id"]
    assert sorted(names) == sorted(each["material_id"] for each in ORDINARY[:n_rows])


def test_rows_that_the_log_does_not_count_are_counted(tmp_path):
    """Other software writes logs without statistics."""
    write_table(ORDINARY, tmp_path)
    (entry,) = (tmp_path / "_delta_log").glob("*.json")
    actions = [json.loads(line) for line in entry.read_text().splitlines()]
    for action in actions:
        action.get("add", {}).pop("stats", None)
    entry.write_text("\n".join(map(json.dumps, actions)))
    assert open_bulk(str(tmp_path)).n_rows == len(ORDINARY)


def test_a_folder_may_have_any_name(tmp_path):
    folder = tmp_path / "my données"
    write_table(ORDINARY, folder)
    assert read_all(open_bulk(str(folder))).height == len(ORDINARY)


def test_a_field_that_a_file_lacks_is_null(tmp_path):
    write_table(ORDINARY[:3], tmp_path)
    (file,) = tmp_path.rglob("*.parquet")
    table = pyarrow.parquet.read_table(file, partitioning=None)
    pyarrow.parquet.write_table(table.drop_columns(["band_gap"]), file)
    rows = read_all(open_bulk(str(tmp_path)))
    assert (rows["band_gap"].null_count(), rows["volume"].null_count()) == (3, 0)


@pytest.mark.parametrize("lacking", ["cbm", "symmetry.point_group"])
def test_a_release_without_an_optional_column_is_read(tmp_path, lacking):
    table = arrow_table(ORDINARY[:3])
    field, _, entry = lacking.partition(".")
    column = table["symmetry"].combine_chunks()
    table = table.drop_columns([field])
    if entry:
        kept = [each.name for each in column.type if each.name != entry]
        struct = pa.StructArray.from_arrays([column.field(name) for name in kept], kept)
        table = table.append_column(field, struct)
    write_rows(table, tmp_path)
    opened = open_bulk(str(tmp_path))
    rows = read_all(opened)
    assert rows[entry or field].null_count() == 3
    assert rows["spacegroup_number"].null_count() == 0
    assert opened.absent == ([] if entry else ["cbm"])


def test_a_release_without_compositions_is_refused(tmp_path):
    write_rows(arrow_table(ORDINARY[:3]).drop_columns(["composition"]), tmp_path)
    with pytest.raises(WarehouseError, match="lacks composition"):
        open_bulk(str(tmp_path))


def test_a_file_that_is_cut_is_an_error(tmp_path):
    write_table(ORDINARY[:3], tmp_path)
    (file,) = tmp_path.rglob("*.parquet")
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(WarehouseError, match="cannot be read") as caught:
        read_all(open_bulk(str(tmp_path)))
    assert "run the same command later" in caught.value.hint


def test_a_folder_without_a_table_says_what_is_wanted(tmp_path):
    with pytest.raises(WarehouseError, match="cannot be read") as caught:
        open_bulk(str(tmp_path))
    assert "holds _delta_log" in caught.value.hint


def test_an_error_names_its_innermost_cause():
    tree = OSError(
        "Generic S3 error\n  \x1b[31m↳\x1b[0m in 3 s\n   \x1b[31m↳\x1b[0m no such host\n"
    )
    assert bulk._cause(tree) == "Generic S3 error: no such host"


def test_deleted_rows_are_not_read_as_if_they_were_there(tmp_path):
    """A table with deletion vectors needs a reader that knows them."""
    write_table(ORDINARY[:3], tmp_path)
    features = ["deletionVectors"]
    protocol = {"minReaderVersion": 3, "minWriterVersion": 7}
    action = {"protocol": protocol | {"readerFeatures": features, "writerFeatures": features}}
    log = tmp_path / "_delta_log" / f"{DeltaTable(tmp_path).version() + 1:020}.json"
    log.write_text(json.dumps(action))
    with pytest.raises(WarehouseError, match="deletionVectors"):
        open_bulk(str(tmp_path))


def test_documents_read_together_are_as_read_one_by_one():
    choose = random.Random(1)
    for n_odd in (0, 1, 3, 60):
        documents = [summary(number) for number in range(60)]
        for number in range(n_odd):
            documents[number * 20 % 59] = mutate(choose)
        for together, alone in zip(
            read_documents(documents), _read_one_by_one(documents), strict=True
        ):
            assert_frame_equal(together, alone)
