"""All that the warehouse knows of a fitted model that a prediction for a new structure needs."""

from dataclasses import dataclass
from functools import cached_property

import duckdb
import numpy as np
import polars as pl

from analysis.cluster_expansion.models.likeness import multiply_columns
from analysis.cluster_expansion.models.pure_elements import (
    find_part_of_orbits,
    find_shares_of_orbits,
)
from analysis.cluster_expansion.models.reaches import Reaches, read_reaches
from analysis.cluster_expansion.own_structures.fit_origin import describe_fit
from analysis.cluster_expansion.own_structures.learned_noise import (
    LearnedNoise,
    leave_doubt_out,
    read_held_out_error,
    read_pair_noise,
)
from analysis.cluster_expansion.predicted_hulls import find_predicted_facets
from analysis.datasets import FloatArray, read_rows
from analysis.fitted_expansion import read_stored_expansion
from warehouse.conventions.alloys import VACANCY, Alloy
from warehouse.conventions.lattices import ParentLattice
from warehouse.crystals.orbit_clusters import OrbitClusters, expand_orbits
from warehouse.errors import WarehouseError

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
_CHOSEN = """
    select coalesce(refit, 'training'), noise, hyperparameters
    from marts.cluster_expansion_models where alloy = ? and model = ?
"""
_CALCULATED = """
    select decoration_id, structure_id, formation_energy_per_atom
    from staging.lattice_mappings
    inner join features.formation_energies using (alloy, structure_id)
    where alloy = ? and formation_energy_per_atom is not null
    order by decoration_id, formation_energy_per_atom, structure_id
"""
_PURE = """
    select
        concentrations, min(total_energy_per_atom) as energy, count(distinct source) as n_sources
    from features.formation_energies
    inner join staging.lattice_mappings using (alloy, structure_id)
    where alloy = ? and is_end_member and formation_energy_per_atom is not null
    group by concentrations order by concentrations desc
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

    Energies are in eV per atom. `lattice_parameters` are of the elements, in Å. `orbits` has
    a row per parameter, `slopes` (n_points, n_orbits) what each changes with the points; `draws`
    (n_draws, n_columns) are of its posterior or bootstrap, none if the run kept none; `fitted` are
    the structures that the parameters come from, `vectors` (n_fitted, n_orbits) theirs; `noise` is
    learned, or else what the model's error on structures held out has beside the draws' doubt;
    `reaches` tell how many deviations hold 90 %; `pure` has the energies of the elements, empty if
    the alloy's sources have several; `hulls` has chemical potentials of the elements (n_facets,
    n_elements) for each facet of the hulls of the data and of predictions.
    """

    alloy: Alloy
    model: str
    run_id: str
    refit: str
    parent: ParentLattice
    lattice_parameters: tuple[float, ...]
    orbits: pl.DataFrame
    slopes: FloatArray
    draws: FloatArray
    fitted: pl.Series
    vectors: FloatArray
    noise: LearnedNoise
    reaches: Reaches
    calculated: pl.DataFrame
    pure: tuple[float, ...]
    hulls: dict[str, FloatArray]

    @cached_property
    def clusters(self) -> OrbitClusters:
        """Every cluster of each orbit.

        Raises WarehouseError if symmetry gives other clusters than the cluster space has.
        """
        functions = None if self.parent.is_binary else self.orbits["point_functions"].to_list()
        found = expand_orbits(self.orbits["sites"].to_list(), self.parent, functions)
        if list(map(len, found.members)) != self.orbits["multiplicity"].to_list():
            raise WarehouseError(
                f"the symmetry of {self.parent.name} gives other clusters than the cluster space",
                hint="write the parent's file with more digits and ingest the alloy anew",
            )
        return found

    @cached_property
    def variances(self) -> FloatArray:
        """Of the draws' energies of the structures fitted to, (eV/atom)², shape (n_fitted,)."""
        return np.asarray((self.draws @ self.columns(self.vectors).T).var(axis=0, ddof=1))

    def columns(self, vectors: FloatArray) -> FloatArray:
        """What `draws` multiply (n, n_columns): the result of `measure`, also times each point."""
        return multiply_columns(self.measure(vectors), vectors[:, 1 : 1 + len(self.slopes)])

    def parameters_at(self, vector: FloatArray) -> FloatArray:
        """Parameters at the concentration of a structure's `vector` (n_orbits,), in eV/atom."""
        constant = self.orbits["parameter"].to_numpy()
        return np.asarray(constant + vector[1 : 1 + len(self.slopes)] @ self.slopes)

    @cached_property
    def fitted_noise(self) -> FloatArray:
        """Noise of the structures fitted to, in eV/atom, shape (n_fitted,) or (1,) of one noise."""
        if not len(self.noise.of_pairs):
            return np.array([self.noise.overall])
        return self.noise.at(find_shares_of_orbits(self.vectors, self.orbits))

    def measure(self, vectors: FloatArray) -> FloatArray:
        """Correlations (n, n_orbits) from the pure elements at the same composition: 0 for each.

        Energies of these are exactly 0, so it leaves all as they are; the zerolet adds nothing.
        """
        part = find_part_of_orbits(self.orbits, self.parent)
        return np.asarray(vectors - vectors[:, : len(part)] @ part)

    @property
    def text(self) -> str:
        """Which model it is, and what its parameters come from."""
        return f"{self.model} of {self.alloy.label}, run {self.run_id}, " + describe_fit(
            self.refit, len(self.fitted)
        )


