"""Draws what a request asks for."""

from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.pages.figure import COLOURS, style
from analysis.pages.periodic_table import draw_periodic_table
from analysis.plots.request import PlotRequest
from warehouse.conventions.formulas import parse_formulas
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    import plotly.graph_objects as go

SCALE = "Viridis"
FEW_POINTS = 5_000
"""More are drawn as one picture, also within an SVG."""
MOST_SERIES = 12
"""Colours that can be told apart; more values of a text are one series."""


def draw_plot(request: PlotRequest, places: pl.DataFrame | None = None) -> "go.Figure":
    """Draw; `places` (element, group, period) is where elements stand in the periodic table."""
    import plotly.graph_objects as go

    if request.kind == "periodic-table":
        return _draw_elements(request, places)
    plot = go.Figure()
    draw = {
        "scatter": _draw_scatter,
        "histogram": _draw_histogram,
        "box": _draw_box,
        "ternary": _draw_ternary,
        "hull": _draw_hull,
        "heatmap": _draw_heatmap,
    }[request.kind]
    draw(plot, request)
    if request.kind not in ("hull", "ternary"):
        y_title = "rows" if request.kind == "histogram" else request.label(request.y)
        style(plot, request.label(request.x), y_title)
    for axis in request.log:
        plot.update_layout({f"{axis}axis": {"type": "log"}})
    return plot


def _draw_scatter(plot: "go.Figure", request: PlotRequest) -> None:
    rows, color = request.rows, request.color
    many = rows.height > 2_000
    place: dict[str, Any] = {"mode": "markers"}
    for name, part in _series(request):
        marker: dict[str, Any] = {"size": 4 if many else 6, "opacity": 0.6 if many else 0.9}
        if color and rows.schema[color].is_numeric():
            marker |= {
                "color": part[color].to_list(),
                "colorscale": SCALE,
                "colorbar": _bar(request.label(color)),
            }
        add = plot.add_scattergl if rows.height > FEW_POINTS else plot.add_scatter
        add(
            x=part[request.x].to_list(),
            y=part[request.y].to_list(),
            text=_hover(request, part),
            name=name,
            marker=marker,
            **place,
        )
    plot.update_layout(showlegend=bool(color) and not rows.schema[color].is_numeric())


def _draw_histogram(plot: "go.Figure", request: PlotRequest) -> None:
    if "x" in request.log:
        raise WarehouseError(
            "a histogram has no logarithmic x axis", hint="ask for log10(...) in the query"
        )
    for name, part in _series(request):
        plot.add_histogram(x=part[request.x].to_list(), name=name, opacity=0.75)
    plot.update_layout(barmode="overlay")


def _draw_box(plot: "go.Figure", request: PlotRequest) -> None:
    for name, part in _series(request):
        plot.add_box(
            x=part[request.x].to_list(),
            y=part[request.y].to_list(),
            name=name,
            boxpoints="outliers",
            marker={"size": 3},
        )
    if request.color:
        plot.update_layout(boxmode="group")


def _draw_heatmap(plot: "go.Figure", request: PlotRequest) -> None:
    numbers = [n for n, dtype in request.rows.schema.items() if dtype.is_numeric()]
    value = request.color or next(iter(numbers), "")
    if not value or value not in numbers:
        raise WarehouseError(
            "a heatmap needs a column of numbers for its colour", hint="name it with --color"
        )
    mean = request.rows.group_by(request.x, request.y).agg(pl.col(value).mean())
    plot.add_heatmap(
        x=mean[request.x].to_list(),
        y=mean[request.y].to_list(),
        z=mean[value].to_list(),
        colorscale=SCALE,
        colorbar=_bar(request.label(value)),
    )


