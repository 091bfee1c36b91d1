"""Words for the splits and models of a property."""

from analysis.labels import Labelled


class PropertySplit(Labelled):
    """Ways to part the samples of a property, in the order in which pages list them."""

    OFFICIAL_FOLDS = "official_folds", "official folds", "the test folds that Matbench publishes"
    FORMULA_GROUPS = "formula_groups", "folds by formula", "no formula is on both sides"
    CHEMICAL_SYSTEM_GROUPS = (
        "chemical_system_groups",
        "folds by chemical system",
        "no set of elements is on both sides",
    )
    EXTRAPOLATION = (
        "extrapolation",
        "highest tenth",
        "trained on the lower nine tenths of the values, tested on the highest",
    )


class PropertyModel(Labelled):
    """Models of a property."""

    HUBER = "huber", "Huber regression (the product)", "errors beyond a threshold count by size"
    RIDGE = "ridge", "ridge regression", "errors count by their squares"
    MEDIAN = "median", "the median", "says the same of every formula"


PROPERTY_LABELS = (PropertySplit, PropertyModel)
