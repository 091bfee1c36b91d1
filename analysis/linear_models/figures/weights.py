"""Figure: the weights of descriptors, with intervals."""

from math import exp

import duckdb
import numpy as np
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import FloatArray, read_rows
from analysis.labels import FormulaSplit
from analysis.linear_models.figures.axes import describe_in_words
from analysis.linear_models.figures.shown import ShownProperty
from analysis.linear_models.inquiries.weights import JACKKNIFED
from analysis.pages.figure import COLOURS, INK, Figure, style

SHOWN, OF_A_CLASS = 30, 6
"""Descriptors of the picture of weights, and of each class where there are several."""
MOST_CLASSES = 12
"""Classes of which it shows some."""
MAGPIE = " Magpie's averages are close relatives of each other."
LEVEL = 0.9
CHOSEN = "more than one in ten, as they were chosen for their size,"
"""Of measured gaps in another order 16 % of the 1,000 largest do not reach 0, of all 6 %."""
"""Of the intervals."""


def draw_weights(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """The descriptors that move a number most, or speak most for and against each class."""
    rows, sql = _read(connection, shown)
    names = [name for name in shown.classes if name in set(rows["label"])][:MOST_CLASSES] or [""]
    drawn = pl.concat([rows.filter(label=name) for name in names]).with_row_index("line")
    plot = go.Figure()
    for place, name in enumerate(names):
        of = drawn.filter(label=name)
        plot.add_bar(
            x=of["effect"], y=of["line"], orientation="h", name=name, showlegend=len(names) > 1,
            marker={"color": COLOURS[place % len(COLOURS)]},
            error_x={"array": of["half_width"], "thickness": 1, "color": INK},
            customdata=of.select("descriptor", "parameter").rows(),
            hovertemplate="%{customdata[0]}: %{x:+.3g} (weight %{customdata[1]:.3g})"
            "<extra></extra>",
        )  # fmt: skip
    unit = "logit" if shown.classes else shown.unit
    axis = "effect" if unit == "1" else f"effect ({unit})"
    plot = style(plot, axis, "", height=160 + 18 * drawn.height)
    ticks = {"tickvals": drawn["line"].to_list(), "ticktext": drawn["descriptor"].to_list()}
    plot.update_yaxes(autorange="reversed", **ticks)
    others = "" if len(names) == rows["label"].n_unique() else f" The first {len(names)} classes."
    what = "What speaks for each class" if shown.classes else "What the weights say"
    return Figure(
        title=shown.title(what),
        plot=plot,
        reading=(_tell_odds if shown.classes else _tell_signs)(rows, names, shown)
        + _tell_sure(connection, shown)
        + " Descriptors that go together share a weight: one alone is no law."
        + (MAGPIE if "magpie" in shown.sets else ""),
        caption=shown.caption(
            "the largest of the fit to all samples; an effect is what one standard deviation of "
            f"the descriptor adds.{others}{_tell_lines(rows)}"
        ),
        sql=sql,
    )


def _read(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> tuple[pl.DataFrame, str]:
    """The largest effects of each label, with half the width of the interval of each, or NULL."""
    sql = f"""
with ranked as (
    select label, feature as descriptor, parameter, scale, run_id,
        row_number() over (partition by label order by abs(parameter * scale) desc, feature)
            as place
    from staging.model_parameters
    where {shown.where} and scale is not null
)

select ranked.label, ranked.descriptor, ranked.parameter,
    ranked.parameter * ranked.scale as effect,
    errors.weight_error * ranked.scale as effect_error, errors.n_parts
from ranked
left join marts.weight_errors as errors
    on ranked.descriptor = errors.descriptor and ranked.run_id = errors.run_id
where ranked.place <= {OF_A_CLASS if len(shown.classes) > 2 else SHOWN}
order by ranked.label, ranked.place"""
    rows = read_rows(connection, sql)
    words = [describe_in_words(name) for name in rows["descriptor"]]
    student = pl.Series(_student(rows["n_parts"])).fill_nan(None)
    rows = rows.with_columns(
        descriptor=pl.Series(words, dtype=pl.String), half_width=pl.col("effect_error") * student
    )
    return rows, sql.strip()


def _student(n_parts: pl.Series) -> FloatArray:
    """Half the width of each interval in standard errors, from so many parts; NaN of none."""
    from scipy.special import stdtrit  # The t distribution, without all of scipy.stats.

    degrees = n_parts.cast(pl.Float64).to_numpy() - 1
    return np.asarray(stdtrit(degrees, (1 + LEVEL) / 2))


def _tell_lines(rows: pl.DataFrame) -> str:
    """What the lines are, if there are some."""
    if rows["n_parts"].is_null().all():
        return ""
    n_parts = int(rows["n_parts"].drop_nulls()[0])
    unsure = 100 / np.sqrt(2 * (n_parts - 1))
    return (
        f" Lines: {100 * LEVEL:.0f} % intervals by the jackknife, from {n_parts} fits of the "
        f"{FormulaSplit.label_of(JACKKNIFED)}, each without another part of the samples. From so "
        f"few fits they are known to about {unsure:.0f} % of their length; what the penalty takes "
        "from a weight is not in them."
    )


def _tell_sure(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> str:
    """How many weights are surely not 0, of all that have intervals: the largest mostly are."""
    sql = f"""
select parameters.parameter, errors.weight_error, errors.n_parts
from (from staging.model_parameters where {shown.where} and scale is not null) as parameters
left join marts.weight_errors as errors
    on parameters.feature = errors.descriptor and parameters.run_id = errors.run_id"""
    rows = read_rows(connection, sql)
    known = rows.drop_nulls("weight_error")
    if known.is_empty():
        return ""
    widths = known["weight_error"].to_numpy() * _student(known["n_parts"])
    n_sure = int((np.abs(known["parameter"].to_numpy()) > widths).sum())
    chosen = known.height < rows.height
    largest = f", the largest of {rows.height:,}" if chosen else ""
    by_chance = CHOSEN if chosen else f"about {100 * (1 - LEVEL):.0f} %"
    return (
        f" Of all {known.height:,} weights with intervals{largest}, {n_sure:,} have one that does "
        f"not reach 0; of those without effect {by_chance} would by chance."
    )


def _tell_signs(rows: pl.DataFrame, names: list[str], shown: ShownProperty) -> str:
    raising, lowering = (
        ", ".join(rows.filter(sign * pl.col("effect") > 0)["descriptor"].head(3)) or "none"
        for sign in (1, -1)
    )
    return f"Most raise {shown.label}: {raising}. Most lower it: {lowering}."


def _tell_odds(rows: pl.DataFrame, names: list[str], shown: ShownProperty) -> str:
    first = rows.filter(label=names[0]).row(0, named=True)
    of_what = f"the odds of “{names[0] or shown.classes[-1]}”"
    if len(names) > 1:
        relative = "to the geometric mean of all classes"
        if shown.l1_ratio:
            relative = "to a class where its weight is 0"
        of_what = f"the probability of “{names[0]}”, relative {relative},"
    is_sum = len(names) > 1 and not shown.l1_ratio
    sums = "" if not is_sum else " Weights of several classes add up to 0 over the classes."
    return (
        f"One standard deviation of “{first['descriptor']}” multiplies {of_what} by "
        f"{exp(first['effect']):.2g}.{sums}"
    )
