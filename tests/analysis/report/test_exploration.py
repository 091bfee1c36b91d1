"""The page to explore: it carries the rows that its SQL gives, and chooses as that does."""

import base64
import gzip

import polars as pl
import pytest

from analysis.report.exploration import (
    EMBEDDED,
    QUANTITIES,
    draw_crystal_systems,
    draw_stability,
    has_materials,
    pack_materials,
    read_explored,
    refresh_exploration,
)
from warehouse.catalog.connection import connect
from warehouse.storage.warehouse import Warehouse


def test_packed_rows_are_the_rows():
    unknown = dict.fromkeys([quantity.column for quantity in QUANTITIES], None)
    rows = pl.DataFrame(
        [
            unknown | {"reduced_formula": "AuCu", "sources": ["a", "c"], "density": 14.0},
            unknown | {"reduced_formula": "ClNa", "sources": ["b"], "band_gap": 5.016},
        ],
        schema_overrides={quantity.column: pl.Float64 for quantity in QUANTITIES},
    )
    lines = gzip.decompress(base64.b64decode(pack_materials(rows, ["a", "b", "c"]))).decode()
    formulas, masks, *columns = lines.split("\n")
    assert (formulas, masks) == ("AuCu,ClNa", "5,2")
    told = dict(zip(unknown, columns, strict=True))
    assert told.pop("density") == "14,"
    assert told.pop("band_gap") == ",5.02"
    assert set(told.values()) == {","}


def test_bars_count_every_formula_with_an_energy_above_the_hull_once(connection):
    figure = draw_stability(connection)
    (n,) = connection.execute(
        "select count(energy_above_hull) from marts.material_properties"
    ).fetchone()
    assert sum(sum(bar.y) for bar in figure.plot.data) == n


def test_a_warehouse_without_space_groups_says_so(connection):
    assert "no source yet" in draw_crystal_systems(connection).caption


def test_a_page_of_the_same_data_and_code_stays_as_it_is(connection, tmp_path, monkeypatch):
    for module in ("analysis.pages.page", "analysis.report.exploration"):
        monkeypatch.setattr(f"{module}.code_version", lambda: "1.0 (abc1234)")
    assert refresh_exploration(connection, tmp_path) == [tmp_path / "explore.html"]
    assert refresh_exploration(connection, tmp_path) == []
    monkeypatch.setattr("analysis.report.exploration.digest_explored", lambda of: "of other data")
    assert refresh_exploration(connection, tmp_path) == [tmp_path / "explore.html"]
    monkeypatch.setattr("analysis.report.exploration.code_version", lambda: "1.0 (abc1234+)")
    assert refresh_exploration(connection, tmp_path) == [tmp_path / "explore.html"]


def test_materials_of_the_page_are_those_of_its_condition(connection):
    rows = read_explored(connection)
    sql = f"select count(*) from marts.material_properties where {EMBEDDED}"
    assert connection.sql(sql).fetchall() == [(rows.height,)]
    assert has_materials(connection)


@pytest.mark.parametrize(
    ("field", "value"),
    [("all", "O"), ("only", "Ag-As-Cd-Cu-Ga-In-O-P-S-Se-Te-Zn"), ("y-least", "2.5")],
)
def test_the_page_chooses_what_its_query_chooses(opened, fitted, field, value):
    browser = opened("explore.html")
    browser.run(
        "new Promise(done => (function wait() { 'explored' in document.documentElement.dataset ? "
        "done() : setTimeout(wait, 20) })())"
    )
    browser.run(
        "document.querySelector('[data-y=measured_band_gap]').click(), "
        "document.getElementById('x').value = 'measured_band_gap', "
        f"document.getElementById('{field}').value = '{value}', "
        "document.getElementById('chooser').dispatchEvent(new Event('input'))"
    )
    told = browser.run("document.getElementById('told').textContent")
    with connect(Warehouse(fitted)) as connection:
        n_rows = len(connection.sql(browser.run("document.getElementById('sql').textContent")))
        connection.sql(browser.run("document.getElementById('medians-sql').textContent")).fetchall()
    assert told.startswith(f"{n_rows:,} formulas")
    assert n_rows > 0
    assert browser.complaints == []
