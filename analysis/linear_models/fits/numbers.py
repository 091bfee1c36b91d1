"""Models of numbers: linear regression by any method."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.linear_models import product
from analysis.linear_models.fits.verbs import Fits, Rows
from analysis.linear_models.kinds import NumberMethod
from analysis.linear_models.methods import METHODS, LinearMethod
from analysis.linear_models.product import FittedProperty
from analysis.linear_models.scores.numbers import MEDIAN, pinball_losses
from analysis.linear_models.solvers.samples import NumberSamples


@dataclass(frozen=True)
class NumberFits(Fits[FittedProperty]):
    """Linear regression by one of METHODS, judged by the sizes of errors or the pinball loss."""

    method: NumberMethod = NumberMethod.HUBER
    quantile: float = 0.5

    @property
    def methods(self) -> tuple[LinearMethod, ...]:
        """The method's loss and penalty, with each mixture that is tried."""
        linear = METHODS[self.method]
        if self.method == NumberMethod.ELASTIC_NET:
            return tuple(replace(linear, l1_ratio=ratio) for ratio in self.mixtures)
        return (replace(linear, quantile=self.quantile),)

    @property
    def model(self) -> str:
        """That of the method, with the quantile if it is not the median."""
        is_median = self.quantile == MEDIAN
        return str(self.method) if is_median else f"{self.method}_{self.quantile:g}"

    @property
    def metric(self) -> str:
        """See `Fits`."""
        return "mae" if self.quantile == MEDIAN else "pinball_loss"

    @property
    def penalty(self) -> str:
        """That of the method."""
        return self.methods[0].penalty

    @property
    def strengths(self) -> tuple[float, ...]:
        """Those of the method."""
        return self.methods[0].strengths

    @property
    def unit(self) -> str:
        """That of the target."""
        return self.data.unit

    @property
    def samples(self) -> NumberSamples:
        """The data, as the models of numbers take them."""
        data = self.data
        return NumberSamples.of(data.design, data.y, data.counts, data.lowest)

    def mixed(self, l1_ratio: float) -> "NumberFits":
        """See `Fits`."""
        return replace(self, method=NumberMethod.ELASTIC_NET, mixing=l1_ratio, quantile=0.5)

    def mixing_of(self, fitted: FittedProperty) -> float:
        """See `Fits`."""
        return fitted.method.l1_ratio

    def _choose(self, rows: Rows, groups: NDArray[np.uint32], *, is_kept: bool) -> FittedProperty:
        return product.fit_product(self.samples, groups, rows, self.seed, self.methods)

    def fit_along(self, rows: Rows, strengths: Sequence[float]) -> Iterator[FittedProperty]:
        """See `Fits`."""
        return product.fit_along(self.samples, rows, strengths, self.methods[0])

    def kept(self, fitted: FittedProperty) -> tuple[FloatArray, FloatArray]:
        """See `Fits`."""
        return fitted.fitted.weights[:, None], np.array([fitted.fitted.intercept])

    def losses(self, fitted: FittedProperty, rows: Rows) -> FloatArray:
        """Sizes of errors, or pinball losses of a quantile that is not the median."""
        return self.losses_of(fitted.predict(self.data.design.take(rows))[:, None], rows)

    def losses_of(self, sums: FloatArray, rows: Rows) -> FloatArray:
        """See `Fits`; no prediction is below the lowest that there is."""
        y, said = self.data.y[rows], np.maximum(sums[:, 0], self.data.lowest)
        if self.metric == "mae":
            return np.asarray(np.abs(y - said))
        return pinball_losses(y, said, self.quantile)
