"""Fitted cluster expansions as icet's own, for its Monte Carlo package mchammer."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from analysis.datasets import FloatArray, read_rows
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from icet import ClusterExpansion, ClusterSpace

Cluster = tuple[tuple[int, ...], ...]
"""Sites in order: three offsets in primitive vectors, then the index of the basis atom."""


def write_icet_model(
    connection: duckdb.DuckDBPyConnection, alloy: str, model: str, output: Path
) -> None:
    """Write `build_icet_model` to a file; raises WarehouseError if that is not possible."""
    expansion = build_icet_model(connection, alloy, model)
    try:
        expansion.write(str(output))
    except OSError as error:
        raise WarehouseError(
            f"{output} cannot be written: {error.strerror}",
            hint="name a file in a folder that is there and writable",
        ) from error


def build_icet_model(
    connection: duckdb.DuckDBPyConnection, alloy: str, model: str
) -> "ClusterExpansion":
    """The fitted `model` of `alloy` as an icet.ClusterExpansion that predicts eV per atom.

    Its lattice has the parameter, in Å, on which the alloy's structures were mapped. In icet the
    spin of the lighter element is -1; here that of the second element is, so parameters of odd
    orders change their sign if the second element is the heavier one. Raises WarehouseError if
    there is no such model, or icet finds other orbits than its cluster space has.
    """
    from ase.data import atomic_numbers
    from icet import ClusterExpansion

    orbits = read_rows(
        connection,
        """
        select cluster_space_id, orbit_index, cluster_order, sites, parameter
        from marts.effective_cluster_interactions
        inner join staging.orbits using (cluster_space_id, orbit_index, cluster_order)
        where alloy = ? and model = ?
        order by orbit_index
        """,
        [alloy, model],
    )
    if orbits.is_empty():
        raise _no_model(connection, alloy, model)
    cell, basis, lattice_parameter = read_rows(
        connection,
        """
        select any_value(cell), any_value(basis), max(lattice_parameter)
        from staging.lattice_mappings
        inner join staging.parent_lattices using (parent_lattice)
        where alloy = ? and parent_lattice = ?
        """,
        [alloy, orbits["cluster_space_id"][0].partition("-")[0]],
    ).row(0)
    elements = [name.capitalize() for name in alloy.split("-")]
    vectors = np.array(cell) * lattice_parameter
    space = _build_space(orbits["cluster_space_id"][0], vectors, basis, lattice_parameter, elements)
    places = _find_orbits(space, orbits["sites"].to_list(), vectors, np.array(basis))
    first, second = (atomic_numbers[element] for element in elements)
    sign = -1.0 if second > first else 1.0
    parameters = np.zeros(len(space))
    parameters[places] = orbits["parameter"] * sign ** orbits["cluster_order"].to_numpy()
    return ClusterExpansion(space, parameters, metadata={"alloy": alloy, "model": model})


def _build_space(
    cluster_space_id: str,
    vectors: FloatArray,
    basis: Sequence[Sequence[float]],
    lattice_parameter: float,
    elements: Sequence[str],
) -> "ClusterSpace":
    """The cluster space that a name such as fcc-3.2-1.8 stands for, in Å."""
    from ase import Atoms
    from icet import ClusterSpace

    cutoffs = [float(cutoff) * lattice_parameter for cutoff in cluster_space_id.split("-")[1:]]
    primitive = Atoms([elements[0]] * len(basis), scaled_positions=basis, cell=vectors, pbc=True)
    return ClusterSpace(primitive, cutoffs, list(elements))


def _find_orbits(
    space: "ClusterSpace",
    representatives: Sequence[Sequence[Sequence[int]]],
    vectors: FloatArray,
    basis: FloatArray,
) -> list[int]:
    """Place in icet's cluster vector of the orbit of each representative, the zerolet first.

    Orbits of equal radius may stand in another order at another lattice parameter, so each is
    found by its clusters. A representative is a list of basis index and three offsets per site.
    """
    known: dict[Cluster, int] = {(): 0}
    for place, orbit in enumerate(space.orbit_list.orbits, start=1):
        for positions in orbit.all_positions:
            known[_normalize(_locate(np.array(positions), vectors, basis))] = place
    ours = [_normalize([(*offsets, b) for b, *offsets in sites]) for sites in representatives]
    places = [known.get(cluster, -1) for cluster in ours]
    if len({place for place in places if place >= 0}) < len(places):
        raise WarehouseError(
            f"the model has {len(places)} orbits, of which icet finds "
            f"{len(places) - places.count(-1)} in a space of {len(space)}",
            hint="ingest a cluster space with slightly other cutoffs, and fit the model anew",
        )
    return places


def _locate(positions: FloatArray, vectors: FloatArray, basis: FloatArray) -> list[tuple[int, ...]]:
    """Sites at Cartesian `positions` (n, 3)."""
    from_basis = (positions @ np.linalg.inv(vectors))[:, None] - basis
    nearest = np.abs(from_basis - np.rint(from_basis)).max(axis=2).argmin(axis=1)
    offsets = np.rint(from_basis[np.arange(len(positions)), nearest]).astype(int)
    return [(*offset, b) for offset, b in zip(offsets.tolist(), nearest.tolist(), strict=True)]


def _normalize(sites: Sequence[tuple[int, ...]]) -> Cluster:
    """The sites in order, moved so that the first one's offset is 0."""
    ordered = sorted(sites)
    return tuple(
        (
            *(offset - origin for offset, origin in zip(site[:3], ordered[0][:3], strict=True)),
            site[3],
        )
        for site in ordered
    )


def _no_model(connection: duckdb.DuckDBPyConnection, alloy: str, model: str) -> WarehouseError:
    known = read_rows(
        connection,
        "select distinct model || ' of ' || alloy || if(is_selected, ' (selected)', '') "
        "from marts.effective_cluster_interactions order by all",
    ).to_series()
    return WarehouseError(
        f"there is no fitted cluster expansion {model!r} of {alloy}",
        hint=f"there are: {', '.join(known)}"
        if len(known)
        else f"run `python -m analysis cluster-expansion --alloy {alloy}`",
    )
