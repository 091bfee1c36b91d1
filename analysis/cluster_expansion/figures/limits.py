"""How far can one trust the model?"""

import duckdb
import numpy as np
import plotly.graph_objects as go
import polars as pl

from analysis.cluster_expansion.figures.quoted_numbers import (
    HSE06,
    read_functional_error,
    read_selected,
    read_sources,
)
from analysis.cluster_expansion.labels import (
    HARDER_SPLITS,
    AlloyModel,
    AlloyQuantity,
    AlloySplit,
)
from analysis.datasets import read_rows
from analysis.labels import Metric
from analysis.pages.figure import COLOURS, Figure, style, thin_out
from warehouse.conventions.alloys import Alloy

EMBEDDED = "pyclupan"
"""The source whose functional is compared with a better one: PBE."""
SHOWN_BELOW = 5
"""The axis of errors begins at most at this part of the lowest in the folds that choose."""
TICKS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.2, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100)


def draw_scores(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure:
    """RMSE of every method on every split."""
    sql = f"""
select model, split, value, std, n
from marts.metrics
where study = 'cluster_expansion' and dataset = '{alloy}' and metric = 'rmse'
order by value, model, split"""
    rows = read_rows(connection, sql)
    plot = go.Figure()
    for number, model in enumerate(sorted(rows["model"].unique())):
        part = {row["split"]: row for row in rows.filter(model=model).to_dicts()}
        shown = [split for split in AlloySplit if split in part]
        plot.add_scatter(
            x=[part[split]["value"] for split in shown], y=[split.label for split in shown],
            mode="markers", name=AlloyModel.label_of(model),
            marker={"size": 11, "symbol": number, "opacity": 0.85},
            customdata=[part[split]["n"] for split in shown],
            hovertemplate="%{x:.2f} meV/atom, n = %{customdata}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    order = [split.label for split in reversed(AlloySplit)]
    # A fit to fewer structures than parameters has a training error of next to nothing.
    least = rows.filter(split=AlloySplit.TRAINING_10_FOLD)["value"].to_numpy().min() / SHOWN_BELOW
    errors = rows["value"].to_numpy()
    ends = [max(errors.min() / 1.1, least), 1.1 * errors.max()]
    plot.update_xaxes(type="log", tickvals=TICKS)
    if ends[0] > 0:
        plot.update_xaxes(range=np.log10(ends).tolist())
    plot.update_yaxes(categoryorder="array", categoryarray=order, showgrid=True)
    asked = rows.filter(rows["split"].is_in(HARDER_SPLITS))
    chosen = read_selected(connection, alloy)
    own = {row["split"]: row["value"] for row in rows.filter(model=chosen).to_dicts()}
    told = ", ".join(f"{split.label} {own[split]:.1f}" for split in HARDER_SPLITS if split in own)
    worst = asked.row(-1, named=True) if asked.height else rows.row(-1, named=True)
    return Figure(
        title="The same fits, asked harder questions",
        plot=style(plot, f"{Metric.RMSE.label} ({Metric.RMSE.unit}, logarithmic)", "", 520),
        reading=f"The chosen method, {chosen.label}: {told} meV/atom. The highest "
        f"error of all is {worst['value']:.1f} meV/atom, by {AlloyModel.label_of(worst['model'])} "
        f"on “{AlloySplit.label_of(worst['split'])}”. "
        "A random fold leaves relatives of every structure in training; a composition or a size "
        "that was never seen does not.",
        caption=f"{alloy.label}; hyperparameters chosen inside each training part. “Locked test” "
        "is scored for the chosen method alone; its structures are among the test structures of "
        "the harder splits for every method. The number of structures is under the cursor.",
        sql=sql.strip(),
    )


def draw_relaxation(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """Error against strain and against how far atoms move, of structures that are not all ideal."""
    from plotly.subplots import make_subplots

    sql = f"""
select
    structure_id, formula, 1000 * abs(prediction_error) as error, strain, mean_displacement
from marts.cluster_expansion_predictions
where alloy = '{alloy}' and is_selected and split = 'training_10_fold'
order by structure_id"""
    rows = read_rows(connection, sql)
    if rows.select("strain", "mean_displacement").to_numpy().round(9).max() == 0:
        return None
    points, note = thin_out(rows, pl.col("error"), "of the largest errors")
    plot = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.06)
    for column, colour in ((1, COLOURS[0]), (2, COLOURS[1])):
        plot.add_scatter(
            x=points[("strain", "mean_displacement")[column - 1]], y=points["error"],
            mode="markers",
            row=1, col=column, showlegend=False, marker={"color": colour, "opacity": 0.7},
            customdata=points.select("formula", "structure_id").to_numpy(),
            hovertemplate="%{customdata[0]} (%{customdata[1]})<br>%{y:.1f} meV/atom<extra></extra>",
        )  # fmt: skip
    style(plot, "", "")
    plot.update_xaxes(title=AlloyQuantity.STRAIN.axis, col=1)
    plot.update_xaxes(title=AlloyQuantity.DISPLACEMENT.axis, col=2)
    plot.update_yaxes(title="size of the error (meV/atom)", col=1)
    ranks = {name: _correlate_ranks(rows, name) for name in ("strain", "mean_displacement")}
    half = rows.sort("strain")
    middle = rows.height // 2
    low, high = (
        float(np.sqrt(np.mean(part["error"].to_numpy() ** 2)))
        for part in (half[:middle], half[middle:])
    )
    return Figure(
        title="What the lattice does not see: strain and relaxation",
        plot=plot,
        reading=f"The half of the structures that strains less has an RMSE of {low:.1f} meV/atom, "
        f"the other half {high:.1f}. The rank correlation of the size of the error is "
        f"{ranks['strain']} with strain and {ranks['mean_displacement']} with "
        "displacement. The expansion knows which site holds which element and nothing of how far "
        "atoms move; long-range strain would need terms in reciprocal space, which it lacks.",
        caption=f"{alloy.label}; predictions of structures not seen, ten folds outside the locked "
        f"test (n = {rows.height}).{note}",
        sql=sql.strip(),
    )


def _correlate_ranks(rows: pl.DataFrame, name: str) -> str:
    """Rank correlation of a column with the error, in words; ideal cells differ in none."""
    if rows[name].round(9).n_unique() < 2:
        return "not defined (all are equal)"
    ranks = rows.select(pl.corr(name, "error", method="spearman"))
    return f"{ranks.item():.2f}"


def draw_functional(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """Energies of the ordered compounds beside those of a better functional."""
    sql = f"""
select composition_group, 1000 * min(formation_energy_per_atom) as energy
from marts.ground_states
where alloy = '{alloy}' and composition_group in ('AuCu', 'AuCu3')
group by composition_group
order by composition_group"""
    sources = read_sources(connection, alloy)
    if alloy.name != "au-cu" or sources["source"] != EMBEDDED:
        return None
    rows = read_rows(connection, sql)
    names = [HSE06[group][0] for group in rows["composition_group"]]
    better = [HSE06[group][1] for group in rows["composition_group"]]
    plot = go.Figure()
    for name, values in (
        (f"these data ({sources['calculator']})", rows["energy"].to_list()),
        ("HSE06", better),
    ):
        plot.add_bar(
            x=names, y=values, name=name, text=[f"{value:.0f}" for value in values],
            textposition="outside", hovertemplate="%{x}: %{y:.0f} meV/atom<extra></extra>",
        )  # fmt: skip
    plot.update_yaxes(range=[1.2 * min(better), 0])
    return Figure(
        title="What the functional itself gets wrong",
        plot=style(plot, "", AlloyQuantity.FORMATION_ENERGY.axis, 420),
        reading=f"PBE orders Cu–Au too weakly: {read_functional_error(connection, alloy)}. HSE06 "
        "agrees with measured heats of formation; it also makes L1₂ CuAu₃ a ground state, which "
        "these data do not. No expansion can be better than the energies it learns from.",
        caption="HSE06 energies, and that they agree with experiment: Zhang, Kresse and Wolverton "
        "2014, doi:10.1103/PhysRevLett.112.075502.",
        sql=sql.strip(),
    )
