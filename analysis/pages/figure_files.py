"""Figures as files for papers: SVG, PDF and PNG as a browser draws them, or a page of their own."""

import base64
import copy
import os
import re
import shutil
import subprocess
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from analysis.pages.figure import COLOURS, INK
from warehouse.errors import WarehouseError
from warehouse.storage.drafts import write_file

if TYPE_CHECKING:
    import plotly.graph_objects as go

FORMATS = (".svg", ".pdf", ".png", ".html")
COLUMN = 8.6
"""cm: width of a column in journals of the American Physical Society; two have 17.8."""
FONT = 8
"""Points of all text, whatever the width: what journals ask for in print."""
SHRINK = 0.6
"""Height of a figure of one column, as a share of that on a page."""
LINE, LETTER = 1.8, 0.5
"""Height of a line of a legend and width of a letter, in heights of the font."""
NAME = 24
"""Letters of a line of a name beside an axis."""
FINENESS = 600
"""Dots per inch of a picture."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
)
PATIENCE = 120
"""Seconds after which a browser that does not answer is given up."""
PER_INCH, PER_POINT = 96, 96 / 72
"""Pixels of a browser."""


def write_figure(
    plot: "go.Figure", path: Path, width: float = COLUMN, height: float | None = None
) -> None:
    """Write `plot` to `path` as its ending says, `width` and `height` in cm.

    A picture has 600 dots per inch. Of SVG and PDF the text stays text. All but HTML need a
    Chromium or Google Chrome. Raises WarehouseError for another ending, a width of nothing, and
    where there is no browser.
    """
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise WarehouseError(
            f"{path} has no ending of a figure",
            hint=f"name a file that ends in one of {', '.join(FORMATS)}",
        )
    if not (0 < width <= 200 and (height is None or 0 < height <= 200)):
        raise WarehouseError(
            f"a figure of {width:g} cm cannot be drawn", hint="give above 0 and at most 200 cm"
        )
    drawn = _fit_for_paper(plot, width, height)
    page = drawn.to_html(full_html=True, config={"displayModeBar": ending == ".html"})
    write_file(path, page.encode() if ending == ".html" else _draw(drawn, page, ending))


def _fit_for_paper(plot: "go.Figure", width: float, height: float | None) -> "go.Figure":
    """The figure in the colours of paper, and as large as it will be printed."""
    size, wide = FONT * PER_POINT, width / 2.54 * PER_INCH
    legend = _count_legend_rows(plot, wide / size) * LINE * size
    usual = SHRINK * (plot.layout.height or 460) + max(0, legend - LINE * size)
    high = usual if height is None else height / 2.54 * PER_INCH
    axis: dict[str, Any] = {
        "linecolor": INK, "tickcolor": INK, "showline": True, "showgrid": False, "zeroline": False,
        "ticks": "outside", "ticklen": 3, "automargin": True, "exponentformat": "power",
        "title": {"standoff": 6, "font": {"size": size}},
    }  # fmt: skip
    bar = {"outlinewidth": 0, "thickness": 8, "tickcolor": INK, "title": {"font": {"size": size}}}
    drawn = copy.deepcopy(plot)
    drawn.update_layout(
        template={
            "layout": {
                "autotypenumbers": "strict", "colorway": COLOURS, "xaxis": axis, "yaxis": axis,
                "annotationdefaults": {"font": {"size": size}},
                "legend": {"orientation": "h", "x": 0, "y": 0, "yref": "container",
                           "yanchor": "bottom"},
            },
            "data": {"heatmap": [{"colorbar": bar}], "bar": [{"cliponaxis": False}],
                     "scatter": [{"marker": {"size": 4, "colorbar": bar}, "line": {"width": 1.2}}]},
        },
        font={"family": "Helvetica, Arial, sans-serif", "size": size, "color": INK},
        paper_bgcolor="white", plot_bgcolor="white", autosize=False, width=wide, height=high,
        margin={"l": 4, "r": 20, "t": 2 * size if plot.layout.annotations else 8, "b": 4},
    )  # fmt: skip
    labels = _wrap_names(drawn)
    for name in [name for name in drawn.layout if re.match(r"[xy]axis", name)]:
        own = drawn.layout[name]
        if own.title.text:
            start, end = own.domain or (0, 1)
            room = (high - legend if name[0] == "y" else wide - labels * LETTER * size) - 5 * size
            own.title.text = _wrap(own.title.text, (end - start) * room / (LETTER * size))
    return drawn


def _wrap_names(drawn: "go.Figure") -> int:
    """Break the names beside the y axis; returns how many letters the longest line has."""
    longest = 0
    for trace in drawn.data:
        names = trace.to_plotly_json().get("y")  # Numbers are packed in a dictionary.
        if not isinstance(names, dict | None) and any(isinstance(name, str) for name in names):
            trace.y = [_wrap(str(name), NAME) for name in names]
            longest = max(len(line) for name in trace.y for line in name.split("<br>"))
    for axis in drawn.select_yaxes():
        if axis.categoryarray is not None:
            axis.categoryarray = [_wrap(str(name), NAME) for name in axis.categoryarray]
    return longest


def _count_legend_rows(plot: "go.Figure", ems: float) -> int:
    """Rows of the legend, whose names stand in columns, where so many `ems` are the width."""
    names = [str(trace.name) for trace in plot.data if trace.name and trace.showlegend is not False]
    if len(names) < 2 or plot.layout.showlegend is False:
        return 0
    columns = max(1, int(ems / (4 + LETTER * max(map(len, names)))))
    return -(-len(names) // columns)


def _wrap(text: str, letters: float) -> str:
    return "<br>".join(textwrap.wrap(text, max(12, int(letters)), break_long_words=False))


def _draw(drawn: "go.Figure", page: str, ending: str) -> bytes:
    """Let a browser draw the page, and return the file."""
    wide, high = drawn.layout.width, drawn.layout.height
    kind, scale = ("svg", 1) if ending == ".svg" else ("png", FINENESS / PER_INCH)
    script = f"""<style>@page {{ size: {wide}px {high}px; margin: 0 }} body {{ margin: 0 }}</style>
