"""Models of classes: logistic regression with any penalty."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.linear_models import classifier
from analysis.linear_models.calibration import PlattScaling
from analysis.linear_models.classifier import ClassSamples, FittedClasses
from analysis.linear_models.fits.verbs import Fits, Rows
from analysis.linear_models.kinds import CalibrationKind, ClassMethod
from analysis.metrics import classification_scores


@dataclass(frozen=True)
class ClassFits(Fits[FittedClasses]):
    """Multinomial regression with L1, L2 or both, judged by the log loss.

    Attributes:
        method: The penalty.
        calibration: What is made of the probabilities.
        called: Name of the model with L2 alone.

    """

    method: ClassMethod = ClassMethod.RIDGE
    calibration: CalibrationKind = CalibrationKind.NONE
    called: str = "logistic"
    metric = "log_loss"
    strengths = classifier.STRENGTHS
    unit = "1"

    @property
    def l1_ratios(self) -> tuple[float, ...]:
        """Shares of L1 in the penalty that are tried."""
        fixed = {ClassMethod.RIDGE: 0.0, ClassMethod.LASSO: 1.0}
        return (fixed[self.method],) if self.method in fixed else self.mixtures

    @property
    def model(self) -> str:
        """With its penalty if that is not L2 alone."""
        is_plain = self.method == ClassMethod.RIDGE
        return self.called if is_plain else f"{self.called}_{self.method}"

    @property
    def penalty(self) -> str:
        """That of the method."""
        words = {ClassMethod.RIDGE: "L2", ClassMethod.LASSO: "L1"}
        return words.get(self.method, "L1 and L2")

    @property
    def samples(self) -> ClassSamples:
        """The data, as the models of classes take them."""
        data = self.data
        return ClassSamples(data.design, data.labels, len(data.classes), data.counts)

    def mixed(self, l1_ratio: float) -> "ClassFits":
        """See `Fits`."""
        return replace(self, method=ClassMethod.ELASTIC_NET, mixing=l1_ratio)

    def mixing_of(self, fitted: FittedClasses) -> float:
        """See `Fits`."""
        return fitted.l1_ratio

    def _choose(self, rows: Rows, groups: NDArray[np.uint32], *, is_kept: bool) -> FittedClasses:
        tolerance = classifier.FINAL_TOLERANCE if is_kept else classifier.FOLD_TOLERANCE
        return classifier.fit_classes(
            self.samples, groups, rows, self.seed, self.l1_ratios, tolerance
        )

    def fit_along(self, rows: Rows, strengths: Sequence[float]) -> Iterator[FittedClasses]:
        """See `Fits`."""
        return classifier.fit_classes_along(self.samples, rows, strengths, self.l1_ratios[0])

    def fit_again(
        self, rows: Rows, fitted: FittedClasses, kept: NDArray[np.bool_]
    ) -> FittedClasses:
        """See `Fits`; to begin from the weights that are `kept` saves half the way.

        The calibration is that of `fitted`: what is compared differs by the columns alone.
        """
        start = replace(fitted.fitted, weights=fitted.fitted.weights[kept])
        again = (self.samples, rows, [start.strength], self.l1_ratios[0], start)
        without = next(classifier.fit_classes_along(*again))
        return replace(without, calibrations=fitted.calibrations)

    def kept(self, fitted: FittedClasses) -> tuple[FloatArray, FloatArray]:
        """See `Fits`. Platt scaling makes no other model than one with other weights."""
        weights, intercepts = fitted.fitted.weights, fitted.fitted.intercepts
        platt = fitted.calibrations.get(self.calibration)
        if isinstance(platt, PlattScaling):
            return platt.factor * weights, platt.factor * intercepts + platt.shifts
        return weights, intercepts

    def losses(self, fitted: FittedClasses, rows: Rows) -> FloatArray:
        """Minus the logarithms of the probabilities that the samples' own classes were given."""
        return self.losses_of(fitted.logits(self.data.design.take(rows)), rows)

    def losses_of(self, sums: FloatArray, rows: Rows) -> FloatArray:
        """See `Fits`."""
        return classifier.log_losses(sums, self.data.labels[rows])

    def scores(self, fitted: FittedClasses, rows: Rows) -> dict[str, float]:
        """Of two classes, those of `classification_scores`; the second class counts as 1."""
        if len(self.data.classes) > 2:
            return {}
        said = self.say(fitted, rows)
        return {
            name: score(self.data.y[rows], said)
            for name, (_, score) in classification_scores().items()
        }

    def say(self, fitted: FittedClasses, rows: Rows) -> FloatArray:
        """Probability of the second class of two, not calibrated, shape (n_rows,)."""
        return fitted.predict(self.data.design.take(rows))[:, 1]
