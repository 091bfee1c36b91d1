"""Words for the models and scores of a property."""

from analysis.labels import FormulaSplit, Labelled


class PropertyModel(Labelled):
    """Models of a property."""

    HUBER = "huber", "Huber regression", "errors beyond a threshold count by size"
    QUANTILE = "quantile", "regression of the median", "errors count by size"
    RIDGE = "ridge", "ridge regression", "errors count by their squares"
    LASSO = "lasso", "lasso", "squares of errors and L1, which ends small weights at 0"
    ELASTIC_NET = "elastic_net", "elastic net", "squares of errors, a mixture of L1 and L2"
    GRADIENT_BOOSTING = "gradient_boosting", "gradient boosting", "200 small trees, not linear"
    RANDOM_FOREST = "random_forest", "random forest", "60 large trees, not linear"
    MEDIAN = "median", "the median", "says the same of every formula"
    SAME_QUANTILE = "same_quantile", "the quantile of training", "says the same of every formula"
    LOGISTIC = (
        "logistic",
        "logistic regression (the product)",
        "calls the most probable class; of several classes it is multinomial",
    )
    LOGISTIC_LASSO = (
        "logistic_lasso",
        "logistic regression with L1",
        "ends small weights at 0",
    )
    LOGISTIC_ELASTIC_NET = (
        "logistic_elastic_net",
        "logistic regression with L1 and L2",
        "ends small weights at 0, and shares others among relatives",
    )
    UNCALIBRATED = "uncalibrated", "the same, not calibrated", "the probabilities that it means"
    PLATT = (
        "platt",
        "the same, with Platt scaling",
        "logits times a factor, moved for each class, as held-out rows in training tell",
    )
    ISOTONIC = (
        "isotonic",
        "the same, with isotonic regression",
        "a rising function of the probability of each class, as those rows tell",
    )
    ALIKE = (
        "alike",
        "the same, classes weighed alike",
        "calls the class that would be most probable if all were equally frequent",
    )
    FREQUENT = "frequent", "the most frequent class", "says the same of every formula"


class PropertyMetric(Labelled):
    """Scores that other studies have not."""

    PINBALL_LOSS = (
        "pinball_loss",
        "pinball loss",
        "mean distance to what was predicted, times the quantile above and the rest below it",
    )
    SHARE_BELOW = "share_below", "share below", "samples no larger than what was predicted", "1"
    WEIGHTED_MAE = "weighted_mae", "weighted MAE", "mean size of the errors by the weights"
    WEIGHTED_RMSE = "weighted_rmse", "weighted RMSE", "root of their mean square by the weights"
    WEIGHTED_LOG_LOSS = "weighted_log_loss", "weighted log loss", "log loss by the weights", "1"
    WEIGHTED_BALANCED_ACCURACY = (
        "weighted_balanced_accuracy",
        "weighted balanced accuracy",
        "mean of the shares of the classes' weights that are called rightly",
        "1",
    )
    MACRO_F1 = "macro_f1", "macro F1", "mean of the F1 of the classes", "1"
    LOG_LOSS = "log_loss", "log loss", "mean of -ln(probability of a sample's own class)", "1"
    CALIBRATION_ERROR = (
        "calibration_error",
        "calibration error",
        "mean distance of a call's probability from the share of such calls that are right",
        "1",
    )


PROPERTY_LABELS = (FormulaSplit, PropertyModel, PropertyMetric)
