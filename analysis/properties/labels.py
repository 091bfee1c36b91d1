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

    HUBER = "huber", "Huber regression", "errors beyond a threshold count by size"
    QUANTILE = "quantile", "regression of the median", "errors count by size"
    RIDGE = "ridge", "ridge regression", "errors count by their squares"
    LASSO = "lasso", "lasso", "squares of errors and L1, which ends small weights at 0"
    ELASTIC_NET = "elastic_net", "elastic net", "squares of errors, L1 and L2 in equal parts"
    GRADIENT_BOOSTING = "gradient_boosting", "gradient boosting", "200 small trees, not linear"
    RANDOM_FOREST = "random_forest", "random forest", "60 large trees, not linear"
    MEDIAN = "median", "the median", "says the same of every formula"
    LOGISTIC = (
        "logistic",
        "logistic regression (the product)",
        "calls the most probable class; of several classes it is multinomial",
    )
    ALIKE = (
        "alike",
        "the same, classes weighed alike",
        "calls the class that would be most probable if all were equally frequent",
    )
    FREQUENT = "frequent", "the most frequent class", "says the same of every formula"


class PropertyMetric(Labelled):
    """Scores that other studies have not."""

    MACRO_F1 = "macro_f1", "macro F1", "mean of the F1 of the classes", "1"
    LOG_LOSS = "log_loss", "log loss", "mean of -ln(probability of a sample's own class)", "1"
    CALIBRATION_ERROR = (
        "calibration_error",
        "calibration error",
        "mean distance of a call's probability from the share of such calls that are right",
        "1",
    )


PROPERTY_LABELS = (PropertySplit, PropertyModel, PropertyMetric)
