"""Names of ways to fit and to calibrate; light, for settings that load no solver."""

from enum import StrEnum


class NumberMethod(StrEnum):
    """How a model of numbers is fitted; at `quantile` errors count by their size alone."""

    HUBER = "huber"
    QUANTILE = "quantile"
    RIDGE = "ridge"
    LASSO = "lasso"
    ELASTIC_NET = "elastic_net"


class CalibrationKind(StrEnum):
    """What is made of the probabilities of a model of classes."""

    NONE = "none"
    PLATT = "platt"
    ISOTONIC = "isotonic"
