"""Whether the probabilities of lying on the hull are worth their name."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from analysis.cluster_expansion.models.expansion import ClusterExpansion
from analysis.cluster_expansion.models.weighted import draw_posterior
from analysis.cluster_expansion.splits import TRAINING_SPLIT, StructureFold
from analysis.datasets import Dataset, FloatArray

N_DRAWS = 400
BOUNDS = (0.05, 0.5)
"""Probabilities are counted together below, between and above these."""
ROUNDING = 1e-9
"""eV/atom within which a structure lies on a hull, as in `marts.ground_state_probabilities`."""


def judge_hull_probabilities(
    fits: Sequence[tuple[ClusterExpansion, StructureFold]],
    method: str,
    dataset: Dataset,
    seed: int,
) -> pl.DataFrame:
    """Rows of `curves`, `hull_probability`: how often structures held out lie on the hull.

    Each structure of a test part of `fits` is given its probability to lie on the hull by draws
    of parameters and noise, as `marts.ground_state_probabilities` does, beside the energies that
    the fit knew. The structure does lie there if its own energy is on the hull of all of them.
    `setting` is the mean probability of structures that were given about the same, `value` the
    share of them on the hull.
    """
    generator = np.random.default_rng(seed)
    concentration = dataset.samples["concentration"].to_numpy()
    given, found = [], []
    for model, fold in fits:
        is_studied = fold.train | fold.test
        x, y = concentration[is_studied], dataset.y[is_studied]
        is_test = fold.test[is_studied]
        energy = np.repeat(y[None, :], N_DRAWS, axis=0)
        energy[:, is_test] = _draw_energies(model, dataset, fold, generator)
        given.append(lies_on_hull(x, energy)[:, is_test].mean(axis=0))
        found.append(lies_on_hull(x, y[None, :])[0, is_test])
    probability, is_on_hull = np.concatenate(given), np.concatenate(found)
    place = np.digitize(probability, BOUNDS)
    groups = [place == number for number in np.unique(place)]
    share = np.array([is_on_hull[group].mean() for group in groups])
    n = np.array([group.sum() for group in groups])
    return pl.DataFrame(
        {
            "curve": "hull_probability",
            "model": method,
            "series": "parameters and noise",
            "setting": [probability[group].mean() for group in groups],
            "split": TRAINING_SPLIT,
            "part": "validation",
            "metric": "share_on_hull",
            "value": share,
            "unit": "1",
            "standard_error": np.sqrt(share * (1 - share) / n),
            "n": n.astype(np.int64),
        }
    )


def lies_on_hull(concentration: FloatArray, energy: FloatArray) -> np.ndarray:
    """Whether structures lie on the lower convex hull of themselves and the pure elements.

    `concentration` has shape (n_structures,), within 0 and 1; formation energies `energy`, in
    eV/atom, (n_sets, n_structures), one hull for each set. Returns booleans of that shape.
    """
    x, place = np.unique(np.round([0.0, 1.0, *concentration], 9), return_inverse=True)
    lowest = np.full((len(x), len(energy)), np.inf)
    np.minimum.at(lowest, place, np.vstack([np.zeros((2, len(energy))), energy.T]))
    hull = np.array([np.interp(x, *_turn_around(x, own)) for own in lowest.T]).reshape(-1, len(x))
    return np.asarray(energy <= hull[:, place[2:]] + ROUNDING)


def _turn_around(x: FloatArray, y: FloatArray) -> tuple[list[float], list[float]]:
    """Corners of the lower hull of points in rising x (Andrew 1979's monotone chain)."""
    corners: list[tuple[float, float]] = []
    for point in zip(x.tolist(), y.tolist(), strict=True):
        while len(corners) > 1:
            (x0, y0), (x1, y1) = corners[-2:]
            if (y1 - y0) * (point[0] - x0) < (point[1] - y0) * (x1 - x0):
                break
            corners.pop()
        corners.append(point)
    return [x for x, _ in corners], [y for _, y in corners]


def _draw_energies(
    model: ClusterExpansion, dataset: Dataset, fold: StructureFold, generator: np.random.Generator
) -> FloatArray:
    """Draws of the test part's formation energies, eV/atom, shape (N_DRAWS, n_test)."""
    estimator = model.estimator_
    rows, test = model.rows(dataset.X[fold.train], dataset.y[fold.train]), dataset.X[fold.test]
    prior = estimator.prior_variance_, estimator.noise_
    parameters = draw_posterior(*rows, *prior, N_DRAWS, generator)
    deviation = np.sqrt(model.row_noise(test) * estimator.noise_)
    noise = deviation * generator.standard_normal((N_DRAWS, len(test)))
    return np.asarray((parameters @ model.columns(test).T + noise) * model.target_scale_)
