"""Pulls by both roads: the same rows, an account without a rest, nothing lost that came."""

import json
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from ingest.__main__ import app
from ingest.materials.materials_project import pull
from ingest.materials.materials_project.api import Server
from ingest.materials.materials_project.bulk import BulkTable
from ingest.materials.materials_project.plans import make_plan
from ingest.materials.materials_project.pull import ingest_summaries, pull_api, pull_bulk
from ingest.materials.materials_project.queries import Query, make_query
from tests.support.materials_project import proxy as faults
from tests.support.materials_project.documents import (
    EVERY_KIND,
    KEPT,
    ORDINARY,
    REASONS,
    RELEASE,
    summary,
)
from tests.support.materials_project.s3 import s3
from tests.support.materials_project.server import KEY
from tests.support.materials_project.tables import write_table
from tests.support.samples import PROVENANCE
from warehouse.errors import WarehouseError
from warehouse.storage.staging_area import StagingArea
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.upkeep.restore import restore_version

N_ROWS = len(ORDINARY) + len(KEPT)
ALL = Query()


@pytest.fixture
def small_pages(monkeypatch):
    """Pages of ten summaries."""
    monkeypatch.setattr(pull, "PAGE_SIZE", 10)


@pytest.fixture(scope="session")
def bulk(tmp_path_factory):
    """A Delta table of every kind of summary, and an older release."""
    folder = tmp_path_factory.mktemp("bulk") / "summary"
    write_table(ORDINARY[:5], folder, release="2020.1.1")
    write_table(EVERY_KIND[:30], folder)
    write_table(EVERY_KIND[30:], folder)
    return str(folder)


def server(mp, attempts=2):
    return Server(mp.address, attempts=attempts, timeout=(5, 10), sleep=lambda seconds: None)


def staged(store):
    return list((store.warehouse.root / "staging-area").glob("*/part-*"))


def test_both_roads_make_the_same_rows(mp, bulk, tmp_path):
    mp.groups = "TERMS:ACCEPT-NC"
    by_api, by_bulk = Store(Warehouse(tmp_path / "api")), Store(Warehouse(tmp_path / "bulk"))
    first = pull_api(by_api, ALL, server(mp))
    second = pull_bulk(by_bulk, ALL, bulk)
    assert_frame_equal(by_api.read("materials"), by_bulk.read("materials"))
    assert by_api.read("materials").height == N_ROWS
    for account in (first, second):
        assert account.n_matching == len(EVERY_KIND)
        assert account.n_written == N_ROWS
        assert account.left_out == {"deprecated": 2, "non-commercial licence": 2}
        assert account.refused == REASONS
        assert account.difference == 0
    assert first.nulls == second.nulls
    quarantined = [store.read("quarantine").drop("row_index") for store in (by_api, by_bulk)]
    assert_frame_equal(*quarantined, check_row_order=False)


def test_the_account_is_told(mp, store):
    said = []
    ingest_summaries(store, ALL, endpoint=mp.address, say=said.append)
    assert said[0] == f"         53 summaries of release {RELEASE}"
    assert said[1:3] == ["         47   written", "          1   left out: deprecated"]
    assert said[3].startswith("          1   in quarantine: ")
    assert any(line.startswith("NULL in some rows: ") for line in said)
    assert "`python -m warehouse quarantine materials --rows 5` shows some" in said


def test_a_query_that_nothing_matches_says_so(mp, store):
    said = []
    query = make_query(chemsys="W-Au", elements="W,D")
    ingest_summaries(store, query, endpoint=mp.address, say=said.append)
    assert said == [
        "asked for: what has all of H, W of the chemical systems Au-W",
        f"no summary of release {RELEASE} matches the query",
    ]


def test_the_commit_says_which_release_and_on_what_terms(mp, store):
    pull_api(store, make_query(chemsys="Cu-Au"), server(mp))
    note = store.history("materials")[0].provenance
    assert (note["source"], note["source_version"]) == ("materials_project", RELEASE)
    assert note["parameters"]["license"] == "CC-BY-4.0"
    assert note["parameters"]["citations"]
    assert note["parameters"]["plan"]["query"]["chemsys"] == ["Au-Cu"]
    assert KEY not in json.dumps(note)


