"""One classifier of your own: some descriptors, one strength, a fold held out; nothing is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl

from analysis.metals.data import SETS, LabelledMaterials, read_materials
from analysis.metals.inquiries.descriptor_ladder import join_features
from analysis.metals.models.classifier import fit_at_strength
from analysis.metrics import classification_scores
from warehouse.errors import WarehouseError

SHOWN = 5
"""Descriptors of the largest weights that are told, towards a metal and away from it."""
TRIED_SETS = (*SETS, "magpie")
"""Sets of descriptors to choose from."""


@dataclass(frozen=True)
class TriedClassifier:
    """Scores of a fit on what it was fitted to and on the fold held out, and its largest weights.

    `scores` has a row per score: metric, training, validation. `weights` (descriptor, weight) are
    empty if Magpie's averages, which have no names here, are among the descriptors.
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
    WarehouseError for another set, or if there are no materials.
    """
    if unknown := [name for name in features if name not in TRIED_SETS]:
        raise WarehouseError(
            f"there are no features {unknown[0]!r}", hint=f"use some of: {', '.join(TRIED_SETS)}"
        )
    (materials,) = read_materials(connection, benchmark)
    test = (materials.dataset.samples["formula_group_fold"] == fold).fill_null(False).to_numpy()
    X, y = join_features(materials, features, ~test), materials.dataset.y
    fitted = fit_at_strength(X[~test], y[~test], strength)
    sides = [(y[side], fitted.probability(X[side])) for side in (~test, test)]
    scores = [
        {"metric": name, "training": score(*sides[0]), "validation": score(*sides[1])}
        for name, (_, score) in classification_scores().items()
    ]
    return TriedClassifier(
        features=tuple(features),
        strength=strength,
        n_training=int((~test).sum()),
        n_validation=int(test.sum()),
        n_columns=int(np.count_nonzero(fitted.coefficients)),
        scores=pl.DataFrame(scores),
        weights=_name_weights(materials, features, fitted.coefficients.tolist()),
    )


def _name_weights(
    materials: LabelledMaterials, features: Sequence[str], weights: list[float]
) -> pl.DataFrame:
    """Weights by the name of their descriptor, from the lowest to the highest."""
    chosen = np.isin(materials.sets, features)
    names = [n for n, is_in in zip(materials.dataset.feature_names, chosen, strict=True) if is_in]
    if "magpie" in features:
        names, weights = [], []
    return pl.DataFrame({"descriptor": names, "weight": weights}).sort("weight")
