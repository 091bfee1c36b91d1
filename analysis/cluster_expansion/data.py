"""What the study reads: cluster vectors, energies, and the orbits that the vectors describe."""

from collections.abc import Sequence
from difflib import get_close_matches

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import Dataset, read_rows, read_samples
from analysis.fitted_expansion import read_parent_lattice
from warehouse.conventions.alloys import VACANCY, Alloy
from warehouse.conventions.cluster_spaces import ClusterSpaceName, default_cutoffs, list_cutoffs
from warehouse.conventions.point_functions import ARRANGEMENTS, MEMBERS, find_member_correlations
from warehouse.crystals.energy_sense import tell_senseless_energies
from warehouse.crystals.orbit_clusters import find_arrangements
from warehouse.errors import WarehouseError
from warehouse.quoting import quote_text
from warehouse.tables.structure_flags import PER_ATOM, STRUCTURE_FLAGS

MART = "marts.cluster_expansion_training"
IS_MIXED = "not is_end_member"
"""Pure elements and other end members are none of the structures that a model is fitted to."""


def read_dataset(
    connection: duckdb.DuckDBPyConnection,
    alloy: str,
    cluster_space_id: str,
    cutoffs: Sequence[float] | None = None,
    exclude: Sequence[str] = (),
) -> tuple[Dataset, pl.DataFrame]:
    """Cluster vectors and formation energies of an alloy's mixed structures, and the orbits.

    `alloy` is its name, as a run keeps it. The pure elements are left out: the model is exact
    for them by construction, so they neither teach it anything nor test it. `cutoffs` keep the
    orbits up to the longest pair, triplet, ... in units of a; a shorter cluster space is a part of
    a longer one. Of structures with one decoration the one that is fitted is read; `exclude` names
    flags and structures that are not. Raises WarehouseError if there are no rows, or no orbits of
    two or more sites, or if nothing has such a flag or name.
    """
    own = f"yours once `python -m ingest alloys --alloy {alloy} --from FILE` has brought it"
    rows = read_samples(
        connection,
        f"""
        select * exclude (cluster_space_id, alloy)
        from {MART}
        where alloy = ? and cluster_space_id = ? and {IS_MIXED} and is_fitted
        order by structure_id
        """,
        [alloy, cluster_space_id],
        missing=f"{MART} has no structures of {alloy} in the cluster space {cluster_space_id}",
        choices=f"""
        select distinct '--alloy ' || alloy || ' --cluster-space ' || cluster_space_id
        from {MART}
        union
        select alloy || ' once `python -m ingest clusters` and `python -m warehouse build` have run'
        from staging.lattice_mappings
        where alloy not in (select alloy from {MART})
        union
        select {quote_text(own)}
        where {quote_text(alloy)} not in (select alloy from staging.lattice_mappings)
        order by all
        """,
    )
    rows = rows.filter(~find_excluded(connection, alloy, rows, exclude))
    orbits = read_orbits(connection, cluster_space_id)
    if cutoffs is not None:
        _refuse_longer(cutoffs, cluster_space_id)
        orbits = select_orbits(orbits, cutoffs)
    if orbits.filter(pl.col("cluster_order") >= 2).is_empty():
        raise WarehouseError(
            f"the cluster space {cluster_space_id} has no cluster of two or more sites"
            + ("" if cutoffs is None else f" within {list_cutoffs(cutoffs, ', ')}"),
            hint="make one with longer cutoffs: `python -m ingest clusters --cutoffs 3.2,1.8`",
        )
    dataset = Dataset(
        name=alloy,
        feature_space=cluster_space_id,
        X=np.vstack(rows["cluster_vector"].to_list())[:, orbits["orbit_index"]],
        y=rows["formation_energy_per_atom"].to_numpy(),
        feature_names=tuple(str(orbit_index) for orbit_index in orbits["orbit_index"]),
        samples=rows.drop("cluster_vector"),
    )
    return dataset, orbits


def find_excluded(
    connection: duckdb.DuckDBPyConnection, alloy: str, rows: pl.DataFrame, exclude: Sequence[str]
) -> pl.Series:
    """Whether each of `rows`, with structure_id and warnings, has a flag or name in `exclude`.

    Raises WarehouseError for an entry that is neither a flag nor a structure of the alloy.
    """
    known = read_rows(
        connection,
        "select structure_id from staging.alloy_structures where alloy = ? order by all",
        [alloy],
    ).to_series()
    for entry in exclude:
        if entry not in STRUCTURE_FLAGS and entry not in known:
            near = get_close_matches(entry, [*STRUCTURE_FLAGS, *known], n=3)
            raise WarehouseError(
                f"--exclude {entry}: no structure of {alloy} has that name, and there is no such "
                "flag",
                hint=f"did you mean {' or '.join(near)}?"
                if near
                else f"use names of structures, or flags: {', '.join(STRUCTURE_FLAGS)}",
            )
    listed = pl.Series(exclude, dtype=pl.String)
    is_flagged = rows["warnings"].list.set_intersection(list(exclude)).list.len() > 0
    return is_flagged | rows["structure_id"].is_in(listed.implode())


