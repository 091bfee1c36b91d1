"""A warehouse whose tables are in a bucket, served on loopback, behaves as one in a folder."""

import re
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl
import pytest
import requests

from tests.support.buckets import SECRET, environment
from tests.support.materials_project.s3 import s3
from tests.support.samples import (
    PROVENANCE,
    files_below,
    make_warehouse,
    material,
    materials,
    start,
    write_sql,
)
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.catalog.query import write_answer
from warehouse.errors import WarehouseError
from warehouse.storage import bucket
from warehouse.storage.part_commits import commit_parts
from warehouse.storage.staging_area import StagedPart, StagingArea
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.upkeep.checks import find_stale_tables
from warehouse.upkeep.differences import compare_versions
from warehouse.upkeep.holdings import list_holdings
from warehouse.upkeep.restore import restore_version, verify_table
from warehouse.upkeep.vacuum import delete_files, find_garbage, find_strays

UP = ".."
NONE_REFUSED = pl.DataFrame(schema={"row": pl.String, "reason": pl.String})


@pytest.fixture(scope="module")
def server():
    with s3() as address:
        yield address


@pytest.fixture
def address(server, monkeypatch, tmp_path):
    """Where a new warehouse is, with the environment that leads there."""
    for name, value in environment(server, tmp_path / "machine").items():
        monkeypatch.setenv(name, value)
    return f"s3://lake/{tmp_path.name}/house"


@pytest.fixture
def remote(address):
    """The tables at the address, from this machine."""
    return Store(Warehouse.at(address))


