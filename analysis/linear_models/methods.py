"""Ways to fit a model of numbers: the loss, and the mixture of L1 and L2 in the penalty."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from analysis.datasets import FloatArray
from analysis.linear_models.kinds import NumberMethod
from analysis.linear_models.solvers.huber import LinearFit, approach_huber
from analysis.linear_models.solvers.mixture import fit_mixed
from analysis.linear_models.solvers.samples import NumberSamples


@dataclass(frozen=True)
class LinearMethod:
    """A loss and a penalty, of a target whose mean distance from its median is 1.

    So a property has the same fit in eV and in meV.

    Attributes:
        threshold: Size of an error from which the loss is no more square; inf for squares.
        quantile: What a model of low threshold predicts: so much of the distribution lies below.
        l1_ratio: Share of L1 in the penalty, strength · (l1_ratio · Σ|w| + (1 - l1_ratio) · Σw²/2)
            beside the sum of the losses, of which a square is half.
        strengths: Candidates, from weak to strong.
        first: Where the walk over them begins; it turns to the weaker if the next stronger is
            worse.
        enough: Share of the loss that a few more steps must gain.
        enough_to_choose: The same of fits that only compare strengths.

    """

    threshold: float = np.inf
    quantile: float = 0.5
    l1_ratio: float = 0.0
    strengths: tuple[float, ...] = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
    first: float = 1.0
    enough: float = 1e-3
    enough_to_choose: float = 1e-3

    @property
    def penalty(self) -> str:
        """The penalty in words."""
        return {0.0: "L2", 1.0: "L1"}.get(self.l1_ratio, "L1 and L2")

    def approach(
        self,
        samples: NumberSamples,
        strength: float,
        start: LinearFit | None,
        enough: float,
    ) -> Iterator[LinearFit]:
        """Fit to scaled columns: see `approach_huber`. A fit with L1 shows its end alone."""
        if self.l1_ratio:
            yield fit_mixed(samples, strength, self.l1_ratio, start, enough)
            return
        yield from approach_huber(samples, strength, self.threshold, start, enough, self.quantile)

    def losses(self, y: FloatArray, said: FloatArray) -> FloatArray:
        """What each sample loses: the size of the error, of a quantile twice the pinball loss.

        So the median's is the size of the error, too.
        """
        errors = y - said
        return np.asarray(np.abs(errors) + (2 * self.quantile - 1) * errors)


OF_L1 = LinearMethod(
    strengths=(0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0),
    first=10.0,
    # Of two strengths the weaker, which gains for longer, would seem worse if less were enough.
    enough=1e-4,
    enough_to_choose=1e-3,
)
METHODS = {
    NumberMethod.HUBER: LinearMethod(threshold=0.1),
    NumberMethod.QUANTILE: LinearMethod(threshold=0.01),
    NumberMethod.RIDGE: LinearMethod(),
    NumberMethod.LASSO: replace(OF_L1, l1_ratio=1.0),
    NumberMethod.ELASTIC_NET: replace(OF_L1, l1_ratio=0.5),
}
