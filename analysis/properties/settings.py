"""What a user chose for a study of a property."""

from dataclasses import dataclass

from analysis.runs.settings import RunSettings, write_command

SETS = ("fractions", "electrons", "charges", "roles", "pairs", "magpie", "own")
"""Sets of descriptors of a reduced formula; `own` are further columns of the user's query."""


@dataclass(frozen=True)
class PropertySettings(RunSettings):
    """Settings of the study of one property.

    Attributes:
        target: A column, or a query whose first column of numbers is the target.
        source: Task of Matbench or source of the column; "" for a query.
        where: Condition in SQL on the rows; "" for all.
        is_log: Whether the decimal logarithm is fitted.
        sets: Sets of descriptors.
        seed: Of the folds that choose the strength.

    """

    target: str
    source: str = ""
    where: str = ""
    is_log: bool = False
    sets: tuple[str, ...] = SETS
    seed: int = 0

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
        log = " --log" if self.is_log else ""
        return write_command(f"property {target}", options) + log
