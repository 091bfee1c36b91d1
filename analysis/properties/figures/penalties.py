"""Figures: what L1, L2 and their mixture do to the error and to the weights."""

import duckdb
import polars as pl

from analysis.datasets import read_rows
from analysis.pages.figure import Figure, draw_lines, mark_unfinished, style
from analysis.properties.figures.axes import scale_by_powers
from analysis.properties.figures.shown import ShownProperty
from warehouse.quoting import quote_text

CAPTION = "a sample of the training part, judged on formulas of it that were held out"


def draw_mixing(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure | None:
    """Error against the strength of the penalty, for several shares of L1; None if unknown."""
    rows, sql = _read(connection, shown)
    if rows.is_empty():
        return None
    plot = draw_lines(rows, "strength", "error", "series", hovertemplate="%{x:g}: %{y:.3g}")
    mark_unfinished(plot, rows, "series", pl.col("is_unfinished") > 0)
    plot = style(plot, "strength of the penalty", shown.loss_axis, 400)
    scale_by_powers(plot, rows["strength"])
    best = rows.sort("error").row(0, named=True)
    worst = rows.sort("error").unique("series", keep="first").sort("error").row(-1, named=True)
    return Figure(
        title=f"How much penalty, and of which kind: {shown.name}",
        plot=plot,
        reading=f"Least is the {shown.loss_name} of {best['series']} at strength "
        f"{best['strength']:g}, with {best['error']:.3g}{shown.suffix}. {worst['series']} comes to "
        f"{worst['error']:.3g}{shown.suffix} at its best. Too weak a penalty learns by heart, too "
        "strong a one learns nothing, and each mixture has its own best strength.",
        caption=f"{_whose(shown)}, {CAPTION}. The strength is beside the sum of the losses. Open "
        "points ended before they were good enough.",
        sql=sql,
    )


def draw_mixture(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure | None:
    """Error against the number of descriptors that L1, L2 and mixtures leave; None if unknown."""
    rows, sql = _read(connection, shown)
    if rows.is_empty():
        return None
    plot = draw_lines(
        rows, "n_descriptors", "error", "series", hovertemplate="%{x:,} descriptors: %{y:.3g}"
    )
    plot = style(plot, "descriptors with a weight other than 0", shown.loss_axis, 400)
    scale_by_powers(plot, rows["n_descriptors"])
    best = {
        series: rows.filter(series=series).sort("error").row(0, named=True)
        for series in rows["series"].unique(maintain_order=True)
    }
    told = "; ".join(
        f"{series} is best with {row['n_descriptors']:,.0f} descriptors, "
        f"{row['error']:.3g}{shown.suffix}"
        for series, row in best.items()
    )
    return Figure(
        title=f"L1, L2 and their mixture: {shown.name}",
        plot=plot,
        reading=f"{told}. L1 ends small weights at 0 and leaves a list that one can read; L2 keeps "
        "all and shares a weight among descriptors that say the same.",
        caption=f"{_whose(shown)}, {CAPTION}; each point is one strength.",
        sql=sql,
    )


def _read(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> tuple[pl.DataFrame, str]:
    """Each mixture at each strength: its loss, and how many weights it leaves."""
    sql = f"""
select series, setting as strength,
    max(case when metric = '{shown.metric}' then value end) as error,
    max(case when metric = 'n_descriptors' then value end) as n_descriptors,
    coalesce(max(case when metric = 'is_unfinished' then value end), 0) as is_unfinished
from marts.curves
where study = 'property' and dataset = {quote_text(shown.name)} and curve = 'penalty'
group by all
order by all"""
    rows = read_rows(connection, sql).filter(pl.col("n_descriptors") > 0)
    return rows.drop_nulls("error"), sql.strip()


def _whose(shown: ShownProperty) -> str:
    return "Log losses" if shown.classes else "Models that minimise squares of errors"
