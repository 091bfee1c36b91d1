"""Ways to fit a model of numbers: the loss, and the mixture of L1 and L2 in the penalty."""

from dataclasses import dataclass

import numpy as np

from analysis.datasets import FloatArray
from analysis.properties.models.design import Design
from analysis.properties.models.huber import LinearFit, fit_huber
from analysis.properties.settings import NumberMethod

MOST_PASSES = 300
TOLERANCE = 1e-4
"""Of the coordinate descent: share of the target's squares that the duality gap may be."""


@dataclass(frozen=True)
class LinearMethod:
    """A loss and a penalty, of a target whose mean distance from its median is 1.

    So a property has the same fit in eV and in meV.

    Attributes:
        threshold: Size of an error from which the loss is no more square; inf for squares.
        l1_ratio: Share of L1 in the penalty, strength · (l1_ratio · Σ|w| + (1 - l1_ratio) · Σw²/2)
            beside the sum of the losses, of which a square is half.
        strengths: Candidates, from weak to strong.
        first: Where the walk over them begins; it turns to the weaker if the next stronger is
            worse.

    """

    threshold: float = np.inf
    l1_ratio: float = 0.0
    strengths: tuple[float, ...] = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
    first: float = 1.0

    @property
    def penalty(self) -> str:
        """The penalty in words."""
        return {0.0: "L2", 1.0: "L1"}.get(self.l1_ratio, "L1 and L2")

    def fit(
        self,
        design: Design,
        y: FloatArray,
        strength: float,
        start: LinearFit | None,
        enough: float,
    ) -> LinearFit:
        """Fit to scaled columns; see `fit_huber`."""
        if self.l1_ratio:
            return fit_mixed(design, y, strength, self.l1_ratio, start)
        return fit_huber(design, y, strength, self.threshold, start, enough)


OF_L1 = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
METHODS = {
    NumberMethod.HUBER: LinearMethod(threshold=0.1),
    NumberMethod.QUANTILE: LinearMethod(threshold=0.01),
    NumberMethod.RIDGE: LinearMethod(),
    NumberMethod.LASSO: LinearMethod(l1_ratio=1.0, strengths=OF_L1, first=10.0),
    NumberMethod.ELASTIC_NET: LinearMethod(l1_ratio=0.5, strengths=OF_L1, first=10.0),
}


def fit_mixed(
    design: Design, y: FloatArray, strength: float, l1_ratio: float, start: LinearFit | None = None
) -> LinearFit:
    """Minimise half the squares of errors and a penalty with L1, by scikit-learn's ElasticNet.

    `start` is a fit of the same columns. Coordinate descent ends after MOST_PASSES, with a warning.
    """
    from scipy.sparse import csc_matrix, hstack
    from sklearn.linear_model import ElasticNet

    model = ElasticNet(
        alpha=strength / len(y), l1_ratio=l1_ratio, max_iter=MOST_PASSES, tol=TOLERANCE,
        warm_start=True,
    )  # fmt: skip
    if start is not None:
        model.coef_ = start.weights.copy()
    model.fit(hstack([design.sparse, csc_matrix(design.dense)], format="csc", dtype=float), y)
    return LinearFit(model.coef_, float(model.intercept_), strength, np.inf)