@pytest.mark.usefixtures("small_pages")
def test_a_pull_that_was_stopped_goes_on_behind_its_last_page(mp, store):
    mp.plan([None] * 5 + [faults.status(500)] * 2)
    with pytest.raises(WarehouseError, match="keeps failing") as caught:
        pull_api(store, ALL, server(mp))
    assert "to go on" in caught.value.hint
    assert store.version("materials") is None
    assert len(staged(store)) == 3

    said = []
    mp.plan([])
    account = pull_api(store, ALL, server(mp), say=said.append)
    assert said == ["going on: 3 of 6 pages are here already"]
    assert len(mp.pages) == 3
    assert (account.n_written, account.difference) == (N_ROWS, 0)
    assert not (store.warehouse.root / "staging-area").exists() or not staged(store)


@pytest.mark.usefixtures("small_pages")
def test_a_damaged_page_is_asked_for_again(mp, store):
    mp.plan([None] * 5 + [faults.html] * 2)
    with pytest.raises(WarehouseError):
        pull_api(store, ALL, server(mp))
    damaged, cut, _ = staged(store)
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"2")
    cut.write_bytes(cut.read_bytes()[:100])
    mp.plan([])
    assert pull_api(store, ALL, server(mp)).n_written == N_ROWS
    assert len(mp.pages) == 5


@pytest.mark.usefixtures("small_pages")
def test_another_release_begins_anew_and_says_so(mp, store):
    mp.plan([None] * 4 + [faults.cut_json] * 2)
    with pytest.raises(WarehouseError):
        pull_api(store, ALL, server(mp))
    mp.release = "2026.1.1"
    mp.plan([])
    said = []
    account = pull_api(store, ALL, server(mp), say=said.append)
    assert said == ["release 2026.1.1 has replaced 2021.11.10: begun anew"]
    assert len(mp.pages) == 6
    assert account.database_version == "2026.1.1"


@pytest.mark.usefixtures("small_pages")
def test_a_release_in_the_midst_of_a_pull_is_an_error(mp, store):
    def release(handler, content):
        mp.release = "2026.1.1"
        handler.answer(200, content)

    mp.plan([None] * 4 + [release])
    with pytest.raises(WarehouseError, match=r"has release 2026.1.1, and 2021.11.10 before"):
        pull_api(store, ALL, server(mp))
    assert store.version("materials") is None
    assert not staged(store)


@pytest.mark.usefixtures("small_pages")
def test_a_count_that_changes_is_an_error(mp, store):
    def more(answer):
        answer["meta"]["total_doc"] += 1

    mp.plan([None, None, faults.changed(more)])
    with pytest.raises(WarehouseError, match="counts 53 summaries, and 52 before"):
        pull_api(store, ALL, server(mp))
    assert not staged(store)


@pytest.mark.usefixtures("small_pages")
def test_a_summary_on_two_pages_means_that_the_data_moved(mp, store):
    """The count is the same: another summary is lost for the one that comes twice."""
    first = []

    def remember(answer):
        first.append(answer["data"][0])

    def repeat(answer):
        answer["data"][-1] = first[0]

    mp.plan([None, None, faults.changed(remember), faults.changed(repeat)])
    with pytest.raises(WarehouseError, match="gives mp-aaaaaaab on two pages of one query"):
        pull_api(store, ALL, server(mp))
    assert store.version("materials") is None
    assert not staged(store)
    assert all("_sort_fields=material_id" in path for path in mp.pages)


def test_what_the_key_may_see_is_part_of_the_plan(mp, store):
    said = []
    query = make_query(include_non_commercial=True)
    assert pull_api(store, query, server(mp), say=said.append).n_written == N_ROWS
    assert said[0].startswith("no row under CC BY-NC came: none matches, or the key's account has")
    mp.groups = "TERMS:ACCEPT-NC"
    said.clear()
    assert pull_api(store, query, server(mp), say=said.append).n_written == N_ROWS + 2
    assert not said
    assert pull_api(store, query, server(mp)).is_new is False


def test_one_material_in_two_spellings_comes_once(mp, store, tmp_path, monkeypatch):
    path = tmp_path / "ids"
    path.write_text("mp-1 mp-2 mp-aaaaaaab mp-b mp-0002")
    assert make_query(material_ids=path).material_ids == ("mp-1", "mp-2")
    monkeypatch.setattr("ingest.materials.materials_project.queries.MOST_PER_REQUEST", 1)
    account = pull_api(store, Query(material_ids=("mp-1", "mp-b")), server(mp))
    assert (account.n_written, account.left_out) == (1, {"a second copy of a row": 1})
    assert (account.refused, account.difference) == ({}, 0)


