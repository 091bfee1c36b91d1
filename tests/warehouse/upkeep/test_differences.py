"""Two versions of a table: which rows came, went and changed, and in which columns."""

import json

import polars as pl
import pytest
from deltalake import write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.support.samples import PROVENANCE, material, materials
from warehouse.__main__ import app
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.upkeep.differences import choose_versions, compare_versions
from warehouse.upkeep.vacuum import delete_files, find_garbage


def write(store, *rows):
    store.replace("materials", materials(*rows), provenance=PROVENANCE)


def run(store, *arguments):
    return CliRunner().invoke(app, ["diff", *arguments, "--warehouse", str(store.warehouse)])


@pytest.fixture
def releases(store):
    """Of five materials one goes, one comes, one stays; three change, one of them its label."""
    write(store, *map(material, ("a", "b", "c", "gone", "same")))
    write(
        store,
        material("a", nsites=3),
        material("b", composition=[{"element": "Au", "amount": 2.0}]),
        material("c", is_metal=False, band_gap=None),
        material("it's new"),
        material("same"),
    )
    return store


def test_rows_that_came_went_and_changed_are_counted(releases):
    with compare_versions(releases, "materials", 0, 1) as difference:
        assert (difference.n_added, difference.n_removed, difference.n_changed) == (1, 1, 3)
        assert difference.n_rows == (5, 5)
        columns = {"band_gap": 1, "composition": 1, "is_metal": 1, "nsites": 1}
        assert difference.n_by_column == columns


def test_a_label_that_flipped_comes_first(releases):
    with compare_versions(releases, "materials", 0, 1) as difference:
        assert difference.n_flipped == 1
        rows = difference.rows.fetchall()
    assert rows[:3] == [
        ("changed", "mp", "c", "band_gap", "0.0", None),
        ("changed", "mp", "c", "is_metal", "true", "false"),
        ("changed", "mp", "a", "nsites", "2", "3"),
    ]
    assert [row[0] for row in rows[3:]] == ["changed", "removed", "added"]


def test_a_label_that_was_unknown_has_not_flipped(store):
    write(store, material("a", is_metal=None))
    write(store, material("a", is_metal=True))
    with compare_versions(store, "materials", 0, 1) as difference:
        assert (difference.n_flipped, difference.n_changed) == (0, 1)


def test_the_way_back_swaps_added_and_removed(releases):
    with compare_versions(releases, "materials", 1, 0) as difference:
        assert {row[2] for row in difference.rows.filter("change = 'added'").fetchall()} == {"gone"}


values = st.none() | st.integers(1, 2)


@given(
    st.dictionaries(st.sampled_from("abcd"), values),
    st.dictionaries(st.sampled_from("abcd"), values),
)
@settings(max_examples=15)
def test_it_finds_what_plain_python_finds(tmp_path_factory, old, new):
    store = Store(Warehouse(tmp_path_factory.mktemp("data")))
    for rows in ({"z": 1}, old, {"z": 1}, new):
        write(store, *(material(key, nsites=value) for key, value in rows.items()))
    # An equal write makes no version, so that these are the second and the fourth.
    with compare_versions(store, "materials", 1, 3) as difference:
        found = {(row[0], row[2]) for row in difference.rows.fetchall()}
    assert found == (
        {("added", key) for key in new.keys() - old.keys()}
        | {("removed", key) for key in old.keys() - new.keys()}
        | {("changed", key) for key in old.keys() & new.keys() if old[key] != new[key]}
    )


def test_a_column_that_is_new_is_named_and_not_compared(store):
    write(store, material("a"))
    rows = store.read("materials").with_columns(spin=pl.lit(1.0))
    write_deltalake(store.path("materials"), rows, mode="overwrite", schema_mode="overwrite")
    with compare_versions(store, "materials", 0, 1) as difference:
        assert (difference.columns_added, difference.columns_removed) == (("spin",), ())
        assert difference.n_changed == 0


def test_the_last_two_versions_are_compared_by_default(releases):
    write(releases, material("a"))
    assert choose_versions(releases, "materials", None, None) == (1, 2)
    assert choose_versions(releases, "materials", None, 1) == (0, 1)
    assert choose_versions(releases, "materials", 0, None) == (0, 2)


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["material"], "no table 'material'", "materials"),
        (["elements"], "elements was never written", "python -m ingest"),
        (["materials", "--to", "0"], "no version before 0", "nothing to compare"),
        (["materials", "--from", "7"], "no version 7: its newest is 1", "history materials"),
        (["materials", "--from", "-1"], "no version before 1", "nothing to compare"),
    ],
)
def test_a_version_that_is_not_there_is_named(releases, arguments, message, hint):
    result = run(releases, *arguments)
    assert result.exit_code == 1
    assert message in result.stderr.splitlines()[0]
    assert hint in result.stderr.splitlines()[1]


def test_a_vacuumed_version_says_which_are_left(releases):
    delete_files(releases, "materials", find_garbage(releases, "materials", keep_days=0))
    result = run(releases, "materials")
    assert result.exit_code == 1
    assert "files of version 0 of materials are gone: they were vacuumed" in result.stderr
    assert "these are there: 1" in result.stderr


def test_a_missing_file_of_the_newest_version_is_damage(releases):
    (path,) = releases.files("materials")
    path.unlink()
    assert "materials is damaged" in run(releases, "materials").stderr


def test_the_command_prints_counts_and_a_bounded_list(releases):
    lines = run(releases, "materials", "--limit", "2").stdout.splitlines()
    assert lines[0] == "materials: version 0 (5 rows) → version 1 (5 rows)"
    assert lines[1].startswith("1 added, 1 removed, 3 changed: band_gap 1, composition 1")
    assert lines[2] == "1 label is_metal flipped"
    assert lines[4].split() == ["change", "source", "material_id", "column", "before", "after"]
    assert len(lines) == 8
    assert lines[-1].startswith("4 more: --limit 0 prints all")
    assert "more" not in run(releases, "materials", "--limit", "0").stdout


def test_csv_and_json_have_every_difference(releases):
    assert len(run(releases, "materials", "--format", "csv").stdout.splitlines()) == 7
    rows = json.loads(run(releases, "materials", "--format", "json").stdout)
    assert [row["material_id"] for row in rows] == ["c", "c", "a", "b", "gone", "it's new"]
