"""The catalog: a DuckDB file of views that any client opens, replaced in one step."""

import shutil

import duckdb
import pytest

from tests.support.samples import (
    PROVENANCE,
    SQL,
    files_below,
    make_warehouse,
    material,
    materials,
    write_sql,
)
from warehouse.catalog import build
from warehouse.catalog.blank import make_blank_catalog
from warehouse.catalog.build import build_catalog, refresh_catalog
from warehouse.catalog.connection import connect
from warehouse.catalog.documentation import describe_view, list_offered_views, list_views
from warehouse.catalog.query import select
from warehouse.errors import WarehouseError
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import TABLES, column_docs, table_doc


@pytest.fixture
def warehouse(store):
    return make_warehouse(store)


def rebuild(store, **files):
    names = {f"{name.replace('__', '/')}.sql": text for name, text in files.items()}
    return build_catalog(store, write_sql(store.warehouse.root.parent / "sql", names))


def test_any_duckdb_client_opens_it(warehouse):
    with duckdb.connect(warehouse.warehouse.catalog, read_only=True) as connection:
        assert connection.sql("from marts.counts").fetchall() == [("mp", 1)]


def test_each_client_since_duckdb_1_0_can_open_it(warehouse):
    with duckdb.connect(warehouse.warehouse.catalog, read_only=True) as connection:
        tags = "select tags['storage_version'] from duckdb_databases() where not internal"
        assert connection.sql(tags).fetchall() == [("v1.0.0+",)]


def test_a_table_that_was_never_written_has_its_columns_and_no_rows(warehouse):
    with connect(warehouse.warehouse) as connection:
        for table in TABLES:
            rows = connection.sql(f"from raw.{table}")
            assert rows.columns == TABLES[table].column_names()
        assert connection.sql("from raw.elements").fetchall() == []


def test_an_empty_table_has_the_types_of_a_full_one(store, tmp_path):
    def types(table="materials"):
        build_catalog(store, write_sql(tmp_path / "sql"))
        with connect(store.warehouse) as connection:
            return [str(kind) for kind in connection.sql(f"from raw.{table}").types]

    empty = types()
    make_warehouse(store)
    assert types() == empty


def test_the_documentation_is_in_the_catalog(warehouse):
    with connect(warehouse.warehouse) as connection:
        views = list_views(connection)
        assert next(iter(views)) == "marts.counts"
        assert views["marts.counts"] == "One row per data set."
        assert views["raw.materials"] == table_doc("materials")
        source, count = describe_view(connection, "marts.counts")
        assert (source.name, source.doc) == ("source", column_docs("materials")["source"])
        assert (count.data_type, count.doc) == ("BIGINT", "1: materials of the data set")


def test_intermediate_views_are_not_offered(store):
    rebuild(
        store,
        marts___steps="-- A step.\nselect 1 as a  -- 1: one",
        marts__answers="-- An answer.\nselect a from marts._steps",
    )
    with connect(store.warehouse) as connection:
        assert {"marts._steps", "marts.answers"} <= list_views(connection).keys()
        offered = list_offered_views(connection)
    assert "marts.answers" in offered
    assert "marts._steps" not in offered


def test_a_quote_in_a_comment_is_kept(store):
    rebuild(store, staging__a="-- O'Neill's row.\nselect 1 as b  -- 1: it's one")
    with connect(store.warehouse) as connection:
        assert list_views(connection)["staging.a"] == "O'Neill's row."
        assert describe_view(connection, "staging.a")[0].doc == "1: it's one"


def test_an_unknown_view_gets_near_names(warehouse):
    with connect(warehouse.warehouse) as connection, pytest.raises(WarehouseError) as caught:
        describe_view(connection, "marts.count")
    assert caught.value.hint == "did you mean marts.counts?"


def test_the_lineage_has_table_versions_and_digests_of_views(warehouse):
    with connect(warehouse.warehouse) as connection:
        rows = connection.sql("from raw.catalog_lineage").fetchall()
    lineage = {name: rest for name, *rest in rows}
    assert lineage["raw.materials"] == [0, None, []]
    assert "raw.elements" not in lineage
    version, sha256, reads = lineage["marts.counts"]
    assert (version, len(sha256), reads) == (None, 64, ["staging.materials"])


def test_a_second_build_binds_and_documents_no_view_again(warehouse):
    before = make_blank_catalog.cache_info()
    warehouse.insert("materials", materials(material("m-2")), provenance=PROVENANCE)
    rebuild(warehouse)
    after = make_blank_catalog.cache_info()
    assert (after.misses, after.hits) == (before.misses, before.hits + 1)
    with connect(warehouse.warehouse) as connection:
        assert connection.sql("from marts.counts").fetchall() == [("mp", 2)]
        assert list_views(connection)["raw.materials"] == table_doc("materials")


