"""What a hull can be told: whose energies, under which terms, and rows of the user's own."""

import math
from dataclasses import dataclass

from analysis.runs.settings import RunSettings, write_command
from warehouse.conventions.formulas import read_formula
from warehouse.errors import WarehouseError

OUTLIER = 5.0
"""eV/atom: formation energies beyond are flagged, and are no hull's, unless asked for."""


@dataclass(frozen=True)
class StabilitySettings(RunSettings):
    """Settings of the hulls of one source.

    Attributes:
        licenses: Terms that a row may have; none for all.
        add: Own rows, as `Cu3Au:-0.05`: a formula and its formation energy in eV/atom.
        keep_outliers: Whether energies beyond OUTLIER count, too.

    """

    licenses: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    keep_outliers: bool = False

    def name(self, dataset: str) -> str:
        """The hull's name in the table, from the source's."""
        parts = [dataset, *self.licenses, *(["outliers"] if self.keep_outliers else [])]
        return ", ".join([*parts, *(f"+ {text}" for text in self.add)])

    def command(self, dataset: str) -> str:
        """See `RunSettings`."""
        options: dict[str, object] = {"source": dataset}
        if self.licenses:
            options["license"] = ",".join(self.licenses)
        text = write_command("stability", options)
        text += "".join(f' --add "{row}"' for row in self.add)
        return text + (" --keep-outliers" if self.keep_outliers else "")


def parse_own_row(text: str) -> tuple[str, float]:
    """Formula and formation energy in eV/atom of an own row; WarehouseError if it is none."""
    formula, _, energy = text.rpartition(":")
    hint = "write formula and formation energy in eV/atom: --add Cu3Au:-0.05"
    try:
        value = float(energy)
        read_formula(formula)
    except ValueError as error:
        raise WarehouseError(f"{text!r} is no row of a hull: {error}", hint=hint) from error
    if not math.isfinite(value):
        raise WarehouseError(f"{text!r} has no finite energy", hint=hint)
    return formula, value
