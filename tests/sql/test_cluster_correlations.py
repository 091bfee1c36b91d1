"""Correlations from SQL against icet, against numbers by hand, and by symmetry."""

from functools import cache

import numpy as np
import polars as pl
import pytest
from ase import Atoms
from ase.build import bulk

from ingest.alloys.mapping.alloy_mapping import alloy_lattice_parameter
from tests.support.alloys import (
    AU_CU,
    BCC,
    FCC,
    HCP,
    alloy_store,
    decorated_catalog,
    encode,
    ideal_atoms,
    query,
)
from warehouse.conventions.cluster_spaces import DEFAULT_CUTOFFS

VECTORS = "select structure_id, cluster_vector from features.cluster_vectors where alloy = 'au-cu'"
ORDERS = "select cluster_order from staging.orbits order by orbit_index"


def icet_space(elements, a=1.0, cutoffs=DEFAULT_CUTOFFS, parent=FCC):
    from icet import ClusterSpace

    return ClusterSpace(parent.atoms(a), [cutoff * a for cutoff in cutoffs], list(elements))


def cluster_vectors(cells, cutoffs=None, parent=FCC):
    """Cluster vectors of ideal structures by name, from SQL, and the orders of the orbits."""
    connection = decorated_catalog(cells, cutoffs, parent)
    vectors = {name: np.array(vector) for name, vector in query(VECTORS, connection).rows()}
    return vectors, query(ORDERS, connection)["cluster_order"].to_numpy()


@cache
def derivative_cells(parent=FCC):
    """Every derivative structure of up to 6 atoms, as icet enumerates them."""
    from icet.tools import enumerate_structures

    sizes = range(1, 6 // len(parent.basis) + 1)
    cells = enumerate_structures(parent.atoms(), sizes, ["Au", "Cu"])
    return {str(index): encode(atoms, "Cu", parent) for index, atoms in enumerate(cells)}


@cache
def derivative_vectors():
    """Their cluster vectors in the default space, and the orders of its orbits."""
    return cluster_vectors(derivative_cells())


def test_relaxed_structures_agree_with_icet():
    from icet.tools import map_structure_to_reference

    structures = alloy_store().read("alloy_structures").filter(pl.col("alloy") == "au-cu")
    a = alloy_lattice_parameter(AU_CU, structures, FCC)
    space = icet_space(("Au", "Cu"), a)
    vectors = dict(query(VECTORS).rows())
    assert len(vectors) == structures.height == 136
    for row in structures.rows(named=True):
        atoms = Atoms(row["symbols"], positions=row["positions"], cell=row["cell"], pbc=True)
        ideal, _ = map_structure_to_reference(atoms, FCC.atoms(a), suppress_warnings=True)
        expected = space.get_cluster_vector(ideal)
        np.testing.assert_allclose(vectors[row["structure_id"]], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("elements", "power"), [(("Au", "Cu"), 0), (("Ag", "Au"), 1)])
def test_derivative_structures_agree_with_icet(elements, power):
    # icet's spin is -1 on the lighter element, ours on the second in alphabetical order.
    cells = derivative_cells()
    vectors, orders = derivative_vectors()
    assert len(vectors) == len(cells) == 137
    space = icet_space(elements)
    # All cells once; that icet's sign follows the elements, a third of them tell as well.
    for name, (supercell, occupation) in list(cells.items())[:: 1 + 2 * power]:
        expected = space.get_cluster_vector(ideal_atoms(supercell, occupation, elements))
        ours = (-1.0) ** (power * orders) * vectors[name]
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("parent", "n_cells"), [(BCC, 137), (HCP, 63)], ids=lambda value: getattr(value, "name", None)
)
def test_other_parents_agree_with_icet(parent, n_cells):
    cells, cutoffs = derivative_cells(parent), (2.1, 1.5, 1.1)
    vectors, _ = cluster_vectors(cells, cutoffs, parent)
    assert len(vectors) == len(cells) == n_cells
    space = icet_space(("Au", "Cu"), cutoffs=cutoffs, parent=parent)
    for name, (supercell, occupation) in cells.items():
        atoms = ideal_atoms(supercell, occupation, ("Au", "Cu"), parent)
        expected = space.get_cluster_vector(atoms)
        np.testing.assert_allclose(vectors[name], expected, rtol=0, atol=1e-12)


def test_nearest_and_next_neighbours_by_hand():
    cube = bulk("Au", cubic=True, a=1.0)
    l1_2, l1_0 = cube.copy(), cube.copy()
    l1_2.symbols[0] = "Cu"
    l1_0.symbols[[0, 1]] = "Cu"  # z = 0 and z = 0: (001) layers of Cu and Au by turns
    vectors, _ = cluster_vectors(
        {"L1_2": encode(l1_2, "Cu"), "L1_0": encode(l1_0, "Cu")}, cutoffs=(1.1,)
    )
    # L1_2: a corner has 12 unlike neighbours, a face 4 unlike and 8 like ones:
    # (1 * -12 + 3 * (8 - 4)) / 48 = 0; next neighbours are translations by a: all alike.
    np.testing.assert_allclose(vectors["L1_2"], [1, 0.5, 0, 1], atol=1e-15)
    # L1_0: 4 like neighbours in the layer, 8 unlike ones next to it: -4 / 12.
    np.testing.assert_allclose(vectors["L1_0"], [1, 0, -1 / 3, 1], atol=1e-15)


def test_swapping_species_flips_odd_orders():
    cells = derivative_cells()
    n_sites = {name: entries[0] * entries[2] * entries[5] for name, (entries, _) in cells.items()}
    swapped = {name: (c[0], 2 ** n_sites[name] - 1 - c[1]) for name, c in cells.items()}
    vectors, orders = derivative_vectors()
    mirrored, _ = cluster_vectors(swapped)
    for name, vector in vectors.items():
        np.testing.assert_array_equal(mirrored[name], (-1.0) ** orders * vector)


def test_a_supercell_keeps_its_cluster_vector():
    cells = derivative_cells()
    rng = np.random.default_rng(0)
    larger = {}
    for name, (entries, occupation) in cells.items():
        atoms = ideal_atoms(entries, occupation, ("Au", "Cu"))
        repeats = rng.permutation([1, 2, 3])[:3] if len(atoms) < 5 else rng.permutation([1, 1, 3])
        larger[name] = encode(atoms * tuple(repeats), "Cu")
    vectors, _ = derivative_vectors()
    repeated, _ = cluster_vectors(larger)
    for name, vector in vectors.items():
        # The same ratio of integers, so the same floating-point number.
        np.testing.assert_array_equal(repeated[name], vector)
