"""A fitted cluster expansion as the warehouse keeps it: parameters, draws of them, and its lattice.

For every wing that takes a fit as it is, whatever is then asked of it.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import FloatArray, read_rows
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.cluster_spaces import ClusterSpaceName
from warehouse.conventions.lattices import ParentLattice
from warehouse.errors import WarehouseError

_ORBITS = """
    select model, run_id, cluster_diameter, parameter, orbits.*
    from marts.effective_cluster_interactions
    inner join staging.orbits as orbits using (cluster_space_id, orbit_index, cluster_order)
    where alloy = $1 and if($2 is null, is_selected, model = $2)
    order by orbit_index
"""
_DRAWS = """
    select
        draw,
        list(
            parameter
            order by try_cast(split_part(feature, '*', 2) as bigint) nulls first,
                cast(split_part(feature, '*', 1) as bigint)
        ) as parameters
    from staging.parameter_draws
    where study = 'cluster_expansion' and dataset = $1 and model = $2 and run_id = $3
        and origin = (
            select max(origin) from staging.parameter_draws
            where study = 'cluster_expansion' and dataset = $1 and model = $2 and run_id = $3
        )
    group by draw order by draw
"""
_SLOPES = """
    select list(slope order by orbit_index) as slopes
    from marts.interaction_slopes
    where alloy = $1 and model = $2 and run_id = $3
    group by point_index order by point_index
"""


@dataclass(frozen=True, eq=False)
class StoredExpansion:
    """A fitted cluster expansion of an alloy.

    Attributes:
        alloy: Its elements.
        model: Name of the method that fitted it.
        run_id: The run that fitted it.
        cluster_space_id: Parent lattice and cutoffs of its clusters.
        parent: Its lattice.
        orbits: One row per parameter, the zerolet first: those of `staging.orbits`,
            `cluster_diameter` in Å and `parameter` in eV/atom.
        slopes: What each parameter changes with the correlation of each point, which are the orbits
            after the zerolet, in eV/atom: shape (n_points, n_orbits), or (0, n_orbits) where
            interactions are constant.
        draws: Parameters of its posterior, or of the bootstrap where it has none, in eV/atom, shape
            (n_draws, n_orbits), and after them the slopes, point by point; none if the run kept
            none, as of models of constant interactions that were not selected.

    """

    alloy: Alloy
    model: str
    run_id: str
    cluster_space_id: str
    parent: ParentLattice
    orbits: pl.DataFrame
    slopes: FloatArray
    draws: FloatArray


def read_stored_expansion(
    connection: duckdb.DuckDBPyConnection,
    alloy: Alloy,
    model: str | None = None,
    *,
    is_constant: bool = True,
) -> StoredExpansion:
    """Read a fitted `model` of `alloy`, by default the selected one.

    Raises WarehouseError without one, or if its interactions change with the concentration where
    they must not (`is_constant`).
    """
    rows = read_rows(connection, _ORBITS, [alloy.name, model])
    if rows.is_empty():
        raise missing_expansion(connection, alloy, model)
    name, run_id, space = (rows[key][0] for key in ("model", "run_id", "cluster_space_id"))
    slopes = read_rows(connection, _SLOPES, [alloy.name, name, run_id])["slopes"].to_list()
    if slopes and is_constant:
        raise WarehouseError(
            f"the interactions of {model} of {alloy} change with the concentration; this is for "
            "constant ones",
            hint="take another method, such as weighted_ridge; `cluster-expansion --predict` and "
            "`load_model` in Python predict with it",
        )
    drawn = read_rows(connection, _DRAWS, [alloy.name, name, run_id])["parameters"].to_list()
    return StoredExpansion(
        alloy=alloy,
        model=name,
        run_id=run_id,
        cluster_space_id=space,
        parent=read_parent_lattice(connection, ClusterSpaceName.parse(space).parent),
        orbits=rows.drop("model", "run_id"),
        slopes=np.array(slopes, dtype=float).reshape(-1, rows.height),
        draws=np.array(drawn, dtype=float).reshape(-1, (1 + len(slopes)) * rows.height),
    )


def read_parent_lattice(connection: duckdb.DuckDBPyConnection, name: str) -> ParentLattice:
    """The lattice of that name, which must be there."""
    row = read_rows(
        connection,
        "select cell, basis, n_species, sublattices from staging.parent_lattices "
        "where parent_lattice = ?",
        [name],
    ).row(0)
    return ParentLattice.from_row(name, *row)


def missing_expansion(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str | None
) -> WarehouseError:
    """What to say when the warehouse has no such fitted cluster expansion."""
    known = read_rows(
        connection,
        "select distinct model || if(is_selected, ' (selected)', '') "
        "from marts.effective_cluster_interactions where alloy = ? order by all",
        [alloy.name],
    ).to_series()
    return WarehouseError(
        f"there is no fitted cluster expansion {f'{model!r} ' if model else ''}of {alloy}",
        hint=f"there are: {', '.join(known)}"
        if len(known)
        else f"run `python -m analysis cluster-expansion --alloy {alloy}`",
    )
