"""A fitted cluster expansion that predicts, for Python: `analysis.load_model` hands it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from analysis.cluster_expansion.data import suggest_structures
from analysis.cluster_expansion.own_structures.known_model import read_known_model
from analysis.cluster_expansion.own_structures.predict import predict_files
from analysis.datasets import FloatArray, read_rows, refuse_bare_text
from analysis.fitted_expansion import missing_expansion
from warehouse.catalog.connection import connect
from warehouse.conventions.alloys import Alloy
from warehouse.errors import WarehouseError
from warehouse.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from analysis.cluster_expansion.own_structures.answers import StructurePrediction

PREDICTION = "predicted_formation_energy_per_atom"
_CALCULATED = (
    "select structure_id, orbit_index, correlation from features.cluster_correlations "
    "where cluster_space_id = ? and alloy = ? and structure_id in (select unnest(?))"
)
_DERIVATIVE = (
    "select decoration_id as structure_id, orbit_index, correlation "
    "from features.derivative_correlations "
    "where cluster_space_id = ? and decoration_id in (select unnest(?))"
)


@dataclass(frozen=True)
class FittedExpansion:
    """A cluster expansion of an alloy, as a run left it in the warehouse.

    Attributes:
        alloy: Its elements; the second's share is the concentration.
        model: Name of the method that fitted it.
        run_id: The run that fitted it.
        cluster_space_id: Parent lattice and cutoffs of its clusters.
        n_orbits: Orbits in that space, the zerolet among them.
        parameters: One row per orbit that was fitted: `orbit_index`, and `parameter` in eV/atom.
        slopes: What they change with the concentration: `orbit_index`, `slope` in eV/atom and the
            `point_index` whose correlation it is multiplied by. None where they are constant.
        warehouse: The one that knows the structures.

    """

    alloy: Alloy
    model: str
    run_id: str
    cluster_space_id: str
    n_orbits: int
    parameters: pl.DataFrame
    slopes: pl.DataFrame
    warehouse: Warehouse

    def predict(self, structures: Sequence[str]) -> pl.DataFrame:
        """Predict formation energies of structures that the warehouse knows by name.

        Args:
            structures: Names of the alloy's structures, or of decorations of its parent lattice
                (`decoration_id`, as `python -m ingest enumerate` made them).

        Returns:
            One row per name, in the order asked: `structure_id`, and
            `predicted_formation_energy_per_atom` in eV/atom, relative to the pure elements.

        Raises:
            WarehouseError: They are no list, or the warehouse has no such structure.

        """
        refuse_bare_text(structures, "2-1-1")
        asked = pl.DataFrame({"structure_id": list(structures)}, schema={"structure_id": pl.String})
        names = asked["structure_id"].unique(maintain_order=True)
        with connect(self.warehouse) as connection:
            calculated = read_rows(
                connection, _CALCULATED, [self.cluster_space_id, self.alloy.name, names.to_list()]
            )
            others = names.filter(~names.is_in(calculated["structure_id"].unique().to_list()))
            derivative = read_rows(
                connection, _DERIVATIVE, [self.cluster_space_id, others.to_list()]
            )
        correlations = pl.concat([calculated, derivative])
        points = correlations.select(
            "structure_id", point_index="orbit_index", point="correlation"
        ).join(self.slopes, on="point_index")
        changes = points.group_by("structure_id", "orbit_index").agg(
            change=(pl.col("slope") * pl.col("point")).sum()
        )
        parameter = pl.col("parameter") + pl.col("change").fill_null(0.0)
        energies = (
            correlations.join(self.parameters, on="orbit_index")
            .join(changes, on=["structure_id", "orbit_index"], how="left")
            .group_by("structure_id")
            .agg((parameter * pl.col("correlation")).sum().alias(PREDICTION))
        )
        predicted = asked.join(energies, on="structure_id", how="left", maintain_order="left")
        unknown = predicted.filter(pl.col(PREDICTION).is_null())["structure_id"]
        if len(unknown):
            with connect(self.warehouse) as connection:
                names_hint = suggest_structures(connection, self.alloy, unknown[0])
            raise WarehouseError(
                f"{unknown.n_unique()} of {len(names)} structures have no correlations in "
                f"{self.cluster_space_id} for {self.alloy}, the first of them {unknown[0]!r}",
                hint="`python -m ingest alloys`, `enumerate` and `clusters` make what is missing; "
                f"{names_hint}",
            )
        return predicted

    def predict_files(self, files: Sequence[str]) -> "list[StructurePrediction]":
        """Predict the structures in files, relaxed or ideal, of any size that the lattice allows.

        Args:
            files: Paths of what ASE or pymatgen reads; each may have several structures.

        Returns:
            One answer per structure, in the files' order: energies in eV/atom with bounds, what
            adds to them, and how the structure was mapped; or the reason why there is none.

        Raises:
            WarehouseError: They are no list.

        """
        refuse_bare_text(files, "POSCAR")
        with connect(self.warehouse) as connection:
            known = read_known_model(connection, self.alloy, self.model)
        return list(predict_files(known, [Path(file) for file in files]))

    def predict_vectors(self, cluster_vectors: ArrayLike) -> FloatArray:
        """Predict formation energies from cluster vectors.

        Args:
            cluster_vectors: Correlations of every orbit of the cluster space, zerolet first, as
                `features.cluster_vectors` has them: shape (n_structures, n_orbits).

        Returns:
            Formation energies in eV/atom, shape (n_structures,).

        Raises:
            WarehouseError: The vectors have another shape.

        """
        X = np.asarray(cluster_vectors, dtype=float)
        if X.ndim != 2 or X.shape[1] != self.n_orbits:
            raise WarehouseError(
                f"cluster vectors have the shape {X.shape}; {self.cluster_space_id} wants "
                f"(n_structures, {self.n_orbits})",
                hint="give one row per structure, with a correlation for every orbit",
            )
        energies: FloatArray = X[:, self.parameters["orbit_index"].to_numpy()] @ (
            self.parameters["parameter"].to_numpy()
        )
        for (point,), own in self.slopes.group_by("point_index"):
            energies += X[:, point] * (
                X[:, own["orbit_index"].to_numpy()] @ own["slope"].to_numpy()
            )
        return energies


def load_expansion(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    alloy: Alloy,
    model: str | None = None,
) -> FittedExpansion:
    """Read a fitted cluster expansion of `alloy`, by default the one that its study selected.

    Raises WarehouseError if there is none.
    """
    rows = read_rows(
        connection,
        """
        select model, run_id, cluster_space_id, orbit_index, parameter
        from marts.effective_cluster_interactions
        where alloy = $1 and if($2 is null, is_selected, model = $2)
        order by orbit_index
        """,
        [alloy.name, model],
    )
    if rows.is_empty():
        raise missing_expansion(connection, alloy, model)
    name, run_id, space = rows.row(0)[:3]
    (n_orbits,) = read_rows(
        connection, "select count(*) from staging.orbits where cluster_space_id = ?", [space]
    ).row(0)
    parameters = rows.select("orbit_index", "parameter")
    slopes = read_rows(
        connection,
        "select orbit_index, point_index, slope from marts.interaction_slopes "
        "where alloy = ? and model = ? and run_id = ?",
        [alloy.name, name, run_id],
    )
    return FittedExpansion(alloy, name, run_id, space, n_orbits, parameters, slopes, warehouse)
