"""The loss on each group, such as a source, by fits that saw no sample of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from analysis.linear_models.fits.verbs import F, Fits
from analysis.linear_models.inquiries.points import loss_point
from analysis.linear_models.splits import PropertyFold, PropertyParting


def group_points(
    fits: Fits[F], folds: Sequence[PropertyFold], fitted: Sequence[F]
) -> list[dict[str, Any]]:
    """A point for each group that was held out; `fitted` are the fits to the training parts."""
    points = []
    for fold, fit in zip(folds, fitted, strict=True):
        if fold.parting != PropertyParting.HELD_OUT_GROUPS:
            continue
        names = fits.data.samples["group"].gather(fold.test).to_numpy()
        losses = fits.losses(fit, fold.test)
        points += [
            loss_point(
                fits,
                "held_out_group",
                str(name),
                fold.fold,
                losses[names == name],
                fold.test[names == name],
                part="test",
                split=str(fold.parting),
            )
            for name in np.unique(names)
        ]
    return points
