"""Figure: three samples through the sum that the model is."""

from math import tanh

import duckdb
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.labels import DescriptorSet
from analysis.linear_models.figures.formulas import name_cell
from analysis.linear_models.figures.shown import ShownProperty
from analysis.linear_models.inquiries.weights import NEAR, PERCENTILES
from analysis.pages.figure import COLOURS, GREY, INK, Figure, style

BESIDE = ("mean", "target")
"""Metrics that are no sets."""
BY_SUM = (
    f"the shortest formulas among the {200 * NEAR:g} % of the samples about the 10th, 50th and "
    "90th percentile of the sum"
)

OF_NUMBERS = (
    " Circles are true values. Of what is never negative a prediction is 0 where the sum is less, "
    "so sums are less than values on average."
)


def draw_sum(
    connection: duckdb.DuckDBPyConnection, shown: ShownProperty, chosen: str = BY_SUM
) -> Figure | None:
    """What each set of descriptors adds to the sum of three samples; None if it is unknown.

    `chosen` says which samples they are if they are not BY_SUM.
    """
    sql = f"""
select setting as place, series as formula, metric as descriptor_set, value, n
from marts.curves
where {shown.where} and curve = 'sum'
order by place, formula, descriptor_set"""
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    of_sets = rows.filter(~pl.col("descriptor_set").is_in(BESIDE))
    mean, n = rows.filter(descriptor_set="mean").select("value", "n").row(0)
    totals = of_sets.group_by("place", "formula", maintain_order=True).agg(pl.sum("value"))
    totals = totals.with_columns(
        true=rows.filter(descriptor_set="target")["value"],
        formula=pl.Series([name_cell(formula) for formula in totals["formula"]]),
    )
    is_stepped = shown.calibration == "isotonic"
    unit = "logit" if shown.classes else shown.unit
    axis = "difference from the mean sample" + ("" if unit == "1" else f" ({unit})")
    plot = style(_draw(of_sets, totals, mean, shown), axis, "", height=420)
    ticks = {"tickvals": totals["place"].cast(pl.String), "ticktext": totals["formula"]}
    plot.update_yaxes(type="category", autorange="reversed", **ticks)
    if set(totals["place"]) == set(PERCENTILES):
        chosen = BY_SUM  # Those that were asked for are not among the samples.
    told = "; ".join(_tell(row, mean, shown) for row in totals.iter_rows(named=True))
    return Figure(
        title=shown.title("Three samples through the sum"),
        plot=plot,
        reading="Each descriptor adds its weight times its value; here they are added up by set, "
        f"from the mean of all samples, {mean:+.3g}{_suffix(shown)}, to the diamond, the sum of "
        f"the bars. {told}."
        + (
            " The logistic function turns the sum into a probability, 1/(1 + exp(−logit)): right "
            f"of the dotted line, one half, a sample is called “{shown.classes[-1]}”."
            + (" The isotonic calibration comes after that." if is_stepped else "")
            if shown.classes
            else ""
        ),
        caption=shown.caption(
            f"fit to all {n:,} samples, these among them, so they prove nothing: they show what "
            f"the model is. They are {chosen}. Sets that go together may share a part otherwise."
            + ("" if shown.classes else OF_NUMBERS)
        ),
        sql=sql.strip(),
    )


def _draw(
    of_sets: pl.DataFrame, totals: pl.DataFrame, mean: float, shown: ShownProperty
) -> go.Figure:
    plot = go.Figure()
    names = list(dict.fromkeys([*DescriptorSet, *of_sets["descriptor_set"]]))
    there = [name for name in names if name in set(of_sets["descriptor_set"])]
    for number, name in enumerate(there):
        of, label = of_sets.filter(descriptor_set=str(name)), DescriptorSet.label_of(name)
        plot.add_bar(
            x=of["value"], y=of["place"].cast(pl.String), orientation="h", name=label,
            marker={
                "color": COLOURS[number % len(COLOURS)],
                "pattern": {"shape": "/" if number >= len(COLOURS) else ""},
            },
            hovertemplate="%{x:+.3g}<extra>" + label + "</extra>",
        )  # fmt: skip
    plot.update_layout(barmode="relative")
    marks = [("the sum", totals["value"], "diamond", INK)]
    if shown.classes:
        plot.add_vline(x=-mean, line={"dash": "dot", "color": GREY})
    else:
        marks.append(("true value", totals["true"] - mean, "circle-open", INK))
    for label, x, symbol, colour in marks:
        plot.add_scatter(
            x=x, y=totals["place"].cast(pl.String), mode="markers", name=label,
            marker={"color": colour, "size": 13, "symbol": symbol, "line": {"width": 2}},
            hovertemplate="%{x:+.3g}<extra>" + label + "</extra>",
        )  # fmt: skip
    return plot


def _tell(row: dict[str, float], mean: float, shown: ShownProperty) -> str:
    total = mean + row["value"]
    if shown.classes:
        probability = (1 + tanh(total / 2)) / 2
        true = shown.classes[int(row["true"])]
        return (
            f"{row['formula']}: logit {total:+.2f}, probability of “{shown.classes[-1]}” "
            f"{probability:.3f}; it is “{true}”"
        )
    return f"{row['formula']}: {total:.3g}{shown.suffix}, true {row['true']:.3g}{shown.suffix}"


def _suffix(shown: ShownProperty) -> str:
    return "" if shown.classes else shown.suffix
