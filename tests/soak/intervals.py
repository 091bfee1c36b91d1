"""How often intervals of 90 % around predictions hold energies that no fit has seen.

The intervals are those of `cluster-expansion --predict`; every structure outside the locked test is
held out once, for every method that could be chosen.
"""

from pathlib import Path

import numpy as np
import polars as pl
from sklearn.model_selection import KFold

from analysis.cluster_expansion.data import read_dataset
from analysis.cluster_expansion.inquiries.uncertainty import draw_parameters
from analysis.cluster_expansion.models.inner_scores import inner_error
from analysis.cluster_expansion.models.methods import make_model, read_hyperparameters
from analysis.cluster_expansion.models.reaches import learn_reaches
from analysis.cluster_expansion.own_structures.learned_noise import leave_doubt_out
from analysis.cluster_expansion.splits import StructureFold, split_inside, split_structures
from analysis.datasets import Dataset
from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.shipped import ingest_alloys
from tests.soak import Figure
from tests.support.planted import plant
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.conventions.alloys import Alloy
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

ALLOYS = ("au-cu", "ag-au", "ag-cu")
METHODS = ("weighted_ridge", "ridge", "bayesian_ridge", "ard", "lasso")
LEAST = 0.8
"""Share of energies that intervals of 90 % should hold at the least."""
NOISE = 0.002
"""eV/atom of the planted sets."""


def run(folder: Path, is_short: bool) -> list[Figure]:
    """Count on energies of the three shipped alloys and on planted ones with noise."""
    figures = []
    for method in METHODS[1:2] if is_short else METHODS:
        held = [cover_planted(method, seed) for seed in range(1 if is_short else 10)]
        figures += _figures(f"planted, {method}", np.concatenate(held))
    if is_short:
        return figures
    store = Store(Warehouse(folder))
    ingest_alloys(store, [Alloy.parse(name) for name in ALLOYS])
    ingest_clusters(store)
    build_catalog(store)
    with connect(Warehouse(folder)) as connection:
        read = [read_dataset(connection, name, "fcc-4-2.5-1.6") for name in ALLOYS]
    for dataset, orbits in read:
        folds = [f for f in split_structures(dataset.samples, ()) if f.split == "training_10_fold"]
        for method in METHODS:
            held = [cover_fold(dataset, orbits, fold, method) for fold in folds]
            figures += _figures(f"{dataset.name}, {method}", np.concatenate(held))
    return figures


def cover_planted(method: str, seed: int) -> np.ndarray:
    """Whether each energy of a planted set is in its interval when a fold without it is fitted."""
    data = plant(seed, NOISE, 120)
    samples = pl.DataFrame({"decoration_id": [str(number) for number in range(len(data.y))]})
    names = tuple(map(str, range(data.X.shape[1])))
    dataset = Dataset("planted", "chain", data.X, data.y, names, samples)
    held = []
    for train, _ in KFold(5, shuffle=True, random_state=seed).split(data.X):
        is_train = np.isin(np.arange(len(data.y)), train)
        fold = StructureFold("planted", 0, is_train, ~is_train)
        held.append(cover_fold(dataset, data.orbits, fold, method))
    return np.concatenate(held)


def cover_fold(
    dataset: Dataset, orbits: pl.DataFrame, fold: StructureFold, method: str
) -> np.ndarray:
    """Whether each energy of the test part is in its interval."""
    X, y = dataset.X[fold.train], dataset.y[fold.train]
    inner = split_inside(dataset.samples, fold.train, 0)
    model = make_model(method, orbits, inner).fit(X, y)
    rows = draw_parameters(model, method, X, y, dataset, 0)
    drawn = rows.filter(origin=rows["origin"].max())["parameter"].to_numpy()
    draws = drawn.reshape(-1, X.shape[1])
    noise = read_hyperparameters(model).get("noise_energy")
    if noise is None:
        noise = leave_doubt_out(inner_error(model, X, y, inner), draws, X)
    spread = (draws @ dataset.X[fold.test].T).std(axis=0, ddof=1)
    errors = model.predict(dataset.X[fold.test]) - dataset.y[fold.test]
    (reaches,) = learn_reaches(model, X, y)
    return np.abs(errors) <= reaches.overall * np.hypot(spread, noise)


def _figures(name: str, held: np.ndarray) -> list[Figure]:
    share = float(held.mean())
    return [
        Figure(f"{name}, n = {len(held)}: in intervals of 90 %", share),
        Figure(f"{name}: far fewer", int(share < LEAST), wanted=0),
    ]
