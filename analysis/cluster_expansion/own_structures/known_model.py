"""All that the warehouse knows of a fitted model that a prediction for a new structure needs."""

from dataclasses import dataclass
from functools import cached_property

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import FloatArray, read_rows
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.cluster_spaces import ClusterSpaceName
from warehouse.conventions.lattices import ParentLattice
from warehouse.crystals.orbit_clusters import OrbitClusters, expand_orbits
from warehouse.errors import WarehouseError

_ORBITS = """
    select model, run_id, cluster_space_id, orbit_index, cluster_order, cluster_diameter,
        orbits.multiplicity, orbits.sites, parameter
    from marts.effective_cluster_interactions
    inner join staging.orbits as orbits using (cluster_space_id, orbit_index, cluster_order)
    where alloy = $1 and if($2 is null, is_selected, model = $2)
    order by orbit_index
"""
_DRAWS = """
    select draw, list(parameter order by cast(feature as bigint)) as parameters
    from staging.parameter_draws
    where study = 'cluster_expansion' and dataset = $1 and model = $2 and run_id = $3
        and origin = (
            select max(origin) from staging.parameter_draws
            where study = 'cluster_expansion' and dataset = $1 and model = $2 and run_id = $3
        )
    group by draw order by draw
"""
_FITTED = """
    select structure_id, cluster_vector
    from marts.cluster_expansion_training
    where alloy = $1 and cluster_space_id = $2 and structure_id in (
        select sample_id from staging.predictions
        where study = 'cluster_expansion' and dataset = $1 and run_id = $3
            and split in ('training', if($4, 'locked_test', 'training'))
    )
    order by structure_id
"""
_CALCULATED = """
    select decoration_id, structure_id, formation_energy_per_atom
    from staging.lattice_mappings
    inner join features.formation_energies using (alloy, structure_id)
    where alloy = ? and formation_energy_per_atom is not null
    order by decoration_id, formation_energy_per_atom, structure_id
"""
_PURE = """
    select concentration, min(total_energy_per_atom) as energy, count(distinct source) as n_sources
    from features.formation_energies
    inner join staging.lattice_mappings using (alloy, structure_id)
    where alloy = ? and concentration in (0, 1) and formation_energy_per_atom is not null
    group by concentration order by concentration
"""
_HULLS = {
    "data": "formation_energy_per_atom from marts.ground_states "
    "where is_on_hull and $2 is not null",
    "predicted": "predicted_formation_energy_per_atom from marts.predicted_ground_states "
    "where is_on_predicted_hull and model = $2",
}


@dataclass(frozen=True)
class KnownModel:
    """A fitted cluster expansion, what it was fitted to, and what is known of its alloy.

    Energies are in eV per atom. `lattice_parameters` are of the two elements, in Å. `orbits` has
    a row per parameter; `draws` (n_draws, n_orbits) are of its posterior or bootstrap, none if the
    run kept none; `fitted` are the structures that the parameters come from, `vectors`
    (n_fitted, n_orbits) theirs; `noise` is what the model learned
    that it cannot fit, or else its error on structures held out; `pure` has the energies of the
    two elements, empty if the alloy's sources have several; `hulls` has concentrations and
    energies of the points on the hulls of the data and of the predictions.
    """

    alloy: Alloy
    model: str
    run_id: str
    refit: str
    parent: ParentLattice
    lattice_parameters: tuple[float, float]
    orbits: pl.DataFrame
    draws: FloatArray
    fitted: pl.Series
    vectors: FloatArray
    noise: float
    is_noise_learned: bool
    calculated: pl.DataFrame
    pure: tuple[float, ...]
    hulls: dict[str, FloatArray]

    @cached_property
    def clusters(self) -> OrbitClusters:
        """Every cluster of each orbit.

        Raises WarehouseError if symmetry gives other clusters than the cluster space has.
        """
        found = expand_orbits(self.orbits["sites"].to_list(), self.parent)
        if list(map(len, found.members)) != self.orbits["multiplicity"].to_list():
            raise WarehouseError(
                f"the symmetry of {self.parent.name} gives other clusters than the cluster space",
                hint="write the parent's file with more digits and ingest the alloy anew",
            )
        return found

    @property
    def text(self) -> str:
        """Which model it is, and what its parameters come from."""
        return f"{self.model} of {self.alloy.label}, run {self.run_id}, " + describe_fit(
            self.refit, len(self.fitted)
        )


def describe_fit(refit: str, n_fitted: int | None) -> str:
    """What the parameters of a model come from, in words."""
    structures = "structures" if n_fitted is None else f"{n_fitted} structures"
    if refit == "all":
        return f"fitted to all {structures}, once the locked test had judged"
    return f"fitted to {structures} outside the locked test"


