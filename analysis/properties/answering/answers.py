"""What a model of a property says of a formula: a number, or how probable each class is."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MEDIAN = 0.5
MOST_CLASSES = 4
"""Classes that the text of an answer names."""


TAKEN = (
    *("formula", "prediction", "likeness", "n_new_elements", "n_new_pairs", "outside_training"),
    "reason",
)
"""Columns of predictions that are no probability of a class."""


def name_class_columns(classes: Sequence[str]) -> dict[str, str]:
    """The column of each class's probability, named as the class is, and the class."""
    return {f"{name} (class)" if name in TAKEN else name: name for name in classes}


@dataclass(frozen=True)
class PropertyAnswer(ABC):
    """What a model says of a formula.

    Attributes:
        formula: As it was asked.
        read_as: The formula as it was read; "" if it is none.
        column: The property.
        likeness: What of the formula the training data had, or why there is no answer.
        largest: Descriptors that add or take most, and how much.
        at: Values of the columns that the model reads beside the formula.

    """

    formula: str
    read_as: str
    column: str
    likeness: str
    largest: tuple[tuple[str, float], ...]
    at: Mapping[str, float]

    @property
    @abstractmethod
    def is_answered(self) -> bool:
        """Whether there is an answer."""

    @property
    @abstractmethod
    def told(self) -> str:
        """The answer in words."""

    @property
    @abstractmethod
    def part_unit(self) -> str:
        """Unit of what a descriptor adds; empty if it has none."""

    @property
    def text(self) -> str:
        """The answer in a few lines."""
        at = ", ".join(f"{name} {value:g}" for name, value in self.at.items())
        asked = f"{self.formula} at {at}" if at else self.formula
        if not self.is_answered:
            return f"{asked}: no answer: {self.likeness}"
        read = "" if self.read_as == self.formula else f" (read as {self.read_as})"
        unit = f" {self.part_unit}" if self.part_unit else ""
        parts = "; ".join(f"{name} {value:+.3g}{unit}" for name, value in self.largest)
        means = "; further columns count from their means in training" if at else ""
        return (
            f"{asked}{read}: {self.told}\n"
            f"  {self.likeness}\n  beside Magpie's averages, most is due to {parts or 'nothing'}"
            f"{means}"
        )


@dataclass(frozen=True)
class NumberAnswer(PropertyAnswer):
    """A number with an interval.

    Attributes:
        unit: Of prediction and interval, and of `largest`.
        prediction: None if there is no answer.
        interval: Half the width that held nine tenths of errors of held-out predictions like it;
            None if what is predicted is not the middle.
        quantile: What is predicted: so much of the distribution lies below; 0.5 is the middle.
        share_below: Of held-out samples in training, how many were no larger than predicted; None
            of runs that did not count them.

    """

    unit: str
    prediction: float | None
    interval: float | None
    quantile: float = 0.5
    share_below: float | None = None

    @property
    def is_answered(self) -> bool:
        """See `PropertyAnswer`."""
        return self.prediction is not None

    @property
    def part_unit(self) -> str:
        """See `PropertyAnswer`."""
        return "" if self.unit == "1" else self.unit

    @property
    def told(self) -> str:
        """See `PropertyAnswer`."""
        assert self.prediction is not None
        unit = "" if self.unit == "1" else f" {self.unit}"
        if self.quantile != MEDIAN:
            told = f"{self.quantile:g} of such {self.column} lie below {self.prediction:.3g}{unit}"
            share = self.share_below
            return told if share is None else f"{told}; of samples held out {share:.3f} did"
        assert self.interval is not None
        told = f"{self.column} {self.prediction:.3g} ± {self.interval:.2g}{unit}"
        if self.unit.startswith("log10"):
            low, middle, high = (
                f"{10 ** (self.prediction + sign * self.interval):.3g}" for sign in (-1, 0, 1)
            )
            plain = self.unit.removeprefix("log10").strip("()")
            told += f", that is {middle} ({low} to {high}){f' {plain}' if plain else ''}"
        return f"{told}; nine tenths of the errors of such predictions were smaller"


@dataclass(frozen=True)
class ClassAnswer(PropertyAnswer):
    """A class, and how probable each is.

    Attributes:
        prediction: The most probable class; None if there is no answer.
        probabilities: Of each class by name, from the most probable on; empty without an answer.

    """

    prediction: str | None
    probabilities: Mapping[str, float]

    @property
    def is_answered(self) -> bool:
        """See `PropertyAnswer`."""
        return self.prediction is not None

    @property
    def part_unit(self) -> str:
        """See `PropertyAnswer`."""
        return "in the logit"

    @property
    def told(self) -> str:
        """See `PropertyAnswer`."""
        first = list(self.probabilities.items())[:MOST_CLASSES]
        n_others = len(self.probabilities) - len(first)
        named = ", ".join(f"{name} {value:.3f}" for name, value in first)
        others = f", {n_others} others less" if n_others else ""
        return f"{self.column} {self.prediction}; probabilities: {named}{others}"
