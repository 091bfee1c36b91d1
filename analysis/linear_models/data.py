"""Samples with a number or a class each, and their descriptors, as models are fitted to them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.linear_models.design import Design, limit_values
from analysis.linear_models.kinds import OF_FORMULA

INTERCEPT = "intercept"
"""What is called so among the weights."""
OWN = "own"
"""The set of the further columns of a user's rows."""


@dataclass(frozen=True)
class OwnColumn:
    """A further column of a user's rows, as the training data had it.

    Attributes:
        name: As the user calls it.
        descriptor: What its weight is called, where another descriptor has that name.
        lowest, highest, mean: Of its values.

    """

    name: str
    descriptor: str
    lowest: float
    highest: float
    mean: float

    @property
    def limits(self) -> tuple[float, float]:
        """A value that is smaller or larger counts as one of these: see `limit_values`."""
        lower, upper = limit_values(self.lowest, self.highest).tolist()
        return lower, upper


@dataclass(frozen=True)
class PropertyData:
    """What a model of a property is fitted to.

    Attributes:
        name: Of the data set in the tables of results.
        column: Name of the property.
        unit: Of the target as it is fitted; "1" if it has none.
        samples: `sample_id`, `formula`, `reduced_formula`, `chemsys`, the folds of each split and
            those of `weight`, `group` and `time` that were asked for.
        y: The property, its decimal logarithm, or the place of its class among `classes`, shape
            (n_samples,).
        design: Descriptors as they are, not scaled.
        features: Names of the columns of `design`, shape (n_columns,).
        sets: The set that each belongs to, shape (n_columns,).
        classes: Names of the classes; empty for numbers.
        left_out: Rows that are not fitted: how many, by reason.
        notes: What a reader must know of how the target was read.
        own: What the user calls the columns of the set OWN, in their order.

    """

    name: str
    column: str
    unit: str
    samples: pl.DataFrame
    y: FloatArray
    design: Design
    features: NDArray[np.str_]
    sets: NDArray[np.str_]
    classes: tuple[str, ...]
    left_out: Mapping[str, int]
    notes: tuple[str, ...]
    own: tuple[str, ...] = ()

    @property
    def lowest(self) -> float:
        """What no prediction is below: 0 of what is never negative, no bound of a logarithm."""
        is_bounded = self.y.min() >= 0 and not self.unit.startswith("log10")
        return 0.0 if is_bounded else -np.inf

    @property
    def labels(self) -> NDArray[np.int64]:
        """The place of each sample's class among `classes`, shape (n_samples,)."""
        return self.y.astype(np.int64)

    @cached_property
    def formulas(self) -> NDArray[np.uint32]:
        """The number of each sample's reduced formula: samples that share it err alike."""
        return self.samples["reduced_formula"].rank("dense").to_numpy()

    @property
    def counts(self) -> FloatArray:
        """How much each sample counts: its weight, or 1; shape (n_samples,)."""
        is_weighed = "weight" in self.samples.columns
        return self.samples["weight"].to_numpy() if is_weighed else np.ones(len(self.y))

    @property
    def own_columns(self) -> tuple[OwnColumn, ...]:
        """Further columns of the user's rows; they are among the dense descriptors."""
        places = np.flatnonzero(self.sets == OWN)
        columns = self.design.dense[:, places - len(self.features)].T
        named = zip(self.own, self.features[places], columns, strict=True) if len(places) else ()
        return tuple(
            OwnColumn(
                name,
                str(descriptor),
                float(values.min()),
                float(values.max()),
                float(values.mean(dtype=float)),
            )
            for name, descriptor, values in named
        )

    def spread(self) -> FloatArray:
        """Standard deviation of each descriptor, shape (n_columns,)."""
        n = len(self.y)
        dense = self.design.dense.std(axis=0, dtype=float)
        n_sparse = self.design.shape[1] - len(dense)
        mean = self.design.sums(np.ones(n))[:n_sparse] / n
        square = self.design.square_sums(np.ones(n))[:n_sparse] / n
        return np.append(np.sqrt(np.maximum(square - mean**2, 0)), dense)

    def record(self) -> dict[str, Any]:
        """What a run keeps of it, beside the fit."""
        is_further = ~np.isin(self.sets, OF_FORMULA)
        own = [str(name) for name in self.features[is_further]]
        sets = [str(name) for name in dict.fromkeys(self.sets)]
        return {
            "column": self.column,
            "notes": list(self.notes),
            "own": own,
            "own_columns": [asdict(one) for one in self.own_columns],
            "sets": sets,
        }

    def of_sets(self, sets: tuple[str, ...]) -> "PropertyData":
        """The same samples with the descriptors of some sets."""
        kept = np.isin(self.sets, sets)
        return replace(
            self, design=self.design.keep(kept), features=self.features[kept], sets=self.sets[kept]
        )
