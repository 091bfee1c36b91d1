"""The product's model of numbers and that of classes, with the same verbs, for all that asks both.

A loss is of a sample: the size of its error, or minus the logarithm of the probability that its own
class was given. So every curve of either is a mean with a standard error.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.properties.data import PropertyData
from analysis.properties.models import classifier, product
from analysis.properties.models.classifier import ClassSamples, FittedClasses
from analysis.properties.models.mixture import fit_mixture
from analysis.properties.models.product import FittedProperty
from analysis.properties.models.scaling import LEAST_WITH

Rows = NDArray[np.int64]
F = TypeVar("F")


@dataclass(frozen=True)
class MixturePoint:
    """A fit with a mixture of L1 and L2 of strength `alpha`, as scikit-learn has it.

    `losses` are of held-out rows; `n_descriptors` have a weight other than 0.
    """

    alpha: float
    losses: FloatArray
    n_descriptors: int


@dataclass(frozen=True)
class Fits(ABC, Generic[F]):
    """How one kind of target is fitted.

    Attributes:
        data: What is fitted.
        seed: Of the splits inside training parts.
        model: Name of the model.
        metric: Name of the mean of the losses.
        strengths: Candidates for the strength of L2.

    """

    data: PropertyData
    seed: int
    model: ClassVar[str]
    metric: ClassVar[str]
    strengths: ClassVar[tuple[float, ...]]

    def of_sets(self, sets: tuple[str, ...]) -> Self:
        """The same with the descriptors of some sets."""
        return replace(self, data=self.data.of_sets(sets))

    def choose(self, rows: Rows, keeps: str = "reduced_formula") -> F:
        """Choose the strength inside `rows`, where what `keeps` names stays together, and fit."""
        return self._choose(rows, self.data.samples[keeps].to_numpy())

    def mix(self, train: Rows, test: Rows, l1_ratio: float) -> Iterator[MixturePoint]:
        """Fits with a mixture of L1 and L2, from strong to weak, to the sparse columns alone."""
        sparse = self.data.design.sparse
        columns = sparse[train].getnnz(axis=0) >= LEAST_WITH
        X, X_test = (sparse[rows][:, columns].astype(float) for rows in (train, test))
        return self._mix(X, X_test, train, test, l1_ratio)

    @property
    @abstractmethod
    def unit(self) -> str:
        """Unit of a loss."""

    @abstractmethod
    def fit_at(self, rows: Rows, strength: float) -> F:
        """Fit at a strength that was chosen elsewhere."""

    @abstractmethod
    def losses(self, fitted: F, rows: Rows) -> FloatArray:
        """What `fitted` loses on each of the rows, shape (n_rows,)."""

    @abstractmethod
    def _choose(self, rows: Rows, groups: NDArray[np.str_]) -> F: ...

    @abstractmethod
    def _mix(
        self, X: Any, X_test: Any, train: Rows, test: Rows, l1_ratio: float
    ) -> Iterator[MixturePoint]: ...


@dataclass(frozen=True)
class NumberFits(Fits[FittedProperty]):
    """Huber regression, judged by the sizes of errors."""

    model = "huber"
    metric = "mae"
    strengths = product.STRENGTHS
    alphas: ClassVar[tuple[float, ...]] = (0.1, 0.03, 0.01, 0.003, 0.001, 0.0003)
    """In standard deviations of the target."""

    @property
    def unit(self) -> str:
        """That of the target."""
        return self.data.unit

    def _choose(self, rows: Rows, groups: NDArray[np.str_]) -> FittedProperty:
        data = self.data
        return product.fit_product(data.design, data.y, groups, rows, self.seed, lowest=data.lowest)

    def fit_at(self, rows: Rows, strength: float) -> FittedProperty:
        """See `Fits`."""
        return product.fit_at(self.data.design, self.data.y, rows, strength, self.data.lowest)

    def losses(self, fitted: FittedProperty, rows: Rows) -> FloatArray:
        """Sizes of errors."""
        return np.abs(fitted.predict(self.data.design.take(rows)) - self.data.y[rows])

    def _mix(
        self, X: Any, X_test: Any, train: Rows, test: Rows, l1_ratio: float
    ) -> Iterator[MixturePoint]:
        from scipy.sparse import csc_matrix
        from sklearn.linear_model import ElasticNet, Ridge

        y = self.data.y
        middle, spread = y[train].mean(), y[train].std()
        for alpha in self.alphas:
            model = (
                ElasticNet(alpha=alpha, l1_ratio=l1_ratio, max_iter=300, tol=1e-3)
                if l1_ratio
                else Ridge(alpha=alpha * len(train), solver="sparse_cg")
            )
            model.fit(csc_matrix(X), (y[train] - middle) / spread)
            errors = middle + spread * np.asarray(model.predict(X_test)) - y[test]
            yield MixturePoint(alpha, np.abs(errors), int(np.count_nonzero(model.coef_)))


@dataclass(frozen=True)
class ClassFits(Fits[FittedClasses]):
    """Multinomial regression, judged by the log loss."""

    model = "logistic"
    metric = "log_loss"
    strengths = classifier.STRENGTHS
    unit = "1"
    alphas: ClassVar[tuple[float, ...]] = (0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001)
    """Beside the mean log loss."""

    @property
    def samples(self) -> ClassSamples:
        """The data, as the models of classes take them."""
        data = self.data
        return ClassSamples(data.design, data.labels, len(data.classes), data.alike)

    def _choose(self, rows: Rows, groups: NDArray[np.str_]) -> FittedClasses:
        return classifier.fit_classes(self.samples, groups, rows, self.seed)

    def fit_at(self, rows: Rows, strength: float) -> FittedClasses:
        """See `Fits`."""
        return classifier.fit_classes_at(self.samples, rows, strength)

    def losses(self, fitted: FittedClasses, rows: Rows) -> FloatArray:
        """Minus the logarithms of the probabilities that the samples' own classes were given."""
        logits = fitted.fitted.logits(self.data.design.take(rows))
        return classifier.log_losses(logits, self.data.labels[rows])

    def _mix(
        self, X: Any, X_test: Any, train: Rows, test: Rows, l1_ratio: float
    ) -> Iterator[MixturePoint]:
        labels, fitted = self.data.labels, None
        is_own = (labels[train][:, None] == np.arange(len(self.data.classes))).astype(float)
        for alpha in self.alphas:
            fitted = fit_mixture(X, is_own, alpha, l1_ratio, fitted)
            losses = classifier.log_losses(
                X_test @ fitted.weights + fitted.intercepts, labels[test]
            )
            n_left = int((fitted.weights != 0).any(axis=1).sum())
            yield MixturePoint(alpha, losses, n_left)


def make_fits(data: PropertyData, seed: int) -> Fits[Any]:
    """The fits that suit the target of `data`."""
    return ClassFits(data, seed) if data.classes else NumberFits(data, seed)
