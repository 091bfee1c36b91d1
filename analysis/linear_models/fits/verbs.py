"""What can be asked of a model, of whatever kind of target.

A loss is of a sample: the size of its error, of a quantile the pinball loss, or minus the logarithm
of the probability that its own class was given. So every curve is a mean with a standard error.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.linear_models.classifier import FittedClasses
from analysis.linear_models.data import PropertyData
from analysis.linear_models.design import Design
from analysis.linear_models.product import FittedProperty

MIXTURES = (0.5, 0.2, 0.8, 0.95)
"""Shares of L1 of which an elastic net chooses one, in the order in which they are tried."""
SWEPT = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
"""Strengths at which mixtures of L1 and L2 are shown, those of a few thousand samples."""
Rows = NDArray[np.int64]

F = TypeVar("F", bound=FittedClasses | FittedProperty)


@dataclass(frozen=True)
class Fits(ABC, Generic[F]):
    """How one kind of target is fitted.

    Attributes:
        data: What is fitted.
        seed: Of the splits inside training parts.
        mixing: Share of L1 in the penalty of an elastic net; None to choose it in training.

    """

    data: PropertyData
    seed: int
    mixing: float | None = None

    def of_sets(self, sets: tuple[str, ...]) -> Self:
        """The same with the descriptors of some sets."""
        return replace(self, data=self.data.of_sets(sets))

    def choose(self, rows: Rows, keeps: str = "reduced_formula", *, is_kept: bool = False) -> F:
        """Choose the strength inside `rows`, where what `keeps` names stays together, and fit.

        A fit `is_kept` if its weights are, and so it comes nearer to the least loss.
        """
        groups = self.data.samples[keeps].rank("dense").to_numpy()
        return self._choose(rows, groups, is_kept=is_kept)

    def fit_at(self, rows: Rows, strength: float) -> F:
        """Fit at a strength that was chosen elsewhere."""
        return next(self.fit_along(rows, [strength]))

    def settled(self, fitted: F) -> Self:
        """The same with the mixture of L1 and L2 that a fit chose."""
        return replace(self, mixing=self.mixing_of(fitted))

    @property
    def mixtures(self) -> tuple[float, ...]:
        """Shares of L1 that are tried, of an elastic net."""
        return MIXTURES if self.mixing is None else (self.mixing,)

    @property
    @abstractmethod
    def model(self) -> str:
        """Name of the model."""

    @property
    @abstractmethod
    def metric(self) -> str:
        """Name of the mean of the losses."""

    @property
    @abstractmethod
    def penalty(self) -> str:
        """What the strength is of, in words."""

    @property
    @abstractmethod
    def strengths(self) -> tuple[float, ...]:
        """Candidates for the strength of the penalty."""

    @property
    @abstractmethod
    def unit(self) -> str:
        """Unit of a loss."""

    @abstractmethod
    def mixed(self, l1_ratio: float) -> Self:
        """The elastic net with this share of L1, from 0 to 1."""

    @abstractmethod
    def mixing_of(self, fitted: F) -> float:
        """The share of L1 in the penalty of a fit."""

    @abstractmethod
    def fit_along(self, rows: Rows, strengths: Sequence[float]) -> Iterator[F]:
        """Fit at each of the strengths, one after the other; of several mixtures the first."""

    def strength_of(self, fitted: F) -> float:
        """The strength of the penalty of a fit."""
        return fitted.fitted.strength

    def fit_again(self, rows: Rows, fitted: F, kept: NDArray[np.bool_]) -> F:
        """Fit at the strength of `fitted`, which has more columns: those `kept` are here, too."""
        return self.fit_at(rows, self.strength_of(fitted))

    @abstractmethod
    def kept(self, fitted: F) -> tuple[FloatArray, FloatArray]:
        """Weights, shape (n_columns, n_sums), and intercepts, (n_sums,), as a run keeps them.

        A number is one sum, of two classes the logit of the second; of several each has one.
        """

    def shares(self, fitted: F, design: Design, sets: Sequence[str]) -> FloatArray:
        """What the descriptors of each set add to the sums, shape (n_sets, n_samples, n_sums)."""
        weights, _ = self.kept(fitted)
        of_set = [(self.data.sets == one)[:, None] for one in sets]
        return np.stack([design.times(np.where(is_own, weights, 0.0)) for is_own in of_set])

    def is_finished(self, fitted: F) -> bool:
        """Whether a fit ended because it was good enough."""
        return fitted.fitted.is_converged

    @abstractmethod
    def losses(self, fitted: F, rows: Rows) -> FloatArray:
        """What `fitted` loses on each of the rows, shape (n_rows,)."""

    @abstractmethod
    def losses_of(self, sums: FloatArray, rows: Rows) -> FloatArray:
        """The same of sums that are known, shape (n_rows, n_sums)."""

    def scores(self, fitted: F, rows: Rows) -> dict[str, float]:
        """Scores of the rows together, beside the mean loss: by default none."""
        return {}

    @abstractmethod
    def _choose(self, rows: Rows, groups: NDArray[np.uint32], *, is_kept: bool) -> F: ...


def tell_unfinished(fits: Fits[F], fitted: Sequence[F]) -> tuple[str, ...]:
    """What to say of fits that ended before they were good enough."""
    n = sum(not fits.is_finished(fit) for fit in fitted)
    if not n:
        return ()
    return (
        f"{n} of {len(fitted)} fits by {fits.model} ended before they were as near the least loss "
        "as they should be: their weights are rough",
    )
