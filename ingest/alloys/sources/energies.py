"""Which of a frame's numbers is its energy, and what it is called.

`energy`, or `free_energy` where there is no other, is taken without a word. Other programs write
REF_energy, dft_energy or energy_per_atom: these are named in the reason, and can be chosen.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.alloys.sources.rows import parse_energy

TAKEN = ("energy", "free_energy")
PER_ATOM = re.compile(r"per[_ ]?atom|/\s*atom", re.IGNORECASE)
LOOKS_LIKE_ENERGY = re.compile(r"energ|toten|^e_?(0|tot|total|dft|ref)?$|^u_?0?$", re.IGNORECASE)


@dataclass(frozen=True)
class EnergyChoice:
    """The name of the energy, if the user chose one, and whether energies are per atom."""

    key: str | None = None
    per_atom: bool = False

    def scale(self, energy: object, n_atoms: int, kind: str | None = None) -> float:
        """The energy of the cell in eV, of one as the source has it under the name `kind`.

        Raises ValueError if it is no number.
        """
        is_per_atom = self.per_atom or PER_ATOM.search(kind or self.key or "") is not None
        return parse_energy(energy) * (n_atoms if is_per_atom else 1)

    def pick(self, values: Mapping[str, Any], n_atoms: int) -> tuple[float, str]:
        """The energy of the cell in eV among a frame's `values`, and its name.

        Raises ValueError if it is not there, naming what looks like one, or is no number.
        """
        names = [self.key] if self.key else TAKEN
        for name in names:
            if values.get(name) is not None:
                return self.scale(values[name], n_atoms, name), name
        others = [name for name in values if LOOKS_LIKE_ENERGY.search(name)]
        others = [name for name in others if values[name] is not None]
        missing = f"it has no {self.key}" if self.key else "its energy is missing"
        if not others:
            raise ValueError(missing)
        raise ValueError(f"{missing}; choose with --energy: {', '.join(sorted(others))}")
