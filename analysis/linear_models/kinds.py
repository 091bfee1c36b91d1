"""Names of descriptors, methods and calibrations; light, for settings that load no solver."""

from enum import StrEnum

OF_FORMULA = ("fractions", "electrons", "charges", "roles", "pairs", "shares", "magpie", "cell")
"""Sets of descriptors that a formula tells; `cell` where it lists a whole unit cell."""


class NumberMethod(StrEnum):
    """How a model of numbers is fitted; at `quantile` errors count by their size alone."""

    HUBER = "huber"
    QUANTILE = "quantile"
    RIDGE = "ridge"
    LASSO = "lasso"
    ELASTIC_NET = "elastic_net"


class ClassMethod(StrEnum):
    """The penalty of a logistic model of classes: L2, L1, or both."""

    RIDGE = "ridge"
    LASSO = "lasso"
    ELASTIC_NET = "elastic_net"


class CalibrationKind(StrEnum):
    """What is made of the probabilities of a model of classes."""

    NONE = "none"
    PLATT = "platt"
    ISOTONIC = "isotonic"
