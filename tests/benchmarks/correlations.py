"""Cluster vectors of random structures by the SQL view, against icet and smol.

The structures are random labelings of the distinct supercells of up to 12 sites of an fcc lattice,
each supercell as often as it has labelings. A peer is timed on the first structures alone, since
it takes them one by one.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.harness import Work, make_row, measure, run_apart
from warehouse.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from warehouse.storage.store import Store

SIZES = (1_000, 10_000, 100_000, 1_000_000)
PEER_SIZE = 1_000
MAX_SITES = 12
LATTICE_PARAMETER = 4.0
ELEMENTS = ("Au", "Cu")


def run() -> Iterator[dict[str, Any]]:
    """Rows of `benchmarks.json`, the smallest size first."""
    with tempfile.TemporaryDirectory(prefix="quarry-bench-") as folder:
        peers = {}
        for size in SIZES:
            root = Path(folder) / str(size)
            run_apart(make_warehouse, root, size)
            if not peers:
                peers = {"icet": measure(by_icet, root, 2), "smol": measure(by_smol, root, 2)}
            ours = measure(in_sql, root, repeats=3 if size < SIZES[-1] else 1)
            for peer, theirs in peers.items():
                yield make_row(f"correlations_vs_{peer}", ours, theirs, "structures/s")
        ours = measure(to_parquet, root, repeats=1)
        yield make_row("correlations_to_parquet_vs_icet", ours, peers["icet"], "structures/s")


def make_warehouse(root: Path, size: int) -> None:
    """Write `size` structures with their clusters and the catalog."""
    import numpy as np
    import polars as pl

    from ingest.alloys.clusters import ingest_clusters
    from ingest.alloys.enumeration import find_distinct_supercells
    from ingest.alloys.parents import get_parent
    from ingest.alloys.supercells import supercell_rows
    from warehouse.catalog.build import build_catalog
    from warehouse.storage.commits import Provenance
    from warehouse.storage.store import Store

    store, fcc, provenance = Store(Warehouse(root)), get_parent("fcc"), Provenance("benchmark", "1")
    hnfs = [cell.hnf for n in range(1, MAX_SITES + 1) for cell in find_distinct_supercells(fcc, n)]
    supercells = supercell_rows(fcc, hnfs)
    rng = np.random.default_rng(0)
    n_sites = supercells["n_sites"].to_numpy()
    chosen = rng.choice(len(n_sites), size, p=2.0**n_sites / (2.0**n_sites).sum())
    mappings = pl.DataFrame(
        {
            "structure_id": [f"{number:07d}" for number in range(size)],
            "supercell_id": supercells["supercell_id"].gather(chosen),
            "occupation": rng.integers(0, 1 << n_sites[chosen]),
        }
    ).with_columns(
        alloy=pl.lit("au-cu"),
        parent_lattice=pl.lit(fcc.name),
        lattice_parameter=pl.lit(LATTICE_PARAMETER),
        decoration_id=pl.format("{}:{}", "supercell_id", "occupation"),
        warnings=pl.lit([], dtype=pl.List(pl.String)),
        site_species=pl.lit(None, dtype=pl.List(pl.Int64)),
        **dict.fromkeys(
            ("volumetric_strain", "strain", "mean_displacement", "max_displacement"), pl.lit(0.0)
        ),
    )
    store.insert("supercells", supercells, provenance=provenance)
    store.insert("lattice_mappings", mappings, provenance=provenance)
    name_alloy(store, "au-cu")
    ingest_clusters(store)
    build_catalog(store)


def name_alloy(store: "Store", alloy: str) -> None:
    """Write a structure of `alloy`: the views show mappings of the structures that are there."""
    import polars as pl

    from warehouse.storage.commits import Provenance
    from warehouse.tables import AlloyStructures

    one = {
        "alloy": alloy,
        "structure_id": "0000000",
        "source": "benchmark",
        "cell": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        "positions": [[0.0, 0.0, 0.0]],
        "symbols": [alloy.partition("-")[0].capitalize()],
        "total_energy": 0.0,
        "volume": 1.0,
        "calculator": "none",
        "structures_digest": "",
    }
    rows = pl.DataFrame([one], schema=AlloyStructures.create_empty().schema)
    store.insert("alloy_structures", rows, provenance=Provenance("benchmark", "1"))


def in_sql(root: Path) -> Work:
    """Every correlation of every structure, handed over in batches of Arrow's."""
    from warehouse.catalog.connection import connect

    n_orbits, connection = count_orbits(root), connect(Warehouse(root))

    def work() -> int:
        rows = connection.sql("select correlation from features.cluster_correlations")
        return sum(batch.num_rows for batch in rows.to_arrow_reader(100_000)) // n_orbits

    return work