<script>
const plot = document.querySelector(".plotly-graph-div");
Plotly.toImage(plot, {{ format: "{kind}", scale: {scale} }}).then(url => {{
  const answer = document.createElement("output");
  answer.id = "answer"; answer.textContent = url; document.body.append(answer);
}});
</script>"""
    with tempfile.TemporaryDirectory(prefix="quarry-") as name:
        folder = Path(name)
        document, printed = folder / "figure.html", folder / "figure.pdf"
        is_pdf = ending == ".pdf"
        extra = script.partition("<script>")[0] if is_pdf else script
        document.write_text(page.replace("</body>", f"{extra}</body>"), encoding="utf-8")
        wish = (
            (f"--print-to-pdf={printed}", "--no-pdf-header-footer") if is_pdf else ("--dump-dom",)
        )
        told = _run_browser(folder, *wish, document.as_uri())
        if is_pdf and printed.exists():
            return printed.read_bytes()
    found = re.search(r'<output id="answer">data:image/[^,]*,([^<]*)', told)
    if is_pdf or found is None:
        raise WarehouseError(
            "the browser drew no figure", hint="name another in BROWSER_PATH, or write .html"
        )
    if kind == "png":
        return base64.b64decode(found[1])
    # In centimetres, as programs differ in how many pixels an inch has.
    measured = f'width="{wide / PER_INCH * 2.54:.4g}cm" height="{high / PER_INCH * 2.54:.4g}cm"'
    return re.sub(r'width="[\d.]+" height="[\d.]+"', measured, unquote(found[1]), count=1).encode()


def _run_browser(folder: Path, *wish: str) -> str:
    """What a Chromium without a window says when it does as `wish` asks."""
    options = ["--headless", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
               "--disable-background-networking", "--virtual-time-budget=20000",
               f"--user-data-dir={folder / 'profile'}"]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium's own does not start for the root user.
    browser = find_browser()
    try:
        done = subprocess.run(
            [browser, *options, *wish], capture_output=True, timeout=PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise WarehouseError(
            f"the browser {browser} cannot draw: {type(error).__name__}",
            hint="name another Chromium or Google Chrome in BROWSER_PATH, or write .html",
        ) from error
    return done.stdout.decode()


def find_browser() -> str:
    """Path of a Chromium or Google Chrome, which BROWSER_PATH can name; raises WarehouseError."""
    named = os.environ.get("BROWSER_PATH")
    programs = (
        [named] if named else [*BROWSERS, *(f"/Applications/{name}" for name in APPLICATIONS)]
    )
    found = next(filter(None, map(shutil.which, programs)), None)
    if found is None:
        raise WarehouseError(
            f"{named} in BROWSER_PATH is no program" if named else
            "SVG, PDF and PNG are drawn by a browser, and there is no Chromium or Google Chrome",
            hint="install one, or name it in BROWSER_PATH; .html needs none, and the buttons on "
            "the pages save SVG and PNG in any browser",
        )  # fmt: skip
    return found