@pytest.fixture
def elsewhere(address, monkeypatch, tmp_path):
    """The same tables from another machine, which knows nothing of this one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other-machine"))
    return Store(Warehouse.at(address))


def put(uri, data=b"a\n1\n"):
    """Write an object as someone else would."""
    with bucket.ObjectStore().open(uri, "wb") as file:
        file.write(data)


def run(*arguments):
    """Run `python -m warehouse ...`; its exit code and all that it said."""
    process = start("-m", "warehouse", *arguments)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


class TestAddress:
    @pytest.mark.parametrize("text", ["s3://lake", "s3://lake/a/b_c.d=e", "s3://lake/a/"])
    def test_a_bucket_has_a_folder_on_this_machine(self, address, text):
        assert Warehouse.at(text).bucket == text.rstrip("/")

    def test_a_folder_is_itself(self):
        assert Warehouse.at("some/where") == Warehouse(Path("some/where"), bucket=None)

    def test_buckets_of_different_servers_do_not_share_a_folder(self, address, monkeypatch):
        here = Warehouse.at(address)
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        assert Warehouse.at(address) != here

    @pytest.mark.parametrize(
        "text",
        [
            f"s3://key:{SECRET}@lake/a",
            "s3://",
            f"s3://lake/{UP}/other",
            "s3://lake/a*",
            "s3://lake/" + 200 * "a",
            "gs://lake/a",
        ],
    )
    def test_another_address_is_refused_and_not_repeated(self, text):
        with pytest.raises(WarehouseError, match="s3://BUCKET/PREFIX") as error:
            Warehouse.at(text)
        assert SECRET not in str(error.value)


class TestTables:
    def test_rows_and_history_are_those_of_a_folder(self, store, remote):
        for house in (store, remote):
            house.replace("materials", materials(material("m-1")), provenance=PROVENANCE)
            house.insert("materials", materials(material("m-2")), provenance=PROVENANCE)
            house.insert("materials", materials(material("m-1")), provenance=PROVENANCE)
            house.insert("materials", materials(material("m-3", nsites=-1)), provenance=PROVENANCE)
        for table in ("materials", "quarantine"):
            assert remote.read(table).equals(store.read(table))
            assert remote.verify(table) == store.verify(table)
        ours, theirs = (house.history("materials") for house in (store, remote))
        assert [(v.version, v.provenance) for v in ours] == [
            (v.version, v.provenance) for v in theirs
        ]
        assert remote.read("materials", 0)["material_id"].to_list() == ["m-1"]
        assert list_holdings(remote) == list_holdings(store)
        assert find_strays(remote, "materials") == []

    def test_parts_enter_in_one_commit(self, remote):
        area = StagingArea.of(remote.warehouse, {"of": "test"})
        with area.locked({"of": "test"}):
            for number in (1, 2):
                area.write(number, StagedPart(materials(material(f"m-{number}")), NONE_REFUSED))
            scope = {"source": "mp"}
            commit_parts(remote, "materials", area, scope=scope, provenance=PROVENANCE)
        assert remote.version("materials") == 0
        assert remote.verify("materials") == 2

    def test_writers_at_the_same_time_lose_nothing(self, remote):
        def write(number):
            rows = materials(material(f"m-{number}"))
            return Store(remote.warehouse).insert("materials", rows, provenance=PROVENANCE).version

        with ThreadPoolExecutor(3) as pool:
            versions = list(pool.map(write, range(5)))
        assert sorted(versions) == list(range(5))
        assert remote.verify("materials") == 5

    def test_versions_are_compared_and_come_back(self, remote):
        remote.replace("materials", materials(material("m-1")), provenance=PROVENANCE)
        remote.replace("materials", materials(material("m-2")), provenance=PROVENANCE)
        with compare_versions(remote, "materials", 0, 1) as difference:
            assert (difference.n_added, difference.n_removed) == (1, 1)
        assert restore_version(remote, "materials", 0).version == 2
        assert remote.read("materials")["material_id"].to_list() == ["m-1"]

    def test_garbage_is_found_and_deleted(self, remote):
        make_warehouse(remote, material("m-1"))
        folder = remote.path("materials")
        put(f"{folder}/stray.parquet")
        assert [file.name for file in find_strays(remote, "materials")] == ["stray.parquet"]
        remote.replace("materials", materials(material("m-2")), provenance=PROVENANCE)
        old = remote.files("materials")
        remote.replace("materials", materials(material("m-3")), provenance=PROVENANCE)
        garbage = find_garbage(remote, "materials", keep_days=0)
        assert set(garbage) == {*old, folder / "stray.parquet"}
        delete_files(remote, "materials", garbage)
        assert not any(file.exists() for file in garbage)
        assert remote.verify("materials") == 1
        with pytest.raises(WarehouseError, match="vacuumed"):
            restore_version(remote, "materials", 1)

    def test_an_object_that_is_gone_or_was_changed_is_noticed(self, remote):
        remote.replace("materials", materials(material("m-1")), provenance=PROVENANCE)
        (file,) = remote.files("materials")
        data = file.read_bytes()
        put(str(file), data.replace(b"AuCu", b"AuZn"))
        with pytest.raises(WarehouseError, match="was changed"):
            verify_table(remote, "materials")
        put(str(file), data[:-1])
        with pytest.raises(WarehouseError, match="bytes instead of"):
            remote.files("materials")
        file.unlink()
        with pytest.raises(WarehouseError, match="is missing"):
            remote.files("materials")


class TestMachines:
    def test_one_sees_what_another_commits(self, remote, elsewhere, tmp_path):
        make_warehouse(remote, material("m-1"))
        with pytest.raises(WarehouseError, match="does not exist on this machine"):
            connect(elsewhere.warehouse)
        build_catalog(elsewhere, write_sql(tmp_path / "sql"))
        elsewhere.insert("materials", materials(material("m-2")), provenance=PROVENANCE)
        with connect(remote.warehouse) as connection:
            assert find_stale_tables(connection, remote) == ["materials"]
            assert connection.sql("select n_materials from counts").fetchall() == [(1,)]
        build_catalog(remote, tmp_path / "sql")
        with connect(remote.warehouse) as connection:
            assert find_stale_tables(connection, remote) == []
            assert connection.sql("select n_materials from counts").fetchall() == [(2,)]

    def test_no_secret_is_kept(self, remote, tmp_path):
        make_warehouse(remote)
        kept = [file.read_bytes() for file in files_below(tmp_path)]
        kept += [file.read_bytes() for file in bucket.list_objects(remote.path("materials"))]
        assert len(kept) > 4
        assert not any(SECRET.encode() in data for data in kept)


class TestQueries:
    def test_they_read_the_tables_alone_and_write_nothing(self, address, remote):
        make_warehouse(remote)
        outside, tables = f"{address.rpartition('/')[0]}/outside.csv", f"{address}/tables"
        put(outside)
        before = bucket.list_objects(remote.path("materials").parent)
        for sql in (
            f"from read_csv('{outside}')",
            f"from read_csv('{tables}/{UP}/{UP}/outside.csv')",
            f"from read_text('{tables}/materials/{UP}/{UP}/{UP}/outside.csv')",
            "from glob('s3://lake/*')",
            "from read_csv('/etc/passwd')",
            f"copy (select 1) to '{tables}/new.csv'",
        ):
            with connect(remote.warehouse) as connection:
                with pytest.raises(duckdb.Error) as error:
                    connection.sql(sql).fetchall()
                assert re.search("disabled by configuration|may not be opened", str(error.value))
                assert connection.sql("select count(*) from raw.materials").fetchall() == [(1,)]
            assert bucket.list_objects(remote.path("materials").parent) == before, sql

    def test_an_object_is_asked_for_once_however_many_views_read_it(self, remote, monkeypatch):
        make_warehouse(remote)
        asked = []
        ask = bucket.ObjectStore.info

        def info(self, path, **options):
            asked.append(path)
            return ask(self, path, **options)

        monkeypatch.setattr(bucket.ObjectStore, "info", info)
        with connect(remote.warehouse) as connection:
            for view in ("raw.materials", "staging.materials", "counts"):
                assert connection.sql(f"from {view}").fetchall()
        assert len(asked) == len(remote.files("materials")) == 1

    def test_an_answer_is_written_to_a_file(self, remote, tmp_path):
        make_warehouse(remote)
        write_answer(remote.warehouse, "from counts", "csv", tmp_path / "counts.csv")
        assert (tmp_path / "counts.csv").read_text() == "source,n_materials\nmp,1\n"

    def test_the_commands_take_the_address(self, address, remote):
        make_warehouse(remote)
        code, out, err = run("query", "from counts", "--warehouse", address, "--format", "csv")
        assert (code, out, err) == (0, "source,n_materials\nmp,1\n", "")
        code, out, _ = run("history", "materials", "--warehouse", f"{address}/")
        assert code == 0
        assert "example.org" in out
        code, _, err = run("check", "--warehouse", f"{address}-of-nobody")
        assert code == 1
        assert err.splitlines()[0] == (
            f"Error: there is no warehouse in {address}-of-nobody: it has no tables"
        )
        assert len(err.splitlines()) == 2

    def test_a_folder_needs_no_library_for_buckets(self, store):
        make_warehouse(store)
        code = (
            "import sys; from pathlib import Path; "
            "from warehouse.catalog.connection import connect; "
            "from warehouse.storage.warehouse import Warehouse; "
            "connect(Warehouse(Path(sys.argv[1]))).sql('from counts').fetchall(); "
            "assert not {'fsspec', 'upath', 'pyarrow.fs'} & sys.modules.keys()"
        )
        subprocess.run([sys.executable, "-c", code, store.warehouse.root], check=True)


@contextmanager
def silent_server():
    """One that takes connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


