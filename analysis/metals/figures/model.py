"""Figures: what the model is, and which of its descriptors matter."""

import duckdb
import numpy as np
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.metals.inquiries.importance import N_DRAWS, N_SHUFFLES
from analysis.metals.names import NAMES, SET_NAMES, display_formula
from analysis.pages.figure import COLOURS, INK, PALE, Figure, style


def draw_sum(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """Three materials through the sum: what each set of descriptors adds to the logit."""
    chosen = read_rows(
        connection,
        f"select min(material_id) as material_id, formula from marts.metal_training "
        f"where dataset = '{benchmark}' and reduced_formula in ('ClNa', 'AuCu3', 'KMnO2') "
        "group by formula, reduced_formula qualify row_number() over "
        "(partition by reduced_formula order by length(formula), formula) = 1 "
        "order by formula limit 3",
    )
    if chosen.height < 3:
        chosen = read_rows(
            connection,
            f"select material_id, formula from marts.metal_training "
            f"where dataset = '{benchmark}' order by material_id limit 3",
        )
    ids = ", ".join(f"'{name}'" for name in chosen["material_id"])
    sql = f"""
select
    scores.formula, scores.logit, scores.metal_probability,
    contributions.descriptor_set, sum(contributions.contribution) as contribution
from marts.metal_scores as scores
inner join marts.metal_contributions as contributions using (study, dataset, material_id)
where scores.study = 'metals' and scores.dataset = '{benchmark}' and scores.material_id in ({ids})
group by all
order by scores.formula, contributions.descriptor_set"""
    rows = read_rows(connection, sql)
    shown = {formula: _name_cell(formula) for formula in rows["formula"].unique()}
    rows = rows.with_columns(formula=pl.col("formula").replace_strict(shown))
    plot = go.Figure()
    for colour, (name, words) in zip(COLOURS, SET_NAMES.items(), strict=False):
        part = rows.filter(descriptor_set=name)
        plot.add_bar(
            x=part["contribution"], y=part["formula"], orientation="h", name=words,
            marker={"color": colour},
            hovertemplate="%{y}, " + words + ": %{x:+.2f}<extra></extra>",
        )  # fmt: skip
    totals = (
        rows.group_by("formula", "logit", "metal_probability")
        .agg(intercept=pl.col("logit").first() - pl.col("contribution").sum())
        .sort("formula")
    )
    plot.add_bar(
        x=totals["intercept"], y=totals["formula"], orientation="h", name="intercept",
        marker={"color": PALE}, hovertemplate="%{y}, intercept: %{x:+.2f}<extra></extra>",
    )  # fmt: skip
    plot.add_scatter(
        x=totals["logit"], y=totals["formula"], mode="markers", name="logit",
        marker={"color": INK, "size": 13, "symbol": "diamond"},
        hovertemplate="%{y}: logit %{x:+.2f}<extra></extra>",
    )  # fmt: skip
    plot.update_layout(barmode="relative")
    plot = style(plot, "contribution to the logit", "", height=380)
    said = "; ".join(
        f"{row['formula']}: logit {row['logit']:+.2f}, probability {row['metal_probability']:.3f}"
        for row in totals.iter_rows(named=True)
    )
    return Figure(
        title="Three materials through the sum",
        plot=plot,
        reading="Each descriptor that a material has adds its parameter to the logit; here they "
        "are added up by set. The logistic function turns the sum into a probability, "
        f"1/(1 + exp(−logit)). {said}. Above a logit of 0, a probability of one half, a material "
        "is called a metal.",
        caption=f"{NAMES[benchmark]}; classifier fitted to all materials. The diamond is the "
        "sum of the bars.",
        sql=sql.strip(),
    )


def _name_cell(formula: str) -> str:
    """Cu3Au, or 4 KMnO2 for a cell of four of them."""
    name, count = display_formula(formula)
    return name if count == 1 else f"{count} {name}"


def draw_coefficients(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """The largest coefficients that came from thought, with bootstrap intervals."""
    sql = f"""
with draws as (
    select
        feature,
        quantile_cont(parameter, 0.05) - avg(parameter) as low,
        quantile_cont(parameter, 0.95) - avg(parameter) as high
    from staging.parameter_draws
    where study = 'metals' and dataset = '{benchmark}'
    group by feature
)
select parameters.feature, parameters.parameter, draws.low, draws.high, parameters.scale
from staging.model_parameters as parameters
inner join draws using (feature)
where parameters.study = 'metals' and parameters.dataset = '{benchmark}'
order by abs(parameters.parameter * parameters.scale) desc
limit 24"""
    rows = read_rows(connection, sql).reverse()
    scale = rows["scale"].to_numpy()
    value = rows["parameter"].to_numpy() * scale
    plot = go.Figure(
        go.Bar(
            x=value, y=rows["feature"], orientation="h",
            marker={"color": np.where(value > 0, COLOURS[0], COLOURS[1])},
            error_x={
                "type": "data", "symmetric": False, "thickness": 1, "color": INK,
                "array": rows["high"].to_numpy() * scale,
                "arrayminus": -rows["low"].to_numpy() * scale,
            },
            hovertemplate="%{y}: %{x:+.3f} per standard deviation<extra></extra>",
        )
    )  # fmt: skip
    top = rows.row(-1, named=True)
    return Figure(
        title="Standardised coefficients, with intervals",
        plot=style(plot, "logit per standard deviation", "", height=640),
        reading="Blue pushes towards metal, orange towards non-metal; the longer the bar, the more "
        "a usual difference in this descriptor moves the logit. The strongest is "
        f"“{top['feature']}”: {top['parameter'] * top['scale']:+.2f} per standard deviation.",
        caption=f"{NAMES[benchmark]}; the {rows.height} strongest descriptors that came from "
        f"thought (charges, electrons, cells, fractions). Lines: 5 % to 95 % of {N_DRAWS} refits "
        "to resampled materials, about their own mean: a material drawn twice weighs more against "
        "the penalty, so that the refits' coefficients are larger throughout.",
        sql=sql.strip(),
    )


def draw_importance(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """ROC AUC lost without a set: shuffled, or left out of the fit."""
    sql = f"""
select model, series as descriptor_set, value as roc_auc_lost, n
from marts.curves
where study = 'metals' and dataset = '{benchmark}' and curve = 'importance'
order by all"""
    rows = read_rows(connection, sql)
    plot = go.Figure()
    for colour, model in zip(COLOURS, ("shuffled", "left out"), strict=False):
        part = rows.filter(model=model)
        plot.add_bar(
            y=[SET_NAMES[name] for name in part["descriptor_set"]], x=part["roc_auc_lost"],
            name=model, marker={"color": colour}, orientation="h",
            hovertemplate="%{y}: %{x:.4f}<extra>" + model + "</extra>",
        )  # fmt: skip
    shuffled = rows.filter(model="shuffled").sort("roc_auc_lost", descending=True)
    left = rows.filter(model="left out").sort("roc_auc_lost", descending=True)
    top, missed = shuffled.row(0, named=True), left.row(0, named=True)
    return Figure(
        title="What is lost without a set of descriptors?",
        plot=style(plot, "ROC AUC lost", "", height=420),
        reading=f"Shuffling “{SET_NAMES[top['descriptor_set']]}” among the test materials costs "
        f"{top['roc_auc_lost']:.3f} of ROC AUC: the fitted model leans on it. A model that never "
        f"knew a set loses less, at most {missed['roc_auc_lost']:.4f} "
        f"(“{SET_NAMES[missed['descriptor_set']]}”), because other sets say almost the same: they "
        "are collinear, and importance of a set depends on who else is there. Shuffled, a material "
        "gets what another's elements do at their charges: no real material looks like that.",
        caption=f"{NAMES[benchmark]}; test fold 0 of the official folds, n = {top['n']:,}; "
        f"shuffled: mean of {N_SHUFFLES}.",
        sql=sql.strip(),
    )


def draw_periodic_table(
    connection: duckdb.DuckDBPyConnection, sql: str, words: tuple[str, str, str], n_name: str = "n"
) -> go.Figure:
    """Heat map in the shape of the periodic table of `value` by element; f block below."""
    rows = read_rows(connection, sql)
    places = read_rows(
        connection, 'select element, atomic_number, "group", period, block from staging.elements'
    )
    rows = rows.join(places, on="element")
    number = pl.col("atomic_number")
    first = pl.when(pl.col("period") == 6).then(57).otherwise(89)
    rows = rows.with_columns(
        x=pl.when(pl.col("block") == "f").then(number - first + 3).otherwise("group"),
        y=pl.when(pl.col("block") == "f").then(pl.col("period") + 2.5).otherwise("period"),
    )
    what, unit_format, scale = words
    plot = go.Figure(
        go.Scatter(
            x=rows["x"], y=rows["y"], mode="markers+text", text=rows["element"],
            textfont={"size": 12, "color": _readable(rows["value"], scale)},
            customdata=np.column_stack([rows["value"], rows[n_name]]),
            marker={
                "symbol": "square", "size": 34, "color": rows["value"], "colorscale": scale,
                "colorbar": {"title": what, "thickness": 12},
                "line": {"width": 1, "color": "#ffffff"},
            },
            hovertemplate="%{text}: %{customdata[0]:" + unit_format + "}"
            "<br>n = %{customdata[1]:,.0f}<extra></extra>",
        )
    )  # fmt: skip
    plot = style(plot, "group", "period", height=470)
    plot.update_layout(meta={"least_width": 680})
    plot.update_xaxes(range=[0.3, 18.7], dtick=1, showline=False, ticks="")
    plot.update_yaxes(
        range=[10.2, 0.4], showline=False, ticks="", tickvals=[*range(1, 8), 8.5, 9.5],
        ticktext=["1", "2", "3", "4", "5", "6", "7", "6 f", "7 f"],
    )  # fmt: skip
    return plot


def _readable(values: pl.Series, scale: str) -> list[str]:
    """White on dark cells, black on light ones, by the luminance of each cell's colour."""
    from plotly.colors import sample_colorscale

    low, high = values.min(), values.max()
    shares = ((values - low) / (high - low if high > low else 1.0)).to_list()  # type: ignore[operator]
    cells = sample_colorscale(scale, shares, colortype="tuple")
    return ["#ffffff" if 0.3 * r + 0.59 * g + 0.11 * b < 0.5 else "#000000" for r, g, b in cells]


def draw_metal_share(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """Share of metals among the materials that contain each element."""
    sql = f"""
with entries as (
    select unnest(elements) as element, is_metal
    from marts.metal_training
    where dataset = '{benchmark}'
)
select element, avg(cast(is_metal as integer)) as value, count(*) as n
from entries
group by element
having count(*) >= 10
order by value"""
    rows = read_rows(connection, sql)
    low, high = rows.row(0, named=True), rows.row(-1, named=True)
    return Figure(
        title="How often is a material with this element a metal?",
        plot=draw_periodic_table(connection, sql, ("share", ".1%", "RdBu")),
        reading=f"From {low['value']:.0%} of the materials with {low['element']} to "
        f"{high['value']:.0%} of those with {high['element']}. A share tells what company an "
        "element keeps as much as what it does: one mostly met in oxides has a low share, whatever "
        "it would be alone.",
        caption=f"{NAMES[benchmark]}; elements in at least 10 materials.",
        sql=sql.strip(),
    )
