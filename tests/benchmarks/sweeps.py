"""Choosing an elastic net by inner folds over all strengths and mixing ratios, as a study does."""

from pathlib import Path
from typing import Any

from tests.benchmarks.harness import Work
from warehouse.storage.warehouse import Warehouse

N_PARTS = 10
CUTOFFS = (3.2, 1.6, 1.1)
"""A part of the default cluster space, 47 free parameters: in the whole of it the peer takes many
minutes for one fit."""


def elastic_net_here(warehouse: Path) -> Work:
    """Ten training parts: 60 strengths × 11 mixing ratios, chosen by five inner folds."""
    from threadpoolctl import threadpool_limits

    from analysis.cluster_expansion.models.sparse import PathElasticNet

    X, y, parts = _read(warehouse)

    def work() -> int:
        with threadpool_limits(1):
            for train in parts:
                PathElasticNet(inner=5).fit(X[train], y[train])
        return len(parts)

    return work


def elastic_net_of_trainstation(warehouse: Path) -> Work:
    """One of the same training parts by trainstation, icet's package for fitting, as it comes."""
    from trainstation import Optimizer

    X, y, parts = _read(warehouse)

    def work() -> int:
        optimizer = Optimizer((X, y), fit_method="elasticnet", train_set=parts[0].tolist())
        optimizer.train()
        return 1

    return work


def _read(warehouse: Path) -> tuple[Any, Any, list[Any]]:
    """Scaled correlations and energies of Au-Cu, and the rows of each training part."""
    import numpy as np

    from analysis.cluster_expansion.data import read_dataset
    from analysis.cluster_expansion.models.expansion import wrap
    from warehouse.catalog.connection import connect

    with connect(Warehouse(warehouse)) as connection:
        spaces = connection.sql(
            "select max(cluster_space_id) from marts.cluster_expansion_training "
            "where alloy = 'au-cu'"
        ).fetchall()
        dataset, orbits = read_dataset(connection, "au-cu", spaces[0][0], CUTOFFS)
    X = wrap(None, orbits).measure(dataset.X)
    folds = dataset.samples["random_fold"].to_numpy()
    parts = [np.flatnonzero(folds != number) for number in range(N_PARTS)]
    return X / X.std(axis=0), dataset.y / dataset.y.std(), parts