def _draw_ternary(plot: "go.Figure", request: PlotRequest) -> None:
    rows = request.rows
    first, second, third = [n for n, dtype in rows.schema.items() if dtype.is_numeric()][:3]
    marker: dict[str, Any] = {"size": 6}
    if request.color and rows.schema[request.color].is_numeric():
        marker |= {
            "color": rows[request.color].to_list(),
            "colorscale": SCALE,
            "colorbar": _bar(request.label(request.color)),
        }
    corners = {"a": first, "b": second, "c": third}
    plot.add_scatterternary(
        **{corner: rows[name].to_list() for corner, name in corners.items()},
        mode="markers",
        text=_hover(request, rows),
        marker=marker,
    )
    titles = {f"{corner}axis": {"title": {"text": name}} for corner, name in corners.items()}
    plot.update_layout(template="none", height=520, ternary={"sum": 1, **titles})


def _draw_hull(plot: "go.Figure", request: PlotRequest) -> None:
    """Energies of a binary over the share of its second element, and the hull below them."""
    rows = request.rows
    composition = parse_formulas(rows[request.x])["composition"]
    elements = sorted({e["element"] for entries in composition.drop_nulls() for e in entries})
    if len(elements) != 2:
        raise WarehouseError(
            f"the formulas have {len(elements)} elements, and a hull is drawn of two",
            hint="ask for one chemical system: where chemsys = 'Au-Cu'",
        )
    entries = pl.element().struct
    amount = entries.field("amount")
    share = composition.list.eval(amount.filter(entries.field("element") == elements[1])).list.sum()
    x = (share / composition.list.eval(amount).list.sum()).to_list()
    y = rows[request.y].to_list()
    points = sorted({(0.0, 0.0), (1.0, 0.0), *zip(x, y, strict=True)})
    lower: list[tuple[float, float]] = []
    for point in points:
        while len(lower) > 1 and _is_above(lower[-2], lower[-1], point):
            lower.pop()
        lower.append(point)
    plot.add_scatter(
        x=[p[0] for p in lower], y=[p[1] for p in lower], name="convex hull", mode="lines",
        line={"color": COLOURS[1]},
    )  # fmt: skip
    plot.add_scatter(
        x=x, y=y, mode="markers", text=_hover(request, rows), name="phases",
        marker={"color": COLOURS[0]},
    )  # fmt: skip
    style(plot, f"share of {elements[1]}", request.label(request.y))


def _is_above(
    first: tuple[float, float], middle: tuple[float, float], last: tuple[float, float]
) -> bool:
    """Whether the middle point lies on the line through the others, or above it."""
    left = (middle[1] - first[1]) * (last[0] - first[0])
    return left >= (last[1] - first[1]) * (middle[0] - first[0])


def _draw_elements(request: PlotRequest, places: pl.DataFrame | None) -> "go.Figure":
    if places is None:
        raise ValueError("a periodic table needs the places of the elements")
    median = request.rows.group_by(element=request.x).agg(
        value=pl.col(request.y).median(), n=pl.len()
    )
    text = [f"{element}: {value:.4g}, of {n:,}" for element, value, n in median.iter_rows()]
    rows = median.with_columns(text=pl.Series(text, dtype=pl.String))
    return draw_periodic_table(rows, places, request.label(request.y), SCALE)


def _bar(title: str) -> dict[str, Any]:
    """A narrow bar of colours with its title along it."""
    return {"title": {"text": title, "side": "right"}, "thickness": 12, "outlinewidth": 0}


def _series(request: PlotRequest) -> list[tuple[str, pl.DataFrame]]:
    """The rows, or those of each text in the column of the colour."""
    rows, color = request.rows, request.color
    if not color or rows.schema[color].is_numeric():
        return [("", rows)]
    if (n_values := rows[color].n_unique()) > MOST_SERIES:
        raise WarehouseError(
            f"{color} has {n_values:,} values, more than {MOST_SERIES} colours can tell apart",
            hint="ask for fewer, or take a column of numbers",
        )
    parts = rows.partition_by(color, as_dict=True, maintain_order=True)
    return [(str(key[0]), part) for key, part in parts.items()]


def _hover(request: PlotRequest, rows: pl.DataFrame) -> list[str] | None:
    return [str(name) for name in rows[request.name]] if request.name else None
