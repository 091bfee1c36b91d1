"""What a fitted model cannot explain of a new structure."""

import json
from dataclasses import dataclass
from itertools import combinations

import duckdb
import numpy as np

from analysis.cluster_expansion.models.noise import mix_pairs
from analysis.datasets import FloatArray, read_rows
from warehouse.conventions.alloys import Alloy


@dataclass(frozen=True)
class LearnedNoise:
    """Standard deviations in eV/atom: `overall`, and of each two elements at equal amounts of both.

    `of_pairs` (n_pairs,) is empty where noise is one for all compositions but the end members.
    """

    overall: float
    of_pairs: FloatArray

    def at(self, shares: FloatArray) -> FloatArray:
        """Noise in eV/atom, shape (n,), at `shares` (n, n_end_members) of the end members."""
        if len(self.of_pairs):
            # Shares of a pure element may be 1 but for rounding.
            return np.sqrt(np.maximum(mix_pairs(shares) @ self.of_pairs**2, 0.0))
        is_end_member = (shares == 1.0).any(axis=1) & (shares >= 0.0).all(axis=1)
        return np.where(is_end_member, 0.0, self.overall)


def read_pair_noise(hyperparameters: str, n_elements: int) -> FloatArray:
    """Noise of each two elements in eV/atom, from JSON of a fitted model; empty if it is one."""
    told = json.loads(hyperparameters)
    names = [f"noise_energy_{i}_{j}" for i, j in combinations(range(n_elements), 2)]
    return np.array([told[name] for name in names if name in told])


def read_held_out_error(connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str) -> float:
    """Root-mean-square error of a model on the training folds held out, in eV/atom."""
    rows = read_rows(
        connection,
        "select value from marts.metrics where study = 'cluster_expansion' and dataset = ? "
        "and model = ? and split = 'training_10_fold' and metric = 'rmse'",
        [alloy.name, model],
    )
    return float(rows["value"][0]) / 1000


def leave_doubt_out(error: float, draws: FloatArray, vectors: FloatArray) -> float:
    """What an `error` on structures held out has beside the doubt that `draws` tell of, eV/atom.

    The error is of both; so an interval that adds the draws' own doubt to all of it would count
    that twice. `draws` (n_draws, n_orbits) and `vectors` (n_fitted, n_orbits) as in `KnownModel`.
    """
    if len(draws) < 2:
        return error
    doubt = float((draws @ vectors.T).var(axis=0, ddof=1).mean())
    return float(np.sqrt(max(error**2 - doubt, 0.0)))
