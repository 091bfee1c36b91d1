"""Figures: what each set of descriptors adds, and the weights of descriptors."""

from math import exp

import duckdb
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.linear_models.figures.axes import describe_in_words
from analysis.linear_models.figures.ladder import draw_ladder
from analysis.linear_models.figures.shown import ShownProperty
from analysis.pages.figure import COLOURS, Figure, style
from analysis.properties.inquiries.ladder import list_rungs
from warehouse.quoting import quote_text

SHOWN, OF_A_CLASS = 30, 6
"""Descriptors of the picture of weights, and of each class where there are several."""
MOST_CLASSES = 12
"""Classes of which it shows some."""


def draw_own_ladder(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """Score of each rung, of further sets of descriptors too."""
    return draw_ladder(connection, shown, list_rungs(shown.sets))


def draw_weights(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """The descriptors that move a number most, or speak most for and against each class."""
    sql = f"""
with ranked as (
    select label, descriptor, parameter, effect,
        row_number() over (partition by label order by abs(effect) desc, descriptor) as place
    from marts.property_weights
    where dataset = {quote_text(shown.name)}
)

select label, descriptor, parameter, effect
from ranked
where place <= {OF_A_CLASS if len(shown.classes) > 2 else SHOWN}
order by label, place"""
    rows = read_rows(connection, sql)
    names = [name for name in shown.classes or ("",) if name in set(rows["label"])][:MOST_CLASSES]
    words = [describe_in_words(name) for name in rows["descriptor"]]
    rows = rows.with_columns(descriptor=pl.Series(words, dtype=pl.String))
    drawn = pl.concat([rows.filter(label=name) for name in names]).with_row_index("line")
    plot = go.Figure()
    for place, name in enumerate(names):
        of = drawn.filter(label=name)
        plot.add_bar(
            x=of["effect"], y=of["line"], orientation="h", name=name, showlegend=len(names) > 1,
            marker={"color": COLOURS[place % len(COLOURS)]},
            customdata=of.select("descriptor", "parameter").rows(),
            hovertemplate="%{customdata[0]}: weight %{customdata[1]:.3g}<extra></extra>",
        )  # fmt: skip
    unit = "logit" if shown.classes else shown.unit
    axis = "effect" if unit == "1" else f"effect ({unit})"
    plot = style(plot, axis, "", height=160 + 18 * drawn.height)
    ticks = {"tickvals": drawn["line"].to_list(), "ticktext": drawn["descriptor"].to_list()}
    plot.update_yaxes(autorange="reversed", **ticks)
    others = "" if len(names) == len(set(rows["label"])) else f" The first {len(names)} classes."
    return Figure(
        title=f"What {'speaks for each class' if shown.classes else 'the weights say'}: "
        f"{shown.name}",
        plot=plot,
        reading=(_tell_odds if shown.classes else _tell_signs)(rows, names, shown)
        + " Descriptors that go together share a weight: one alone is no law. Magpie's averages "
        "are close relatives of each other.",
        caption="The largest of the fit to all samples; an effect is what one standard deviation "
        f"of the descriptor adds.{others}",
        sql=sql.strip(),
    )


def _tell_signs(rows: pl.DataFrame, names: list[str], shown: ShownProperty) -> str:
    raising, lowering = (
        ", ".join(rows.filter(sign * pl.col("effect") > 0)["descriptor"].head(3)) or "none"
        for sign in (1, -1)
    )
    return f"Most raise {shown.label}: {raising}. Most lower it: {lowering}."


def _tell_odds(rows: pl.DataFrame, names: list[str], shown: ShownProperty) -> str:
    first = rows.filter(label=names[0]).row(0, named=True)
    of_what = f"the odds of {names[0]}"
    if len(names) > 1:
        relative = "to the geometric mean of all classes"
        if shown.l1_ratio:
            relative = "to a class where its weight is 0"
        of_what = f"the probability of {names[0]}, relative {relative},"
    is_sum = len(names) > 1 and not shown.l1_ratio
    sums = "" if not is_sum else " Weights of several classes add up to 0 over the classes."
    return (
        f"One standard deviation of “{first['descriptor']}” multiplies {of_what} by "
        f"{exp(first['effect']):.2g}.{sums}"
    )
