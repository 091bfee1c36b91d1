"""The data dictionary: complete, true, searchable, with a graph of who reads whom."""

import re
from html import unescape

import duckdb
import networkx as nx
import pytest

from analysis.report import dictionary
from analysis.report.dictionary import count_in_time, read_entries, split_unit
from analysis.report.view_graph import arrange
from tests.analysis.conftest import count_no_view
from warehouse.catalog.connection import connect
from warehouse.catalog.views import load_views
from warehouse.settings import SQL_DIR
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import TABLES


@pytest.fixture(scope="module")
def entries(fitted):
    with connect(Warehouse(fitted)) as connection, count_no_view():
        return {entry.name: entry for entry in read_entries(connection, Store(Warehouse(fitted)))}


def test_every_table_view_and_column_has_its_row(reports, connection):
    text = unescape((reports / "dictionary.html").read_text())
    rows = connection.sql(
        "select schema_name || '.' || table_name as view, list(column_name) "
        "from duckdb_columns() where table_name <> 'catalog_lineage' "
        "and schema_name in ('raw', 'staging', 'features', 'marts', 'checks') group by all"
    ).fetchall()
    assert len(rows) == len(TABLES) + len(load_views(SQL_DIR))
    for name, columns in rows:
        entry = text.partition(f'<article class="entry" id="{name}">')[2].partition("</article>")[0]
        assert re.findall(r'<th scope="row"><code>(.*?)</code>', entry) == columns, name


def test_a_column_says_unit_and_meaning(entries):
    known = {column.name: column for column in entries["marts.ground_states"].columns}
    assert (known["formation_energy_per_atom"].unit, known["is_on_hull"].unit) == ("eV/atom", "")
    assert known["is_on_hull"].meaning == "whether the structure is on the convex hull"
    assert split_unit("GPa: bulk modulus: Voigt's mean") == ("GPa", "bulk modulus: Voigt's mean")
    assert split_unit("magnetic order: FM or not") == ("", "magnetic order: FM or not")


def test_no_word_is_taken_for_a_unit(entries):
    units = {column.unit for entry in entries.values() for column in entry.columns}
    words = {unit for unit in units if re.fullmatch("[a-z]{4,}", unit)}
    assert words == {"kbar"}


def test_a_table_says_rows_version_and_source(entries, fitted):
    store, materials = Store(Warehouse(fitted)), entries["raw.materials"]
    newest = store.history("materials")[0]
    assert (materials.version, materials.changed) == (newest.version, newest.committed_at)
    assert materials.n_rows == store.read("materials").height == 3000
    assert sum(held.n_rows for held in materials.holdings) == 3000
    assert all(held.license for held in materials.holdings)
    assert entries["raw.quarantine"].changed is None


def test_a_view_shows_the_sql_that_made_it(entries):
    hulls = entries["marts._convex_hulls"]
    assert hulls.sql == (SQL_DIR / "marts" / "_convex_hulls.sql").read_text()
    assert "marts.predicted_ground_states" in hulls.read_by
    assert "marts._convex_hull_points" in hulls.reads


def test_a_view_that_is_slow_to_count_is_left_out_and_the_connection_goes_on(connection):
    slow = "range(100000) as a, range(1000000) as b where hash(a.range + b.range) = 1"
    assert count_in_time(connection, slow, 0.05) is None
    assert count_in_time(connection, "raw.elements") == 112


def test_a_view_stands_below_those_of_its_layer_that_it_reads(entries):
    reads = {name: entry.reads for name, entry in entries.items()}
    columns = arrange(reads)
    assert sorted(name for names in columns.values() for name in names) == sorted(reads)
    for names in columns.values():
        for name in names:
            for source in set(reads[name]) & set(names):
                assert names.index(source) < names.index(name)


def test_pointing_at_a_box_lights_what_it_is_made_from_and_what_is_made_from_it(shown, entries):
    browser, state = shown("dictionary.html"), "marts.ground_states"
    lit = "[...document.querySelectorAll('.graph a.lit')].map(box => box.dataset.name)"
    box = f"document.querySelector('[data-name=\"{state}\"]')"
    browser.run(f"{box}.dispatchEvent(new Event('mouseenter'))")
    graph = nx.DiGraph((source, name) for name, entry in entries.items() for source in entry.reads)
    traced = {state} | nx.ancestors(graph, state) | nx.descendants(graph, state)
    assert set(browser.run(lit)) == traced
    browser.run(f"{box}.dispatchEvent(new Event('mouseleave'))")
    assert browser.run(lit) == []


def search(browser, words):
    browser.run(
        f"(input => {{ input.value = '{words}'; input.dispatchEvent(new Event('input')) }})"
        "(document.getElementById('search'))"
    )


def test_search_shows_the_columns_that_have_every_word(shown, entries):
    browser = shown("dictionary.html")
    search(browser, "HULL energy")
    shown = browser.run("""
        [...document.querySelectorAll(".entry tbody tr")].filter(row => row.offsetParent)
            .map(row => [row.closest(".entry").id, row.cells[0].textContent])
    """)
    wanted = [
        [entry.name, column.name]
        for entry in entries.values()
        for column in entry.columns
        if {"hull", "energy"} <= set(re.findall("hull|energy", f"{entry.name} {column}".lower()))
    ]
    assert sorted(shown) == sorted(wanted)
    assert 5 < len(wanted) < 60


def test_a_link_to_an_entry_opens_its_columns_whatever_was_searched_for(shown):
    browser = shown("dictionary.html")
    search(browser, "hull")
    browser.run(
        "new Promise(done => { addEventListener('hashchange', done); "
        "location.hash = '#raw.elements' })"
    )
    first = "document.getElementById('raw.elements').querySelector('tbody tr')"
    assert (
        browser.run(f"{first}.offsetParent !== null && {first}.cells[0].textContent") == "element"
    )


def test_what_reads_a_slow_view_is_hardly_waited_for(monkeypatch):
    waited = {}

    def count(connection, name, patience):
        waited[name] = patience
        return None if name == "features.slow" else 1

    monkeypatch.setattr(dictionary, "count_in_time", count)
    reads = {"marts.x": ["features.slow"], "features.slow": ["raw.a"], "raw.a": []}
    with duckdb.connect() as connection:
        counts = dictionary.count_views(connection, reads)
    assert counts == {"raw.a": 1, "features.slow": None, "marts.x": 1}
    assert waited["marts.x"] < waited["features.slow"] == waited["raw.a"]
