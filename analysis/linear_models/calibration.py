"""Makes of a model's logits probabilities that come true as often as they say.

What is learned here is learned on rows that the model was not fitted to. Platt scaling multiplies
the logits by one factor and moves each class by its own amount (Platt 1999; of several classes Guo
et al. 2017, arXiv:1706.04599). Isotonic regression gives each class a rising step function of its
probability (Zadrozny and Elkan 2002, doi:10.1145/775047.775151).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.linear_models.kinds import CalibrationKind
from analysis.linear_models.solvers.multinomial import log_probabilities


class Calibration(Protocol):
    """Makes probabilities of logits."""

    def apply(self, logits: FloatArray) -> FloatArray:
        """From logits, shape (n_samples, n_logits), to shape (n_samples, n_classes)."""
        ...


@dataclass(frozen=True)
class Plain:
    """The probabilities that the model means."""

    def apply(self, logits: FloatArray) -> FloatArray:
        """See `Calibration`."""
        return np.asarray(np.exp(log_probabilities(logits)))


@dataclass(frozen=True)
class PlattScaling:
    """A factor of all logits, and what is added to each, shape (n_logits,)."""

    factor: float
    shifts: FloatArray

    def apply(self, logits: FloatArray) -> FloatArray:
        """See `Calibration`."""
        return np.asarray(np.exp(log_probabilities(self.factor * logits + self.shifts)))


@dataclass(frozen=True)
class IsotonicSteps:
    """Of each class the probabilities that it is given, rising, and how often they came true.

    Of two classes the second. Between them a line is drawn. A share of 1 / (n + 1) of each
    probability is that of a guess, where n rows were learned from: none is 0.
    """

    said: Sequence[FloatArray]
    true: Sequence[FloatArray]
    n: int

    def apply(self, logits: FloatArray) -> FloatArray:
        """See `Calibration`."""
        return self.step(Plain().apply(logits))

    def step(self, given: FloatArray) -> FloatArray:
        """The same of the probabilities that a model means, shape (n_samples, n_classes)."""
        steps = zip(given.T[-len(self.said) :], self.said, self.true, strict=True)
        made = np.column_stack([np.interp(one, said, true) for one, said, true in steps])
        if len(self.said) == 1:
            made = np.hstack([1 - made, made])
        made = (self.n * made + 1 / given.shape[1]) / (self.n + 1)
        return np.asarray(made / made.sum(axis=1, keepdims=True))

    def as_record(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "said": [one.tolist() for one in self.said],
            "true": [one.tolist() for one in self.true],
            "n": self.n,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "IsotonicSteps":
        """From what `as_record` kept."""
        said, true = ([np.array(one) for one in record[name]] for name in ("said", "true"))
        return cls(said, true, int(record["n"]))


def learn_calibrations(
    logits: FloatArray, labels: NDArray[np.int64], counts: FloatArray
) -> dict[CalibrationKind, Calibration]:
    """Each kind of calibration, from logits of held-out rows and their classes by place.

    `counts`, shape (n_rows,), say how much each row counts.
    """
    return {
        CalibrationKind.NONE: Plain(),
        CalibrationKind.PLATT: _learn_platt(logits, labels, counts),
        CalibrationKind.ISOTONIC: _learn_isotonic(logits, labels, counts),
    }


def _learn_platt(logits: FloatArray, labels: NDArray[np.int64], counts: FloatArray) -> PlattScaling:
    """Least log loss; a row is of its class but for a small share, as Platt has it."""
    from scipy.optimize import minimize

    n_logits, n_classes = logits.shape[1], max(2, logits.shape[1])
    n = np.bincount(labels, minlength=n_classes)
    # (n + 1) / (n + K) of a row of a class with n rows is of that class, the rest of the others.
    rest = 1 / (n[labels] + n_classes)
    wanted = np.repeat(rest[:, None], n_classes, axis=1)
    wanted[np.arange(len(labels)), labels] = 1 - (n_classes - 1) * rest
    wanted *= (counts / counts.sum())[:, None]

    def loss(solution: FloatArray) -> tuple[float, FloatArray]:
        logs = log_probabilities(solution[0] * logits + solution[1:])
        slopes = (wanted.sum(axis=1, keepdims=True) * np.exp(logs) - wanted)[:, -n_logits:]
        return float(-(wanted * logs).sum()), np.append((slopes * logits).sum(), slopes.sum(axis=0))

    start = np.append(1.0, np.zeros(n_logits))
    solution = minimize(loss, start, jac=True, method="BFGS").x
    return PlattScaling(float(solution[0]), solution[1:])


def _learn_isotonic(
    logits: FloatArray, labels: NDArray[np.int64], counts: FloatArray
) -> IsotonicSteps:
    from sklearn.isotonic import IsotonicRegression

    given = Plain().apply(logits)
    places = range(given.shape[1]) if given.shape[1] > 2 else (1,)
    steps = [
        IsotonicRegression(y_min=0, y_max=1).fit(
            given[:, place], labels == place, sample_weight=counts
        )
        for place in places
    ]
    return IsotonicSteps(
        [one.X_thresholds_ for one in steps], [one.y_thresholds_ for one in steps], len(labels)
    )