def read_known_model(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str | None = None
) -> KnownModel:
    """Read a fitted model of `alloy`, by default the selected one; WarehouseError without one."""
    stored = read_stored_expansion(connection, alloy, model, is_constant=False)
    name, orbits, space = stored.model, stored.orbits, stored.cluster_space_id
    refit, overall, told = read_rows(connection, _CHOSEN, [alloy.name, name]).row(0)
    fitted = read_rows(connection, _FITTED, [alloy.name, space, stored.run_id, refit == "all"])
    if fitted.is_empty():
        raise WarehouseError(
            f"the structures in {space} that {name} of {alloy} was fitted to are gone",
            hint=f"fit what is there: `python -m analysis cluster-expansion --alloy {alloy}`",
        )
    vectors = np.array(fitted["cluster_vector"].to_list())[:, orbits["orbit_index"].to_numpy()]
    if overall is None:
        overall = leave_doubt_out(
            read_held_out_error(connection, alloy, name), stored.draws, vectors
        )
    pure = read_rows(connection, _PURE, [alloy.name])
    energies = pure["energy"].to_list()
    if {*alloy.end_members[0]} == {VACANCY}:  # A lattice without any atom.
        energies = [0.0, *energies]
    is_one = len(energies) == len(alloy.end_members) and pure["n_sources"].max() == 1
    return KnownModel(
        alloy=alloy,
        model=name,
        run_id=stored.run_id,
        refit=refit,
        parent=stored.parent,
        lattice_parameters=_read_lattice_parameters(connection, alloy, stored.parent.name),
        orbits=orbits,
        slopes=stored.slopes,
        draws=stored.draws,
        fitted=fitted["structure_id"],
        vectors=vectors,
        noise=LearnedNoise(overall, read_pair_noise(told, len(alloy.end_members))),
        reaches=read_reaches(told),
        calculated=read_rows(connection, _CALCULATED, [alloy.name]),
        pure=tuple(energies) if is_one else (),
        hulls=_read_hulls(connection, alloy, name),
    )


def _read_lattice_parameters(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, parent: str
) -> tuple[float, ...]:
    """Of the elements in Å; one that was not calculated has the alloy's own."""
    (a,) = read_rows(
        connection,
        "select max(lattice_parameter) from staging.lattice_mappings "
        "where alloy = ? and parent_lattice = ?",
        [alloy.name, parent],
    ).row(0)
    (own,) = read_rows(
        connection,
        "select any_value(lattice_parameters) from features.alloy_lattice_parameters "
        "where alloy = ? and parent_lattice = ?",
        [alloy.name, parent],
    ).row(0)
    return tuple(float(value or a) for value in own or [None] * len(alloy.end_members))


def _read_hulls(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str
) -> dict[str, FloatArray]:
    """Chemical potentials of each facet of the hulls; none of predictions by another model."""
    if len(alloy.end_members) == 2:
        return {name: _read_facets(connection, alloy, model, sql) for name, sql in _HULLS.items()}
    sql = "select chemical_potentials from staging.hull_facets where alloy = ?"
    facets = read_rows(connection, sql, [alloy.name])["chemical_potentials"].to_list()
    return {
        "data": np.array(facets, dtype=float).reshape(-1, len(alloy.end_members)),
        "predicted": find_predicted_facets(connection, alloy, model),
    }


def _read_facets(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str, sql: str
) -> FloatArray:
    """Of two elements: energies of both, (n, 2), where the line between two neighbours ends."""
    sql = f"select concentration, min({sql.replace(' from', ') from', 1)} and alloy = $1"
    rows = read_rows(connection, f"{sql} group by concentration order by 1", [alloy.name, model])
    x, energy = rows[:, 0].to_numpy(), rows[:, 1].to_numpy()
    slopes = np.diff(energy) / np.diff(x)
    return np.column_stack([energy[:-1] - slopes * x[:-1], energy[:-1] + slopes * (1 - x[:-1])])
