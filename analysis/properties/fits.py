"""The product's model of numbers and that of classes, with the same verbs, for all that asks both.

A loss is of a sample: the size of its error, or minus the logarithm of the probability that its own
class was given. So every curve of either is a mean with a standard error.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.properties.data import PropertyData
from analysis.properties.models import classifier, product
from analysis.properties.models.classifier import ClassSamples, FittedClasses
from analysis.properties.models.methods import METHODS, LinearMethod
from analysis.properties.models.mixture import fit_mixture
from analysis.properties.models.product import FittedProperty
from analysis.properties.models.scaling import LEAST_WITH
from analysis.properties.settings import NumberMethod

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
        metric: Name of the mean of the losses.

    """

    data: PropertyData
    seed: int
    metric: ClassVar[str]

    def of_sets(self, sets: tuple[str, ...]) -> Self:
        """The same with the descriptors of some sets."""
        return replace(self, data=self.data.of_sets(sets))

    def choose(self, rows: Rows, keeps: str = "reduced_formula") -> F:
        """Choose the strength inside `rows`, where what `keeps` names stays together, and fit."""
        return self._choose(rows, self.data.samples[keeps].to_numpy())

    def mix(self, train: Rows, test: Rows, l1_ratio: float) -> Iterator[MixturePoint]:
        """Fits with a mixture of L1 and L2, from strong to weak, to the sparse columns alone.

        None if there are no sparse columns.
        """
        sparse = self.data.design.sparse
        columns = sparse[train].getnnz(axis=0) >= LEAST_WITH
        if not columns.any():
            return iter(())
        X, X_test = (sparse[rows][:, columns].astype(float) for rows in (train, test))
        return self._mix(X, X_test, train, test, l1_ratio)

    @property
    @abstractmethod
    def model(self) -> str:
        """Name of the model."""

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

    def fit_at(self, rows: Rows, strength: float) -> F:
        """Fit at a strength that was chosen elsewhere."""
        return next(self.fit_along(rows, [strength]))

    @abstractmethod
    def fit_along(self, rows: Rows, strengths: Sequence[float]) -> Iterator[F]:
        """Fit at each of the strengths, one after the other."""

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
    """Linear regression by one of METHODS, judged by the sizes of errors."""

    method: NumberMethod = NumberMethod.HUBER
    metric = "mae"
    alphas: ClassVar[tuple[float, ...]] = (0.1, 0.03, 0.01, 0.003, 0.001, 0.0003)
    """In standard deviations of the target."""

    @property
    def linear(self) -> LinearMethod:
        """The method's loss and penalty."""
        return METHODS[self.method]

    @property
    def model(self) -> str:
        """That of the method."""
        return str(self.method)

    @property
    def penalty(self) -> str:
        """That of the method."""
        return self.linear.penalty

    @property
    def strengths(self) -> tuple[float, ...]:
        """Those of the method."""
        return self.linear.strengths

    @property
    def unit(self) -> str:
        """That of the target."""
        return self.data.unit

    def _choose(self, rows: Rows, groups: NDArray[np.str_]) -> FittedProperty:
        data = self.data
        return product.fit_product(
            data.design, data.y, groups, rows, self.seed, self.linear, data.lowest
        )

    def fit_along(self, rows: Rows, strengths: Sequence[float]) -> Iterator[FittedProperty]:
        """See `Fits`."""
        data = self.data
        return product.fit_along(data.design, data.y, rows, strengths, self.linear, data.lowest)

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
    penalty = "L2"
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

    def fit_along(self, rows: Rows, strengths: Sequence[float]) -> Iterator[FittedClasses]:
        """See `Fits`."""
        return classifier.fit_classes_along(self.samples, rows, strengths)

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
