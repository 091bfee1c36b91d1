"""Correlations in SQL against icet's cluster vectors: many lattices, spaces and structures."""

from pathlib import Path

import numpy as np

from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.enumeration import derivative_rows, find_distinct_supercells
from tests.soak import Figure
from tests.support.alloys import BCC, FCC, HCP, build, decorated_store, ideal_atoms, query
from warehouse.conventions.cluster_spaces import DEFAULT_CUTOFFS, ClusterSpaceName
from warehouse.conventions.lattices import ParentLattice, hnf_to_entries

PARENTS = (FCC, BCC, HCP)
CUTOFFS = ((4.0,), DEFAULT_CUTOFFS, (2.9, 2.3, 1.9))
"""Pairs alone, the default, and long triplets and quadruplets."""
TOLERANCE = 1e-12
LARGEST_RANDOM = 24

Cells = dict[str, tuple[list[int], int]]


def run(folder: Path, is_short: bool) -> list[Figure]:
    """Compare every derivative structure, and random labelings of larger cells."""
    largest, n_random = (3, 3) if is_short else (8, 200)
    figures = []
    for parent in PARENTS[:1] if is_short else PARENTS:
        cells = derivative_cells(parent, largest) | random_cells(parent, n_random)
        store = decorated_store(folder / parent.name, cells, parent)
        for cutoffs in CUTOFFS[1:2] if is_short else CUTOFFS:
            ingest_clusters(store, cutoffs, parent=parent.name)
            figures += compare(store, cells, parent, cutoffs)
    return figures


def compare(store, cells: Cells, parent: ParentLattice, cutoffs) -> list[Figure]:
    """Figures of one cluster space."""
    from icet import ClusterSpace

    name = str(ClusterSpaceName(parent.name, cutoffs))
    with build(store) as connection:
        sql = "select structure_id, cluster_vector from features.cluster_vectors"
        ours = dict(query(f"{sql} where cluster_space_id = '{name}'", connection).rows())
        n_wrong_weights = query("from checks.cluster_weights", connection).height
    space = ClusterSpace(parent.atoms(), list(cutoffs), ["Au", "Cu"])
    n_far, largest = 0, 0.0
    for structure, (entries, occupation) in cells.items():
        expected = space.get_cluster_vector(ideal_atoms(entries, occupation, ("Au", "Cu"), parent))
        differences = np.abs(np.array(ours[structure]) - expected)
        n_far += int((differences > TOLERANCE).sum())
        largest = max(largest, float(differences.max()))
    return [
        Figure(f"{name}: orbits", len(space)),
        Figure(f"{name}: structures", len(ours), wanted=len(cells)),
        Figure(f"{name}: largest difference from icet", largest),
        Figure(f"{name}: correlations more than {TOLERANCE:g} off", n_far, wanted=0),
        Figure(f"{name}: orbits with a wrong weight", n_wrong_weights, wanted=0),
    ]


def derivative_cells(parent: ParentLattice, largest: int) -> Cells:
    """Every derivative structure of up to `largest` sites, and of one primitive cell."""
    return {
        row["decoration_id"]: (hnf_to_entries(cell.hnf), row["occupation"])
        for n_cells in range(1, max(largest // len(parent.basis), 1) + 1)
        for cell in find_distinct_supercells(parent, n_cells)
        for row in derivative_rows(parent, cell).rows(named=True)
    }


def random_cells(parent: ParentLattice, count: int) -> Cells:
    """Random labelings of random supercells of 9 to 24 sites."""
    rng = np.random.default_rng(0)
    cells: Cells = {}
    n_basis = len(parent.basis)
    while len(cells) < count:
        n_cells = int(rng.integers(8 // n_basis + 1, LARGEST_RANDOM // n_basis, endpoint=True))
        h11 = int(rng.choice([n for n in range(1, n_cells + 1) if n_cells % n == 0]))
        h22 = int(rng.choice([n for n in range(1, n_cells // h11 + 1) if n_cells // h11 % n == 0]))
        h21, h31 = rng.integers(0, h11, 2).tolist()
        entries = [h11, h21, h22, h31, int(rng.integers(0, h22)), n_cells // h11 // h22]
        cells[f"random {len(cells)}"] = (entries, int(rng.integers(0, 1 << n_cells * n_basis)))
    return cells
