"""Words for the splits of the classifier."""

from analysis.labels import Labelled


class MaterialSplit(Labelled):
    """Ways to part the materials of a benchmark, in the order in which pages list them."""

    OFFICIAL_FOLDS = "official_folds", "official folds", "the test folds that Matbench publishes"
    FORMULA_GROUPS = "formula_groups", "folds by formula", "no formula is on both sides"
    CHEMICAL_SYSTEM_GROUPS = (
        "chemical_system_groups",
        "folds by chemical system",
        "no set of elements is on both sides",
    )
    EXPERIMENT = "experiment", "calculated to measured", "trained on one, tested on the other"
    CALCULATION = "calculation", "measured to calculated", "trained on one, tested on the other"


METAL_LABELS = (MaterialSplit,)
