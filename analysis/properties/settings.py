"""What a user chose for a study of a property."""

from dataclasses import dataclass
from enum import StrEnum

from analysis.runs.settings import RunSettings, write_command

SETS = ("fractions", "electrons", "charges", "roles", "pairs", "magpie", "own")
"""Sets of descriptors of a reduced formula; `own` are further columns of the user's query."""


class TargetKind(StrEnum):
    """What a target is taken for."""

    GUESSED = "guessed"
    NUMBER = "number"
    CLASSES = "classes"


@dataclass(frozen=True)
class PropertySettings(RunSettings):
    """Settings of the study of one property.

    Attributes:
        target: A column, or a query whose first further column is the target.
        source: Task of Matbench or source of the column; "" for a query.
        where: Condition in SQL on the rows; "" for all.
        is_log: Whether the decimal logarithm is fitted.
        sets: Sets of descriptors.
        seed: Of the folds that choose the strength.
        kind: A member of `TargetKind`.

    """

    target: str
    source: str = ""
    where: str = ""
    is_log: bool = False
    sets: tuple[str, ...] = SETS
    seed: int = 0
    kind: str = TargetKind.GUESSED

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
            options["sets"] = ",".join(self.sets)
        if self.seed:
            options["seed"] = self.seed
        target = f'"{self.target}"' if " " in self.target else self.target
        switches = {
            " --log": self.is_log,
            " --classify": self.kind == TargetKind.CLASSES,
            " --regress": self.kind == TargetKind.NUMBER,
        }
        command = write_command(f"property {target}", options)
        return command + "".join(switch for switch, is_on in switches.items() if is_on)