def test_fields_that_were_not_asked_for_stay_as_they_were(mp, store):
    pull_api(store, ALL, server(mp))
    before = store.read("materials")
    account = pull_api(store, make_query(chemsys="Ga-As", fields="is_metal"), server(mp))
    assert_frame_equal(store.read("materials"), before)
    assert "density" in account.not_asked
    mp.release = "2026.1.1"
    mp.alter = _of_another_release
    with pytest.raises(WarehouseError, match=r"have values that were not asked for: .*density"):
        pull_api(store, make_query(chemsys="Ga-As", fields="is_metal"), server(mp))
    assert_frame_equal(store.read("materials"), before)
    pull_api(store, make_query(chemsys="Ga-As"), server(mp))
    assert set(store.read("materials")["database_version"]) == {RELEASE, "2026.1.1"}


def _of_another_release(answer):
    for document in answer["data"]:
        if "builder_meta" in document:
            document["builder_meta"]["database_version"] = "2026.1.1"


def test_an_unchanged_release_is_not_pulled_again(mp, store):
    first = pull_api(store, ALL, server(mp))
    mp.plan([])
    again = pull_api(store, ALL, server(mp))
    assert again.is_new is False
    assert again.version == first.commit.version
    assert not [path for path in mp.requests if "summary" in path]


def test_parts_of_a_pull_that_was_killed_after_its_commit_are_removed(mp, store, monkeypatch):
    monkeypatch.setattr(StagingArea, "remove", lambda area: None)
    pull_api(store, ALL, server(mp))
    assert staged(store)
    monkeypatch.undo()
    monkeypatch.setenv("MP_API_KEY", KEY)
    assert pull_api(store, ALL, server(mp)).is_new is False
    assert not staged(store)


def test_a_restored_table_is_pulled_again(mp, store):
    pull_api(store, ALL, server(mp))
    write = pl.DataFrame(store.read("materials").head(1))
    store.replace("materials", write, provenance=PROVENANCE)
    restore_version(store, "materials", 1)
    assert pull_api(store, ALL, server(mp)).n_written == N_ROWS
    assert store.read("materials").height == N_ROWS


def test_a_choice_adds_to_the_table_and_everything_replaces_it(mp, store):
    pull_api(store, make_query(chemsys="Au-Cu"), server(mp))
    assert store.read("materials")["formula_pretty"].str.contains("Au").all()
    some = store.read("materials").height
    pull_api(store, make_query(elements="Na,Cl"), server(mp))
    assert store.read("materials").height > some
    stale = store.read("materials").head(1).with_columns(material_id=pl.lit("mp-gone"))
    store.insert("materials", stale, provenance=PROVENANCE)
    pull_api(store, ALL, server(mp))
    assert store.read("materials").height == N_ROWS


def test_identifiers_that_match_nothing_are_counted(mp, store, tmp_path):
    path = tmp_path / "ids"
    path.write_text("mp-1 mp-aaaaaaac mp-1011 mp-99999")
    said = []
    account = pull_api(store, make_query(material_ids=path), server(mp), say=said.append)
    assert store.read("materials")["material_id"].to_list() == ["mp-1", "mp-2"]
    assert account.left_out == {"deprecated": 1}
    assert said == ["1 of 4 identifiers match no material", "without a row: mp-1011, mp-99999"]


def test_fields_that_were_not_asked_for_are_null(mp, bulk, tmp_path):
    query = make_query(fields="band_gap,symmetry")
    by_api, by_bulk = Store(Warehouse(tmp_path / "api")), Store(Warehouse(tmp_path / "bulk"))
    pull_api(by_api, query, server(mp))
    pull_bulk(by_bulk, query, bulk)
    rows = by_api.read("materials")
    assert_frame_equal(rows, by_bulk.read("materials"))
    assert rows["volume"].null_count() == rows.height
    assert rows["spacegroup_number"].drop_nulls().unique().to_list() == [225]