def read_fit_origin(connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str) -> str:
    """What the parameters of a model of `alloy` come from, in words."""
    rows = read_rows(
        connection,
        "select refit, n_training from marts.cluster_expansion_models "
        "where alloy = ? and model = ?",
        [alloy.name, model],
    )
    return describe_fit(rows["refit"][0] or "training", rows["n_training"][0])


def read_known_model(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str | None = None
) -> KnownModel:
    """Read a fitted model of `alloy`, by default the selected one; WarehouseError without one."""
    orbits = read_rows(connection, _ORBITS, [alloy.name, model])
    if orbits.is_empty():
        raise missing_expansion(connection, alloy, model)
    name, run_id, space = orbits.row(0)[:3]
    refit, noise = read_rows(
        connection,
        "select coalesce(refit, 'training'), noise from marts.cluster_expansion_models "
        "where alloy = ? and model = ?",
        [alloy.name, name],
    ).row(0)
    parent, lattice_parameters = _read_parent(connection, alloy, ClusterSpaceName.parse(space))
    draws = read_rows(connection, _DRAWS, [alloy.name, name, run_id])["parameters"].to_list()
    fitted = read_rows(connection, _FITTED, [alloy.name, space, run_id, refit == "all"])
    vectors = np.array(fitted["cluster_vector"].to_list())[:, orbits["orbit_index"].to_numpy()]
    pure = read_rows(connection, _PURE, [alloy.name])
    is_one = pure.height == 2 and pure["n_sources"].max() == 1
    return KnownModel(
        alloy=alloy,
        model=name,
        run_id=run_id,
        refit=refit,
        parent=parent,
        lattice_parameters=lattice_parameters,
        orbits=orbits,
        draws=np.array(draws).reshape(-1, orbits.height),
        fitted=fitted["structure_id"],
        vectors=vectors,
        noise=_read_error(connection, alloy, name) if noise is None else noise,
        is_noise_learned=noise is not None,
        calculated=read_rows(connection, _CALCULATED, [alloy.name]),
        pure=tuple(pure["energy"]) if is_one else (),
        hulls={which: _read_hull(connection, alloy, name, sql) for which, sql in _HULLS.items()},
    )


def _read_parent(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, space: ClusterSpaceName
) -> tuple[ParentLattice, tuple[float, float]]:
    cell, basis, a = read_rows(
        connection,
        "select any_value(cell), any_value(basis), max(lattice_parameter) "
        "from staging.lattice_mappings inner join staging.parent_lattices using (parent_lattice) "
        "where alloy = ? and parent_lattice = ?",
        [alloy.name, space.parent],
    ).row(0)
    first, second = read_rows(
        connection,
        "select max(lattice_parameter) filter (occupation = 0), "
        "max(lattice_parameter) filter (occupation = 2 ** n_atoms - 1) "
        "from marts.ideal_structures where alloy = ? and starts_with(decoration_id, ? || '-')",
        [alloy.name, space.parent],
    ).row(0)
    # An element that was not calculated on this lattice has the alloy's own parameter.
    parameters = float(first or a), float(second or a)
    return ParentLattice(space.parent, np.array(cell), np.array(basis)), parameters


def _read_error(connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str) -> float:
    """Root-mean-square error of a model on the training folds held out, in eV/atom."""
    rows = read_rows(
        connection,
        "select value from marts.metrics where study = 'cluster_expansion' and dataset = ? "
        "and model = ? and split = 'training_10_fold' and metric = 'rmse'",
        [alloy.name, model],
    )
    return float(rows["value"][0]) / 1000


def _read_hull(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str, sql: str
) -> FloatArray:
    """Concentrations and energies (2, n) of the points on a hull; none if another model's."""
    sql = f"select concentration, min({sql.replace(' from', ') from', 1)} and alloy = $1"
    rows = read_rows(connection, f"{sql} group by concentration order by 1", [alloy.name, model])
    return np.array([rows[:, 0].to_numpy(), rows[:, 1].to_numpy()], dtype=float)


def missing_expansion(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str | None
) -> WarehouseError:
    """What to say when the warehouse has no such fitted cluster expansion."""
    known = read_rows(
        connection,
        "select distinct model || ' of ' || alloy || if(is_selected, ' (selected)', '') "
        "from marts.effective_cluster_interactions order by all",
    ).to_series()
    return WarehouseError(
        f"there is no fitted cluster expansion {f'{model!r} ' if model else ''}of {alloy}",
        hint=f"there are: {', '.join(known)}"
        if len(known)
        else f"run `python -m analysis cluster-expansion --alloy {alloy}`",
    )
