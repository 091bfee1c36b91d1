"""Settings of the classifier: of the study, and of a single fit."""

from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import Self

from analysis.runs.settings import RunSettings, write_command


class Depth(StrEnum):
    """How much a run asks of the classifier, from little to much."""

    QUICK = auto()
    """Scores on every split and the ladder of descriptors."""
    USUAL = auto()
    """What hyperparameters do and which descriptors matter, too."""
    THOROUGH = auto()
    """Each element left out in turn, resampled coefficients, slow solvers and models that are not
    linear, too."""


@dataclass(frozen=True)
class MetalsSettings(RunSettings):
    """Settings of the study.

    Attributes:
        seed: Of the folds that choose hyperparameters.
        depth: One of `Depth`.

    """

    seed: int = 0
    depth: str = Depth.USUAL

    def command(self, dataset: str) -> str:
        """See `RunSettings`; options at their defaults are left out."""
        from analysis.metals.benchmarks import MATBENCH

        seed = {"seed": self.seed} if self.seed else {}
        text = write_command("metals", {"benchmark": dataset, **seed})
        # Of the second benchmark the command always asks for no more.
        usual = Depth.QUICK if dataset == MATBENCH[1] else Depth.USUAL
        return text if self.depth == usual else f"{text} --{self.depth}"

    def deeper(self) -> tuple[Self, ...]:
        """See `RunSettings`."""
        depths = list(Depth)
        more = depths[depths.index(Depth(self.depth)) + 1 :]
        return tuple(replace(self, depth=depth) for depth in more)


@dataclass(frozen=True)
class LogisticSettings(RunSettings):
    """Settings of a single logistic regression.

    Attributes:
        strength: scikit-learn's C, the inverse of the penalty.
        test_fold: Fold of `formula_groups` that is held out.

    """

    strength: float
    test_fold: int = 0

    def command(self, dataset: str) -> str:
        """See `RunSettings`."""
        return write_command("fit metals", {"dataset": dataset, **self.as_dict()})
