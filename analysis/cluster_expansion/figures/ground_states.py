"""Which structures are stable, by the data and by the model?"""

import duckdb
import plotly.graph_objects as go
import polars as pl

from analysis.cluster_expansion.figures.accuracy import ENERGY
from analysis.cluster_expansion.own_structures.fit_origin import read_fit_origin
from analysis.datasets import read_rows
from analysis.pages.figure import COLOURS, INK, PALE, Figure, style
from warehouse.conventions.alloys import Alloy


def draw_ground_states(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """Predicted energies of all derivative structures, with the spread of those on the hull."""
    sql = f"""
select
    structures.model, structures.decoration_id, structures.structure_id, structures.n_atoms,
    structures.concentration,
    1000 * structures.predicted_formation_energy_per_atom as predicted,
    1000 * structures.predicted_energy_above_data_hull as margin,
    structures.is_on_predicted_hull, structures.is_new_ground_state,
    1000 * draws.std_formation_energy_per_atom as spread,
    draws.hull_probability, draws.n_draws
from marts.predicted_ground_states as structures
left join marts.ground_state_probabilities as draws
    on draws.alloy = structures.alloy and draws.decoration_id = structures.decoration_id
    and draws.origin = (
        select max(origin) from marts.ground_state_probabilities where alloy = '{alloy}'
    )
where structures.alloy = '{alloy}'
order by structures.concentration, predicted, structures.structure_id"""
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    hull = rows.filter("is_on_predicted_hull")
    calculated = read_rows(
        connection,
        "select concentration, 1000 * formation_energy_per_atom as energy "
        f"from marts.ground_states where alloy = '{alloy}' and is_on_hull order by concentration",
    )
    held = read_rows(
        connection,
        "select series, value, n from marts.curves where study = 'cluster_expansion' "
        f"and dataset = '{alloy}' and curve = 'held_out' and setting = 0.9 and model in (select "
        f"model from marts.cluster_expansion_models where alloy = '{alloy}' and is_selected) "
        "order by series",
    )
    plot = go.Figure()
    plot.add_scatter(
        x=rows["concentration"], y=rows["predicted"], mode="markers", name="derivative structures",
        marker={"size": 4, "color": PALE}, hoverinfo="skip",
    )  # fmt: skip
    plot.add_scatter(
        x=calculated["concentration"], y=calculated["energy"], mode="lines+markers",
        name="hull of the data", line={"color": INK, "width": 1.5},
    )  # fmt: skip
    plot.add_scatter(
        x=hull["concentration"], y=hull["predicted"], mode="lines+markers",
        name="predicted hull ± standard deviation", line={"color": COLOURS[1]},
        error_y={"array": hull["spread"].fill_null(0.0)},
        customdata=hull.select("structure_id", "n_atoms", "hull_probability").to_numpy(),
        hovertemplate="%{customdata[0]}, %{customdata[1]} atoms<br>%{y:.1f} meV/atom"
        "<br>on the hull in %{customdata[2]:.0%} of the draws<extra></extra>",
    )  # fmt: skip
    inside = hull.filter(hull["concentration"].is_between(0, 1, closed="none"))
    sure = inside.filter(inside["hull_probability"].fill_null(0.0) >= 0.9)
    second = alloy.second
    return Figure(
        title="What the model says of structures that nobody calculated",
        plot=style(plot, f"share of {second}", ENERGY, 500),
        reading=f"Of {rows.height} derivative structures the model puts {inside.height} on its "
        f"hull, between the elements; {sure.height} of them stay there in at least 90 % of the "
        f"draws of its parameters and noise. {_read_candidates(rows)}",
        caption=f"{alloy.label}; energies of all ideal structures by the chosen model, "
        f"{read_fit_origin(connection, alloy, rows['model'][0])}. Bars are standard deviations "
        "over draws of the parameters and, if the method learns it, of the noise that the "
        "expansion cannot fit."
        f"{_read_coverage(held)}{_read_probabilities(connection, alloy)}",
        sql=sql.strip(),
    )


def _read_coverage(held: pl.DataFrame) -> str:
    """What intervals of 90 % hold of energies that a fit had not seen; nothing if not measured."""
    shares = {series: f"{100 * value:.0f} %" for series, value, _ in held.iter_rows()}
    if shares.keys() != {"parameters", "parameters and noise"}:
        return ""
    return (
        f" Intervals of 90 % of such a kind hold {shares['parameters and noise']} of "
        f"{held['n'][0]} energies held out, with parameters alone {shares['parameters']}."
    )


def _read_probabilities(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> str:
    """What probabilities to lie on the hull were worth for structures held out, if measured."""
    groups = read_rows(
        connection,
        "select setting as given, value as found, n from marts.curves where study = "
        f"'cluster_expansion' and dataset = '{alloy}' and curve = 'hull_probability' "
        "order by setting desc",
    )
    if groups.is_empty():
        return ""
    told = ", ".join(
        f"{round(found * n)} of {n} that were given {100 * given:.2g} % on average"
        for given, found, n in groups.iter_rows()
    )
    expected = (groups["given"] * groups["n"]).sum()
    return (
        " Are such probabilities worth their name? Tried on structures held out in turn, with the "
        "energies that their fit knew taken as they are, which is an easier contest: they should "
        f"put {expected:.1f} on the hull; on it are {told}. So few say little of each probability."
    )


def _read_candidates(rows: pl.DataFrame) -> str:
    """How far the new structures lie below the hull of the data, beside the model's error."""
    new = rows.filter("is_new_ground_state")
    if new.is_empty():
        return "None that nobody calculated lies below the hull of the data."
    margin = -new["margin"]
    spread = new["spread"].fill_null(0.0)
    n_sure = int((margin > spread).sum())
    return (
        f"{new.height} that nobody calculated lie {_range(margin)} meV/atom below the hull of the "
        "data. The standard deviation of these predictions is "
        f"{_range(spread)}: {n_sure or 'none'} of the margins {'is' if n_sure == 1 else 'are'} "
        "larger. They are candidates to calculate."
    )


def _range(values: pl.Series) -> str:
    lowest, highest = (f"{value:.2g}" for value in values.sort().gather([0, -1]))
    return lowest if lowest == highest else f"{lowest} to {highest}"
