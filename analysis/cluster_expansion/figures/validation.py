"""Why a validation set?"""

import duckdb
import plotly.graph_objects as go

from analysis.cluster_expansion.figures.quoted_numbers import read_determined
from analysis.cluster_expansion.labels import AlloyModel
from analysis.datasets import read_rows
from analysis.labels import Metric
from analysis.pages.figure import COLOURS, GREY, PALE, Figure, style
from warehouse.conventions.alloys import Alloy


def draw_selection(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """The error that three ways of choosing would report of one method."""
    sql = f"""
select series as way, value, n
from marts.curves
where study = 'cluster_expansion' and dataset = '{alloy}' and curve = 'selection'
union all
select 'training' as way, value, n
from marts.metrics
where study = 'cluster_expansion' and dataset = '{alloy}' and model = 'elastic_net'
    and split = 'training' and metric = 'rmse'
order by value, way"""
    rows = read_rows(connection, sql)
    names = {
        "training": "on the structures it was fitted to",
        "test": "setting chosen on each test fold",
        "non_nested": "one setting chosen on the folds that score it",
        "nested": "setting chosen inside each training part",
    }
    values = {row["way"]: float(row["value"]) for row in rows.to_dicts()}
    if "nested" not in values:
        return None
    shown = [way for way in reversed(names) if way in values]
    plot = go.Figure()
    plot.add_bar(
        x=[values[way] for way in shown], y=[names[way] for way in shown], orientation="h",
        marker={"color": [COLOURS[0] if way == "nested" else PALE for way in shown]},
        text=[f"{float(values[way]):.2f}" for way in shown], textposition="outside",
        hovertemplate="%{y}: %{x:.2f} meV/atom<extra></extra>",
    )  # fmt: skip
    plot.update_xaxes(range=[0, 1.15 * max(values.values())])
    hope = values["nested"] - values["test"]
    return Figure(
        title="One method, four errors to report",
        plot=style(
            plot, f"RMSE that one would report for elastic net ({Metric.RMSE.unit})", "", 330
        ),
        reading=f"Whoever picks the best of all settings on each test fold reports "
        f"{values['test']:.2f} meV/atom; one setting picked on the same folds gives "
        f"{values['non_nested']:.2f}; honest, nested choice {values['nested']:.2f}: "
        f"{abs(hope):.2f} {'more' if hope >= 0 else 'less'} than the first. "
        "The tables hold nested scores; the lowest points of validation curves are not nested.",
        caption=f"Elastic net, folds outside the locked test (n = {rows['n'][-1]}), all "
        "mixing ratios and strengths.",
        sql=sql.strip(),
    )


def draw_overfitting(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """Training and validation error as the cluster space grows."""
    sql = f"""
select model, setting as n_parameters, series as cutoffs, part, metric, value, standard_error, n
from marts.curves
where study = 'cluster_expansion' and dataset = '{alloy}' and curve = 'cutoffs'
order by model, part, n_parameters, cutoffs, metric"""
    rows = read_rows(connection, sql)
    errors = rows.filter(metric="rmse")
    if errors.is_empty():
        return None
    plot = go.Figure()
    methods = errors["model"].unique(maintain_order=True).to_list()
    for (model, part), curve in errors.group_by("model", "part", maintain_order=True):
        plot.add_scatter(
            x=curve["n_parameters"], y=curve["value"], mode="lines+markers",
            name=f"{AlloyModel.label_of(str(model))}, {part}",
            line={"color": COLOURS[methods.index(model)],
                  "dash": "dot" if part == "training" else "solid"},
            error_y={"array": curve["standard_error"] if part == "validation" else None,
                     "thickness": 1},
            customdata=curve["cutoffs"],
            hovertemplate="%{x} parameters, cutoffs %{customdata} a<br>%{y:.2f} meV/atom"
            "<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    ranks = rows.filter(metric="rank").sort("n_parameters")
    ticks = ranks["n_parameters"].to_list()
    plot.update_xaxes(type="log", tickvals=ticks, ticktext=[f"{tick:.0f}" for tick in ticks])
    plot.update_yaxes(rangemode="tozero")
    free = errors.filter(model="least_squares", part="validation").sort("value")
    worst = free.row(-1, named=True) if free.height else errors.sort("value").row(-1, named=True)
    last = errors.filter(part="validation", n_parameters=ticks[-1]).sort("value")
    told = ", ".join(
        f"{AlloyModel.label_of(row['model'])} {row['value']:.1f}"
        for row in last.iter_rows(named=True)
    )
    first_short = ranks.filter(ranks["value"] < ranks["n_parameters"])
    short = (
        f"From {first_short['n_parameters'][0]:.0f} parameters on their rank "
        f"({first_short['value'][0]:.0f}) is smaller than their number. "
        if first_short.height
        else ""
    )
    return Figure(
        title="More clusters than the data can carry?",
        plot=style(plot, "free parameters", Metric.RMSE.axis, 500),
        reading=f"Longer cutoffs add interactions. {short}The validation error of "
        f"{AlloyModel.label_of(worst['model'])} is highest with {worst['n_parameters']:.0f}: "
        f"{worst['value']:.1f} meV/atom"
        "; in the whole space the "
        f"validation errors are {told} meV/atom.",
        caption=f"Parts of one cluster space, all cutoffs shortened together; folds outside "
        f"the locked test (n = {last['n'][0]}); bars are standard errors. Least squares takes the "
        "smallest of all solutions that fit equally well; without that, it has no limit.",
        sql=sql.strip(),
    )


def draw_coverage(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """How often intervals hold the truth: simulated parameters, and energies held out."""
    sql = f"""
select
    if(curve = 'coverage', 'simulated parameters, ', 'energies held out, ') || series as name,
    setting as level, value, standard_error, n
from marts.curves
where study = 'cluster_expansion' and dataset = '{alloy}' and curve in ('coverage', 'held_out')
    and model in (
        select model from marts.cluster_expansion_models where alloy = '{alloy}' and is_selected
    )
order by name desc, level"""
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    plot = go.Figure()
    for (name,), part in rows.group_by("name", maintain_order=True):
        plot.add_scatter(
            x=part["level"], y=part["value"], mode="lines+markers", name=str(name),
            error_y={"array": part["standard_error"]},
            hovertemplate="%{x:.0%} interval holds %{y:.1%}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    plot.add_scatter(
        x=[0.5, 1], y=[0.5, 1], mode="lines", name="what it should be",
        line={"color": GREY, "dash": "dot"}, hoverinfo="skip",
    )  # fmt: skip
    plot.update_xaxes(tickformat=".0%")
    plot.update_yaxes(tickformat=".0%", range=[0, 1.03])
    at_90 = {row["name"]: row for row in rows.filter(level=0.9).to_dicts()}
    share = {name: f"{100 * row['value']:.0f} %" for name, row in at_90.items()}
    return Figure(
        title="Do the intervals keep their promise?",
        plot=style(plot, "level of the interval", "share that is inside"),
        reading=f"Intervals of 90 % around the predictions hold "
        f"{share['energies held out, parameters']} of "
        f"{at_90['energies held out, parameters']['n']} energies held out if only the parameters "
        f"are uncertain, and {share['energies held out, parameters and noise']} with the learned "
        f"noise{_list_groups(connection, alloy)}. On data simulated from the learned prior, "
        "intervals of 90 % hold "
        f"{share['simulated parameters, posterior']} of the parameters by the posterior and "
        f"{share['simulated parameters, bootstrap']} by the bootstrap, which sees how the fit "
        "scatters, not how far shrinkage pulls it. There the truth comes from the fitted prior: "
        f"it tests the arithmetic, not the prior. {read_determined(connection, alloy)}",
        caption="Held out: ten folds outside the locked test; bars are binomial. With noise, an "
        "interval is as many deviations wide as hold that share of the structures of the same "
        "elements that the fit knew, each left out. Simulated: each "
        "set is fitted anew, with its hyperparameters; n = "
        f"{at_90['simulated parameters, posterior']['n']} parameters over all sets; bars are "
        "standard errors over the sets.",
        sql=sql.strip(),
    )


def _list_groups(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> str:
    """Which share is inside for structures of each elements; nothing where they are all alike."""
    rows = read_rows(
        connection,
        "select series, value, n from marts.curves where study = 'cluster_expansion' "
        "and dataset = $1 and curve = 'held_out_of' and model in ("
        "select model from marts.cluster_expansion_models where alloy = $1 and is_selected) "
        "order by length(series), series",
        [alloy.name],
    )
    species = alloy.sublattices[0]
    told = [
        f"{', '.join(species[int(place)] for place in series.split('_'))} {100 * value:.0f} % "
        f"(n = {n})"
        for series, value, n in rows.iter_rows()
    ]
    return f", of structures of {'; '.join(told)}" if told else ""
