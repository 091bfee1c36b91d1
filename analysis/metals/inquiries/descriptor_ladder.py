"""The ladder: sets of descriptors, each scored in the same way, to see what each one adds."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from analysis.linear_models.classifier import ClassSamples, FittedClasses, fit_classes_along
from analysis.linear_models.design import Design
from analysis.linear_models.fits.classes import ClassFits
from analysis.linear_models.inquiries.ladder import Rung
from analysis.linear_models.inquiries.points import score_points
from analysis.linear_models.splits import PropertyFold
from analysis.metals.data import SETS
from analysis.runs.parallel import run_jobs
from warehouse.progress import Track

RUNGS = {
    "element_fractions": Rung(SETS[:1]),
    "magpie": Rung(("fractions", "magpie"), "element_fractions"),
    "electron_counts": Rung(SETS[:3], "element_fractions"),
    "charge_balance": Rung(SETS[:4], "electron_counts"),
    "element_roles": Rung(SETS[:5], "charge_balance"),
    "logistic_regression": Rung(SETS, "element_roles"),
    "formula_alone": Rung(tuple(name for name in SETS if name != "cell"), "logistic_regression"),
    "magpie_again": Rung((*SETS, "magpie"), "logistic_regression", chooses=False),
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


def energy_rows(
    fits: ClassFits,
    energies: pl.Series,
    official: Sequence[tuple[PropertyFold, FittedClasses]],
    track: Track,
) -> list[dict[str, Any]]:
    """Scores with and without the formation energy, of the materials that have one.

    `official` are folds with the fits to their training parts: their strengths, and where to begin.
    In steps of WIDTH an energy is a descriptor each.
    """
    from scipy.sparse import csr_matrix, hstack

    known = np.flatnonzero(energies.is_not_null().to_numpy())
    steps = np.clip(np.round(energies.gather(known).to_numpy() / WIDTH), -40, 20).astype(int)
    distinct, columns = np.unique(steps, return_inverse=True)
    ones = np.ones(len(known), np.float32)
    energy = csr_matrix((ones, (np.arange(len(known)), columns)), (len(known), len(distinct)))
    plain = fits.data.design.sparse[known]
    designs = [Design.of_sparse(X) for X in (plain, hstack([plain, energy], format="csr"))]
    y, labels = fits.data.y[known], fits.data.labels[known]

    def fit(job: tuple[PropertyFold, FittedClasses]) -> list[dict[str, Any]]:
        fold, before = job  # which has seen no material of the test
        is_test = np.isin(known, fold.test)
        train, test = np.flatnonzero(~is_test), np.flatnonzero(is_test)
        rows = []
        for rung, design in zip(ENERGY_RUNGS, designs, strict=True):
            samples = ClassSamples(design, labels, 2, np.ones(len(known)))
            more = np.zeros((design.shape[1] - len(before.fitted.weights), 1))
            start = replace(before.fitted, weights=np.vstack([before.fitted.weights, more]))
            before = next(fit_classes_along(samples, train, [start.strength], start=start))
            said = before.predict(design.take(test))[:, 1]
            place = ("formation_energy", rung, "", fold.fold)
            rows += score_points(place, y[test], said, part="test")
        return rows

    found = run_jobs(fit, official, "add formation energies", track)
    return [row for rows in found for row in rows]
