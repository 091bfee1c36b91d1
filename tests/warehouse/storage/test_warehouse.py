"""A warehouse in a folder with an unusual name is itself, and no pattern for others."""

import shutil

import pytest
from typer.testing import CliRunner

from tests.support.samples import PROVENANCE, make_warehouse, material, materials
from warehouse.__main__ import app
from warehouse.catalog.connection import connect
from warehouse.errors import WarehouseError
from warehouse.quoting import quote_files, quote_name, quote_text
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.upkeep.differences import compare_versions

NAMES = ["a?c", "a*c", "it's", "a b", "100%", "s3%", 'say "x"', "é#,;=@~"]


@pytest.mark.parametrize("name", NAMES)
def test_it_reads_its_own_tables(tmp_path, name):
    store = make_warehouse(Store(Warehouse.at(str(tmp_path / name))), material("own"))
    shutil.copytree(tmp_path / name, tmp_path / "abc")  # its files have the same names
    assert store.read("materials")["material_id"].to_list() == ["own"]
    assert store.verify("materials") == 1
    with connect(store.warehouse) as connection:
        assert connection.sql("select material_id from raw.materials").fetchall() == [("own",)]
    store.replace("materials", materials(material("new")), provenance=PROVENANCE)
    with compare_versions(store, "materials", 0, 1) as difference:
        assert (difference.n_added, difference.n_removed) == (1, 1)
    done = CliRunner().invoke(app, ["licences", "--warehouse", str(store.warehouse)])
    assert done.exit_code == 0


@pytest.mark.parametrize(
    "name", ["My%20data", "[ab]", "s3%3A%2F%2Flake", "a^b", "a|b", "a\\b", "a\nb", "a\udcff"]
)
def test_a_name_in_which_delta_lake_loses_tables_is_refused(tmp_path, name):
    with pytest.raises(WarehouseError, match="Delta Lake finds no table"):
        Warehouse.at(str(tmp_path / name / "data"))
    with pytest.raises(WarehouseError, match="Delta Lake finds no table"):
        Store(Warehouse(tmp_path / name)).version("materials")
    assert list(tmp_path.iterdir()) == []
    done = CliRunner().invoke(app, ["check", "--warehouse", str(tmp_path / name)])
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 2


def test_a_folder_named_like_the_one_of_a_bucket_is_no_bucket(tmp_path):
    assert Warehouse(tmp_path / "s3%3A%2F%2Flake").bucket is None


def test_it_shows_itself_as_the_user_wrote_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    warehouse = Warehouse.at("data")
    assert str(warehouse) == "data"
    assert warehouse.full_address == str(tmp_path / "data")


def test_what_is_quoted_ends_where_it_ends():
    assert quote_text("it's") == "'it''s'"
    assert quote_name('a"b') == '"a""b"'
    assert quote_files(["a*/it's", "[b]?"]) == "['a[*]/it''s', '[[]b][?]']"
