"""What models for comparison read of materials, and say of them."""

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.metals.data import LabelledMaterials
from analysis.runs.references import fit_reference


def dense_features(materials: LabelledMaterials) -> FloatArray:
    """Magpie's features, fractions and the counts of thought, for models that split on numbers."""
    thought = materials.columns("fractions").toarray()
    counts = materials.columns("charges", "electrons", "cell")
    common = counts.getnnz(axis=0) > 0.03 * counts.shape[0]
    return np.hstack([materials.magpie, thought, counts[:, common].toarray()]).astype(np.float32)


def predict_by_reference(
    name: str, X: FloatArray, y: FloatArray, train: NDArray[np.bool_], test: NDArray[np.bool_]
) -> FloatArray:
    """Probabilities for the `test` rows by a model that is not linear, on one core."""
    model = fit_reference(name, X[train], y[train], is_class=True)
    return np.asarray(model.predict_proba(X[test])[:, 1])
