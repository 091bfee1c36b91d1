"""The pages in a real Chromium: one start, each page opened as a reader would."""

from itertools import pairwise
from pathlib import Path

import axe_core_python
import pytest

from tests.analysis.report.test_pages import PAGES
from tests.pictures import PICTURES, take_picture

N_PLOTS = {"index.html": 2, "cluster_expansion.html": 18, "metals.html": 15}
"""Least number of plots on each page."""
AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
THIN_OUT = """
    document.querySelectorAll(".main-svg").forEach(drawn => drawn.replaceChildren());
    [...document.querySelectorAll(".entry")].forEach((entry, at) => at % 12 && entry.remove())
"""
"""Leaves few of the entries that are made alike, and of plots the frame: axe judges none inside."""


def check_plots(browser, page, reports):
    """Every plot is drawn, without a complaint, and the page asks for nothing but itself."""
    assert browser.complaints == []
    asked = [url for url in browser.requests if not url.startswith(("data:", "blob:"))]
    assert asked == [(reports / page).as_uri()]
    plots = browser.run(
        "[...document.querySelectorAll('.plot, .sliders-plots > div')].map("
        "plot => plot.querySelectorAll('.main-svg').length)"
    )
    assert len(plots) >= N_PLOTS.get(page, 0)
    assert all(plots)


@pytest.mark.parametrize("page", PAGES)
def test_on_a_phone_every_plot_is_drawn_and_nothing_is_wider(page, opened, reports):
    browser = opened(page, 390)
    check_plots(browser, page, reports)
    assert browser.run("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("page", PAGES)
def test_on_a_screen_every_plot_is_drawn_and_everyone_can_read_it(page, opened, reports):
    """By axe-core's rules; in the dark only contrast is another."""
    browser = opened(page, 1400)
    check_plots(browser, page, reports)
    browser.run(f"{THIN_OUT}; {AXE}; 0")
    for scheme, rules in (("light", ""), ("dark", ", runOnly: ['color-contrast']")):
        browser.prefer(scheme)
        found = browser.run(
            f"axe.run({{resultTypes: ['violations']{rules}}}).then(found => found.violations.map("
            "rule => [rule.id, rule.nodes[0].html.slice(0, 200)]))"
        )
        assert (scheme, found) == (scheme, [])


def test_sliders_move_coefficients_errors_parity_and_hull(shown):
    browser = shown("cluster_expansion.html")
    look = """(() => ({
        parity: document.getElementById("slider-parity").data[1].y,
        coefficients: document.getElementById("slider-coefficients").data[0].y,
        hull: document.getElementById("slider-hull").data[2].y,
        error: document.getElementById("slider-errors").data[2].y,
        told: document.getElementById("told-errors").textContent,
    }))()"""
    title = "document.getElementById('slider-errors').layout.xaxis.title.text"
    assert browser.run(title) == "strength α"  # in one line, for there is room

    def move(name, value):
        browser.run(
            f"(slider => {{ slider.value = {value}; slider.dispatchEvent(new Event('input')) }})"
            f"(document.getElementById('slider-{name}'))"
        )
        return browser.run(look)

    states = [browser.run(look)]
    move("ratio", 0)
    states += [move("strength", 5), move("ratio", 99), move("strength", 99)]
    for before, after in pairwise(states):
        assert all(before[part] != after[part] for part in before)
    # The strongest lasso leaves nothing: every energy is on the line between the elements.
    assert not any(states[-1]["coefficients"])
    assert not any(states[-1]["parity"])
    assert states[-1]["hull"] == [0, 0]
    assert "0 parameters not zero, 0 ground states" in states[-1]["told"]
    # Ridge keeps all.
    assert all(states[1]["coefficients"])


def test_the_keyboard_sorts_a_table_up_and_down(shown):
    browser = shown("cluster_expansion.html")
    column = """[...document.querySelector("main table").tBodies[0].rows]
        .map(row => parseFloat(row.cells[6].textContent)).filter(value => !isNaN(value))"""
    browser.run("document.querySelectorAll('main thead button')[6].focus()")
    browser.press("Enter")
    rising = browser.run(column)
    browser.press("Enter")
    falling = browser.run(column)
    assert rising == sorted(rising) == falling[::-1] != falling
    sorted_by = browser.run("document.querySelector('[aria-sort]').textContent")
    assert sorted_by.strip() == "train ≤ 5 atoms, test 6"


def test_a_figure_is_saved_for_a_paper_in_its_colours(shown):
    browser = shown("metals.html")
    browser.run(
        "document.documentElement.dataset.theme = 'dark';"
        "Plotly.downloadImage = async (place, options) => { window.saved = { ...options,"
        " theme: document.documentElement.dataset.theme, figure: place.closest('figure').id } }"
    )
    browser.run("document.querySelectorAll('figure .save')[1].click()")
    saved = browser.run("window.saved")
    assert (saved["format"], saved["width"], saved["theme"]) == ("svg", 325, "light")
    assert saved["filename"] == saved["figure"]
    assert browser.run("document.documentElement.dataset.theme") == "dark"
    browser.run("delete document.documentElement.dataset.theme")


def test_first_tab_offers_to_skip_the_navigation(shown):
    browser = shown("metals.html")
    browser.press("Tab")
    assert browser.run("document.activeElement.getAttribute('href')") == "#content"
    assert browser.run("document.activeElement.getBoundingClientRect().left") >= 0
    browser.press("Enter")
    assert browser.run("location.hash") == "#content"


def test_filter_leaves_the_rows_that_have_every_word(shown):
    browser = shown("metals.html")
    look = """(() => { const input = document.querySelector("main input[type=search]");
        input.value = "WORDS"; input.dispatchEvent(new Event("input"));
        const rows = [...input.closest(".filter").nextElementSibling.querySelectorAll("tbody tr")];
        return rows.filter(row => !row.hidden).map(row => row.innerText.split("\\t")); })()"""
    every_row = browser.run(look.replace("WORDS", ""))
    formula, kind, *_ = every_row[-1]
    found = browser.run(look.replace("WORDS", f"{kind[:5]} {formula.upper()}"))
    assert found == [row for row in every_row if formula in row[0] and kind[:5] in row[1]]
    assert len(found) < len(every_row)


def test_theme_follows_the_system_until_the_reader_chooses(opened):
    ground = "getComputedStyle(document.body).backgroundColor"
    letters = "getComputedStyle(document.querySelector('.plot text')).fill"
    toggle = "document.getElementById('theme').click()"
    browser = opened("index.html", scheme="light")
    light = browser.run(ground), browser.run(letters)
    browser = opened("index.html", scheme="dark")
    dark = browser.run(ground), browser.run(letters)
    assert light[0] != dark[0]
    assert light[1] != dark[1]
    try:
        browser.run(toggle)
        assert (browser.run(ground), browser.run(letters)) == light
        assert opened("index.html", scheme="dark").run(ground) == light[0]  # remembered
    finally:
        browser.run("localStorage.clear()")


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_what_a_picture_in_the_readme_shows_is_on_its_page(picture, browser, reports):
    image = take_picture(browser, reports, picture)
    top = f"document.querySelector('{picture.element}').getBoundingClientRect().top"
    assert image.size == (picture.width, picture.height)
    assert browser.run(top) == pytest.approx(16, abs=1)
