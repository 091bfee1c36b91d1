"""What properties add is asked once for the same data, and kept beside the pages."""

import duckdb
import polars as pl
import pytest

from analysis.metals.figures import property_gains
from analysis.metals.figures.property_gains import (
    FILE,
    draw_property_gains,
    read_property_gains,
    refresh_property_gains,
)
from analysis.metals.inquiries.property_ladder import PROPERTIES
from tests.analysis.conftest import GAINS
from warehouse.errors import WarehouseError


@pytest.fixture
def asked(monkeypatch):
    """The benchmarks that were climbed; one is too small."""
    names = []

    def climb(connection, benchmark):
        names.append(benchmark)
        if benchmark == "small":
            raise WarehouseError("too few", hint="ingest more")
        return pl.DataFrame(GAINS["properties"])

    monkeypatch.setattr(property_gains, "climb_properties", climb)
    return names


@pytest.fixture
def connection():
    """A catalog in which the mart is made from a table."""
    memory = duckdb.connect()
    memory.execute(
        "create schema raw; create schema marts; "
        "create table raw.catalog_lineage as select * from (values "
        "('raw.materials', 1, null, cast([] as varchar[])), "
        "('marts.metal_properties', null, 'abc', ['raw.materials'])) "
        "as rows (name, version, sha256, reads)"
    )
    columns = ", ".join(f"1.0 as {name}" for name in PROPERTIES)
    memory.execute(f"create table marts.metal_properties as select 'b' as dataset, {columns}")
    return memory


def test_the_same_data_are_asked_once(connection, asked, tmp_path):
    first = refresh_property_gains(connection, tmp_path, "b")
    again = refresh_property_gains(connection, tmp_path, "b")
    assert asked == ["b"]
    assert again.rows.equals(first.rows)
    assert again.ranked["property"].to_list() == ["formation energy", "mass density"]
    connection.execute("update raw.catalog_lineage set version = 2 where version = 1")
    refresh_property_gains(connection, tmp_path, "b")
    assert asked == ["b", "b"]


def test_where_no_property_is_known_nothing_is_kept(connection, asked, tmp_path):
    refresh_property_gains(connection, tmp_path, "b")
    assert refresh_property_gains(connection, tmp_path, "small") is None
    assert read_property_gains(tmp_path) is None


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / FILE).write_text("[1]")
    with pytest.raises(WarehouseError, match="has no gains of properties"):
        read_property_gains(tmp_path)


def test_the_figure_shows_each_property_and_counts_what_is_known(connection, asked, tmp_path):
    figure = draw_property_gains(refresh_property_gains(connection, tmp_path, "b"))
    assert len(figure.plot.data) == 3
    assert connection.sql(figure.sql).fetchall() == [(1,) * (1 + len(PROPERTIES))]
