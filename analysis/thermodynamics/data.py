"""What a simulation reads of a fitted expansion: its orbits, its parameters, draws of them."""

from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from analysis.fitted_expansion import read_stored_expansion
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import ParentLattice
from warehouse.conventions.point_functions import point_functions
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
    def lattice_parameter(self) -> float:
        """Lattice parameter in Å on which the alloy's structures were mapped."""
        longest = self.orbits.sort("diameter").row(-1, named=True)
        return float(longest["cluster_diameter"] / longest["diameter"])

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
    stored = read_stored_expansion(connection, Alloy.parse(alloy), model or None)
    if len(stored.draws) < n_draws:
        raise WarehouseError(
            f"{stored.model} of {alloy} has {len(stored.draws)} draws of its parameters, not "
            f"{n_draws}",
            hint="use fewer --draws; only the selected model has them",
        )
    parameters = np.column_stack([stored.orbits["parameter"].to_numpy(), *stored.draws[:n_draws]])
    return SimulatedModel(
        alloy, stored.model, stored.run_id, stored.parent, stored.orbits, parameters
    )


def drop_orbits(expansion: SimulatedModel, tolerance: float) -> tuple[pl.Series, float]:
    """Which orbits to keep, and what those left out can amount to: `tolerance` at most, in eV/atom.

    A correlation of spins is at most 1, and any other no more than the product of its point
    functions, so a sum of parameters bounds the energy. Every draw counts. Of more species than
    two a pair of sites is kept with all its functions: only together they tell who is beside whom.
    """
    orbits = expansion.orbits
    largest = np.abs(expansion.parameters).max(axis=1) * _bound_correlations(expansion)
    order = np.argsort(largest, kind="stable")
    sums = np.cumsum(largest[order])
    n_dropped = int((sums <= tolerance).sum())
    kept = np.ones(len(largest), dtype=bool)
    kept[order[:n_dropped]] = False
    kept[orbits["cluster_order"].to_numpy() <= 1] = True
    if max(expansion.parent.n_species) > 2:
        pairs = orbits.with_columns(is_kept=kept).filter(cluster_order=2, is_kept=True)
        is_pair = (orbits["cluster_order"] == 2) & orbits["sites"].is_in(pairs["sites"].implode())
        kept |= is_pair.to_numpy()
    return pl.Series(kept), float(largest[~kept].sum())


def _bound_correlations(expansion: SimulatedModel) -> FloatArray:
    """What a correlation (n_orbits,) is at most: the product of the largest point functions."""
    parent, rows = expansion.parent, expansion.orbits.select("sites", "point_functions").rows()
    most = [np.abs(point_functions(n)).max(axis=0) for n in parent.n_species]
    return np.array(
        [
            np.prod(
                [
                    most[site[0]][function]
                    for site, function in zip(sites, chosen or [0] * len(sites), strict=True)
                ]
            )
            for sites, chosen in rows
        ]
    )