def test_only_the_newest_release_of_a_table_is_read(bulk, store):
    account = pull_bulk(store, ALL, bulk)
    assert (account.database_version, account.n_matching) == (RELEASE, len(EVERY_KIND))


def test_a_bulk_pull_goes_on_behind_its_last_piece(bulk, store, monkeypatch):
    read = BulkTable.read
    numbers = []
    monkeypatch.setattr("ingest.materials.materials_project.bulk.PART_ROWS", 30)

    def fail_second(table, number, **how):
        numbers.append(number)
        if len(numbers) == 2:
            raise WarehouseError("gone", hint="again")
        return read(table, number, **how)

    monkeypatch.setattr(BulkTable, "read", fail_second)
    with pytest.raises(WarehouseError, match="gone"):
        pull_bulk(store, ALL, bulk)
    assert store.version("materials") is None
    assert pull_bulk(store, ALL, bulk).n_written == N_ROWS
    assert numbers == [0, 1, 1]


def test_a_table_on_an_s3_server_is_read(store, monkeypatch):
    with s3() as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        options = {"AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1", **keys}
        write_table(
            EVERY_KIND, "s3://lake/summary", options={**options, "AWS_ENDPOINT_URL": address}
        )
        anonymous = pull_bulk(store, ALL, "s3://lake/summary")
        assert (anonymous.n_matching, anonymous.n_written) == (len(EVERY_KIND), N_ROWS)
        for name, value in keys.items():
            monkeypatch.setenv(name, value)
        assert pull_bulk(store, ALL, "s3://lake/summary").is_new is False


@pytest.mark.parametrize("uri", ["nowhere", "s3://nobody/nothing"])
def test_a_table_that_cannot_be_read_is_an_error(store, tmp_path, monkeypatch, uri):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_RETRIES", "0")
    with pytest.raises(WarehouseError, match="cannot be read") as caught:
        pull_bulk(store, ALL, uri if "://" in uri else str(tmp_path / uri))
    assert "--bulk-uri" in caught.value.hint


def test_two_pulls_of_the_same_do_not_meet(mp, store):
    plan = make_plan(ALL, RELEASE, road="api", origin=mp.address)
    area = StagingArea.of(store.warehouse, plan)
    with area.locked(plan), pytest.raises(WarehouseError, match="another process"):
        pull_api(store, ALL, server(mp))
    assert pull_api(store, ALL, server(mp)).n_written == N_ROWS


def test_a_key_that_is_refused_is_not_told(mp, tmp_path):
    mp.plan([faults.status(401)] * 9)
    command = ["materials", "--source", "materials-project", "--endpoint", mp.address]
    done = CliRunner().invoke(app, [*command, "--warehouse", str(tmp_path / "data")])
    assert done.exit_code == 1
    assert "refuses the key (401)" in done.stderr
    assert KEY not in done.output


def test_the_key_is_nowhere(mp, tmp_path):
    """The command as a user types it; its key is in no file, message or argument."""
    command = [sys.executable, "-m", "ingest", "materials", "--source", "materials-project"]
    options = ["--endpoint", mp.address, "--warehouse", str(tmp_path / "data")]
    with subprocess.Popen([*command, *options], stdout=-1, stderr=-1, text=True) as process:
        while not mp.requests:
            time.sleep(0.01)
        arguments = Path(f"/proc/{process.pid}/cmdline")
        assert not arguments.exists() or KEY.encode() not in arguments.read_bytes()
        said, errors = process.communicate()
    assert process.returncode == 0, errors
    assert "47   written" in said
    assert KEY not in said + errors
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()


def test_a_summary_that_is_the_same_in_two_parts_comes_once(store, tmp_path):
    write_table([summary(1), summary(2)], tmp_path / "t")
    write_table([summary(2)], tmp_path / "t")
    account = pull_bulk(store, ALL, str(tmp_path / "t"))
    assert (account.n_written, account.left_out) == (2, {"a second copy of a row": 1})
    assert account.difference == 0


def test_a_summary_that_changes_between_parts_is_refused_twice(store, tmp_path):
    write_table([summary(1), summary(2)], tmp_path / "t")
    write_table([summary(2, band_gap=9.0)], tmp_path / "t")
    account = pull_bulk(store, ALL, str(tmp_path / "t"))
    assert (account.n_written, account.refused) == (1, {"primary_key": 2})
    assert account.difference == 0
