"""Figures: what the model is, and which of its descriptors matter."""

import duckdb
import numpy as np
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.linear_models.figures.shown import ShownProperty
from analysis.metals.figures.formulas import display_formula
from analysis.metals.inquiries.importance import N_SHUFFLES
from analysis.metals.labels import DescriptorSet
from analysis.pages.figure import COLOURS, INK, PALE, Figure, style


def draw_sum(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """Three materials through the sum: what each set of descriptors adds to the logit."""
    chosen = read_rows(
        connection,
        f"select min(material_id) as material_id, formula from marts.metal_training "
        f"where dataset = '{shown.name}' and reduced_formula in ('ClNa', 'AuCu3', 'KMnO2') "
        "group by formula, reduced_formula qualify row_number() over "
        "(partition by reduced_formula order by length(formula), formula) = 1 "
        "order by formula limit 3",
    )
    if chosen.height < 3:
        chosen = read_rows(
            connection,
            f"select material_id, formula from marts.metal_training "
            f"where dataset = '{shown.name}' order by material_id limit 3",
        )
    ids = ", ".join(f"'{name}'" for name in chosen["material_id"])
    sql = f"""
with parts as (
    select material_id, descriptor_set, sum(contribution) as contribution
    from marts.metal_contributions
    where {shown.where} and material_id in ({ids})
    group by all
)
select
    materials.formula,
    intercept.parameter + sum(parts.contribution) over (partition by material_id) as logit,
    1 / (1 + exp(-logit)) as metal_probability,
    parts.descriptor_set, parts.contribution
from parts
inner join staging.materials as materials using (material_id)
inner join staging.model_parameters as intercept
    on intercept.study = 'metals' and intercept.dataset = materials.dataset
    and intercept.feature = 'intercept'
where materials.dataset = '{shown.name}'
order by materials.formula, parts.descriptor_set"""
    rows = read_rows(connection, sql)
    cells = {formula: _name_cell(formula) for formula in rows["formula"].unique()}
    rows = rows.with_columns(formula=pl.col("formula").replace_strict(cells))
    plot = go.Figure()
    for colour, of_set in zip(COLOURS, DescriptorSet, strict=False):
        part = rows.filter(descriptor_set=of_set)
        plot.add_bar(
            x=part["contribution"], y=part["formula"], orientation="h", name=of_set.label,
            marker={"color": colour},
            hovertemplate="%{y}, " + of_set.label + ": %{x:+.2f}<extra></extra>",
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
        caption=f"{shown.data}; "
        "classifier fitted to all materials. The diamond is the "
        "sum of the bars.",
        sql=sql.strip(),
    )


def _name_cell(formula: str) -> str:
    """Cu3Au, or 4 KMnO2 for a cell of four of them."""
    name, count = display_formula(formula)
    return name if count == 1 else f"{count} {name}"


def draw_descriptors(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure | None:
    """The largest coefficients that came from thought, with intervals.

    Those of a jackknife that leaves one of a few parts out: Miller 1974, doi:10.1093/biomet/61.1.1.
    """
    sql = f"""
with draws as (
    select
        feature,
        sqrt((count(*) - 1) * var_pop(parameter)) as standard_error,
        count(*) as n_parts
    from staging.parameter_draws
    where {shown.where}
    group by feature
)
select
    parameters.feature, parameters.parameter, draws.standard_error, draws.n_parts, parameters.scale
from staging.model_parameters as parameters
inner join draws using (feature)
where parameters.study = 'metals' and parameters.dataset = '{shown.name}'
order by abs(parameters.parameter * parameters.scale) desc, parameters.feature
limit 24"""
    from scipy.special import (
        stdtrit,
    )  # Quantiles of the t distribution, without all of scipy.stats.

    rows = read_rows(connection, sql).reverse()
    if rows.is_empty():
        return None
    scale = rows["scale"].to_numpy()
    value = rows["parameter"].to_numpy() * scale
    n_parts = int(rows["n_parts"][0])
    student = float(stdtrit(n_parts - 1, 0.95))
    plot = go.Figure(
        go.Bar(
            x=value, y=rows["feature"], orientation="h",
            marker={"color": np.where(value > 0, COLOURS[0], COLOURS[1])},
            error_x={
                "type": "data", "thickness": 1, "color": INK,
                "array": student * rows["standard_error"].to_numpy() * scale,
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
        caption=f"{shown.data}; "
        f"the {rows.height} strongest descriptors that came from "
        f"thought (charges, electrons, cells, fractions). Lines: 90 % intervals from the {n_parts} "
        "fits of the official folds, each without another part of the materials (jackknife); with "
        "so few they are known to about a third of their length.",
        sql=sql.strip(),
    )


def draw_importance(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure | None:
    """ROC AUC lost without a set: shuffled, or left out of the fit."""
    sql = f"""
select model, series as descriptor_set, value as roc_auc_lost, n
from marts.curves
where {shown.where} and curve = 'importance'
order by all"""
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    plot = go.Figure()
    for colour, model in zip(COLOURS, ("shuffled", "left out"), strict=False):
        part = rows.filter(model=model)
        plot.add_bar(
            y=[DescriptorSet.label_of(name) for name in part["descriptor_set"]],
            x=part["roc_auc_lost"], name=model, marker={"color": colour}, orientation="h",
            hovertemplate="%{y}: %{x:.4f}<extra>" + model + "</extra>",
        )  # fmt: skip
    shuffled = rows.filter(model="shuffled").sort("roc_auc_lost", descending=True)
    left = rows.filter(model="left out").sort("roc_auc_lost", descending=True)
    top, missed = shuffled.row(0, named=True), left.row(0, named=True)
    leaned_on, lost = (DescriptorSet.label_of(row["descriptor_set"]) for row in (top, missed))
    return Figure(
        title="What is lost without a set of descriptors?",
        plot=style(plot, "ROC AUC lost", "", height=420),
        reading=f"Shuffling “{leaned_on}” among the test materials costs "
        f"{top['roc_auc_lost']:.3f} of ROC AUC: the fitted model leans on it. A model that never "
        f"knew a set loses less, at most {missed['roc_auc_lost']:.4f} "
        f"(“{lost}”), because other sets say almost the same: they "
        "are collinear, and importance of a set depends on who else is there. Shuffled, a material "
        "gets what another's elements do at their charges: no real material looks like that.",
        caption=f"{shown.data}; "
        f"test fold 0 of the official folds, n = {top['n']:,}; "
        f"shuffled: mean of {N_SHUFFLES}.",
        sql=sql.strip(),
    )
