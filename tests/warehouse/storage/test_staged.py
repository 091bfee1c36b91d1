"""Rows that come in parts: kept whole, found again, and in the table all at once."""

import os

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.support.samples import PROVENANCE, material, materials
from warehouse.errors import WarehouseError
from warehouse.storage.part_commits import commit_parts
from warehouse.storage.staging_area import StagedPart, StagingArea, count_staged, left_out
from warehouse.storage.validation import REFUSED_SCHEMA

PLAN = {"what": "a test", "release": 1}
SCOPE = {"source": "mp"}


def part(*rows, refused=(), **causes):
    frame = pl.DataFrame(list(refused), schema=REFUSED_SCHEMA, orient="row")
    return StagedPart(materials(*rows), frame, causes)


@pytest.fixture
def area(store):
    area = StagingArea.of(store.warehouse, PLAN)
    with area.locked(PLAN):
        yield area


def commit(store, area, **how):
    return commit_parts(store, "materials", area, scope=SCOPE, provenance=PROVENANCE, **how)


def ids(store):
    return store.read("materials")["material_id"].to_list()


def test_parts_enter_the_table_together(store, area):
    area.write(0, part(material("b"), refused=[("{}", "bad")], old=2))
    area.write(1, part(material("a", band_gap=None), material("c")))
    outcome = commit(store, area)
    assert ids(store) == ["a", "b", "c"]
    assert_frame_equal(
        store.read("materials"),
        materials(material("a", band_gap=None), material("b"), material("c")),
    )
    assert (outcome.n_rows, outcome.nulls["band_gap"], outcome.nulls["source"]) == (3, 1, 0)
    assert outcome.refused.rows() == [("{}", "bad")]
    assert store.read("quarantine")["reason"].to_list() == ["bad"]
    assert store.verify("materials") == 3


def test_a_part_says_what_it_holds(area):
    path = area.write(7, part(material("a"), refused=[("{}", "bad")], old=2))
    assert (count_staged(path), left_out(path)) == (2, {"old": 2})
    assert area.parts() == {7: path}
    assert part(material("a"), refused=[("{}", "bad")], old=2).n_received == 4


def test_a_part_without_rows_is_a_part(store, area):
    area.write(0, part())
    assert len(area.parts()) == 1
    assert commit(store, area).n_rows == 0


@pytest.mark.parametrize("damage", ["cut", "changed", "unfinished"])
def test_a_damaged_part_is_not_found(area, damage):
    path = area.write(0, part(material("a")))
    data = path.read_bytes()
    if damage == "unfinished":
        path.rename(path.with_name("part-000000"))
    else:
        path.write_bytes(data[:-9] if damage == "cut" else data[:-1] + b"2")
    assert area.parts() == {}
    assert not list(area.folder.glob("part-*"))


def test_rows_of_two_parts_with_one_key_are_both_refused(store, area):
    area.write(0, part(material("a"), material("b")))
    area.write(1, part(material("b", band_gap=3.0), material("c")))
    outcome = commit(store, area)
    assert ids(store) == ["a", "c"]
    assert outcome.refused["reason"].to_list() == ["primary_key"] * 2
    assert store.read("quarantine").height == 2


def test_a_commit_replaces_its_scope_and_nothing_else(store, area):
    store.replace(
        "materials", materials(material("x"), material("o", source="other")), provenance=PROVENANCE
    )
    area.write(0, part(material("a")))
    assert commit(store, area).commit.n_rows == 1
    assert ids(store) == ["a", "o"]


def test_others_of_the_scope_stay_when_they_are_to(store, area):
    old = [material("a", band_gap=1.0), material("x"), material("o", source="other")]
    store.replace("materials", materials(*old), provenance=PROVENANCE)
    area.write(0, part(material("a", band_gap=2.0), material("b")))
    assert commit(store, area, keep_others=True).commit.n_rows == 3
    rows = store.read("materials")
    assert rows.select("material_id", "band_gap").rows() == [
        ("a", 2.0),
        ("b", 0.0),
        ("x", 0.0),
        ("o", 0.0),
    ]


@pytest.mark.parametrize("keep_others", [False, True])
def test_the_same_rows_make_no_new_version(store, area, keep_others):
    store.replace("materials", materials(material("b"), material("a")), provenance=PROVENANCE)
    area.write(0, part(material("b")))
    area.write(1, part(material("a")))
    assert not commit(store, area, keep_others=keep_others).commit.is_new
    assert store.version("materials") == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"band_gap": 0.5},
        {"formula": "CuAu"},
        {"composition": [{"element": "Au", "amount": 2.0}, {"element": "Cu", "amount": 1.0}]},
        {"nsites": None},
    ],
)
def test_any_changed_value_makes_a_new_version(store, area, changes):
    store.replace("materials", materials(material("a")), provenance=PROVENANCE)
    area.write(0, part(material("a", **changes)))
    assert commit(store, area).commit.is_new
    assert store.verify("materials") == 1


def test_a_writer_in_between_is_not_overwritten(store, area, monkeypatch):
    """Another process commits after the table was read and before it is written."""
    from warehouse.storage import part_commits as streaming

    store.replace("materials", materials(material("old")), provenance=PROVENANCE)
    area.write(0, part(material("a")))
    count, rival = streaming._count, [material("rival")]

    def interfere(rows):
        if rival:
            store.insert("materials", materials(rival.pop()), provenance=PROVENANCE)
        return count(rows)

    monkeypatch.setattr(streaming, "_count", interfere)
    assert commit(store, area, keep_others=True).commit.version == 2
    assert ids(store) == ["a", "old", "rival"]


def test_one_process_at_a_time_works_in_an_area(store, area):
    with pytest.raises(WarehouseError, match="another process"), area.locked(PLAN):
        pass


def test_areas_of_other_plans_are_found_unless_they_are_in_use(store, area):
    other = StagingArea.of(store.warehouse, {"release": 2})
    with other.locked({"release": 2}):
        assert area.neighbours() == []
    assert area.neighbours() == [(other, {"release": 2})]
    other.remove()
    assert area.neighbours() == []


def test_an_area_that_cannot_be_written_is_an_error(store):
    store.warehouse.root.mkdir()
    (store.warehouse.root / "staging-area").write_text("a file")
    area = StagingArea.of(store.warehouse, PLAN)
    with pytest.raises(WarehouseError, match="cannot be written") as caught, area.locked(PLAN):
        pass
    assert "disk has room" in caught.value.hint


@pytest.mark.skipif(os.name != "posix", reason="needs limits of processes")
def test_a_full_disk_leaves_the_parts_that_are_whole(store, area):
    import resource

    rows = [material(f"m-{number}", formula=f"formula{number}") for number in range(2_000)]
    area.write(0, part(material("a")))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(WarehouseError, match="cannot be written"):
            area.write(1, part(*rows))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(area.parts()) == [0]
