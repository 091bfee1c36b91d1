"""The data sets of labelled materials."""

from enum import StrEnum

from analysis.linear_models.splits import PropertyParting


class Benchmark(StrEnum):
    """Data sets, by the name that they have in the views: Matbench's two, and live rows."""

    CALCULATED = "matbench_mp_is_metal"
    MEASURED = "matbench_expt_is_metal"
    LIVE = "materials_project_is_metal"


MATBENCH = (Benchmark.CALCULATED, Benchmark.MEASURED)
"""Those with official folds, which are published."""


def transfer_of(benchmark: str) -> PropertyParting:
    """The split that trains on all of `benchmark` and tests on the other of MATBENCH."""
    if benchmark == Benchmark.CALCULATED:
        return PropertyParting.EXPERIMENT
    return PropertyParting.CALCULATION
