"""Words for readers: what the keys of the tables are called on pages, their units and meanings.

Scores, splits of formulas and their descriptors are named here, since several wings give them; each
wing names its own in its `labels.py`. No fit may import that: a page's new word must make no run
anew.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from analysis.metrics import SCORE_UNITS

MOST_LETTERS = 60
"""Of a name in a text; that of a decoration of 256 sites has some 300 digits."""


class Labelled(StrEnum):
    """Keys of one kind, in the order in which pages list them. A member is its key, as a string.

    Attributes:
        label: What a reader sees for the key.
        meaning: What it is, in half a sentence.
        unit: As tables have it: "1" if it is a number without one, "" if it is no number.

    """

    label: str
    meaning: str
    unit: str

    def __new__(cls, key: str, label: str = "", meaning: str = "", unit: str = "") -> Self:
        """A member is written as (key, label, meaning, unit); without a label its own words do."""
        member = str.__new__(cls, key)
        member._value_ = key
        member.label = label or key.replace("_", " ")
        member.meaning, member.unit = meaning, unit
        return member

    @property
    def axis(self) -> str:
        """The label with its unit, as an axis has it."""
        return self.label if self.unit in ("", "1") else f"{self.label} ({self.unit})"

    @classmethod
    def label_of(cls, key: str) -> str:
        """What a reader sees for `key`: its own words if it is not among these."""
        return find_label(key, [cls])


class Metric(Labelled):
    """Scores."""

    RMSE = "rmse", "RMSE", "root of the mean square of the errors", SCORE_UNITS["rmse"]
    MAE = "mae", "mean absolute error", "mean size of the errors", SCORE_UNITS["mae"]
    MAX_ERROR = "max_error", "largest error", "size of the largest error", SCORE_UNITS["max_error"]
    R2 = "r2", "R²", "share of the variance that the model explains", SCORE_UNITS["r2"]
    BALANCED_ACCURACY = (
        "balanced_accuracy",
        "balanced accuracy",
        "mean of the shares of either class that are called rightly",
        SCORE_UNITS["balanced_accuracy"],
    )
    F1 = "f1", "F1", "harmonic mean of precision and recall", SCORE_UNITS["f1"]
    ROC_AUC = (
        "roc_auc",
        "ROC AUC",
        "chance that one of the class has a higher probability than one outside it",
        SCORE_UNITS["roc_auc"],
    )
    BRIER = "brier", "Brier score", "mean square of probability less label", SCORE_UNITS["brier"]


class FormulaSplit(Labelled):
    """Ways to part samples with formulas, in the order in which pages list them."""

    OFFICIAL_FOLDS = (
        "official_folds",
        "official folds",
        "the test folds that Matbench publishes, or that --folds gives",
    )
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
    HELD_OUT_GROUPS = (
        "held_out_groups",
        "groups held out",
        "no group, such as a source, and no formula is on both sides",
    )
    LATER = (
        "later",
        "last fifth in time",
        "trained on what was earlier, tested on formulas that it has not",
    )
    EXPERIMENT = "experiment", "calculated to measured", "trained on one, tested on the other"
    CALCULATION = "calculation", "measured to calculated", "trained on one, tested on the other"


class DescriptorSet(Labelled):
    """Sets of descriptors of formulas."""

    FRACTIONS = "fractions", "element fractions", "share of each element's atoms"
    CELL = "cell", "unit cell, parity of electrons", "size of the cell, and whether electrons pair"
    ELECTRONS = "electrons", "valence electrons", "as chemistry counts them"
    CHARGES = "charges", "charge balance", "whether usual charges add up to zero"
    ROLES = "roles", "elements' roles", "how many of an element, beside how many others"
    PAIRS = "pairs", "pairs of elements", "which elements stand together"
    SHARES = (
        "shares",
        "shares of charges, pairs",
        "of atoms with the charges that balance would need, and of pairs",
    )
    MAGPIE = "magpie", "Magpie's averages", "of properties of the elements"
    OWN = "own", "your own columns", "what was selected beside formula and target"


def find_label(key: str, tables: Iterable[type[Labelled]]) -> str:
    """What a reader sees for `key`, by the first of `tables` that has it; else its own words."""
    found = (member.label for table in tables for member in table if member == key)
    return next(found, key.replace("_", " "))


def shorten(name: str) -> str:
    """A name that is kept to MOST_LETTERS: its beginning and its end."""
    is_long = len(name) > MOST_LETTERS
    return f"{name[: MOST_LETTERS - 10]}…{name[-9:]}" if is_long else name
