"""One classifier of your own: some descriptors, one strength, a fold held out; nothing is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl

from analysis.linear_models.fits.classes import ClassFits
from analysis.metals.data import SETS, read_materials
from warehouse.errors import WarehouseError

SHOWN = 5
"""Descriptors of the largest weights that are told, towards a metal and away from it."""
TRIED_SETS = (*SETS, "magpie")
"""Sets of descriptors to choose from."""


@dataclass(frozen=True)
class TriedClassifier:
    """Scores of a fit on what it was fitted to and on the fold held out, and its largest weights.

    `scores` has a row per score: metric, training, validation. `weights` (descriptor, weight) are
    those of all but Magpie's averages.
    """

    features: tuple[str, ...]
    strength: float
    n_training: int
    n_validation: int
    n_columns: int
    scores: pl.DataFrame
    weights: pl.DataFrame

    def lines(self) -> Iterator[str]:
        """What is told of it, line by line."""
        yield (
            f"{', '.join(self.features)}: {self.n_columns:,} descriptors, C = {self.strength:g}; "
            f"fitted to {self.n_training:,} materials, held out {self.n_validation:,} of other "
            "formulas"
        )
        yield f"  {'':<20}{'training':>10}{'held out':>10}"
        for metric, training, validation in self.scores.iter_rows():
            yield f"  {metric:<20}{training:>10.4f}{validation:>10.4f}"
        for word, rows in (
            ("metal", self.weights.tail(SHOWN).reverse()),
            ("non-metal", self.weights.head(SHOWN)),
        ):
            if rows.height:
                told = ", ".join(f"{name} {weight:+.2f}" for name, weight in rows.iter_rows())
                yield f"  towards {word}: {told}"


def try_classifier(
    connection: duckdb.DuckDBPyConnection,
    benchmark: str,
    features: Sequence[str],
    strength: float,
    fold: int = 0,
) -> TriedClassifier:
    """Fit one classifier to the materials whose formula is not in a fold, and score both sides.

    `features` are some of `TRIED_SETS`; `strength` is C, one over the penalty. Raises
    WarehouseError for another set, or if there are no materials, or none that has one of the sets.
    """
    if unknown := [name for name in features if name not in TRIED_SETS]:
        raise WarehouseError(
            f"there are no features {unknown[0]!r}", hint=f"use some of: {', '.join(TRIED_SETS)}"
        )
    (materials,) = read_materials(connection, benchmark)
    fits = ClassFits(materials.data, seed=0).of_sets(tuple(features))
    if not fits.data.design.shape[1]:
        raise WarehouseError(
            f"no material of {benchmark} has {', '.join(features)}",
            hint=f"use some of: {', '.join(dict.fromkeys(map(str, materials.data.sets)))}",
        )
    test = fits.data.samples["formula_group_fold"].eq_missing(fold).to_numpy()
    train, held_out = np.flatnonzero(~test), np.flatnonzero(test)
    fitted = fits.fit_at(train, 1 / strength)
    sides = [fits.scores(fitted, rows) for rows in (train, held_out)]
    scores = [
        {"metric": name, "training": value, "validation": sides[1][name]}
        for name, value in sides[0].items()
    ]
    weights = pl.DataFrame(
        {"descriptor": fits.data.features, "weight": fitted.fitted.weights[:, 0]}
    )
    return TriedClassifier(
        features=tuple(features),
        strength=strength,
        n_training=len(train),
        n_validation=len(held_out),
        n_columns=int(np.count_nonzero(fitted.fitted.weights)),
        scores=pl.DataFrame(scores),
        # Magpie's averages have units, and so have their weights: they do not compare.
        weights=weights.filter(pl.Series(fits.data.sets != "magpie")).sort("weight"),
    )