def contents(warehouse):
    """All that a catalog says of its views, and the rows of each."""
    with connect(warehouse.warehouse) as connection:
        views = list_views(connection)
        told = {view: [*describe_view(connection, view)] for view in views}
        rows = {view: connection.sql(f"from {view}").fetchall() for view in views}
        lineage = sorted(connection.sql("from raw.catalog_lineage").fetchall())
    return views, told, rows, lineage


def test_a_refreshed_catalog_is_as_a_built_one_without_a_build(warehouse, monkeypatch):
    sql = warehouse.warehouse.root.parent / "sql"
    warehouse.insert("materials", materials(material("m-2")), provenance=PROVENANCE)
    with monkeypatch.context() as patch:
        patch.setattr(build, "load_views", lambda sql_dir: pytest.fail("it is built"))
        refresh_catalog(warehouse, sql)
        refreshed = contents(warehouse)
    assert refreshed[2]["marts.counts"] == [("mp", 2)]
    build_catalog(warehouse, sql)
    assert contents(warehouse) == refreshed


def test_a_refreshed_catalog_forgets_a_table_that_went(warehouse):
    shutil.rmtree(warehouse.path("materials"))
    refresh_catalog(warehouse, warehouse.warehouse.root.parent / "sql")
    _, _, rows, lineage = contents(warehouse)
    assert rows["raw.materials"] == []
    assert "raw.materials" not in {name for name, *_ in lineage}


@pytest.mark.parametrize(
    "break_it", [lambda path: path.write_bytes(b"?"), lambda path: path.unlink()]
)
def test_a_damaged_catalog_is_built_anew_by_a_refresh(warehouse, break_it):
    before = contents(warehouse)
    break_it(warehouse.warehouse.catalog)
    refresh_catalog(warehouse, warehouse.warehouse.root.parent / "sql")
    assert contents(warehouse) == before


def test_damage_that_shows_in_a_refresh_is_mended_by_a_build(warehouse, monkeypatch):
    before, record, calls = contents(warehouse), build._record_state, []

    def fail_once(*state):
        calls.append(state)
        if len(calls) == 1:
            raise duckdb.Error("Corrupt database file: computed checksum 1 does not match 2")
        record(*state)

    monkeypatch.setattr(build, "_record_state", fail_once)
    refresh_catalog(warehouse, warehouse.warehouse.root.parent / "sql")
    assert len(calls) == 2
    assert contents(warehouse) == before


def test_changed_sql_is_built_by_a_refresh(warehouse):
    sql = write_sql(
        warehouse.warehouse.root.parent / "sql",
        {"marts/more.sql": "-- One row.\nselect 1 as a  -- 1: one"},
    )
    refresh_catalog(warehouse, sql)
    with connect(warehouse.warehouse) as connection:
        assert connection.sql("from marts.more").fetchall() == [(1,)]


def test_a_reader_is_not_disturbed_by_a_build(warehouse):
    catalog = warehouse.warehouse.catalog
    before = catalog.read_bytes()
    with connect(warehouse.warehouse) as connection, catalog.open("rb") as opened_before:
        rows = materials(material("a"), material("b"))
        warehouse.replace("materials", rows, provenance=PROVENANCE)
        build_catalog(warehouse, warehouse.warehouse.root.parent / "sql")
        assert connection.sql("from marts.counts").fetchall() == [("mp", 1)]
        assert opened_before.read() == before
    with connect(warehouse.warehouse) as connection:
        assert connection.sql("from marts.counts").fetchall() == [("mp", 2)]


def test_a_build_leaves_nothing_but_the_catalog(warehouse):
    before = files_below(warehouse.warehouse.root)
    build_catalog(warehouse, warehouse.warehouse.root.parent / "sql")
    assert files_below(warehouse.warehouse.root) == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select sorce as s  -- s\nfrom raw.materials", "refused by DuckDB: .*sorce"),
        ("select 1 as b, 2 as b  -- 1: twice", "makes the columns b, b_1 but names b, b"),
    ],
)
def test_a_view_that_duckdb_refuses_is_named_and_the_old_catalog_stays(warehouse, text, message):
    with pytest.raises(WarehouseError, match=message) as caught:
        rebuild(warehouse, **{"marts__bad": f"-- One row.\n{text}"})
    assert "bad.sql" in caught.value.message
    assert "mend the file" in caught.value.hint
    with connect(warehouse.warehouse) as connection:
        assert connection.sql("from marts.counts").fetchall() == [("mp", 1)]


def test_a_warehouse_that_was_moved_says_so(warehouse):
    moved = warehouse.warehouse.root.rename(warehouse.warehouse.root.parent / "moved")
    with connect(Warehouse(moved)) as connection, pytest.raises(WarehouseError) as caught:
        select(connection, "from raw.materials")
    assert "after moving its folder run `python -m warehouse build`" in caught.value.hint


def test_the_sample_has_one_view_of_each_file(warehouse):
    assert len(build_catalog(warehouse, warehouse.warehouse.root.parent / "sql")) == len(SQL)
