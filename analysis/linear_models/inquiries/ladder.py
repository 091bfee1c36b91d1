"""The ladder: sets of descriptors, each scored in the same way, to see what each one adds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from analysis.linear_models.fits.verbs import F, Fits
from analysis.linear_models.inquiries.points import judged_points
from analysis.linear_models.splits import PropertyFold
from analysis.metrics import SCORE_UNITS


@dataclass(frozen=True)
class Rung:
    """What a fit reads.

    Attributes:
        sets: Sets of descriptors.
        adds_to: The rung that its gain is over; "" for none.
        chooses: Whether it chooses its own strength, and does not take over that of the product's
            fit to the same training part, which saves time.

    """

    sets: tuple[str, ...]
    adds_to: str = ""
    chooses: bool = True


def ladder_jobs(
    fits: Fits[F],
    rungs: Mapping[str, Rung],
    fitted: Sequence[tuple[PropertyFold, F]],
    *,
    read: Sequence[str] | None = None,
    curve: str = "ladder",
    are_models: bool = False,
) -> list[Callable[[], list[dict[str, Any]]]]:
    """A job for each rung and fold, which gives points of the curve, a series for each rung.

    `fitted` are folds with the product's fits to their training parts; it reads the sets `read`, by
    default all, and the rung that reads the same is it. A rung that adds no descriptor to another
    is left out. If they `are_models`, a point's model is its rung.
    """
    distinct: dict[bytes, str] = {}
    for name, rung in rungs.items():
        columns = np.isin(fits.data.sets, rung.sets)
        if columns.any():
            distinct.setdefault(columns.tobytes(), name)
    own = distinct.get(np.isin(fits.data.sets, read or fits.data.sets).tobytes())
    return [
        partial(_climb, fits, rung, place, fold, fit, name == own, name if are_models else None)
        for name in distinct.values()
        for rung in [rungs[name]]
        for fold, fit in fitted
        for place in [(curve, name, float(fold.fold))]
    ]


def _climb(
    fits: Fits[F],
    rung: Rung,
    place: tuple[str, str, float],
    fold: PropertyFold,
    product: F,
    is_product: bool,
    model: str | None,
) -> list[dict[str, Any]]:
    part = fits.of_sets(rung.sets)
    if is_product:
        fitted = product
    elif rung.chooses:
        fitted = part.choose(fold.train, fold.parting.keeps)
    else:
        fitted = part.fit_at(fold.train, fits.strength_of(product))
    split = str(fold.parting)
    return judged_points(part, place, fitted, fold.test, part="test", split=split, model=model)


def score_rungs(points: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows of `metrics` of rungs that are models: their mean scores over the folds."""
    known = pl.DataFrame(points).filter(pl.col("metric").is_in(list(SCORE_UNITS)))
    rows = [
        {
            "model": model,
            "split": split,
            "metric": metric,
            "value": float(np.mean(of["value"].to_numpy())),
            "unit": SCORE_UNITS[str(metric)],
            "std": float(np.std(of["value"].to_numpy(), ddof=1)) if of.height > 1 else None,
            "n": int(of["n"].sum()),
        }
        for (model, split, metric), of in known.group_by(
            "model", "split", "metric", maintain_order=True
        )
    ]
    return pl.DataFrame(rows, schema_overrides={"std": pl.Float64})
