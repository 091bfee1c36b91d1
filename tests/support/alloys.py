"""Small warehouses of alloys that several tests share."""

import shutil
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from ase import Atoms

from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.parents import get_parent
from ingest.alloys.shipped import ingest_alloys
from ingest.alloys.supercells import supercell_rows
from tests.support.folders import temporary_folder
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.catalog.views import parse_view
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import (
    ParentLattice,
    entries_to_hnf,
    hermite_normal_form,
    hnf_to_entries,
    supercell_id,
)
from warehouse.conventions.sites import (
    decode_occupation,
    decode_species,
    encode_bits,
    occupied_bits,
    place_species,
    site_indices,
    site_positions,
)
from warehouse.crystals.symmetry import name_decoration
from warehouse.settings import SQL_DIR
from warehouse.storage.commits import Provenance
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import AlloyStructures, LatticeMappings

AU_CU = Alloy.parse("au-cu")
AG_AU = Alloy.parse("ag-au")
AG_CU = Alloy.parse("ag-cu")
FCC = get_parent("fcc")
BCC = get_parent("bcc")
HCP = get_parent("hcp")
PROVENANCE = Provenance("test", "1")
VIEWS = (
    "marts.flagged_structures",
    "staging.orbits",
    "features.derivative_correlations",
    "marts.cluster_expansion_training",
    "marts.ground_states",
    "marts.competing_phases",
    "marts.decompositions",
    "marts.predicted_ground_states",
    "marts.ground_state_probabilities",
    "marts.ideal_structures",
    "marts.interaction_slopes",
)
CHECKS = ("alloy_*.sql", "cluster_*.sql")


@cache
def alloy_sql() -> Path:
    """Folder with the views of alloys alone: a mistake in another wing does not matter here."""
    folder = temporary_folder()
    paths = [path for pattern in CHECKS for path in (SQL_DIR / "checks").glob(pattern)]
    paths += [SQL_DIR / f"{view.replace('.', '/')}.sql" for view in VIEWS]
    while paths:
        path = paths.pop()
        target = folder / path.parent.name / path.name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(path, target)
        reads = (name.split(".") for name in parse_view(path).reads)
        paths += [SQL_DIR / layer / f"{name}.sql" for layer, name in reads if layer != "raw"]
    return folder


def build(store: Store) -> duckdb.DuckDBPyConnection:
    """Build the catalog of `store` with the views of alloys, and open it."""
    build_catalog(store, alloy_sql())
    return connect(store.warehouse)


@cache
def alloy_store() -> Store:
    """The embedded Au-Cu and Ag-Cu structures, mapped, with the default cluster space."""
    store = Store(Warehouse(temporary_folder()))
    ingest_alloys(store, [AU_CU, AG_CU])
    ingest_clusters(store)
    return store


@cache
def alloy_catalog() -> duckdb.DuckDBPyConnection:
    """The catalog of `alloy_store`, read-only."""
    return build(alloy_store())


def query(sql: str, connection: duckdb.DuckDBPyConnection | None = None) -> pl.DataFrame:
    """Rows of a query, of the shared catalog unless another one is given."""
    return (connection or alloy_catalog()).sql(sql).pl()


def ideal_atoms(
    supercell: list[int],
    occupation: int,
    elements: tuple[str, str],
    parent: ParentLattice = FCC,
) -> Atoms:
    """An ideal structure with a = 1, from the numbers that the warehouse keeps of it."""
    hnf = entries_to_hnf(supercell)
    positions = site_positions(parent, hnf)
    is_second = decode_occupation(occupation, len(positions))
    symbols = [elements[int(second)] for second in is_second]
    return Atoms(symbols, positions=positions, cell=hnf @ parent.cell, pbc=True)


def encode(atoms: Atoms, second: str, parent: ParentLattice = FCC) -> tuple[list[int], int]:
    """Hermite normal form and occupation of an ideal structure with a = 1."""
    hnf = hermite_normal_form(atoms.cell.array @ np.linalg.inv(parent.cell))
    sites = site_indices(hnf, parent.locate(atoms.positions))
    is_second = np.array(atoms.get_chemical_symbols()) == second
    return hnf_to_entries(hnf), encode_occupation(sites, is_second)


def encode_occupation(site_numbers: np.ndarray, is_second: np.ndarray) -> int:
    """Occupation of a supercell of two elements, whose atoms sit on `site_numbers`."""
    return encode_bits(np.flatnonzero(place_species(site_numbers, is_second.astype(int))))


def decoration_id(parent: ParentLattice, hnf: np.ndarray, occupation: int) -> str:
    """Name of a decoration of two elements by its occupation."""
    n_sites = int(np.prod(np.diag(hnf))) * len(parent.basis)
    return name_decoration(parent, hnf, decode_occupation(occupation, n_sites))


def decorated_catalog(
    cells: dict[str, tuple[list[int], int]],
    cutoffs: tuple[float, ...] | None = None,
    parent: ParentLattice = FCC,
) -> duckdb.DuckDBPyConnection:
    """Catalog of the structures of `decorated_store` in one cluster space."""
    store = decorated_store(temporary_folder(), cells, parent)
    ingest_clusters(store, cutoffs, parent=parent.name)
    return build(store)


def decorated_store(
    root: Path, cells: dict[str, tuple[list[int], int]], parent: ParentLattice = FCC
) -> Store:
    """Ideal Au-Cu structures by name, each a Hermite normal form and an occupation."""
    hnfs = {name: entries_to_hnf(entries) for name, (entries, _) in cells.items()}
    decorations = {
        name: (hnfs[name], decode_species(parent, hnfs[name], occupation))
        for name, (_, occupation) in cells.items()
    }
    return species_store(root, decorations, parent)


def species_store(
    root: Path, cells: dict[str, tuple[np.ndarray, np.ndarray]], parent: ParentLattice
) -> Store:
    """Ideal structures by name, each a Hermite normal form and the species on its sites."""
    store = Store(Warehouse(root))
    hnfs = {supercell_id(parent, hnf): hnf for hnf, _ in cells.values()}
    mappings = [
        {
            "alloy": "au-cu",
            "structure_id": name,
            "parent_lattice": parent.name,
            "lattice_parameter": 1.0,
            "supercell_id": supercell_id(parent, hnf),
            "occupation": encode_bits(occupied_bits(parent, hnf, species)),
            "site_species": species.tolist(),
            "decoration_id": name_decoration(parent, hnf, species),
            "volumetric_strain": 0.0,
            "strain": 0.0,
            "mean_displacement": 0.0,
            "max_displacement": 0.0,
            "warnings": [],
        }
        for name, (hnf, species) in cells.items()
    ]
    rows = pl.DataFrame(mappings, schema=LatticeMappings.create_empty().schema)
    store.insert("supercells", supercell_rows(parent, hnfs.values()), provenance=PROVENANCE)
    store.insert("lattice_mappings", rows, provenance=PROVENANCE)
    # Views show mappings of structures that are there; of what these are, no one here asks.
    structures = rows.select(
        "alloy",
        "structure_id",
        source=pl.lit("test"),
        cell=pl.lit(np.eye(3).tolist()),
        positions=pl.lit([[0.0] * 3]),
        symbols=pl.lit(["Au"]),
        total_energy=pl.lit(0.0),
        volume=pl.lit(1.0),
        calculator=pl.lit("none"),
    )
    structures = pl.concat([AlloyStructures.create_empty(), structures], how="diagonal")
    store.insert("alloy_structures", structures, provenance=PROVENANCE)
    return store
