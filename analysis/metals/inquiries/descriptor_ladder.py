"""The ladder: sets of descriptors, each scored in the same way, to see what each one adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.metals.data import SETS, LabelledMaterials
from analysis.metals.inquiries.result_rows import score_rows
from analysis.metals.models.classifier import Classifier, fit_at_strength, fit_classifier
from analysis.runs.parallel import run_jobs
from warehouse.progress import Track


@dataclass(frozen=True)
class Rung:
    """Sets of descriptors that a model reads, and the model that its gain is over; "" for none."""

    sets: tuple[str, ...]
    adds_to: str = ""


RUNGS = {
    "element_fractions": Rung(SETS[:1]),
    "magpie": Rung(("fractions", "magpie"), "element_fractions"),
    "electron_counts": Rung(SETS[:3], "element_fractions"),
    "charge_balance": Rung(SETS[:4], "electron_counts"),
    "element_roles": Rung(SETS[:5], "charge_balance"),
    "logistic_regression": Rung(SETS, "element_roles"),
    "formula_alone": Rung(tuple(name for name in SETS if name != "cell"), "logistic_regression"),
    "magpie_again": Rung((*SETS, "magpie"), "logistic_regression"),
}
"""The models, from few sets to all. Electron counts and charges came from thought; roles and
pairs let the data speak about each element. Magpie's averages stand aside after their own rung, and
come back on the last one, to see whether they were missed. `formula_alone` takes the size of the
cell away, which a calculation knows and a chemist may not."""
EXTRA_RUNGS = ("formula_alone", "magpie_again")
"""What takes as long as all others together, where there are MANY materials."""
SELECTED = "logistic_regression"
ENERGY_RUNGS = ("without_formation_energy", "formation_energy")
WIDTH = 0.1
"""eV/atom: formation energies within such a step make one descriptor."""


def features_of(materials: LabelledMaterials, rung: str, train: NDArray[np.bool_]) -> Any:
    """Features of every material on a rung; see `join_features`."""
    return join_features(materials, RUNGS[rung].sets, train)


def join_features(
    materials: LabelledMaterials, sets: Sequence[str], train: NDArray[np.bool_]
) -> Any:
    """Features of every material in some `sets`; Magpie's are standardised by the `train` rows."""
    from scipy.sparse import csr_matrix, hstack

    sparse = materials.columns(*sets)
    if "magpie" not in sets:
        return sparse
    magpie = materials.magpie
    mean, scale = (
        of(magpie, axis=0, where=train[:, None], dtype=float).astype(magpie.dtype)
        for of in (np.mean, np.std)
    )
    magpie = magpie - mean
    magpie /= np.where(scale > 0, scale, 1).astype(magpie.dtype)
    if sparse.shape[1] < magpie.shape[1]:
        return np.hstack([sparse.toarray(), magpie])
    return hstack([sparse, csr_matrix(magpie)], format="csr")


def fit_rung(
    materials: LabelledMaterials,
    rung: str,
    train: NDArray[np.bool_],
    test: NDArray[np.bool_],
    strength: float,
    seed: int,
) -> FloatArray:
    """Fit one rung to the `train` rows; return probabilities for the `test` rows.

    C is chosen anew on each rung, but for the last, which saves time: it takes over the `strength`
    that the rung below it chose in the same training part.
    """
    X, y = features_of(materials, rung, train), materials.dataset.y
    if rung == "magpie_again":
        return fit_at_strength(X[train], y[train], strength).probability(X[test])
    groups = materials.groups("official_folds")
    fitted = fit_classifier(X, y, groups, seed, rows=np.flatnonzero(train))
    return fitted.probability(X)[test]


def energy_features(X: Any, energies: pl.Series) -> Any:
    """All descriptors and, in steps of WIDTH, the formation energy: one column per step."""
    from scipy.sparse import csr_matrix, hstack

    steps = np.clip(np.round(energies.to_numpy() / WIDTH), -40, 20).astype(int)
    distinct, columns = np.unique(steps, return_inverse=True)
    places = np.arange(len(steps)), columns
    shape = (len(steps), len(distinct))
    return hstack(
        [X, csr_matrix((np.ones(len(steps), X.dtype), places), shape=shape)], format="csr"
    )


def energy_rows(
    materials: LabelledMaterials,
    energies: pl.Series,
    fitted: Mapping[int, Classifier],
    track: Track,
) -> list[dict[str, Any]]:
    """Scores with and without the formation energy, of the materials that have one.

    `fitted` has the classifier of each official fold's training part: its C, and where to begin.
    """
    known = energies.is_not_null().to_numpy()
    data = materials.dataset
    y = data.y[known]
    folds = data.samples["official_fold"].filter(known)
    plain = data.X[known]
    features = plain, energy_features(plain, energies.filter(known))

    def fit(fold: int) -> list[dict[str, Any]]:
        test = (folds == fold).fill_null(False).to_numpy()
        rows, before = [], fitted[fold]  # has seen no material of the test
        for rung, X in zip(ENERGY_RUNGS, features, strict=True):
            more = np.zeros(X.shape[1] - len(before.coefficients))
            before = replace(before, coefficients=np.append(before.coefficients, more))
            before = fit_at_strength(X[~test], y[~test], before.strength, start=before)
            place = ("formation_energy", rung, "", fold)
            rows += score_rows(place, y[test], before.probability(X[test]), part="test")
        return rows

    found = run_jobs(fit, list(fitted), "add formation energies", track)
    return [row for rows in found for row in rows]
