"""What is drawn of alloys of more than two elements instead of a line of compositions."""

import duckdb
import plotly.graph_objects as go

from analysis.datasets import read_rows
from analysis.pages.figure import INK, Figure
from warehouse.conventions.alloys import Alloy


def draw_triangle(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """Lowest formation energy at each composition of three elements, and the corners of the hull.

    None of more elements.
    """
    if len(alloy.elements) != 3:
        return None
    sql = f"""
select
    concentrations[1] as first, concentrations[2] as second, concentrations[3] as third,
    arg_min(composition_group, formation_energy_per_atom) as formula,
    arg_min(structure_id, formation_energy_per_atom) as structure_id,
    1000 * min(formation_energy_per_atom) as energy,
    1000 * min(energy_above_hull) as above_hull,
    bool_or(is_on_hull) as is_on_hull
from marts.ground_states
where alloy = '{alloy}'
group by all
order by energy, formula"""
    rows = read_rows(connection, sql)
    hull = rows.filter("is_on_hull")
    plot = go.Figure()
    for part, name, marker in (
        (rows, "lowest structure", {"size": 9, "color": rows["energy"].to_list()}),
        (hull, "on the convex hull", {"size": 15, "symbol": "circle-open", "color": INK}),
    ):
        if name == "lowest structure":
            marker |= {"colorscale": "Viridis", "colorbar": {"title": {"text": "meV/atom"}}}
        plot.add_scatterternary(
            a=part["third"], b=part["first"], c=part["second"], mode="markers", name=name,
            marker=marker,
            customdata=part.select("formula", "structure_id", "energy", "above_hull").to_numpy(),
            hovertemplate="%{customdata[0]} (%{customdata[1]})<br>%{customdata[2]:.1f} meV/atom, "
            "%{customdata[3]:.1f} above the hull<extra></extra>",
        )  # fmt: skip
    corners = {"b": alloy.elements[0], "c": alloy.elements[1], "a": alloy.elements[2]}
    titles = {f"{corner}axis": {"title": {"text": name}} for corner, name in corners.items()}
    plot.update_layout(
        template="none", height=560, ternary={"sum": 1, **titles}, legend={"x": 0, "y": 1}
    )
    named = [
        f"{formula} ({energy:.1f})"
        for formula, energy, share in hull.select("formula", "energy", "first").iter_rows()
        if energy < 0
    ]
    of_all = rows.filter((rows["first"] > 0) & (rows["second"] > 0) & (rows["third"] > 0))
    inside = hull.filter((hull["first"] > 0) & (hull["second"] > 0) & (hull["third"] > 0))
    return Figure(
        title="Which structures are stable? The convex hull",
        plot=plot,
        reading=f"On the hull of this set at 0 K, in meV/atom: {', '.join(named)}. Of "
        f"{of_all.height} compositions of all three elements {inside.height} lie on it.",
        caption=f"The lowest of the structures of {alloy.label} at each of {rows.height} "
        "compositions, energies relative to the pure elements of the same source.",
        sql=sql.strip(),
    )
