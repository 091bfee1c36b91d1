"""What a simulation reads of a fitted expansion: its orbits, its parameters, draws of them."""

from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import FloatArray, read_rows
from warehouse.conventions.lattices import ParentLattice
from warehouse.errors import WarehouseError


@dataclass(frozen=True, eq=False)
class SimulatedModel:
    """A fitted cluster expansion of an alloy.

    Attributes:
        alloy: Name of the alloy.
        model: Name of the model.
        run_id: The run that fitted it.
        parent: Its lattice.
        orbits: Rows of the table of that name, the zerolet first.
        parameters: One per orbit (n_orbits, 1 + n_draws) in eV/atom: the fit's, then the draws'.

    """

    alloy: str
    model: str
    run_id: str
    parent: ParentLattice
    orbits: pl.DataFrame
    parameters: FloatArray

    @property
    def interactions(self) -> FloatArray:
        """Effective cluster interactions (n_orbits, 1 + n_draws) in eV."""
        multiplicities = self.orbits["multiplicity"].to_numpy()[:, None]
        return self.parameters * (len(self.parent.basis) / multiplicities)


def read_expansion(
    connection: duckdb.DuckDBPyConnection, alloy: str, model: str = "", n_draws: int = 0
) -> SimulatedModel:
    """The fitted `model` of an alloy, by default the selected one, with draws of its parameters.

    These are of the posterior, or of the bootstrap where the model has none.
    Raises WarehouseError if there is no such model, or fewer draws than that.
    """
    rows = read_rows(
        connection,
        """
        select
            interactions.model,
            interactions.run_id,
            interactions.parameter,
            orbits.*
        from marts.effective_cluster_interactions as interactions
        inner join staging.orbits as orbits
            on interactions.cluster_space_id = orbits.cluster_space_id
            and interactions.orbit_index = orbits.orbit_index
        where interactions.alloy = $1 and (interactions.model = $2 or $2 = '' and is_selected)
        order by interactions.orbit_index
        """,
        [alloy, model],
    )
    if rows.is_empty():
        raise WarehouseError(
            f"there is no fitted cluster expansion {model} of {alloy}".replace("  ", " "),
            hint=f"fit one: `python -m analysis cluster-expansion --alloy {alloy}`",
        )
    model, run_id = rows["model"][0], rows["run_id"][0]
    drawn = _read_draws(connection, alloy, model, run_id, n_draws)
    parameters = np.column_stack([rows["parameter"].to_numpy(), *drawn])
    parent = rows["cluster_space_id"][0].partition("-")[0]
    return SimulatedModel(alloy, model, run_id, _read_parent(connection, parent), rows, parameters)


def _read_draws(
    connection: duckdb.DuckDBPyConnection, alloy: str, model: str, run_id: str, n_draws: int
) -> list[FloatArray]:
    rows = read_rows(
        connection,
        """
        select draw, list(parameter order by cast(feature as bigint)) as parameters
        from staging.parameter_draws
        where study = 'cluster_expansion' and dataset = $1 and model = $2 and run_id = $3
            and draw < $4 and origin = (
                select max(origin)
                from staging.parameter_draws
                where study = 'cluster_expansion' and dataset = $1 and model = $2 and run_id = $3
                    and origin in ('posterior', 'bootstrap')
            )
        group by draw
        order by draw
        """,
        [alloy, model, run_id, n_draws],
    )
    if rows.height < n_draws:
        raise WarehouseError(
            f"{model} of {alloy} has {rows.height} draws of its parameters, not {n_draws}",
            hint="use fewer --draws; only the selected model has them",
        )
    return [np.array(values) for values in rows["parameters"]]


def _read_parent(connection: duckdb.DuckDBPyConnection, name: str) -> ParentLattice:
    sql = "select cell, basis from staging.parent_lattices where parent_lattice = ?"
    cell, basis = read_rows(connection, sql, [name]).row(0)
    return ParentLattice(name, np.array(cell), np.array(basis))