def to_parquet(root: Path) -> Work:
    """The same with their keys into a Parquet file, as `python -m warehouse query` does it."""
    import pyarrow.parquet as pq

    from warehouse.catalog.query import write_answer

    target, n_orbits = root.with_suffix(".parquet"), count_orbits(root)

    def work() -> int:
        write_answer(Warehouse(root), "from features.cluster_correlations", "parquet", target)
        return pq.ParquetFile(target).metadata.num_rows // n_orbits

    return work


def by_icet(root: Path) -> Work:
    """Cluster vectors of the first structures in the same cluster space, by icet."""
    from icet import ClusterSpace

    from ingest.alloys.parents import get_parent
    from warehouse.conventions.cluster_spaces import DEFAULT_CUTOFFS

    primitive = get_parent("fcc").atoms(LATTICE_PARAMETER)
    cutoffs = [LATTICE_PARAMETER * cutoff for cutoff in DEFAULT_CUTOFFS]
    space = ClusterSpace(primitive, cutoffs, list(ELEMENTS))
    structures = [atoms for atoms, _ in read_structures(root)]

    def work() -> int:
        return len([space.get_cluster_vector(atoms) for atoms in structures])

    return work


def by_smol(root: Path) -> Work:
    """The same, up to the basis functions' signs, by smol, which is told the supercells."""
    from pymatgen.core import Lattice, Structure
    from pymatgen.io.ase import AseAtomsAdaptor
    from smol.cofe import ClusterSubspace

    from ingest.alloys.parents import get_parent
    from warehouse.conventions.cluster_spaces import DEFAULT_CUTOFFS

    cell = get_parent("fcc").cell * LATTICE_PARAMETER
    species = dict.fromkeys(ELEMENTS, 0.5)
    cutoffs = {
        order: LATTICE_PARAMETER * cutoff + 1e-3
        for order, cutoff in enumerate(DEFAULT_CUTOFFS, start=2)
    }
    space = ClusterSubspace.from_cutoffs(
        Structure(Lattice(cell), [species], [[0, 0, 0]]), cutoffs=cutoffs, supercell_size="volume"
    )
    assert space.num_corr_functions == count_orbits(root)
    structures = [
        (AseAtomsAdaptor.get_structure(atoms), hnf) for atoms, hnf in read_structures(root)
    ]

    def work() -> int:
        return len([space.corr_from_structure(atoms, scmatrix=hnf) for atoms, hnf in structures])

    return work


def count_orbits(root: Path) -> int:
    """Correlations in a structure's cluster vector."""
    from warehouse.catalog.connection import connect

    with connect(Warehouse(root)) as connection:
        ((n_orbits,),) = connection.sql("select count(*) from staging.orbits").fetchall()
    return int(n_orbits)


def read_structures(root: Path) -> list[tuple[Any, Any]]:
    """The first structures as ase.Atoms, and their supercells' matrices (3, 3)."""
    import numpy as np
    from ase import Atoms

    from ingest.alloys.parents import get_parent
    from warehouse.catalog.connection import connect
    from warehouse.conventions.lattices import entries_to_hnf
    from warehouse.conventions.sites import lattice_points

    cell = get_parent("fcc").cell * LATTICE_PARAMETER
    with connect(Warehouse(root)) as connection:
        rows = connection.sql(
            "select hermite_normal_form, occupation from staging.lattice_mappings "
            f"join staging.supercells using (supercell_id) order by structure_id limit {PEER_SIZE}"
        ).fetchall()
    structures = []
    for entries, occupation in rows:
        hnf = entries_to_hnf(entries)
        points = lattice_points(hnf)
        symbols = np.take(ELEMENTS, occupation >> np.arange(len(points)) & 1)
        structures.append((Atoms(symbols, points @ cell, cell=hnf @ cell, pbc=True), hnf))
    return structures
