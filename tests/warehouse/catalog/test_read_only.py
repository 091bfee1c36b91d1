"""What users get in Python reads, and there is no way around it by a statement or a method."""

import duckdb
import pytest

from tests.support.samples import make_warehouse
from warehouse import open_warehouse
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    store = Store(Warehouse(tmp_path_factory.mktemp("read") / "data"))
    return make_warehouse(store).warehouse.root


def test_it_passes_for_a_connection_of_duckdbs_and_answers_with_parameters(root):
    with open_warehouse(root) as connection:
        assert isinstance(connection, duckdb.DuckDBPyConnection)
        assert connection.sql("select $a + 1", params={"a": 1}).fetchall() == [(2,)]
        rows = connection.cursor().execute("select count(*) from counts where n_materials > ?", [0])
        assert rows.fetchone()[0] > 0


@pytest.mark.parametrize(
    "statement",
    [
        "drop view marts.counts",
        "copy (select 1 as a) to 'PART'",
        "with a as (copy (select 1 as a) to 'PART') from a",
        "select 1; copy (select 1 as a) to 'PART'",
        "export database 'FOLDER'",
        "attach 'PART' as other",
        "install httpfs",
        "load httpfs",
        "set threads = 1",
        "pragma threads = 1",
        "create temp table a as select 1",
        "from read_csv('/etc/passwd')",
        "select getenv('HOME')",
    ],
)
def test_no_statement_of_it_writes_or_reaches_out(root, statement):
    (part, *_) = sorted((root / "tables" / "materials").resolve().glob("*.parquet"))
    before = part.read_bytes()
    sql = statement.replace("PART", str(part)).replace("FOLDER", str(part.parent / "new"))
    with open_warehouse(root) as connection:
        for ask in (connection.sql, connection.execute, connection.cursor().query):
            with pytest.raises(WarehouseError):
                ask(sql)
    assert part.read_bytes() == before
    assert not (part.parent / "new").exists()


def test_neither_it_nor_its_rows_have_what_writes(root):
    with open_warehouse(root) as connection:
        for name in ("append", "executemany", "from_parquet", "read_csv", "load_extension"):
            with pytest.raises(AttributeError, match="reading alone"):
                getattr(connection, name)
        rows = connection.sql("from marts.counts").limit(1)
        for name in ("to_parquet", "write_csv", "query", "create", "insert_into"):
            with pytest.raises(AttributeError, match="reading alone"):
                getattr(rows, name)
        assert len(rows) == 1
