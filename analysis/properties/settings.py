"""What a user chose for a study of a property."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from analysis.runs.settings import RunSettings, write_command

OF_FORMULA = ("fractions", "electrons", "charges", "roles", "pairs", "magpie", "cell")
"""Sets of descriptors that a formula tells; `cell` where it lists a whole unit cell."""
SETS: tuple[str, ...] = (*OF_FORMULA, "own")
"""Those of a study by default; `own` are further columns of the user's query."""
FURTHER_SETS = ("structure", "properties")
"""Sets that the warehouse tells of some materials; so does a view, by its name with its layer."""


class TargetKind(StrEnum):
    """What a target is taken for."""

    GUESSED = "guessed"
    NUMBER = "number"
    CLASSES = "classes"


class NumberMethod(StrEnum):
    """How a model of numbers is fitted.

    `quantile` is the regression of the median; its errors count by their size alone.
    """

    HUBER = "huber"
    QUANTILE = "quantile"
    RIDGE = "ridge"
    LASSO = "lasso"
    ELASTIC_NET = "elastic_net"


@dataclass(frozen=True)
class PropertySettings(RunSettings):
    """Settings of the study of one property.

    Attributes:
        target: A column, or a query whose first further column is the target.
        source: Task of Matbench or source of the column; "" for a query.
        where: Condition in SQL on the rows; "" for all.
        is_log: Whether the decimal logarithm is fitted.
        sets: Sets of descriptors, and views of them.
        seed: Of the folds that choose the strength.
        kind: A member of `TargetKind`.
        method: A member of `NumberMethod`; classes have one method.
        refused: Columns that are no descriptors, for they tell the answer.
        is_thorough: Whether models that are not linear are fitted, and elements left out.

    """

    target: str
    source: str = ""
    where: str = ""
    is_log: bool = False
    sets: tuple[str, ...] = SETS
    seed: int = 0
    kind: str = TargetKind.GUESSED
    method: str = NumberMethod.HUBER
    refused: tuple[str, ...] = ()
    is_thorough: bool = False

    def deeper(self) -> tuple[Self, ...]:
        """See `RunSettings`."""
        return () if self.is_thorough else (replace(self, is_thorough=True),)

    def command(self, dataset: str) -> str:
        """See `RunSettings`; options at their defaults are left out."""
        options: dict[str, object] = {}
        if self.source:
            options["dataset"] = self.source
        else:
            options["name"] = dataset
        if self.where:
            options["where"] = f'"{self.where}"'
        if self.sets != SETS:
            options["descriptors"] = ",".join(self.sets)
        if self.refused:
            options["refuse"] = ",".join(self.refused)
        if self.method != NumberMethod.HUBER:
            options["method"] = self.method.replace("_", "-")
        if self.seed:
            options["seed"] = self.seed
        target = f'"{self.target}"' if " " in self.target else self.target
        switches = {
            " --log": self.is_log,
            " --classify": self.kind == TargetKind.CLASSES,
            " --regress": self.kind == TargetKind.NUMBER,
            " --thorough": self.is_thorough,
        }
        command = write_command(f"property {target}", options)
        return command + "".join(switch for switch, is_on in switches.items() if is_on)