def count_left_out(
    connection: duckdb.DuckDBPyConnection,
    alloy: str,
    cluster_space_id: str,
    exclude: Sequence[str] = (),
) -> dict[str, int]:
    """How many mixed structures of the parent lattice are not fitted, by reason."""
    rows = read_rows(
        connection,
        f"select structure_id, warnings, is_fitted from {MART} where alloy = ? "
        f"and cluster_space_id = ? and {IS_MIXED}",
        [alloy, cluster_space_id],
    )
    is_excluded = find_excluded(connection, alloy, rows, exclude)
    counts = {
        "another of the same decoration is lower in energy, or finished": int(
            (~rows["is_fitted"]).sum()
        ),
        f"excluded by {', '.join(exclude)}": int((is_excluded & rows["is_fitted"]).sum()),
    }
    return {reason: count for reason, count in counts.items() if count}


def list_senseless_energies(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> list[str]:
    """What is wrong with all energies of `alloy`, or with those that the others refer to."""
    rows = read_rows(
        connection,
        "select source, total_energy_per_atom, n_sites, concentrations, warnings "
        "from features.formation_energies "
        "inner join staging.lattice_mappings using (alloy, structure_id) "
        "where alloy = ? order by structure_id",
        [alloy.name],
    )
    members = ["+".join(s for s in dict.fromkeys(m) if s != VACANCY) for m in alloy.end_members]
    told = []
    if 2 * rows["warnings"].list.contains(PER_ATOM).sum() > rows.height:
        return ["most energies look as if they were per atom: say so with --per-atom"]
    for _, own in rows.group_by("source", maintain_order=True):
        shares = np.array(own["concentrations"].to_list())
        energies, n_sites = own["total_energy_per_atom"].to_numpy(), own["n_sites"].to_numpy()
        told += tell_senseless_energies(energies, n_sites, shares, members, alloy.site)
    return told


def find_space(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> str:
    """The default cluster space on the parent lattice of `alloy`, or on fcc if there is not one."""
    parents = read_rows(
        connection,
        "select distinct parent_lattice from staging.lattice_mappings where alloy = ?",
        [alloy.name],
    )
    if parents.height != 1:
        return str(ClusterSpaceName("fcc"))
    lattice = read_parent_lattice(connection, parents.item())
    return str(ClusterSpaceName(lattice.name, default_cutoffs(lattice)))


def read_orbits(connection: duckdb.DuckDBPyConnection, cluster_space_id: str) -> pl.DataFrame:
    """Order, radius, diameter (units of a) and multiplicity of each entry of cluster vectors.

    Where several sublattices have several species, the end members' correlations are with them;
    where one has three or more, each orbit's equivalent choices of point functions.
    """
    rows = read_rows(
        connection,
        "select orbit_index, cluster_order, radius, diameter, multiplicity, point_functions, sites "
        "from staging.orbits where cluster_space_id = ? order by orbit_index",
        [cluster_space_id],
    )
    if rows.is_empty():
        return rows.drop("sites")
    parent = read_parent_lattice(connection, ClusterSpaceName.parse(cluster_space_id).parent)
    if parent.n_active > 1:
        found = find_member_correlations(
            parent, rows["sites"].to_list(), rows["point_functions"].to_list()
        )
        rows = rows.with_columns(pl.Series(MEMBERS, found.T.tolist()))
    elif max(parent.n_species) > 2:
        chosen = rows["point_functions"].to_list()
        same = find_arrangements(rows["sites"].to_list(), chosen, parent)
        rows = rows.with_columns(pl.Series(ARRANGEMENTS, same, pl.List(pl.List(pl.Int64))))
    return rows.drop("sites")


def select_orbits(orbits: pl.DataFrame, cutoffs: Sequence[float]) -> pl.DataFrame:
    """The rows of `orbits` within `cutoffs`: longest pair, triplet, ... in units of a."""
    longest = {0: 0.0, 1: 0.0, **dict(enumerate(cutoffs, start=2))}
    limit = pl.col("cluster_order").replace_strict(longest, default=-1.0, return_dtype=pl.Float64)
    return orbits.filter(pl.col("diameter") <= limit + 1e-6)


def _refuse_longer(cutoffs: Sequence[float], cluster_space_id: str) -> None:
    space = ClusterSpaceName.parse(cluster_space_id)
    if not space.holds(cutoffs):
        text = list_cutoffs(cutoffs)
        raise WarehouseError(
            f"--cutoffs {text} reach beyond the cluster space {space}",
            hint=f"stay within {list_cutoffs(space.cutoffs)}, or make a longer "
            f"space with `python -m ingest clusters --cutoffs {text}` (clusters grow steeply in "
            "number) and name it with --cluster-space",
        )


def suggest_structures(connection: duckdb.DuckDBPyConnection, alloy: Alloy, name: str) -> str:
    """A hint for an unknown `name`: those of the alloy that look like it, and where all are."""
    known = read_rows(
        connection, "select alloy, structure_id from marts.ideal_structures order by all"
    )
    if known.is_empty():
        return "run `python -m ingest all`"
    near = get_close_matches(str(name), known.filter(alloy=alloy.name)["structure_id"], n=3)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    alloys = known["alloy"].unique(maintain_order=True)
    return f"{meant}names are in marts.ideal_structures, of {', '.join(alloys)}"
