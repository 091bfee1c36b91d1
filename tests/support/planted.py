"""Energies of a chain of spins that a few known interactions make, with noise or without."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from sklearn.model_selection import KFold

LONGEST = 5
"""Reach of a cluster, in sites."""
PERIODS = (4, 5, 6, 7, 8)
"""Sites of a cell: small cells make columns collinear, as they do in crystals."""


@dataclass(frozen=True)
class Planted:
    """Cluster vectors, energies in eV/atom, what made them, and folds to choose with."""

    X: Any
    y: Any
    orbits: pl.DataFrame
    parameters: Any
    inner: list[tuple[Any, Any]]


def plant(seed: int, noise: float, n_samples: int = 60) -> Planted:
    """Draw structures of small cells, and energies of two pairs and a triplet; noise in eV/atom."""
    rng = np.random.default_rng(seed)
    clusters = list_clusters()
    cells = [rng.choice([-1.0, 1.0], PERIODS[number % 5]) for number in range(n_samples)]
    X = np.array([[correlate(spins, cluster) for cluster in clusters] for spins in cells])
    orders = np.array([len(cluster) for cluster in clusters])
    parameters = np.zeros(len(clusters))
    parameters[[2, 3, 7]] = rng.choice([-1, 1], 3) * rng.uniform(0.005, 0.03, 3)
    parameters[0] = -parameters[2:][orders[2:] % 2 == 0].sum()
    parameters[1] = -parameters[2:][orders[2:] % 2 == 1].sum()
    y = X @ parameters + noise * rng.standard_normal(n_samples)
    orbits = pl.DataFrame(
        {
            "orbit_index": np.arange(len(clusters)),
            "cluster_order": orders,
            "diameter": [float(max(cluster, default=0)) for cluster in clusters],
            "radius": [np.std(cluster) if cluster else 0.0 for cluster in clusters],
            "multiplicity": np.ones(len(clusters), dtype=int),
        }
    )
    folds = KFold(5, shuffle=True, random_state=0).split(X)
    return Planted(X, y, orbits, parameters, list(folds))


def list_clusters() -> list[tuple[int, ...]]:
    """The empty cluster, the site, and up to four sites within reach, the first at 0."""
    further = [
        (0, *others) for order in (1, 2, 3) for others in combinations(range(1, LONGEST + 1), order)
    ]
    return [(), (0,), *further]


def correlate(spins: Any, cluster: tuple[int, ...]) -> float:
    """Mean product of the spins on a cluster, over all of its places in the repeated cell."""
    products = np.ones(len(spins))
    for site in cluster:
        products = products * np.roll(spins, -site)
    return float(products.mean())
