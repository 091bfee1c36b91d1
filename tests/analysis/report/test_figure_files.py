"""Figures as files: what journals ask for, and clear words where no browser can draw."""

import re

import plotly.graph_objects as go
import polars as pl
import pytest

from analysis.pages.figure import style, thin_out
from analysis.pages.figure_files import find_browser, write_figure
from tests.support.browser import find_chromium
from warehouse.errors import WarehouseError

needs_browser = pytest.mark.skipif(find_chromium() is None, reason="no Chromium here")


@pytest.fixture(scope="module")
def plot() -> go.Figure:
    plot = go.Figure(go.Scatter(x=[0, 1], y=[-1, 2.5], name="fit"))
    return style(plot, "share of Cu, of a title that is too long for the column of a journal", "E")


@needs_browser
def test_a_vector_file_is_as_wide_as_a_column_and_its_text_is_text(plot, tmp_path):
    write_figure(plot, tmp_path / "a.svg")
    text = (tmp_path / "a.svg").read_text()
    assert 'width="8.6cm"' in text
    assert "share of Cu" in text
    assert set(re.findall(r"font-size: ([\d.]+)px", text)) == {"10.67", "10.6667"}  # 8 points


@needs_browser
def test_a_pdf_is_one_page_of_the_size_asked_for(plot, tmp_path):
    write_figure(plot, tmp_path / "a.PDF", width=10, height=5)
    data = (tmp_path / "a.PDF").read_bytes()
    assert data.startswith(b"%PDF")
    (box,) = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    points = [float(side) * 2.54 / 72 for side in box]
    assert points == pytest.approx([10, 5], abs=0.04)


def test_a_page_of_its_own_needs_no_browser(plot, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    write_figure(plot, tmp_path / "a.html")
    assert "plotly" in (tmp_path / "a.html").read_text()
    with pytest.raises(WarehouseError, match="no Chromium or Google Chrome"):
        write_figure(plot, tmp_path / "a.svg")


def test_a_browser_that_is_named_must_be_one(plot, tmp_path, monkeypatch):
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chrome")
    with pytest.raises(WarehouseError, match="/nowhere/chrome in BROWSER_PATH is no program"):
        find_browser()
    monkeypatch.setenv("BROWSER_PATH", "/bin/false")
    with pytest.raises(WarehouseError, match="cannot draw"):
        write_figure(plot, tmp_path / "a.svg")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "width", "said"), [("a.eps", 8.6, "ending"), ("a.svg", 0, "0 cm")]
)
def test_what_cannot_be_drawn_is_told(plot, tmp_path, name, width, said):
    with pytest.raises(WarehouseError, match=said):
        write_figure(plot, tmp_path / name, width)


def test_of_many_points_those_that_stand_out_are_drawn_and_some_of_the_others():
    rows = pl.DataFrame({"place": range(1000), "error": [(7919 * k) % 1009 for k in range(1000)]})
    shown, note = thin_out(rows, pl.col("error"), "of the largest errors", 100)
    assert note.startswith(" 100 of 1,000 are drawn: those of the largest errors")
    largest = rows.top_k(20, by="error")["place"]
    assert set(largest) < set(shown["place"])
    assert shown["place"].is_sorted()
    assert shown["place"].n_unique() == 100
    assert shown["place"].diff().max() < 20
    assert thin_out(rows, pl.col("error"), "", 1000)[0] is rows
