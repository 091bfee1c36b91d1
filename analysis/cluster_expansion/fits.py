"""Fits of every method to every training part, and the choice between them inside each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from analysis.cluster_expansion.models.expansion import ClusterExpansion
from analysis.cluster_expansion.models.inner_scores import inner_error
from analysis.cluster_expansion.models.methods import BY_CONCENTRATION, FIT_ERRORS, make_model
from analysis.cluster_expansion.settings import ClusterExpansionSettings
from analysis.cluster_expansion.splits import LOCKED_SPLIT, StructureFold, split_inside
from analysis.datasets import Dataset
from analysis.runs.parallel import run_jobs
from warehouse.errors import WarehouseError
from warehouse.progress import Track

NESTED_CHOICE = "nested_choice"
"""The model that takes, in each training part, the method that is best inside it."""


@dataclass(frozen=True)
class TrainedExpansion:
    """One method fitted to one training part; `inner_error` is in eV/atom."""

    method: str
    fold: StructureFold
    model: ClusterExpansion
    inner_error: float


@dataclass(frozen=True)
class FailedFit:
    """A method that could not be fitted to a training part, and why."""

    method: str
    reason: str


def fit_all(
    dataset: Dataset,
    orbits: pl.DataFrame,
    settings: ClusterExpansionSettings,
    folds: Sequence[StructureFold],
    track: Track,
) -> tuple[list[TrainedExpansion], dict[str, str]]:
    """Fit every method to the training part of every fold.

    Returns the fits of all methods that succeed everywhere, and why others do not. Raises
    WarehouseError if none does.
    """

    def work(job: tuple[str, StructureFold]) -> TrainedExpansion | FailedFit:
        method, fold = job
        X, y = dataset.X[fold.train], dataset.y[fold.train]
        inner = split_inside(dataset.samples, fold.train, settings.seed)
        try:
            model = make_model(method, orbits, inner).fit(X, y)
            return TrainedExpansion(method, fold, model, inner_error(model, X, y, inner))
        except FIT_ERRORS as error:
            return FailedFit(method, f"{error}, on {len(y)} structures of {fold.split}")

    jobs = [(method, fold) for fold in folds for method in settings.methods]
    what, is_large = f"fit cluster expansions of {dataset.name}", dataset.is_large
    done = run_jobs(work, jobs, what, track, has_large_matrices=is_large)
    failed = {fit.method: fit.reason for fit in done if isinstance(fit, FailedFit)}
    fits = [f for f in done if isinstance(f, TrainedExpansion) and f.method not in failed]
    if jobs and not fits:
        method, reason = next(iter(failed.items()))
        raise WarehouseError(
            f"{dataset.name}: no method can be fitted; {method}: {reason}",
            hint="look for wrong energies in marts.flagged_structures",
        )
    return fits, failed


def choose_within(fits: Sequence[TrainedExpansion]) -> list[TrainedExpansion]:
    """The fit to each training part whose error inside it is lowest, but for the locked test.

    As in the study, among methods of constant interactions.
    """
    best: dict[tuple[str, int], TrainedExpansion] = {}
    for fit in [fit for fit in fits if fit.method != BY_CONCENTRATION]:
        key = (fit.fold.split, fit.fold.fold)
        if key not in best or fit.inner_error < best[key].inner_error:
            best[key] = fit
    return [
        replace(fit, method=NESTED_CHOICE)
        for fit in best.values()
        if fit.fold.split != LOCKED_SPLIT
    ]


def count_choices(
    within: Sequence[TrainedExpansion], fits: Sequence[TrainedExpansion]
) -> dict[str, int]:
    """How often each method is the one chosen `within` a training part."""
    best = {(fit.fold.split, fit.fold.fold): fit.model for fit in within}
    chosen = [fit.method for fit in fits if best.get((fit.fold.split, fit.fold.fold)) is fit.model]
    return {method: chosen.count(method) for method in sorted(set(chosen))}


def look_back(fit: TrainedExpansion) -> TrainedExpansion:
    """The same fit, tested on what it was fitted to."""
    return replace(fit, fold=replace(fit.fold, split="training", test=fit.fold.train))
