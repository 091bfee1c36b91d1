"""What a wing says of a study of its own: what is read, what computes, which score tells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import duckdb

from analysis.runs.results import Results
from analysis.runs.run import Run
from analysis.runs.settings import RunSettings
from warehouse.progress import Track

if TYPE_CHECKING:
    from warehouse.spark.engine import SparkEngine

S = TypeVar("S", bound=RunSettings)
StudyFit = Callable[[Track], Results]
"""Fits and judges the models of data that were read."""


@dataclass(frozen=True)
class Study(Generic[S]):
    """A study, which is fitted in memory, or a single fit, which Spark makes.

    Attributes:
        name: What the tables call it.
        settings: The class of its settings.
        views: What it reads, beside all that these are made from.
        reads: Views that it reads with these settings, too.
        applies: Views that it reads of rows of its own in memory; those of tables do not count.
        scope: Conditions on the rows of raw tables that make a data set: others do not count.
        modules: What reads the data and fits the models.
        count: SQL that counts the samples of the data set `$dataset`.
        score: The score that tells runs apart at a glance.
        split: The split of that score.
        others: Further splits and scores, for runs that lack those: the first that one has tells
            it. All these scores are told when a run ends.
        is_mean_of_folds: Whether a score is the mean over folds, or of all folds together.
        collects: What `read` asks that takes work to compute.
        read: Reads a data set and returns its fit; None for a single fit.
        fit_on_spark: Makes a single fit; None for a study.

    """

    name: str
    settings: type[S]
    views: tuple[str, ...]
    scope: Callable[[str, S], Mapping[str, str]]
    modules: tuple[str, ...]
    count: str
    score: str
    split: str
    is_mean_of_folds: bool
    others: tuple[tuple[str, str], ...] = ()
    reads: Callable[[S], tuple[str, ...]] = lambda settings: ()
    applies: tuple[str, ...] = ()
    collects: tuple[str, ...] = ()
    read: Callable[[duckdb.DuckDBPyConnection, str, S], StudyFit] | None = None
    fit_on_spark: Callable[["SparkEngine", duckdb.DuckDBPyConnection, Run[S]], Results] | None = (
        None
    )

    @property
    def telling(self) -> tuple[tuple[str, str], ...]:
        """Splits and scores that tell runs apart, the foremost first."""
        return ((self.split, self.score), *self.others)

    @property
    def scores(self) -> tuple[str, ...]:
        """The scores among them."""
        return tuple(dict.fromkeys(score for _, score in self.telling))
