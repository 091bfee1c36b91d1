"""The data sets of labelled materials, and the ways to part each into training and test."""

from enum import StrEnum
from typing import Self


class Benchmark(StrEnum):
    """Data sets, by the name that they have in the views: Matbench's two, and live rows."""

    CALCULATED = "matbench_mp_is_metal"
    MEASURED = "matbench_expt_is_metal"
    LIVE = "materials_project_is_metal"


MATBENCH = (Benchmark.CALCULATED, Benchmark.MEASURED)
"""Those with official folds, which are published."""


class MaterialParting(StrEnum):
    """Ways to part materials, by the name of their split.

    Attributes:
        keeps: Column of the mart that says what stays on one side: a material, formula or system.
        fold_column: Column of the mart that numbers the folds; "" where the test is another data
            set: `experiment` trains on calculated labels and tests on measured ones, `calculation`
            the other way round, and no formula of the test is in the training.

    """

    keeps: str
    fold_column: str

    def __new__(cls, split: str, keeps: str = "material_id", fold_column: str = "") -> Self:
        """A member is written as (split, keeps, fold_column)."""
        member = str.__new__(cls, split)
        member._value_ = split
        member.keeps, member.fold_column = keeps, fold_column
        return member

    OFFICIAL_FOLDS = "official_folds", "material_id", "official_fold"
    FORMULA_GROUPS = "formula_groups", "reduced_formula", "formula_group_fold"
    CHEMICAL_SYSTEM_GROUPS = "chemical_system_groups", "chemsys", "chemical_system_group_fold"
    EXPERIMENT = "experiment", "reduced_formula"
    CALCULATION = "calculation", "reduced_formula"


FOLDED = tuple(parting for parting in MaterialParting if parting.fold_column)
"""Those that test each material of a data set once, by a fit to others of the same."""


def transfer_of(benchmark: str) -> MaterialParting:
    """The one that trains on all of `benchmark` and tests on the other of MATBENCH."""
    if benchmark == Benchmark.CALCULATED:
        return MaterialParting.EXPERIMENT
    return MaterialParting.CALCULATION
