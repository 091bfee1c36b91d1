"""Cluster vectors of random structures of three and of five elements by the SQL view, against icet.

The structures are random labelings of the distinct supercells of an fcc lattice up to 6 sites for
three elements and 5 for five, each supercell as often as it has labelings, in the default cluster
space of so many elements. icet is timed on the first structures alone.
"""

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks.correlations import in_sql, name_alloy
from tests.benchmarks.harness import Work, make_row, measure, run_apart
from warehouse.storage.warehouse import Warehouse

SIZES = (10_000, 100_000)
PEER_SIZE = 200
MAX_SITES = {3: 6, 5: 5}
ELEMENTS = ("Ag", "Al", "Au", "Cu", "Pd")
LATTICE_PARAMETER = 4.0


def run() -> Iterator[dict[str, Any]]:
    """Rows of `benchmarks.json`, of three elements first."""
    with tempfile.TemporaryDirectory(prefix="quarry-bench-") as folder:
        for n_elements in MAX_SITES:
            peer = None
            for size in SIZES:
                root = Path(folder) / f"{n_elements}-{size}"
                run_apart(make_warehouse, root, n_elements, size)
                peer = peer or measure(partial(by_icet, n_elements=n_elements), root, 2)
                ours = measure(in_sql, root, repeats=2)
                name = f"multicomponent_correlations_vs_icet ({n_elements} elements)"
                yield make_row(name, ours, peer, "structures/s")


def make_warehouse(root: Path, n_elements: int, size: int) -> None:
    """Write `size` structures with their clusters and the catalog."""
    import numpy as np
    import polars as pl

    from ingest.alloys.clusters import ingest_clusters
    from ingest.alloys.enumeration import find_distinct_supercells
    from ingest.alloys.parents import get_parent, ingest_parents
    from ingest.alloys.supercells import supercell_rows
    from warehouse.catalog.build import build_catalog
    from warehouse.conventions.sites import encode_bits, occupied_bits
    from warehouse.storage.commits import Provenance
    from warehouse.storage.store import Store

    store, provenance = Store(Warehouse(root)), Provenance("benchmark", "1")
    parent = get_parent("fcc").with_species(n_elements)
    hnfs = [
        cell.hnf
        for n in range(1, MAX_SITES[n_elements] + 1)
        for cell in find_distinct_supercells(parent, n)
    ]
    supercells, rng = supercell_rows(parent, hnfs), np.random.default_rng(0)
    n_sites = supercells["n_sites"].to_numpy()
    ways = float(n_elements) ** n_sites
    chosen = rng.choice(len(n_sites), size, p=ways / ways.sum()).tolist()
    species = [rng.integers(0, n_elements, n_sites[number]) for number in chosen]
    mappings = pl.DataFrame(
        {
            "structure_id": [f"{number:07d}" for number in range(size)],
            "supercell_id": supercells["supercell_id"].gather(chosen),
            "site_species": [own.tolist() for own in species],
            "occupation": [
                encode_bits(occupied_bits(parent, hnfs[number], own))
                for number, own in zip(chosen, species, strict=True)
            ],
        }
    ).with_columns(
        alloy=pl.lit("-".join(ELEMENTS[:n_elements]).lower()),
        parent_lattice=pl.lit(parent.name),
        lattice_parameter=pl.lit(LATTICE_PARAMETER),
        decoration_id=pl.format("{}:{}", "supercell_id", "occupation"),
        warnings=pl.lit([], dtype=pl.List(pl.String)),
        **dict.fromkeys(
            ("volumetric_strain", "strain", "mean_displacement", "max_displacement"), pl.lit(0.0)
        ),
    )
    ingest_parents(store, parent, provenance=provenance)
    store.insert("supercells", supercells, provenance=provenance)
    store.insert("lattice_mappings", mappings, provenance=provenance)
    name_alloy(store, mappings["alloy"][0])
    ingest_clusters(store, parent=parent.name)
    build_catalog(store)


def by_icet(root: Path, n_elements: int) -> Work:
    """Cluster vectors of the first structures in the same cluster space, by icet."""
    from ase import Atoms
    from icet import ClusterSpace

    from ingest.alloys.parents import get_parent
    from warehouse.catalog.connection import connect
    from warehouse.conventions.cluster_spaces import default_cutoffs
    from warehouse.conventions.lattices import entries_to_hnf
    from warehouse.conventions.sites import site_positions

    parent = get_parent("fcc").with_species(n_elements)
    cutoffs = [LATTICE_PARAMETER * cutoff for cutoff in default_cutoffs(parent)]
    space = ClusterSpace(parent.atoms(LATTICE_PARAMETER), cutoffs, list(ELEMENTS[:n_elements]))
    with connect(Warehouse(root)) as connection:
        rows = connection.sql(
            "select hermite_normal_form, site_species from staging.lattice_mappings "
            f"join staging.supercells using (supercell_id) order by structure_id limit {PEER_SIZE}"
        ).fetchall()
    structures = []
    for entries, species in rows:
        hnf = entries_to_hnf(entries)
        positions = site_positions(parent, hnf) * LATTICE_PARAMETER
        symbols = [ELEMENTS[number] for number in species]
        cell = hnf @ parent.cell * LATTICE_PARAMETER
        structures.append(Atoms(symbols, positions=positions, cell=cell, pbc=True))

    def work() -> int:
        return len([space.get_cluster_vector(atoms) for atoms in structures])

    return work
