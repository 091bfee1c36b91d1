"""Which phases stand side by side, from free energies at the compositions of a grid.

At each temperature the lower convex hull of the free energies is what the alloy has: a phase at a
vertex, as many phases in a facet as its vertices belong to. Facets are common tangent planes (Gibbs
1876, On the equilibrium of heterogeneous substances), as fine as the grid is.
"""

from typing import Any

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import FloatArray, read_rows
from analysis.runs.run import Run
from analysis.thermodynamics.settings import MonteCarloSettings
from warehouse.catalog.build import refresh_catalog
from warehouse.catalog.connection import connect
from warehouse.crystals.facets import find_facets
from warehouse.storage.commits import Provenance
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import PhaseFacets

SOLUTION = "solution"
DOUBT = 2.0
"""Standard errors above the hull up to which a free energy may be on it."""

_ENERGIES = """
select
    draw, temperature, concentrations, free_energy,
    case when start = 'ordered' then decoration_id else 'solution' end as phase,
    reduced_free_energy_error / inverse_temperature as error
from marts.free_energies
where run_id = $1 and is_in_phase and temperature <= $2
order by draw nulls first, temperature, simulation
"""


def settle_regions(warehouse: Warehouse, run: Run[MonteCarloSettings]) -> None:
    """Write the facets of a run in the place of earlier ones of its series, unless they are there.

    They follow from the views, so that a run that was stopped before them has them next time.
    """
    of_series = {"alloy": run.dataset, "series": run.settings.series}
    with connect(warehouse) as connection:
        sql = "select 1 from staging.phase_facets where run_id = ? limit 1"
        if not read_rows(connection, sql, [run.run_id]).is_empty():
            return
        rows = find_regions(connection, run)
    found = rows.with_columns(
        run_id=pl.lit(run.run_id), **{name: pl.lit(value) for name, value in of_series.items()}
    )
    store = Store(warehouse)
    provenance = Provenance(f"analysis.{run.study}", run.run_id, run.record())
    store.replace("phase_facets", found, scope=of_series, provenance=provenance)
    refresh_catalog(store)


def find_regions(
    connection: duckdb.DuckDBPyConnection, run: Run[MonteCarloSettings]
) -> pl.DataFrame:
    """Facets of the hull at each temperature of a run and set of parameters, as `phase_facets`."""
    energies = read_rows(connection, _ENERGIES, [run.run_id, run.settings.temperatures[1]])
    rows: list[dict[str, Any]] = []
    for (draw, temperature), of in energies.group_by("draw", "temperature", maintain_order=True):
        shares = np.array(of["concentrations"].to_list()).round(12)
        found = find_phases(
            shares,
            of["free_energy"].to_numpy(),
            of["error"].to_numpy(),
            of["phase"].to_list(),
            1 / run.settings.steps,
        )
        rows += [{"draw": draw, "temperature": temperature} | row for row in found]
    wanted = PhaseFacets.create_empty().drop("alloy", "series", "run_id", "facet_index").schema
    return (
        pl.DataFrame(rows, schema=wanted)
        .with_row_index("facet_index")
        .cast({"facet_index": pl.Int64})
    )


def find_phases(
    shares: FloatArray, energies: FloatArray, errors: FloatArray, phases: list[str], step: float
) -> list[dict[str, Any]]:
    """Facets of the lower hull of free `energies` (n,) in eV at the `shares` (n, n_members).

    `step` is that of the grid of compositions. Two vertices are one phase if both are the solution,
    and it may be on the hull all the way between them, within its `errors` (n,). Nothing where an
    end member is missing, which has no hull.
    """
    pure = [
        energies[(shares[:, member] == 1) & (shares.min(axis=1) >= 0)].min(initial=np.inf)
        for member in range(shares.shape[1])
    ]
    if not np.isfinite(pure).all():
        return []
    formed = energies - shares @ np.array(pure)
    facets = list(find_facets(shares, formed))
    hull = np.max([shares @ potentials for _, potentials, _ in facets], axis=0)
    is_solution = np.array([phase == SOLUTION for phase in phases])
    stable = shares[is_solution & (formed - hull <= DOUBT * errors + 1e-12)]
    rows = []
    for vertices, potentials, amounts in facets:
        own = [phases[vertex] for vertex in vertices]
        numbers = _number_phases(shares[vertices], own, stable, step)
        rows.append(
            {
                "phases": own,
                "phase_numbers": numbers,
                "compositions": shares[vertices].tolist(),
                "chemical_potentials": (potentials + pure).tolist(),
                "amounts": amounts.tolist(),
                "phase_amounts": [
                    amounts[np.array(numbers) == number].sum(axis=0).tolist()
                    for number in range(max(numbers) + 1)
                ],
            }
        )
    return rows


def _number_phases(
    places: FloatArray, phases: list[str], stable: FloatArray, step: float
) -> list[int]:
    """Which phase each vertex of a facet is of; those of one are one solution two by two."""
    numbers: list[int] = []
    for vertex, phase in enumerate(phases):
        apart = {
            number
            for other, number in enumerate(numbers)
            if not phase == phases[other] == SOLUTION
            or not _is_one(places[vertex], places[other], stable, step)
        }
        numbers.append(next(number for number in range(vertex + 1) if number not in apart))
    return numbers


def _is_one(start: FloatArray, end: FloatArray, stable: FloatArray, step: float) -> bool:
    """Whether a solution is `stable` (n, n_members) all along a straight line on the grid.

    Where the line passes between compositions of the grid, at one of the nearest.
    """
    n = round(float(np.abs(end - start).max()) / step)
    between = start + np.linspace(0, 1, n + 1)[1:-1, None] * (end - start)
    far = np.abs(between[:, None] - stable[None]).max(axis=-1)
    return bool((far <= step / 2 + 1e-9).any(axis=1).all())
