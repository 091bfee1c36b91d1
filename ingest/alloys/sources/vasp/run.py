"""A VASP run, whichever of its files it was read from: what makes a row of it.

The total energy is the free energy of the last ionic step (`e_fr_energy`, "free energy TOTEN"),
whose derivatives the forces and stresses are. Next to it stands the energy extrapolated to no
smearing, which many versions of VASP write wrongly; reduced files hold only that wrong one. Whoever
prefers the extrapolated energies lists them in an index. Formation energies need one kind
throughout.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ingest.alloys.sources.rows import Calculation, StructureRow, make_row
from warehouse.conventions.lattices import FloatArray

if TYPE_CHECKING:
    from ase import Atoms

ENERGY_KIND = "free energy"
EXTRA_FORCE = 1.5
"""A relaxation is finished with forces up to so many times its criterion, EDIFFG."""
GGA = {
    "PE": "PBE",
    "PS": "PBEsol",
    "RP": "RPBE",
    "RE": "revPBE",
    "91": "PW91",
    "AM": "AM05",
    "CA": "LDA",
    "PZ": "LDA",
    "OR": "optPBE",
    "BO": "optB88",
    "MK": "optB86b",
}
"""What the tag GGA of VASP says."""
POTENTIALS = {"PAW_PBE": "PBE", "PAW_GGA": "PW91", "PAW": "LDA", "US": "LDA", "NC": "LDA"}
"""What the first word of a pseudopotential's title says, where GGA says nothing."""
SETTINGS = ("ENCUT", "PREC", "ISPIN", "ISMEAR", "SIGMA", "KSPACING", "LASPH", "IVDW")


@dataclass
class VaspRun:
    """Results of a VASP run, as they are found in a file: its first cell and its last step."""

    version: str = ""
    symbols: list[str] = field(default_factory=list)
    potentials: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    initial_cell: FloatArray | None = None
    initial_fractions: FloatArray | None = None
    cell: FloatArray | None = None
    fractions: FloatArray | None = None
    forces: FloatArray | None = None
    stress: FloatArray | None = None
    energy: float | None = None
    n_steps: int = 0
    n_electronic: int = 0

    def number(self, tag: str, default: float) -> float:
        """The number that a tag of INCAR has."""
        try:
            return float(self.tags[tag])
        except (KeyError, ValueError):
            return default

    def to_row(self, structure_id: str) -> StructureRow:
        """The row of the run's last step; raises ValueError if it has none, or did not converge."""
        if not self.n_steps or self.cell is None or self.fractions is None:
            raise ValueError("cannot be used: it has no finished step")
        if len(self.symbols) != len(self.fractions):
            raise ValueError(
                f"cannot be used: {len(self.symbols)} atoms at {len(self.fractions)} places"
            )
        if self.n_electronic and self.n_electronic >= self.number("NELM", 60):
            raise ValueError("cannot be used: its electrons did not converge in the last step")
        atoms = self._atoms(self.cell, self.fractions)
        initial = None
        if self.initial_cell is not None and self.initial_fractions is not None:
            initial = self._atoms(self.initial_cell, self.initial_fractions)
        functional = find_functional(self.tags, self.potentials)
        told = Calculation(
            calculator=f"VASP {self.version} {functional or ''}".strip(),
            forces=self.forces,
            stress=None if self.stress is None else self.stress.tolist(),
            functional=functional,
            settings=self._settings(),
            energy_kind=ENERGY_KIND,
            relaxation=self._relaxation(),
            initial=initial if self.n_steps > 1 else None,
        )
        return make_row(structure_id, atoms, self.energy, told)

    def _atoms(self, cell: FloatArray, fractions: FloatArray) -> "Atoms":
        from ase import Atoms

        return Atoms(self.symbols, cell=cell, scaled_positions=fractions, pbc=True)

    def _relaxation(self) -> str | None:
        if "NSW" not in self.tags:
            return None
        n_allowed, kind = self.number("NSW", 0), self.number("IBRION", -1)
        if kind == 0 and n_allowed > 0:
            return "molecular dynamics"
        if n_allowed <= 1 or kind == -1:
            return "static"
        if self.n_steps >= n_allowed:
            return "unfinished"
        criterion = self.number("EDIFFG", 0)
        if criterion < 0 and self.forces is not None and len(self.forces):
            largest = float(np.linalg.norm(self.forces, axis=1).max())
            return "unfinished" if largest > EXTRA_FORCE * -criterion else "finished"
        return "finished"

    def _settings(self) -> str | None:
        told = {name: self.tags[name].strip() for name in SETTINGS if self.tags.get(name)}
        told |= {_element(title): title for title in self.potentials if title}
        return "; ".join(f"{name}={_plain(value)}" for name, value in told.items()) or None


def find_functional(tags: Mapping[str, str], potentials: list[str]) -> str | None:
    """Exchange and correlation by the tags of INCAR, else by the pseudopotentials; or None."""
    by_potentials = {POTENTIALS.get(title.split()[0]) for title in potentials if title.split()}
    name = GGA.get(tags.get("GGA", "").strip().upper())
    if name is None and len(by_potentials) == 1:
        name = by_potentials.pop()
    metagga = tags.get("METAGGA", "").strip().strip("-")
    if metagga and metagga.lower() not in ("none", "f"):
        name = metagga.upper()
    if tags.get("LHFCALC", "").strip().strip(".").upper().startswith("T"):
        screening = float(tags.get("HFSCREEN") or 0)
        name = {0.0: "PBE0", 0.2: "HSE06", 0.207: "HSE06", 0.3: "HSE03"}.get(
            round(screening, 3), f"hybrid of {name or 'unknown'}"
        )
    if name and tags.get("LDAU", "").strip().strip(".").upper().startswith("T"):
        name += "+U"
    return name


def _element(title: str) -> str:
    """POTCAR of an element: Ag of "PAW_PBE Ag_pv 06Sep2000"."""
    words = title.split()
    return f"POTCAR_{words[1].partition('_')[0] if len(words) > 1 else title}"


def _plain(value: str) -> str:
    """A value without the semicolons and blanks that would part it; numbers in one spelling."""
    try:
        return f"{float(value):g}"
    except ValueError:
        return " ".join(value.replace(";", ",").split())
