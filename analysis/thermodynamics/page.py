"""Writes `thermodynamics.html`: what the fitted expansion does at temperatures."""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from analysis.datasets import FloatArray, read_rows
from analysis.pages.figure import Figure
from analysis.pages.page import PAGES, ShownRun, write_page
from analysis.pages.phase_names import read_phase_names
from analysis.thermodynamics.figures.branches import draw_free_energies, draw_order
from analysis.thermodynamics.figures.compositions import select_composition
from analysis.thermodynamics.figures.diagram import KNOWN, draw_diagram
from analysis.thermodynamics.figures.heating import draw_heating
from analysis.thermodynamics.figures.sections import draw_sections
from warehouse.conventions.alloys import Alloy

FIGURES = (draw_heating, draw_diagram, draw_sections, draw_order, draw_free_energies)


def write_thermodynamics_page(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    alloy: Alloy,
    run: ShownRun | None,
    pages: tuple[str, ...] = tuple(PAGES),
) -> Path:
    """Write the page on what was simulated of `alloy`, or on the command that simulates it."""
    transitions = read_transitions(connection, alloy)
    phases = {row["decoration_id"] for row in transitions["rows"]}
    return write_page(
        connection,
        folder,
        "thermodynamics.html",
        {
            "alloy": alloy,
            "transitions": transitions,
            "names": read_phase_names(connection, alloy, phases),
            "extrapolated": extrapolate_sizes(connection, alloy),
            "gaps": read_gaps(connection, alloy),
            "example": give_example(alloy),
            "figures": draw_temperatures(connection, alloy),
            "versions": run.versions if run else {},
        },
        pages,
    )


def give_example(alloy: Alloy) -> str:
    """A composition of about equal shares, as `--composition` takes it."""
    return ",".join(
        f"{species}={1 / len(one):.2g}" for one in alloy.sublattices for species in one[1:]
    )


