"""Ad-hoc queries: what they may do, how they stream, what they say when they are wrong."""

import csv
import gc
import io
import json
import os
import subprocess
import sys
from itertools import product

import polars as pl
import pytest

from tests.support.samples import files_below, make_warehouse, material, materials, start
from warehouse.catalog.connection import connect, plain_duckdb_errors
from warehouse.catalog.query import select, stream, write_answer
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import Materials

MATERIALS = [material("m-1"), material("m-2", formula='Au, "Cu"', band_gap=None)]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    store = Store(Warehouse(tmp_path_factory.mktemp("query") / "data"))
    return make_warehouse(store, *MATERIALS).warehouse.root


@pytest.fixture(scope="module", autouse=True)
def objects_of_other_tests():
    """They are many: to look through them for each test here takes longer than the tests."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def no_connection_is_left():
    """What a failed query's frames hold would keep the catalog open for the next test."""
    gc.collect()


def rows(root, sql):
    with connect(Warehouse(root)) as connection, plain_duckdb_errors():
        return select(connection, sql).fetchall()


def refusal(root, sql):
    with pytest.raises(WarehouseError) as caught:
        rows(root, sql)
    assert "\n" not in caught.value.message + caught.value.hint
    return caught.value


def test_duckdb_draws_no_progress_bar_into_the_output(root):
    # A process without a script, as of a pool of workers, is a prompt to DuckDB.
    code = f"""
from pathlib import Path
from warehouse.catalog.connection import connect
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
sql = "select current_setting('enable_progress_bar')"
print(connect(Warehouse(Path({str(root)!r}))).sql(sql).fetchall())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[(False,)]\n"


QUERIES = {
    "select material_id from raw.materials order by 1": 2,
    "from raw.materials": 2,
    "from counts": 1,  # a name without a schema is one of marts
    "with one as (select 1) from one": 1,
    "values (1), (2)": 2,
    "describe raw.materials": len(Materials.column_names()),
    "summarize raw.materials": len(Materials.column_names()),
    "show tables": 1,
    "pivot raw.materials on source using count(*) group by formula": 2,
    "select 1;": 1,
    "select ';--' as é;  -- a comment": 1,
}


@pytest.mark.parametrize("sql", QUERIES)
def test_a_query_has_the_same_rows_in_a_table_and_in_a_file(root, tmp_path, sql):
    write_answer(Warehouse(root), sql, "json", tmp_path / "rows.json")
    assert len(json.loads((tmp_path / "rows.json").read_text())) == QUERIES[sql]
    assert len(rows(root, sql)) == QUERIES[sql]


def forbidden(root, other):
    """Statements that would write, or read what is not in the warehouse."""
    tables = root / "tables"
    targets = (other / "new", tables / "new", next(tables.rglob("*.parquet")))
    copies = [
        template.format(target)
        for template, target in product(
            (
                "copy (select 1) to '{}' (format csv)",
                "copy raw.materials to '{}' (format parquet)",
                "with q as (copy (select 1) to '{}' (format csv)) from q",
                "explain analyze copy (select 1) to '{}' (format csv)",
                "prepare p as copy (select 1) to '{}' (format csv)",
                "select 1) to '{}' (format csv); --",
            ),
            targets,
        )
    ]
    return [
        *copies,
        "create table raw.t as select 1",
        "create temp table t as select 1",
        "insert into raw.catalog_lineage values ('a', 1, 'b', [])",
        "with q as (delete from raw.catalog_lineage returning *) from q",
        "drop view raw.materials",
        "comment on view raw.materials is 'mine'",
        f"attach '{other}/new.duckdb' as new",
        f"export database '{other}/new'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set memory_limit = '1GB'",
        "pragma enable_profiling",
        "call enable_logging()",
        f"from '{other}/secret.csv'",
        f"from read_text('{other}/secret.csv')",
        f"from glob('{other}/*')",
        "from 'https://example.org/x.csv'",
        f"select 1; copy (select 1) to '{other}/new'",
        "select 1; select 2",
        "select getenv('HOME')",
        "from read_text('/proc/self/environ')",
        "from read_csv('/etc/passwd')",
        "summarize '/etc/passwd'",
        "select 1 limit (select count(*) from read_text('/etc/passwd'))",
        f"from read_text('{tables}/{os.pardir}/{os.pardir}/secret.csv')",
        f"from query('copy (select 1) to ''{other}/new'' (format csv)')",
        f"attach '{root}/warehouse.duckdb' as again",
        "attach ':memory:' as other",
        "detach warehouse",
        "use memory",
        f"import database '{other}'",
        f"copy raw.catalog_lineage from '{other}/secret.csv'",
        "create temp macro answer() as 42",
        "create secret (type s3, key_id 'a', secret 'b')",
        "update raw.catalog_lineage set version = 9",
        "truncate raw.catalog_lineage",
        "drop schema raw cascade",
        "checkpoint",
        "force install httpfs",
        "update extensions",
        "reset enable_external_access",
        "set lock_configuration = false",
        "set variable a = 1",
        f"call enable_profiling(save_location = '{other}/new')",
        "from sqlite_scan('/etc/passwd', 't')",
        "from pandas_scan(1)",
        "from connection",
        "",
        "-- nothing",
    ]


def test_a_query_can_neither_write_nor_read_elsewhere(root, tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")

    def held():
        files = [*files_below(root.parent), *files_below(tmp_path)]
        return {path: path.read_bytes() for path in files}

    before = held()
    for sql in forbidden(root, tmp_path):
        refusal(root, sql)
        with pytest.raises(WarehouseError):
            write_answer(Warehouse(root), sql, "csv", tmp_path / "rows.csv")
        assert held() == before, sql


def test_the_connection_itself_locks_its_settings(root):
    with (
        connect(Warehouse(root)) as connection,
        pytest.raises(WarehouseError, match="locked"),
        plain_duckdb_errors(),
    ):
        connection.execute("set enable_external_access = true")


def test_a_second_connection_of_a_process_has_the_same_limits(root, tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with connect(Warehouse(root)), connect(Warehouse(root)) as second:
        assert second.sql("from counts").fetchall() == [("mp", 2)]
        with (
            pytest.raises(WarehouseError, match="disabled by configuration"),
            plain_duckdb_errors(),
        ):
            second.sql(f"from '{tmp_path}/secret.csv'")
        with pytest.raises(WarehouseError, match="open in this process"):
            write_answer(Warehouse(root), "select 1", "csv", tmp_path / "rows.csv")


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        ("select bandgap from raw.materials", "bandgap", '"band_gap"'),
        ("from count", "count", '"counts"'),
        ("from material", "material", "raw.materials"),
        ("selec 1", "syntax error", "LINE 1: selec 1"),
        ("select 'a'::int", "Could not convert", "python -m warehouse describe"),
        ("drop view raw.materials", "drop is no query", "python -m ingest"),
        ("from '/etc/passwd.csv'", "/etc/passwd", "ingest other files first"),
        ("select 1; select 2", "found 2", "one query at a time"),
    ],
)
def test_a_wrong_query_gets_a_cure(root, sql, message, hint):
    error = refusal(root, sql)
    assert message in error.message
    assert hint in error.hint


def test_no_warehouse_says_how_to_make_one(tmp_path):
    with pytest.raises(WarehouseError, match="there is no warehouse") as caught:
        connect(Warehouse(tmp_path / "data"))
    assert "python -m ingest all" in caught.value.hint


def test_csv_keeps_commas_quotes_nulls_and_lists(root):
    sink = io.BytesIO()
    sql = "select material_id, formula, band_gap, composition from raw.materials order by 1"
    stream(Warehouse(root), sql, "csv", sink)
    header, first, second = csv.reader(io.StringIO(sink.getvalue().decode()))
    assert header == ["material_id", "formula", "band_gap", "composition"]
    assert first[:3] == ["m-1", "AuCu", "0.0"]
    assert "Au" in first[3]
    assert second[:3] == ["m-2", 'Au, "Cu"', ""]


def test_json_keeps_the_structure(root):
    sink = io.BytesIO()
    stream(
        Warehouse(root),
        "select composition, band_gap from raw.materials order by all",
        "json",
        sink,
    )
    first, _ = json.loads(sink.getvalue())
    assert first == {"composition": MATERIALS[0]["composition"], "band_gap": 0.0}


def test_parquet_keeps_the_types(root, tmp_path):
    write_answer(
        Warehouse(root),
        "from raw.materials order by material_id",
        "parquet",
        tmp_path / "m.parquet",
    )
    frame = pl.read_parquet(tmp_path / "m.parquet")
    assert frame.equals(materials(*MATERIALS))


def test_no_rows_are_an_empty_file_with_a_header(root):
    sink = io.BytesIO()
    stream(Warehouse(root), "select 1 as a where false", "csv", sink)
    assert sink.getvalue() == b"a\n"


def test_a_failed_export_leaves_the_old_file(root, tmp_path):
    target = tmp_path / "rows.csv"
    target.write_text("old")
    with pytest.raises(WarehouseError):
        write_answer(Warehouse(root), "select error('no') from range(3)", "csv", target)
    assert target.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv"]


@pytest.mark.parametrize("target", ["missing/rows.csv", "sql"])
def test_a_target_that_cannot_be_written_is_named(root, tmp_path, target):
    (tmp_path / "sql").mkdir()
    with pytest.raises(WarehouseError, match=f"{target} cannot be written"):
        write_answer(Warehouse(root), "select 1", "csv", tmp_path / target)


def test_a_named_pipe_takes_a_result(root, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = start("-c", f"print(open({str(pipe)!r}).read())")
    write_answer(Warehouse(root), "select 7 as a", "csv", pipe)
    assert reader.communicate(timeout=30)[0].split() == ["a", "7"]


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_a_large_result_streams_in_little_memory(root, tmp_path, file_format):
    """8 million rows, 0.3 GB as CSV, in a process that may have 0.3 GB."""
    sql = "select i, repeat('row ', 6) || i as name from range(8_000_000) t(i)"
    arguments = ("--format", file_format, "--output", tmp_path / "rows", "--warehouse", root)
    child = start("-m", "warehouse", "query", sql, *arguments, RLIMIT_DATA=300_000_000)
    assert child.communicate(timeout=60) == ("", "")
    assert child.returncode == 0
    (tmp_path / "rows").unlink()


def test_a_result_that_needs_too_much_memory_says_so(root):
    sql = "select list(i) from range(100_000_000) t(i)"
    child = start("-m", "warehouse", "query", sql, "--warehouse", root, RLIMIT_DATA=300_000_000)
    _, stderr = child.communicate(timeout=60)
    assert child.returncode == 1
    assert "select fewer rows" in stderr


def test_output_inside_the_warehouse_is_refused(root):
    for name in ("warehouse.duckdb", "tables/new.csv"):
        with pytest.raises(WarehouseError, match="lies inside the warehouse"):
            write_answer(Warehouse(root), "select 1", "csv", root / name)
