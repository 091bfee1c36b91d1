"""What a user chose for a study of a property."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from analysis.linear_models.kinds import OF_FORMULA, CalibrationKind, ClassMethod, NumberMethod
from analysis.runs.settings import RunSettings, write_command

SETS: tuple[str, ...] = (*OF_FORMULA, "own")
"""Those of a study by default; `own` are further columns of the user's query."""
FURTHER_SETS = ("structure", "properties")
"""Sets that the warehouse tells of some materials; so does a view, by its name with its layer."""


class TargetKind(StrEnum):
    """What a target is taken for."""

    GUESSED = "guessed"
    NUMBER = "number"
    CLASSES = "classes"


LOGISTIC = "logistic"
"""Another name of the first of them: logistic regression as it is by default."""


ROLES = {"weight": "weights", "group": "group", "time": "time", "fold": "folds"}
"""Roles of columns, and the options that name them."""


def role_column(role: str) -> str:
    """What the column of a role is called among rows, where no descriptor is called so."""
    return f"the row's {role}"


def own_column(name: str) -> str:
    """The same of a further column, whose name may be one that rows have anyway."""
    return f"the user's {name}"


@dataclass(frozen=True)
class PropertySettings(RunSettings):
    """Settings of the study of one property.

    Attributes:
        target: A column, or a query whose first further column is the target.
        source: Task of Matbench or source of the column; "" for a query or a table.
        where: Condition in SQL on the rows; "" for all.
        is_log: Whether the decimal logarithm is fitted.
        sets: Sets of descriptors, and views of them.
        seed: Of the folds that choose the strength.
        kind: A member of `TargetKind`.
        method: A member of `NumberMethod` or `ClassMethod`; "" for the default of the kind.
        refused: Columns that are no descriptors, for they tell the answer.
        is_thorough: Whether models that are not linear are fitted, and elements left out.
        mixing: Share of L1 in the penalty of an elastic net; None to choose it in training.
        quantile: What `quantile` predicts: so much of the distribution lies below.
        calibration: A member of `CalibrationKind`.
        weights: Column that says how much a row counts; "" if all count alike.
        group: Column whose values are held out, one or a fifth of them at a time; "" for none.
        time: Column by which the last fifth of the rows is held out; "" for none.
        folds: Column that says in which fold a row is tested, as a benchmark has it; "" for none.
        table: The user's own table of the column; "" for none.
        own: Further columns of the table that describe its rows.

    """

    target: str
    source: str = ""
    where: str = ""
    is_log: bool = False
    sets: tuple[str, ...] = SETS
    seed: int = 0
    kind: str = TargetKind.GUESSED
    method: str = ""
    refused: tuple[str, ...] = ()
    is_thorough: bool = False
    mixing: float | None = None
    quantile: float = 0.5
    calibration: str = CalibrationKind.NONE
    weights: str = ""
    group: str = ""
    time: str = ""
    folds: str = ""
    table: str = ""
    own: tuple[str, ...] = ()

    @property
    def roles(self) -> dict[str, str]:
        """Columns that are neither target nor descriptors, by what they are for."""
        named = {role: str(getattr(self, option)) for role, option in ROLES.items()}
        return {role: column for role, column in named.items() if column}

    @property
    def number_method(self) -> NumberMethod:
        """How numbers are fitted."""
        return NumberMethod(self.method or NumberMethod.HUBER)

    @property
    def class_method(self) -> ClassMethod:
        """How classes are fitted."""
        is_default = self.method in ("", LOGISTIC)
        return ClassMethod.RIDGE if is_default else ClassMethod(self.method)

    def deeper(self) -> tuple[Self, ...]:
        """See `RunSettings`."""
        return () if self.is_thorough else (replace(self, is_thorough=True),)

    def command(self, dataset: str) -> str:
        """See `RunSettings`; options at their defaults are left out."""
        is_named = not self.source and not self.table
        is_usual = self.quantile == PropertySettings.quantile
        is_plain = self.calibration == CalibrationKind.NONE
        told: dict[str, object] = {
            "dataset": self.source,
            "table": self.table,
            "name": dataset if is_named else "",
            "own": f'"{own}"' if "(" in (own := ",".join(self.own)) else own,
            "where": f'"{self.where}"' if self.where else "",
            "descriptors": "" if self.sets == SETS else ",".join(self.sets),
            "refuse": ",".join(self.refused),
            "method": self.method.replace("_", "-"),
            "mixing": self.mixing,
            "quantile": None if is_usual else self.quantile,
            "calibrate": "" if is_plain else self.calibration,
            **{ROLES[role]: column for role, column in self.roles.items()},
            "seed": self.seed or None,
        }
        options = {name: value for name, value in told.items() if value not in ("", None)}
        target = f'"{self.target}"' if " " in self.target else self.target
        switches = {
            " --log": self.is_log,
            " --classify": self.kind == TargetKind.CLASSES,
            " --regress": self.kind == TargetKind.NUMBER,
            " --thorough": self.is_thorough,
        }
        command = write_command(f"property {target}", options)
        return command + "".join(switch for switch, is_on in switches.items() if is_on)
