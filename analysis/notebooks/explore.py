"""Explore the warehouse: sliders over both studies' fits, and a cell for SQL of one's own.

`marimo edit analysis/notebooks/explore.py` opens it; a cell runs again when what it reads changes.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Quarry")


@app.cell
def _():
    import marimo as mo
    import plotly.graph_objects as go

    from warehouse import open_warehouse

    connection = open_warehouse()  # $WAREHOUSE_DIR, or ./data
    return connection, go, mo


@app.cell
def _(mo):
    mo.md("""
    # Explore the warehouse

    It is opened for reading: nothing here can change it. The page `reports/dictionary.html` and
    `python -m warehouse describe` say what each view and column is.

    ## Cluster expansions: move the penalty
    """)
    return


@app.cell
def _(connection, mo):
    alloys = connection.sql(
        "select distinct alloy from marts.interaction_paths order by alloy"
    ).fetchall()
    mo.stop(not alloys, mo.md("No fits are here yet: run `make report`."))
    alloy = mo.ui.dropdown([name for (name,) in alloys], value=alloys[0][0], label="alloy")
    mo.hstack([alloy])
    return (alloy,)


@app.cell
def _(alloy, connection, mo):
    fits = connection.sql(
        """
        select
            cast(series as double) as l1_ratio,
            setting as strength,
            row_number() over (partition by series order by setting) as step,
            max(value) filter (metric = 'rmse' and part = 'training') as training,
            max(value) filter (metric = 'rmse' and part = 'validation') as validation
        from marts.curves
        where study = 'cluster_expansion' and dataset = $alloy and curve = 'strength'
        group by series, setting
        order by l1_ratio, step
        """,
        params={"alloy": alloy.value},
    ).pl()
    best = fits.row(fits["validation"].arg_min(), named=True)
    ratio = mo.ui.slider(
        steps=fits["l1_ratio"].unique().sort().to_list(),
        value=best["l1_ratio"],
        label="share of L1 (0 is ridge, 1 is lasso)",
        show_value=True,
    )
    step = mo.ui.slider(
        steps=fits["step"].unique().sort().to_list(),
        value=best["step"],
        label="strength of the penalty, from weak to strong",
        show_value=True,
    )
    mo.vstack([ratio, step])
    return fits, ratio, step


@app.cell
def _(alloy, connection, fits, go, mo, ratio, step):
    fit = fits.filter(l1_ratio=ratio.value, step=step.value).row(0, named=True)
    parameters = connection.sql(
        """
        select orbit_index, cluster_order, 1000 * parameter as parameter
        from marts.interaction_paths
        where alloy = $alloy and l1_ratio = $l1_ratio and strength = $strength
            and cluster_order >= 2
        order by orbit_index
        """,
        params={"alloy": alloy.value, "l1_ratio": fit["l1_ratio"], "strength": fit["strength"]},
    ).pl()
    not_zero = parameters.filter(parameters["parameter"].abs() > 1e-9)
    bars = go.Figure(go.Bar(x=parameters["orbit_index"], y=parameters["parameter"]))
    bars.update_layout(
        template="simple_white",
        xaxis_title="orbit",
        yaxis_title="parameter (meV/atom)",
        height=340,
        margin={"t": 20, "b": 60},
    )
    mo.vstack(
        [
            mo.hstack(
                [
                    mo.stat(f"{fit['training']:.2f}", label="training RMSE, meV/atom"),
                    mo.stat(f"{fit['validation']:.2f}", label="validation RMSE, meV/atom"),
                    mo.stat(str(not_zero.height), label="parameters not zero"),
                    mo.stat(f"{fit['strength']:.2g}", label="strength α"),
                ]
            ),
            mo.ui.plotly(bars),
        ]
    )
    return (not_zero,)


@app.cell
def _(mo):
    mo.md("""
    ## Metals: move the threshold

    Predictions of the chosen classifier on the official folds, for materials that it had not seen.
    """)
    return


@app.cell
def _(mo):
    threshold = mo.ui.slider(
        0.05, 0.95, 0.05, value=0.5, label="call it a metal from this probability", show_value=True
    )
    mo.hstack([threshold])
    return (threshold,)


@app.cell
def _(connection, mo, threshold):
    counts = connection.sql(
        """
        select
            is_metal,
            count(*) filter (metal_probability >= $threshold) as called_metal,
            count(*) filter (metal_probability < $threshold) as called_non_metal,
            count(*) as n
        from marts.metal_predictions
        where dataset = 'matbench_mp_is_metal' and split = 'official_folds' and is_selected
        group by is_metal
        order by is_metal
        """,
        params={"threshold": threshold.value},
    ).pl()
    non_metals, metals = counts.rows(named=True)
    balanced_accuracy = (
        metals["called_metal"] / metals["n"] + non_metals["called_non_metal"] / non_metals["n"]
    ) / 2
    mo.vstack([mo.stat(f"{balanced_accuracy:.4f}", label="balanced accuracy"), counts])
    return (balanced_accuracy,)


@app.cell
def _(mo):
    asked = mo.ui.text("Cu3Au GaN", label="ask the classifier about formulas")
    mo.hstack([asked])
    return (asked,)


@app.cell
def _(asked, mo):
    from analysis import load_model

    answers = load_model("metals", "matbench_mp_is_metal").predict(asked.value.split())
    mo.vstack([answers])
    return (answers,)


@app.cell
def _(mo):
    sets = mo.ui.multiselect(
        ["fractions", "cell", "electrons", "charges", "roles", "pairs", "magpie"],
        value=["fractions"],
        label="a fit of your own, by these descriptors",
    )
    exponent = mo.ui.slider(
        -3, 2, 0.5, value=-0.5, label="log₁₀ C, weak to the right", show_value=True
    )
    fit_it = mo.ui.run_button(label="fit (measured materials, some seconds)")
    mo.vstack([sets, exponent, fit_it])
    return exponent, fit_it, sets


@app.cell
def _(connection, exponent, fit_it, mo, sets):
    from analysis.metals.inquiries.own_try import try_classifier

    mo.stop(not fit_it.value or not sets.value)
    tried = try_classifier(connection, "matbench_expt_is_metal", sets.value, 10**exponent.value)
    mo.plain_text("\n".join(tried.lines()))
    return (tried,)


@app.cell
def _(mo):
    mo.md("""
    ## Your own question

    Change the query; the table follows. Every view of the warehouse can be read.
    """)
    return


@app.cell
def _(connection, mo):
    stable = mo.sql(
        """
        select structure_id, formula, 1000 * formation_energy_per_atom as mev_per_atom
        from marts.ground_states
        where is_on_hull
        order by alloy, concentration
        """,
        engine=connection,
    )
    return (stable,)


@app.cell
def _(connection, mo):
    from analysis.plots.query import plot_query

    # The kind of picture is guessed from the columns, as `python -m analysis plot` does.
    drawn = plot_query(
        connection,
        """
        select reduced_formula, formation_energy_per_atom, band_gap
        from marts.material_properties
        where contains_elements(reduced_formula, ['O'])
            and formation_energy_per_atom is not null and band_gap is not null
        """,
    )
    mo.ui.plotly(drawn.figure)
    return (drawn,)


if __name__ == "__main__":
    app.run()
