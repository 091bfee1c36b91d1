"""Expansions of alloys of any kind as icet's, whose energies are ours."""

import numpy as np
import polars as pl
import pytest
from ase import Atoms
from icet import ClusterExpansion

from analysis.cluster_expansion.export.icet_model import convert_to_icet
from analysis.fitted_expansion import StoredExpansion
from ingest.alloys.cluster_spaces import build_cluster_space
from ingest.alloys.parents import get_parent
from tests.support.sublattices import CASES, parent_of
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import entries_to_hnf
from warehouse.conventions.sites import site_positions
from warehouse.crystals.orbit_clusters import count_correlations, expand_orbits
from warehouse.errors import WarehouseError

# icet counts species by atomic number, we by name: Cu, Ag, Au and Ag, Au, Cu.
PLAIN = {"ag-au-cu": "fcc_3", "ag-al-au-cu": "fcc_4", "al-cd-mg": "hcp_3", "cr-fe-ni-ti-w": "bcc_5"}
SUPERCELL = entries_to_hnf([1, 1, 3, 1, 0, 4])


def plant_expansion(name: str) -> StoredExpansion:
    """An expansion with random parameters: orbits or species in another order would be seen."""
    parent = get_parent(PLAIN[name]) if name in PLAIN else parent_of(name)
    cutoffs = (1.4, 1.0) if name in CASES else (1.7, 1.1, 0.9)
    orbits = build_cluster_space(parent, cutoffs).orbits
    values = np.random.default_rng(1).normal(size=orbits.height)
    orbits = orbits.with_columns(parameter=pl.Series(values))
    space = orbits["cluster_space_id"][0]
    alloy = Alloy.parse(name)
    none = np.zeros((0, len(values)))
    return StoredExpansion(alloy, "random", "0", space, parent, orbits, none, none)


@pytest.mark.parametrize("name", [*PLAIN, *CASES])
def test_icet_predicts_random_cells_as_we_do(name, tmp_path):
    a, stored, rng = 4.1, plant_expansion(name), np.random.default_rng(2)
    parent, orbits = stored.parent, stored.orbits
    convert_to_icet(stored, a).write(str(tmp_path / "model.ce"))
    model = ClusterExpansion.read(str(tmp_path / "model.ce"))
    functions = orbits["point_functions"].to_list()
    clusters = expand_orbits(orbits["sites"].to_list(), parent, functions)
    n_cells = round(np.linalg.det(SUPERCELL))
    basis = np.repeat(np.arange(len(parent.basis)), n_cells)
    for _ in range(3):
        species = rng.integers(np.array(parent.n_species)[basis])
        allowed = [stored.alloy.sublattices[parent.sublattices[site]] for site in basis]
        symbols = [of_site[number] for of_site, number in zip(allowed, species, strict=True)]
        positions = a * site_positions(parent, SUPERCELL)
        atoms = Atoms(symbols, positions=positions, cell=a * SUPERCELL @ parent.cell, pbc=True)
        vector = count_correlations(clusters, parent, SUPERCELL, species)
        expected = vector @ orbits["parameter"].to_numpy()
        assert model.predict(atoms) == pytest.approx(expected, abs=1e-9)


def test_a_space_that_icet_does_not_find_is_refused():
    # A pair that is said to be shorter than it is lies beyond the cutoffs.
    stored = plant_expansion("ag-au-cu")
    pairs = pl.col("cluster_order") == 2
    shorter = pl.when(pairs).then(pl.col("diameter").clip(upper_bound=1.0)).otherwise("diameter")
    broken = stored.orbits.with_columns(diameter=shorter)
    changed = StoredExpansion(**{**vars(stored), "orbits": broken})
    with pytest.raises(WarehouseError, match="of which icet finds"):
        convert_to_icet(changed, 4.1)
