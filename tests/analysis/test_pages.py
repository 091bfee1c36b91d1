"""The pages, opened in a real Chromium."""

import json
import re
import shutil
import subprocess
from itertools import pairwise

import numpy as np
import pytest

from analysis.cluster_expansion.interactive import make_payload
from analysis.report import write_report
from warehouse.connection import connect
from warehouse.errors import WarehouseError

PAGES = {"index.html": 0, "cluster_expansion.html": 18, "metals.html": 15}
"""Least number of plots on each page."""
MOVE = """
<script>
addEventListener("load", () => {
  const look = () => ({
    parity: document.getElementById("slider-parity").data[1].y,
    coefficients: document.getElementById("slider-coefficients").data[0].y,
    hull: document.getElementById("slider-hull").data[2].y,
    error: document.getElementById("slider-errors").data[2].y,
    told: document.getElementById("told-errors").textContent,
  });
  const move = (id, value) => {
    document.getElementById(id).value = value;
    document.getElementById(id).dispatchEvent(new Event("input"));
  };
  const seen = [look()];
  move("slider-ratio", 0);
  move("slider-strength", 30);
  seen.push(look());
  move("slider-ratio", document.getElementById("slider-ratio").max);
  seen.push(look());
  move("slider-strength", 0);
  seen.push(look());
  const told = document.createElement("pre");
  told.id = "seen";
  told.textContent = JSON.stringify(seen);
  document.body.append(told);
});
</script>
"""
"""Moves both sliders as a hand would, and writes down what the figures show each time."""


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
    html = (reports / page).read_text()
    n_plots = html.count('class="plotly-graph-div"') + html.count('<div id="slider-')
    assert len(re.findall(r'class="[^"]*js-plotly-plot', elements)) == n_plots >= PAGES[page]
    assert elements.count('class="main-svg"') >= PAGES[page]


def test_sliders_move_coefficients_errors_parity_and_hull(reports, chromium, tmp_path):
    import html

    page = tmp_path / "moved.html"
    page.write_text((reports / "cluster_expansion.html").read_text().replace("</body>", MOVE))
    elements, console = open_page(chromium, page, tmp_path / "profile")
    assert console == []
    found = re.search(r'<pre id="seen">(.*?)</pre>', elements, re.S)
    states = json.loads(html.unescape(found[1]))
    for before, after in pairwise(states):
        assert all(before[part] != after[part] for part in before)
    # The strongest lasso leaves nothing: every energy is on the line between the elements.
    assert not any(states[-1]["coefficients"])
    assert not any(states[-1]["parity"])
    assert states[-1]["hull"] == [0, 0]
    assert "0 parameters not zero, 0 ground states" in states[-1]["told"]
    # Ridge keeps all.
    assert all(states[1]["coefficients"])


def test_what_the_sliders_show_are_the_errors_of_the_mart(connection):
    data = make_payload(connection, "au-cu")
    lasso, weak = data["ratios"].index(1.0), 40
    errors = np.array(data["predictions"][lasso][weak]) - np.array(data["calculated"])
    rows = connection.sql(
        "select value from marts.curves where curve = 'strength' and model = 'lasso' "
        "and metric = 'rmse' and part = 'validation' order by setting desc"
    ).fetchall()
    assert data["validation"][lasso][weak] == pytest.approx(rows[weak][0], abs=0.006)
    # The training error is a mean over ten folds, each of nine tenths of these structures.
    rmse = np.sqrt(np.mean(errors**2))
    assert data["training"][lasso][weak] == pytest.approx(rmse, rel=0.1)
    assert data["n"] == len(data["calculated"]) == 109


@pytest.mark.parametrize("page", PAGES)
def test_page_fits_in_a_mail(page, reports):
    assert (reports / page).stat().st_size < 8e6


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
    queries = [
        html.unescape(sql) for sql in re.findall(r"<pre>((?:select|with).*?)</pre>", text, re.S)
    ]
    assert len(queries) >= PAGES[page] - 4  # the four plots of the sliders share one
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
        "calculation",
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
