"""Figures: what the strength of the penalty, its kind and the number of samples change."""

from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.linear_models.figures.axes import scale_by_powers
from analysis.linear_models.figures.shown import ShownProperty
from analysis.pages.figure import COLOURS, Figure, draw_lines, mark_unfinished, style

INSIDE = "judged on a fifth of the formulas of one training part, held out"


def draw_strength(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure | None:
    """Loss on the training part and on held-out formulas by strength; None if it is unknown."""
    sql = f"""
select part, setting as strength, value as error, n
from marts.curves
where {shown.where} and curve = 'strength' and metric = '{shown.metric}'
order by all"""
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    plot = draw_lines(rows, "strength", "error", "part", hovertemplate="%{x:g}: %{y:.3g}")
    plot = style(plot, shown.strength_axis, shown.loss_axis, height=400)
    scale_by_powers(plot, rows["strength"])
    held_out = rows.filter(part="validation").sort("error", "strength")
    best, weakest = held_out.row(0, named=True), held_out.sort("strength").row(0, named=True)
    trained = rows.filter(part="training").sort("strength").row(0, named=True)
    return Figure(
        title=shown.title("Why a validation set, strength of the penalty"),
        plot=plot,
        reading=f"At strength {weakest['strength']:.2g} the {shown.loss_name} is "
        f"{trained['error']:.2g}{shown.suffix} of what the model was shown, and "
        f"{weakest['error']:.2g}{shown.suffix} of formulas that it was not. The validation set "
        f"finds {best['strength']:.2g}, with {best['error']:.2g}{shown.suffix}; the training rows "
        "would choose no penalty at all.",
        caption=shown.caption(f"{INSIDE} (n = {best['n']:,})."),
        sql=sql.strip(),
    )


def draw_mixing(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure | None:
    """Loss against the strength of the penalty, for several shares of L1; None if unknown."""
    rows, sql = _read_mixtures(connection, shown)
    if rows.is_empty():
        return None
    ranked = _best_of_each(rows)
    best, worst = ranked[0], ranked[-1]
    return Figure(
        title=shown.title("How much penalty, and of which kind"),
        plot=_draw_mixtures(rows, "strength", shown.strength_axis, shown.loss_axis),
        reading=f"Least is the {shown.loss_name} of {best['series']} at strength "
        f"{best['strength']:g}, with {best['error']:.3g}{shown.suffix}. {worst['series']} comes to "
        f"{worst['error']:.3g}{shown.suffix} at its best. Too weak a penalty learns by heart, too "
        "strong a one learns nothing, and each mixture has its own best strength.",
        caption=shown.caption(
            f"{_whose(shown)}. The strength is beside the sum of the losses. {_tell_open(rows)}"
        ),
        sql=sql,
    )


def draw_mixture(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure | None:
    """Loss against the number of descriptors that L1, L2 and mixtures leave; None if unknown."""
    rows, sql = _read_mixtures(connection, shown)
    if rows.is_empty():
        return None
    axis = "descriptors with a weight other than 0"
    told = "; ".join(
        f"{row['series']} is best with {row['n_descriptors']:,.0f} descriptors, "
        f"{row['error']:.3g}{shown.suffix}"
        for row in _best_of_each(rows)
    )
    return Figure(
        title=shown.title("L1, L2 and their mixture"),
        plot=_draw_mixtures(rows, "n_descriptors", axis, shown.loss_axis),
        reading=f"{told}. L1 pulls at every weight alike, so that small ones end at 0 and a list "
        "is left that one can read; L2 pulls large ones harder, keeps all and shares a weight "
        "among descriptors that say the same.",
        caption=shown.caption(f"{_whose(shown)}; each point is one strength. {_tell_open(rows)}"),
        sql=sql,
    )


def draw_learning(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure | None:
    """Loss on held-out formulas after training on ever more samples; None if it is unknown."""
    sql = f"""
select setting as n_samples,
    max(case when metric = '{shown.metric}' then value end) as error,
    max(case when metric = '{shown.metric}' then standard_error end) as standard_error,
    max(case when metric = 'balanced_accuracy' then value end) as balanced_accuracy,
    max(case when metric = 'roc_auc' then value end) as roc_auc,
    max(n) as n
from marts.curves
where {shown.where} and curve = 'learning'
group by setting
order by all"""
    rows = read_rows(connection, sql)
    if rows.height < 2:
        return None
    plot = go.Figure()
    first, last = rows.row(0, named=True), rows.row(-1, named=True)
    is_ranked = last["roc_auc"] is not None
    plot.add_scatter(
        x=rows["n_samples"], y=rows["error"], mode="lines+markers", name=shown.loss_name,
        showlegend=is_ranked, line={"color": COLOURS[0]},
        error_y={"array": rows["standard_error"]},
        hovertemplate="%{x:,} samples: %{y:.3g}<extra></extra>",
    )  # fmt: skip
    plot = style(plot, "training samples", shown.loss_axis, height=380)
    scale_by_powers(plot, rows["n_samples"])
    told = _add_ranking(plot, rows) if is_ranked else ""
    return Figure(
        title=shown.title("Would more samples help"),
        plot=plot,
        reading=f"{first['n_samples']:,.0f} samples give {first['error']:.3g}{shown.suffix}, "
        f"{last['n_samples']:,.0f} give {last['error']:.3g}{shown.suffix}.{told}",
        caption=shown.caption(
            f"{INSIDE} (n = {last['n']:,}), at the strength that the whole part chose; bars are "
            "standard errors over formulas."
        ),
        sql=sql.strip(),
    )


def _add_ranking(plot: go.Figure, rows: pl.DataFrame) -> str:
    """Draw the ROC AUC of two classes beside their log loss, and tell how it still changes."""
    plot.add_scatter(
        x=rows["n_samples"], y=rows["roc_auc"], mode="lines+markers", name="ROC AUC (right)",
        yaxis="y2", line={"color": COLOURS[1], "dash": "dot"},
        hovertemplate="%{x:,} samples: %{y:.4f}<extra></extra>",
    )  # fmt: skip
    right = {"overlaying": "y", "side": "right", "title": "ROC AUC", "tickmode": "auto"}
    plot.update_layout(yaxis2={**right, "automargin": True})
    return "".join(
        f" The {name} of the last is {of[-1]:.4f}, a change of {of[-1] - of[-2]:+.4f} from the one "
        "before."
        for name, of in (
            ("ROC AUC", rows["roc_auc"]),
            ("balanced accuracy", rows["balanced_accuracy"]),
        )
    )


def _read_mixtures(
    connection: duckdb.DuckDBPyConnection, shown: ShownProperty
) -> tuple[pl.DataFrame, str]:
    """Each mixture at each strength: its loss, and how many weights it leaves."""
    sql = f"""
select series, setting as strength,
    max(case when metric = '{shown.metric}' then value end) as error,
    max(case when metric = 'n_descriptors' then value end) as n_descriptors,
    coalesce(max(case when metric = 'is_unfinished' then value end), 0) as is_unfinished
from marts.curves
where {shown.where} and curve = 'penalty'
group by all
order by all"""
    rows = read_rows(connection, sql).filter(pl.col("n_descriptors") > 0)
    return rows.drop_nulls("error"), sql.strip()


def _best_of_each(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """The strength of each mixture that has least loss, from the best mixture to the worst."""
    ranked = rows.sort("error", maintain_order=True)
    return ranked.unique("series", keep="first", maintain_order=True).to_dicts()


def _draw_mixtures(rows: pl.DataFrame, x: str, x_axis: str, y_axis: str) -> go.Figure:
    plot = draw_lines(rows, x, "error", "series", hovertemplate="%{x:,}: %{y:.3g}")
    mark_unfinished(plot, rows, "series", pl.col("is_unfinished") > 0)
    plot = style(plot, x_axis, y_axis, 400)
    scale_by_powers(plot, rows[x])
    return plot


def _whose(shown: ShownProperty) -> str:
    of = "log losses" if shown.classes else "models that minimise squares of errors"
    return f"{of}, fitted to a sample and {INSIDE}"


def _tell_open(rows: pl.DataFrame) -> str:
    n_open = rows.filter(pl.col("is_unfinished") > 0).height
    return (
        f"{n_open} open points ended before they were good enough." if n_open else "All ended well."
    )
