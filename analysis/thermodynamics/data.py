"""What a simulation reads of a fitted expansion: its orbits, its parameters, draws of them."""

from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from analysis.fitted_expansion import read_stored_expansion
from warehouse.conventions.alloys import Alloy
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
    if not Alloy.parse(alloy).is_plain:
        raise WarehouseError(
            f"{alloy} has sublattices or vacancies, and simulations are of two elements on sites "
            "that are alike",
            hint="the cluster expansion predicts energies at 0 K: `python -m analysis "
            f"cluster-expansion --alloy {alloy} --predict FILE`",
        )
    if len(Alloy.parse(alloy).elements) > 2:
        raise WarehouseError(
            f"{alloy} has more than two elements, and simulations are of two",
            hint="simulate one of its binaries, such as "
            f"{'-'.join(alloy.split('-')[:2])}; the cluster expansion of all of them predicts "
            "energies at 0 K",
        )
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
