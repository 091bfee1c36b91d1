"""What weights mean: how sure each is, and what sets of them add up to for some samples."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from analysis.linear_models.fits.verbs import F, Fits
from analysis.linear_models.splits import PropertyFold, PropertyParting
from analysis.runs.points import curve_point
from analysis.runs.results import no_rows

MOST_DRAWN = 1_000
"""Descriptors whose weights of each fold are kept: those of the largest effects."""
JACKKNIFED = PropertyParting.FORMULA_GROUPS
"""The split whose parts are left out in turn. Official folds leave polymorphs of what is left out:
by them errors of weights are 0.85 of these for 18,731 calculated gaps, 0.92 for as many metals."""
PERCENTILES = (10, 50, 90)
NEAR = 0.005
"""Share of the samples, on either side of a percentile, of which the shortest formula is shown."""


def draws_frame(
    fits: Fits[F], judged: Iterable[tuple[PropertyFold, F]], parameters: pl.DataFrame
) -> pl.DataFrame:
    """Weights of several fits as rows of `parameter_draws`; of several classes none.

    Each fit to the training part of a fold of JACKKNIFED lacks another part of the samples: a
    jackknife. `parameters` are those of the fit to all, as `weights_frame` gives them: descriptors
    in the order of the columns, and the intercept, which has no scale.
    """
    fitted = [fit for fold, fit in judged if fold.parting == JACKKNIFED]
    if len(fitted) < 2 or parameters["label"].n_unique() > 1:
        return no_rows("parameter_draws")
    sizes = (parameters["parameter"] * parameters["scale"]).abs().drop_nulls().to_numpy()
    largest = np.argsort(-sizes, kind="stable")[:MOST_DRAWN]
    kept = np.sort(largest[sizes[largest] > 0])
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "model": fits.model,
                    "origin": "jackknife",
                    "draw": number,
                    "feature": fits.data.features[kept],
                    "parameter": fits.kept(one)[0][kept, 0],
                }
            )
            for number, one in enumerate(fitted)
        ]
    )


def sum_points(fits: Fits[F], fitted: F, shown: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What each set of descriptors adds to the sum of three samples, beside the mean sample.

    `fitted` is the fit to all samples. The three are those of the reduced formulas `shown`, or near
    PERCENTILES of the sum. A point's series is the formula and its metric the set; `mean` is the
    sum of the mean sample, from which all begins, and `target` the truth. Several classes have
    none.
    """
    if len(fits.data.classes) > 2:
        return []
    sets = list(dict.fromkeys(map(str, fits.data.sets)))
    shares = fits.shares(fitted, fits.data.design, sets)[:, :, 0]
    mean = shares.mean(axis=1, keepdims=True)
    centre = float(mean.sum() + fits.kept(fitted)[1][0])
    formulas = fits.data.samples["formula"]
    rows = _find_rows(fits, shown) or _near_percentiles(shares.sum(axis=0), formulas)
    return [
        curve_point(
            ("sum", fits.model, formulas[row], place), metric, value, n, "", "training", fits.unit
        )
        for place, row in rows.items()
        for metric, value, n in (
            *((name, share, 1) for name, share in zip(sets, (shares - mean)[:, row], strict=True)),
            ("mean", centre, len(formulas)),
            ("target", fits.data.y[row], 1),
        )
    ]


def _find_rows(fits: Fits[Any], shown: Sequence[str]) -> dict[int, int]:
    """The row of the shortest formula of each of the reduced ones; none if one is missing."""
    samples = fits.data.samples.with_row_index("row")
    found = [samples.filter(reduced_formula=one) for one in shown]
    if not all(of.height for of in found):
        return {}
    shortest = pl.col("formula").str.len_chars()
    return {place: of.sort(shortest, "formula", "row")["row"][0] for place, of in enumerate(found)}


def _near_percentiles(sums: FloatArray, formulas: pl.Series) -> dict[int, int]:
    """Of the samples about each of PERCENTILES of `sums`, the one with the shortest formula."""
    order, n = np.argsort(sums, kind="stable").tolist(), len(sums)
    rows = {}
    for percentile in PERCENTILES:
        edges = (int((percentile / 100 + side * NEAR) * n) for side in (-1, 1))
        near = order[next(edges) : next(edges) + 1]
        rows[percentile] = min(near, key=lambda row: (len(formulas[row]), formulas[row]))
    return rows