def draw_temperatures(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> list[Figure]:
    """The figures of what was simulated of `alloy`; none of what was not."""
    drawn = (draw(connection, alloy) for draw in FIGURES)
    return [figure for figure in drawn if figure]


def read_transitions(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> dict[str, Any]:
    """One row per simulated crystal: its transition, with the error bars of both kinds."""
    sql = f"""
with calculated as (
    select decoration_id, min(structure_id) as structure_id
    from staging.lattice_mappings
    where alloy = '{alloy}'
    group by decoration_id
),

fits as (
    select * from marts.transition_temperatures
    where alloy = '{alloy}' and draw is null and series not like 'sections%'
),

-- Temperatures are of the draws that order as the fit does.
draws as (
    select
        series,
        avg(drawn.transition_temperature) filter (orders_alike) as mean,
        stddev_samp(drawn.transition_temperature) filter (orders_alike) as model,
        count(drawn.transition_temperature) filter (orders_alike) as n_draws,
        count(*) as n_all_draws, count(*) filter (not orders_alike) as n_otherwise
    from (
        select
            series, drawn.transition_temperature,
            drawn.decoration_id = fits.decoration_id as orders_alike
        from fits
        inner join marts.transition_temperatures as drawn using (alloy, series, run_id)
        where drawn.draw is not null
    ) as drawn
    group by series
)

select
    {select_composition("fits")},
    fits.concentration, fits.n_sites, fits.decoration_id, calculated.structure_id,
    fits.transition_temperature as temperature, fits.transition_temperature_error as statistics,
    fits.transition_temperature_drift as drift, fits.is_equilibrated,
    fits.lowest_temperature as low, fits.highest_temperature as high,
    1000 * fits.transition_energy as energy, 1000 * fits.ground_energy_above_hull as above_hull,
    draws.mean, draws.model, draws.n_draws, draws.n_all_draws,
    draws.n_otherwise
from fits
left join draws using (series)
left join calculated on fits.decoration_id = calculated.decoration_id
order by concentration, n_sites, series"""
    known = KNOWN.get(alloy.name, ())
    rows = [
        row
        | {
            kind: ", ".join(
                f"{one.temperature:.0f}"
                for one in known
                if one.decoration_id == row["decoration_id"] and one.is_measured == is_measured
            )
            for kind, is_measured in (("measured", True), ("elsewhere", False))
        }
        for row in read_rows(connection, sql).to_dicts()
    ]
    return {"rows": rows, "sql": sql.strip()}


def read_gaps(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> dict[str, Any]:
    """One row per simulated diagram in which the elements part: where they mix, and how sure."""
    sql = f"""
select
    n_sites,
    max(critical_temperature) filter (draw is null) as temperature,
    max(critical_temperature_error) filter (draw is null) as statistics,
    max(critical_concentration) filter (draw is null) as concentration,
    max(highest_gap_temperature) filter (draw is null) as highest,
    avg(critical_temperature) filter (draw is not null) as mean,
    stddev_samp(critical_temperature) filter (draw is not null) as model,
    count(critical_temperature) filter (draw is not null) as n_draws,
    count(draw) as n_all_draws
from marts.miscibility_gaps
where alloy = '{alloy}'
group by series, n_sites
-- Not of one draw alone in which two solutions come near to parting.
having count(*) filter (draw is null) + count(critical_temperature) > 0
order by n_sites, series"""
    return {"rows": read_rows(connection, sql).to_dicts(), "sql": sql.strip()}


def extrapolate_sizes(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> dict[str, Any]:
    """Transition temperatures of infinite crystals, from sizes that one model was simulated in.

    Of runs of one size the longest equilibrated one counts. Where there are fewer than three sizes,
    or they lie on no line, `temperature` and `error` are None.
    """
    sql = f"""
with runs as (
    select alloy, series, run_id, model, model_run_id, min(n_sweeps) as n_sweeps
    from staging.simulations
    where draw is null
    group by all
)

select
    concentration, decoration_id, model, model_run_id, is_equilibrated,
    n_sites, transition_temperature, transition_temperature_error
from marts.transition_temperatures
inner join runs using (alloy, series, run_id)
where alloy = '{alloy}' and draw is null and transition_temperature_error > 0
    and series not like 'sections%'
qualify row_number() over (
    partition by concentration, decoration_id, model, model_run_id, n_sites
    order by is_equilibrated desc nulls last, n_sweeps desc, run_id
) = 1
order by concentration, decoration_id, model, model_run_id, n_sites"""
    rows = []
    found = read_rows(connection, sql)
    keys = found.columns[:4]
    for (share, decoration, model, _), of in found.group_by(keys, maintain_order=True):
        steady = of.filter("is_equilibrated")
        columns = (steady[name].to_numpy() for name in steady.columns[5:])
        temperature, error = fit_infinite_size(*columns) or (None, None)
        rows.append(
            {"concentration": share, "decoration_id": decoration, "model": model}
            | {"n_sizes": steady.height}
            | {"temperature": temperature, "error": error}
        )
    return {"rows": rows, "sql": sql.strip()}


def fit_infinite_size(
    n_sites: FloatArray, temperatures: FloatArray, errors: FloatArray
) -> tuple[float, float] | None:
    """Where a straight line in 1/N through `temperatures` in K ends, and its standard error.

    A first-order transition moves by an amount that falls like 1/N (Challa, Landau and Binder 1986,
    10.1103/PhysRevB.34.1841). Sizes weigh as their `errors` tell. None for fewer than three sizes,
    and where their squared distances from the line, in errors, are more than four times as many as
    the sizes beyond two: two standard errors, of three sizes.
    """
    if len(n_sites) < 3:
        return None
    design = np.column_stack([np.ones(len(n_sites)), 1 / n_sites]) / errors[:, None]
    covariance = np.linalg.inv(design.T @ design)
    line = covariance @ design.T @ (temperatures / errors)
    chi_square = np.sum((temperatures / errors - design @ line) ** 2)
    if chi_square > 4 * (len(n_sites) - 2):
        return None
    return float(line[0]), float(np.sqrt(covariance[0, 0]))
