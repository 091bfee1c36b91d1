"""Settings of the classifier: of the study, and of a single fit."""

from dataclasses import dataclass

from analysis.runs.settings import RunSettings, write_command


@dataclass(frozen=True)
class MetalsSettings(RunSettings):
    """Settings of the study.

    Attributes:
        seed: Of the folds that choose hyperparameters.
        is_thorough: Whether curves, importances, draws and models for comparison come too.

    """

    seed: int = 0
    is_thorough: bool = True

    def command(self, dataset: str) -> str:
        """See `RunSettings`; options at their defaults are left out."""
        from analysis.metals.benchmarks import MATBENCH

        seed = {"seed": self.seed} if self.seed else {}
        text = write_command("metals", {"benchmark": dataset, **seed})
        # Of the second benchmark the command always asks for no more.
        return text if self.is_thorough or dataset == MATBENCH[1] else f"{text} --quick"


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