class TestRefusals:
    def test_a_bucket_that_is_not_there(self):
        with pytest.raises(WarehouseError, match="there is no bucket nothing") as error:
            Store.find(Warehouse.at("s3://nothing-here/house"))
        assert "create it first" in error.value.hint

    @pytest.fixture(autouse=True)
    def _environment(self, address):
        """Each of these tests changes one thing of an environment that works."""

    def test_a_server_that_is_not_there(self, monkeypatch, address):
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        with pytest.raises(WarehouseError, match="Failed to connect") as error:
            Store.find(Warehouse.at(address))
        assert "AWS_ENDPOINT_URL" in error.value.hint

    def test_a_server_that_does_not_answer(self, monkeypatch, address):
        monkeypatch.setattr(bucket, "SILENT_SECONDS", 1)
        with silent_server() as silent:
            monkeypatch.setenv("AWS_ENDPOINT_URL", silent)
            with pytest.raises(WarehouseError, match="too slow") as error:
                Store.find(Warehouse.at(address))
        assert "AWS_ENDPOINT_URL" in error.value.hint

    def test_keys_that_are_wrong(self, monkeypatch, address, server):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
        requests.post(f"{server}/moto-api/reset-auth", data="0", timeout=10)
        try:
            with pytest.raises(WarehouseError, match="does not exist in our records") as error:
                Store.find(Warehouse.at(address))
        finally:
            requests.post(f"{server}/moto-api/reset-auth", data="inf", timeout=10)
        assert "AWS_ACCESS_KEY_ID" in error.value.hint
        assert SECRET not in str(error.value)

    def test_keys_that_are_wrong_only_after_the_start(self, monkeypatch, remote, server):
        remote.replace("materials", materials(material("m-1")), provenance=PROVENANCE)
        requests.post(f"{server}/moto-api/reset-auth", data="0", timeout=10)
        try:
            with pytest.raises(WarehouseError, match="does not exist in our records") as error:
                remote.read("materials")
        finally:
            requests.post(f"{server}/moto-api/reset-auth", data="inf", timeout=10)
        assert SECRET not in str(error.value)

    def test_a_library_that_is_missing(self, monkeypatch, address):
        monkeypatch.delitem(sys.modules, "warehouse.storage.bucket")
        monkeypatch.setitem(sys.modules, "fsspec", None)
        with pytest.raises(WarehouseError, match=r"needs a library .* fsspec") as error:
            Store.find(Warehouse.at(address))
        assert "'.[s3]'" in error.value.hint
