"""Settings of the cluster expansion: of the study, and of a single fit."""

import shlex
from dataclasses import dataclass, replace
from typing import Self

from analysis.runs.settings import RunSettings, write_command
from warehouse.conventions.cluster_spaces import DEFAULT_CUTOFFS, ClusterSpaceName, list_cutoffs

DEFAULT_L1_RATIO = 0.5


@dataclass(frozen=True)
class ClusterExpansionSettings(RunSettings):
    """Settings of the study.

    Attributes:
        cluster_space: Id of the cluster space.
        methods: Methods that are compared; see `METHODS`.
        splits: Splits beside those that choose and judge the choice; see `SPLITS`.
        cutoffs: Longest pair, triplet, ... that are kept, in units of a; None: the whole space.
        seed: Of the folds that choose hyperparameters.
        is_thorough: Whether the random folds of every method are repeated, not only the chosen's.
        exclude: Flags and names of structures that are not fitted.
        refit: What the parameters come from: `training`, all but the locked test, or `all`, once
            the locked test has judged.

    """

    cluster_space: str
    methods: tuple[str, ...]
    splits: tuple[str, ...]
    cutoffs: tuple[float, ...] | None = None
    seed: int = 0
    is_thorough: bool = False
    exclude: tuple[str, ...] = ()
    refit: str = "training"

    def deeper(self) -> tuple[Self, ...]:
        """See `RunSettings`."""
        return () if self.is_thorough else (replace(self, is_thorough=True),)

    def command(self, dataset: str) -> str:
        """See `RunSettings`; options at their defaults are left out."""
        from analysis.cluster_expansion.models.methods import METHODS
        from analysis.cluster_expansion.splits import ALWAYS, SPLITS

        options: dict[str, object] = {"alloy": dataset}
        if self.methods != tuple(METHODS):
            options["methods"] = ",".join(self.methods)
        # By default the cutoffs are these, on the alloy's own parent lattice.
        if ClusterSpaceName.parse(self.cluster_space).cutoffs != DEFAULT_CUTOFFS:
            options["cluster_space"] = self.cluster_space
        if self.cutoffs is not None:
            options["cutoffs"] = list_cutoffs(self.cutoffs)
        if set(self.splits) != set(SPLITS):
            options["splits"] = ",".join(self.splits or ALWAYS)
        if self.seed:
            options["seed"] = self.seed
        if self.exclude:
            options["exclude"] = ",".join(map(shlex.quote, self.exclude))
        if self.refit != "training":
            options["refit"] = self.refit
        return write_command("cluster-expansion", options) + " --thorough" * self.is_thorough


@dataclass(frozen=True)
class ElasticNetSettings(RunSettings):
    """Settings of a single elastic net.

    Attributes:
        cluster_space: Id of the cluster space.
        strength: scikit-learn's alpha, of energies and correlations of unit standard deviation.
        l1_ratio: Share of L1 in the penalty.
        test_fold: Fold of `training_10_fold` that is held out.

    """

    cluster_space: str
    strength: float
    l1_ratio: float = DEFAULT_L1_RATIO
    test_fold: int = 0

    def command(self, dataset: str) -> str:
        """See `RunSettings`."""
        return write_command("fit cluster-expansion", {"dataset": dataset, **self.as_dict()})
