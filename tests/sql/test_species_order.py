"""Short-range order of several species and sublattices, against pairs that ASE finds."""

import numpy as np
import polars as pl
import pytest
from ase import Atoms
from ase.neighborlist import neighbor_list

from ingest.alloys.cluster_spaces import build_cluster_space
from tests.support.alloys import FCC, PROVENANCE, query
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import ParentLattice
from warehouse.conventions.sites import site_positions
from warehouse.crystals.decorations import member_shares
from warehouse.crystals.orbit_clusters import count_correlations, expand_orbits
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

HNF = np.array([[4, 0, 0], [1, 4, 0], [2, 1, 5]])
ROCKSALT = ParentLattice(
    "rocksalt", FCC.cell, np.array([[0, 0, 0], [0.5, 0.5, 0.5]]), (2, 3), (0, 1)
)
INERT = ParentLattice("inert", FCC.cell, ROCKSALT.basis, (1, 2), (1, 0))
"""Two species on the second site of the primitive cell, and one on the first."""
CASES = {"ag-au-cu": FCC.with_species(3), "mg-zn_x-al-si": ROCKSALT, "x-li_o": INERT}
CUTOFFS = (1.3,)


def write_chain(store: Store, number: int, name: str, parent: ParentLattice) -> np.ndarray:
    """One chain whose mean correlations are those of one crystal; the species in it."""
    rng = np.random.default_rng(number)
    n_cells = int(np.prod(np.diag(HNF)))
    n_species = np.repeat(parent.n_species, n_cells)
    # Unlike shares, so that the means of point functions are not 0.
    species = np.minimum(rng.integers(0, n_species), rng.integers(0, n_species))
    orbits = build_cluster_space(parent, CUTOFFS).orbits
    clusters = expand_orbits(orbits["sites"].to_list(), parent, orbits["point_functions"].to_list())
    correlations = count_correlations(clusters, parent, HNF, species)
    shares = member_shares(Alloy.parse(name), parent, species).tolist()
    key = {"alloy": name, "series": "test", "run_id": str(number), "simulation": 0}
    told = {"model": "ridge", "is_selected": True, "hyperparameters": "{}", "lineage": "{}"}
    rows = {
        "parent_lattices": [
            {"parent_lattice": parent.name, "cell": parent.cell.tolist()}
            | {"basis": parent.basis.tolist(), "n_species": list(parent.n_species)}
            | {"sublattices": list(parent.sublattices)}
        ],
        "orbits": orbits.to_dicts(),
        "models": [
            {"study": "cluster_expansion", "dataset": name, "run_id": "fit", **told}
            | {"feature_space": orbits["cluster_space_id"][0]}
        ],
        "simulations": [
            {**key, "model": "ridge", "model_run_id": "fit", "ensemble": "canonical"}
            | {"start": "disordered", "decoration_id": "none", "concentration": shares[1]}
            | {"concentrations": shares, "n_sites": len(species), "temperature": 900.0}
            | {"inverse_temperature": 12.9, "mixing_entropy": 0.5, "n_sweeps": 1, "seed": 0}
            | {"n_equilibration_sweeps": 1, "lineage": "{}"}
        ],
        "ensemble_averages": [
            {**key, "quantity": "correlation", "component": index, "mean": mean}
            | {"n_effective": 1.0, "variance": 0.0}
            for index, mean in enumerate(correlations)
        ],
    }
    for table, added in rows.items():
        frame = pl.DataFrame(added, schema=store.read(table).schema)
        assert store.insert(table, frame, provenance=PROVENANCE).n_quarantined == 0
    return species


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """The catalog, and the species of each case."""
    store = Store(Warehouse(tmp_path_factory.mktemp("species") / "data"))
    species = {
        name: write_chain(store, number, name, parent)
        for number, (name, parent) in enumerate(CASES.items())
    }
    build_catalog(store)
    with connect(store.warehouse) as connection:
        yield connection, species


@pytest.mark.parametrize("name", CASES)
def test_short_range_order_is_that_of_the_pairs_that_are_counted(simulated, name):
    connection, species = simulated[0], simulated[1][name]
    alloy, parent = Alloy.parse(name), CASES[name]
    n_cells = len(species) // len(parent.basis)
    allowed = [alloy.sublattices[parent.sublattices[b]] for b in range(len(parent.basis))]
    symbols = np.array([allowed[site // n_cells][one] for site, one in enumerate(species)])
    sublattices = np.repeat(parent.sublattices, n_cells)
    sites = Atoms(positions=site_positions(parent, HNF), cell=HNF @ parent.cell, pbc=True)
    first, second, distance = neighbor_list("ijd", sites, max(CUTOFFS) + 1e-3)
    rows = query(f"from marts.short_range_order where alloy = '{name}' order by shell", connection)
    assert rows["shell"].n_unique() >= 3
    for row in rows.iter_rows(named=True):
        one, other = row["first_species"], row["second_species"]
        own = {s: sublattices[symbols == s][0] for s in (one, other)}
        shares = [(symbols[sublattices == own[s]] == s).mean() for s in (one, other)]
        there = np.abs(distance - row["diameter"]) < 1e-6
        pairs = there & (sublattices[first] == own[one]) & (sublattices[second] == own[other])
        both = (symbols[first[pairs]] == one) & (symbols[second[pairs]] == other)
        expected = 1 - both.mean() / np.prod(shares)
        assert row["warren_cowley_parameter"] == pytest.approx(expected, abs=1e-12)


def test_pairs_are_of_all_unlike_species(simulated):
    counts = {
        name: query(
            "select distinct first_species || second_species as pair "
            f"from marts.short_range_order where alloy = '{name}'",
            simulated[0],
        )["pair"].sort().to_list()
        for name in CASES
    }  # fmt: skip
    assert counts["ag-au-cu"] == ["AgAu", "AgCu", "AuCu"]
    assert counts["x-li_o"] == ["XLi"]
    across = {f"{metal}{other}" for metal in ("Mg", "Zn") for other in ("X", "Al", "Si")}
    assert set(counts["mg-zn_x-al-si"]) == across | {"MgZn", "XAl", "XSi", "AlSi"}
