"""What the study reads: cluster vectors, energies, and the orbits that the vectors describe."""

import re
from collections.abc import Sequence

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import Dataset, read_rows, read_samples
from warehouse.errors import WarehouseError

MART = "marts.cluster_expansion_training"


def read_dataset(
    connection: duckdb.DuckDBPyConnection,
    alloy: str,
    cluster_space_id: str,
    cutoffs: Sequence[float] | None = None,
) -> tuple[Dataset, pl.DataFrame]:
    """Cluster vectors and formation energies of the mixed structures of `alloy`, and the orbits.

    The pure elements are left out: the model is exact for them by construction, so they
    neither teach it anything nor test it. `cutoffs` keep the orbits up to the longest pair,
    triplet, ... in units of a; a shorter cluster space is a part of a longer one. Raises
    WarehouseError if there are no rows, or no orbits of two or more sites.
    """
    rows = read_samples(
        connection,
        f"""
        select * exclude (cluster_space_id, alloy)
        from {MART}
        where alloy = ? and cluster_space_id = ? and concentration > 0 and concentration < 1
        order by structure_id
        """,
        [alloy, cluster_space_id],
        missing=f"{MART} has no structures of {alloy} in the cluster space {cluster_space_id}",
        choices=f"select distinct alloy || ' in ' || cluster_space_id from {MART} order by all",
    )
    orbits = read_orbits(connection, cluster_space_id)
    if cutoffs is not None:
        _refuse_longer(cutoffs, cluster_space_id)
        orbits = select_orbits(orbits, cutoffs)
    if orbits.height <= 2:
        raise WarehouseError(
            f"the cluster space {cluster_space_id} has no cluster of two or more sites"
            + ("" if cutoffs is None else f" within {', '.join(f'{c:g}' for c in cutoffs)}"),
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


def find_space(connection: duckdb.DuckDBPyConnection, alloy: str, default: str) -> str:
    """The cluster space with the cutoffs of `default` on the parent lattice of `alloy`."""
    parents = read_rows(
        connection,
        "select distinct parent_lattice from staging.lattice_mappings where alloy = ?",
        [alloy],
    )
    if parents.height != 1:
        return default
    return f"{parents.item()}-{default.partition('-')[2]}"


def parse_cutoffs(text: str) -> list[float]:
    """Numbers of a list such as 3.2,1.8; raises WarehouseError if it is none."""
    try:
        cutoffs = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise WarehouseError(
            f"--cutoffs {text!r} is not a list of numbers", hint="write it like --cutoffs 3.2,1.8"
        ) from error
    if not all(0 < cutoff < np.inf for cutoff in cutoffs):
        raise WarehouseError(
            f"--cutoffs {text}: wanted numbers above 0", hint="write it like --cutoffs 3.2,1.8"
        )
    return cutoffs


def read_orbits(connection: duckdb.DuckDBPyConnection, cluster_space_id: str) -> pl.DataFrame:
    """Order, radius, diameter (units of a) and multiplicity of each entry of cluster vectors."""
    return read_rows(
        connection,
        "select orbit_index, cluster_order, radius, diameter, multiplicity "
        "from staging.orbits where cluster_space_id = ? order by orbit_index",
        [cluster_space_id],
    )


def select_orbits(orbits: pl.DataFrame, cutoffs: Sequence[float]) -> pl.DataFrame:
    """The rows of `orbits` within `cutoffs`: longest pair, triplet, ... in units of a."""
    longest = {0: 0.0, 1: 0.0, **dict(enumerate(cutoffs, start=2))}
    limit = pl.col("cluster_order").replace_strict(longest, default=-1.0, return_dtype=pl.Float64)
    return orbits.filter(pl.col("diameter") <= limit + 1e-6)


def _refuse_longer(cutoffs: Sequence[float], cluster_space_id: str) -> None:
    longest = [float(cutoff) for cutoff in re.findall(r"-(\d[\d.]*)(?=-|$)", cluster_space_id)]
    if len(cutoffs) > len(longest) or any(
        asked > there for asked, there in zip(cutoffs, longest, strict=False)
    ):
        text = ",".join(f"{cutoff:g}" for cutoff in cutoffs)
        raise WarehouseError(
            f"--cutoffs {text} reach beyond the cluster space {cluster_space_id}",
            hint=f"stay within {','.join(f'{cutoff:g}' for cutoff in longest)}, or make a longer "
            f"space with `python -m ingest clusters --cutoffs {text}` (clusters grow steeply in "
            "number) and name it with --cluster-space",
        )
