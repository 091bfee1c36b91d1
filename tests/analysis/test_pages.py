"""The pages, opened in a real Chromium."""

import json
import re
import shutil
import subprocess

import pytest

from analysis.report import write_report
from warehouse.connection import connect
from warehouse.errors import WarehouseError

PAGES = {"index.html": 0, "cluster_expansion.html": 4, "metals.html": 3}
"""Number of plots on each page."""


@pytest.fixture(scope="session")
def reports(fitted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    with connect(fitted) as connection:
        write_report(connection, folder, "au-cu")
    return folder


@pytest.fixture(scope="session")
def chromium():
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        pytest.skip("no Chromium here: install it to test the pages in a browser")
    return found


def open_page(chromium, path, profile):
    """The page's elements after its scripts have run, and what its console said."""
    done = subprocess.run(
        [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging=stderr",
            f"--user-data-dir={profile}",
            "--virtual-time-budget=10000",
            "--dump-dom",
            path.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, console


@pytest.mark.parametrize("page", PAGES)
def test_page_draws_every_plot_without_complaint(page, reports, chromium, tmp_path):
    elements, console = open_page(chromium, reports / page, tmp_path)
    assert console == []
    assert len(re.findall(r'class="[^"]*js-plotly-plot', elements)) == PAGES[page]
    assert elements.count('class="main-svg"') >= PAGES[page]


@pytest.mark.parametrize("page", PAGES)
def test_page_needs_no_network(page, reports):
    html = (reports / page).read_text()
    assert not re.search(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="?(?:https?:)?//', html)


@pytest.mark.parametrize("page", PAGES)
def test_page_tells_code_and_table_versions(page, reports):
    html = (reports / page).read_text()
    assert re.search(r"Made by Quarry \S+", html)
    assert re.search(r"<code>\w+</code> version \d+", html)


@pytest.mark.parametrize("page", [page for page, plots in PAGES.items() if plots])
def test_each_figure_shows_a_query_that_runs(page, reports, connection):
    import html

    text = (reports / page).read_text()
    queries = [html.unescape(sql) for sql in re.findall(r"<pre>(select.*?)</pre>", text, re.S)]
    assert len(queries) > PAGES[page]
    for sql in queries:
        assert connection.sql(sql).fetchall()


def test_every_plot_has_axis_titles_with_units(reports):
    html = (reports / "cluster_expansion.html").read_text()
    for title in ("meV/atom", "Å", "meV"):
        assert f"({title}" in html


def test_metrics_json_is_the_mart(reports, connection):
    content = json.loads((reports / "metrics.json").read_text())
    rows = connection.sql("from marts.metrics").fetchall()
    assert len(content["metrics"]) == len(rows)
    assert {row["split"] for row in content["metrics"] if row["study"] == "metals"} == {
        "official_folds",
        "formula_groups",
        "chemical_system_groups",
        "experiment",
    }
    assert all(row["n"] > 0 and row["unit"] for row in content["metrics"])


def test_report_before_the_studies_says_what_to_run(fitted, tmp_path):
    with (
        connect(fitted) as connection,
        pytest.raises(WarehouseError, match="no results for ag-au"),
    ):
        write_report(connection, tmp_path, "ag-au")
    assert list(tmp_path.iterdir()) == []


def test_unwritable_folder_is_named(fitted, tmp_path):
    (tmp_path / "reports").write_text("a file where the folder should be")
    with (
        connect(fitted) as connection,
        pytest.raises(WarehouseError, match=r"reports cannot be written: it is no folder"),
    ):
        write_report(connection, tmp_path / "reports", "au-cu")
