"""Correlations in supercells too large for masks of all clusters, from SQL against icet."""

import numpy as np
import pytest
from ase import Atoms

from ingest.alloys.cluster_spaces import build_cluster_space
from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.parents import ingest_parents
from ingest.alloys.translations import needs_translations
from tests.support.alloys import BCC, FCC, PROVENANCE, build, query, species_store
from tests.support.folders import temporary_folder
from warehouse.conventions.lattices import ParentLattice, hermite_normal_form
from warehouse.conventions.sites import site_indices, site_positions, supercell_sites

ELEMENTS = ("Al", "Cu", "Zn", "Zr")
"""In the order of the alphabet, which is ours, and of their numbers, which is icet's."""
SCALES = {
    2: np.array([-1]),
    3: np.array([-(2**0.5), -(2**0.5)]),
    4: np.array([-(2**0.5), -(2**0.5), -1]),
}
"""Our point functions of so many species by icet's, which are -cos and -sin without a root."""
CUTOFFS = (1.1, 0.9)
VECTORS = "select structure_id, cluster_vector from features.cluster_vectors"

Decoration = tuple[np.ndarray, np.ndarray]
"""A Hermite normal form (3, 3) and the species (n_sites,) on the sites of its supercell."""


def cluster_vectors(parent: ParentLattice, cells: dict[str, Decoration]) -> dict[str, np.ndarray]:
    """Cluster vectors of decorations by name, from SQL."""
    store = species_store(temporary_folder(), cells, parent)
    ingest_parents(store, parent, provenance=PROVENANCE)
    ingest_clusters(store, CUTOFFS, parent=parent.name)
    connection = build(store)
    assert query("from checks.cluster_weights", connection).is_empty()
    return {name: np.array(vector) for name, vector in query(VECTORS, connection).rows()}


def decorate(parent: ParentLattice, hnf: np.ndarray, seed: int = 0) -> Decoration:
    """A supercell with species at random."""
    n_sites = len(supercell_sites(parent, hnf))
    return hnf, np.random.default_rng(seed).integers(parent.n_species[0], size=n_sites)


def repeat(parent: ParentLattice, cell: Decoration, larger: np.ndarray) -> Decoration:
    """The same decoration in a supercell that holds the first whole."""
    hnf, species = cell
    larger = hermite_normal_form(larger)
    return larger, species[site_indices(hnf, supercell_sites(parent, larger))]


@pytest.mark.parametrize(
    ("parent", "hnf"),
    [
        (FCC, np.diag([4, 4, 4])),
        (FCC.with_species(3), np.diag([3, 3, 3])),
        (BCC.with_species(4), np.array([[2, 0, 0], [1, 3, 0], [0, 1, 2]])),
    ],
    ids=["binary", "ternary", "quaternary"],
)
def test_large_supercells_agree_with_icet(parent, hnf):
    from icet import ClusterSpace

    large = build_cluster_space(parent, CUTOFFS)
    assert needs_translations(large, hnf)
    hnf, species = decorate(parent, hnf)
    elements = ELEMENTS[: parent.n_species[0]]
    space = ClusterSpace(parent.atoms(), list(CUTOFFS), list(elements))
    atoms = Atoms(
        [elements[kind] for kind in species],
        positions=site_positions(parent, hnf),
        cell=hnf @ parent.cell,
        pbc=True,
    )
    found = cluster_vectors(parent, {"large": (hnf, species)})["large"]
    expected = space.get_cluster_vector(atoms)
    functions = [
        np.zeros(row["cluster_order"], dtype=int) if parent.is_binary else row["point_functions"]
        for row in large.orbits.rows(named=True)
    ]
    scales = [np.prod(SCALES[len(elements)][list(numbers)]) for numbers in functions]
    np.testing.assert_allclose(found, scales * expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("parent", "larger"),
    [
        (FCC, np.diag([4, 4, 6])),
        (BCC, np.array([[8, 0, 0], [2, 4, 2], [0, 0, 2]])),
        (FCC.with_species(3), np.diag([2, 4, 2])),
    ],
    ids=["fcc", "bcc", "ternary"],
)
def test_a_structure_that_is_repeated_keeps_its_cluster_vector(parent, larger):
    small = decorate(parent, np.diag([2, 2, 2]), seed=1)
    space = build_cluster_space(parent, CUTOFFS)
    cells = {"small": small, "large": repeat(parent, small, larger)}
    assert [needs_translations(space, hnf) for hnf, _ in cells.values()] == [False, True]
    found = cluster_vectors(parent, cells)
    np.testing.assert_allclose(found["large"], found["small"], rtol=0, atol=1e-14)
