"""vasprun.xml, read as a stream: the first cell, the last step, and nothing of bands and densities.

A file of hundreds of megabytes takes no more memory than one step of it.
"""

from pathlib import Path
from xml.parsers import expat

import numpy as np

from ingest.alloys.sources.vasp.run import VaspRun
from ingest.embedded.alloys import VOIGT_ORDER
from warehouse.conventions.lattices import FloatArray
from warehouse.crystals.bounds import open_bounded
from warehouse.crystals.limits import bounded

PIECE = 1 << 20
SKIPPED = frozenset(
    ("dos", "eigenvalues", "projected", "dynmat", "kpoints", "primitive_cell", "timing")
)
"""Elements of which nothing is needed; they are nearly all of a large file."""
VECTORS = frozenset(("basis", "positions", "forces", "stress"))
TAGS_IN = frozenset(("incar", "parameters"))


def read_vasprun(path: Path) -> VaspRun:
    """What a vasprun.xml holds of its run, whole or reduced to its last step.

    Raises ValueError if it breaks off or is no vasprun.xml.
    """
    reader = _Reader()
    with bounded(seconds=600), open_bounded(path) as file:
        try:
            while piece := file.read(PIECE):
                reader.parser.Parse(piece, False)
            reader.parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise ValueError(
                f"breaks off or is damaged: {expat.ErrorString(error.code)} in line {error.lineno}"
            ) from error
    return reader.finish()


class _Reader:
    """Follows the elements of a vasprun.xml and keeps what a run is made of."""

    def __init__(self) -> None:
        self.run = VaspRun()
        self.path: list[str] = []
        self.skipping = 0
        self.name = ""
        self.kept: list[str] | None = None
        self.rows: list[str] = []
        self.array = ""
        self.cells: list[str] = []
        self.last_energy: str | None = None
        self.structure: dict[str, FloatArray] = {}
        self.n_scsteps = 0
        self.has_modeling = False
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.skipping or tag in SKIPPED:
            self.skipping += 1
            return
        self.path.append(tag)
        self.has_modeling |= tag in ("modeling", "calculation")
        if tag == "calculation":
            self.n_scsteps = 0
        elif tag == "scstep":
            self.n_scsteps += 1
        elif tag in ("i", "v", "c"):
            self.kept, self.name = [], attributes.get("name", "")
        elif tag == "varray":
            self.rows, self.array = [], attributes.get("name", "")
        elif tag == "array":
            self.array, self.cells = attributes.get("name", ""), []
        elif tag == "structure":
            self.structure = {}

    def text(self, data: str) -> None:
        if self.kept is not None and not self.skipping:
            self.kept.append(data)

    def end(self, tag: str) -> None:
        if self.skipping:
            self.skipping -= 1
            return
        self.path.pop()
        text, self.kept = "".join(self.kept or ()), None
        if tag == "i" or (tag == "v" and self.name):
            self._keep_value(text.strip())
        elif tag == "v":
            self.rows.append(text)
        elif tag == "c":
            self.cells.append(text.strip())
        elif tag == "rc":
            self._keep_cells()
        elif tag == "varray":
            self._keep_vectors()
        elif tag == "structure":
            self._keep_structure()
        elif tag == "calculation":
            self.run.n_steps += 1
            self.run.n_electronic = self.n_scsteps
        if tag in ("v", "i"):
            self.name = ""

    def _keep_value(self, text: str) -> None:
        """A value by name: a tag of INCAR, the version, or an energy."""
        if self.name == "version" and "generator" in self.path:
            self.run.version = text
        elif not TAGS_IN.isdisjoint(self.path):
            # INCAR comes first, and says what the user wanted; parameters what VASP made of it.
            name = "ENCUT" if self.name == "ENMAX" else self.name
            self.run.tags.setdefault(name, text)
        elif self.name == "e_fr_energy" and self.path[-2:] == ["calculation", "energy"]:
            try:
                self.run.energy = float(text)
            except ValueError as error:  # VASP writes asterisks for what is too long.
                raise ValueError(
                    f"cannot be used: its energy is {text!r}, which is no plain number"
                ) from error

    def _keep_cells(self) -> None:
        """A row of a table: an atom, or a kind of atom with its pseudopotential."""
        if self.array == "atoms" and self.cells:
            self.run.symbols.append(self.cells[0])
        elif self.array == "atomtypes" and len(self.cells) > 4:
            self.run.potentials.append(self.cells[4])
        self.cells = []

    def _keep_vectors(self) -> None:
        name, self.array = self.array, ""
        if name not in VECTORS:
            return
        try:
            matrix = np.array([row.split() for row in self.rows], dtype=float).reshape(-1, 3)
        except ValueError as error:
            raise ValueError(f"cannot be used: its {name} are no numbers") from error
        self.rows = []
        if "structure" in self.path:
            self.structure[name] = matrix
        elif "calculation" in self.path and name == "forces":
            self.run.forces = matrix
        elif "calculation" in self.path and name == "stress" and len(matrix) == 3:
            self.run.stress = np.array([matrix[place] for place in VOIGT_ORDER])

    def _keep_structure(self) -> None:
        cell, fractions = self.structure.get("basis"), self.structure.get("positions")
        if cell is None or fractions is None or cell.shape != (3, 3):
            return
        if self.run.initial_cell is None:
            self.run.initial_cell, self.run.initial_fractions = cell, fractions
        self.run.cell, self.run.fractions = cell, fractions

    def finish(self) -> VaspRun:
        """The run; raises ValueError if the file was none."""
        if not self.has_modeling:
            raise ValueError("cannot be used: it is XML, but no vasprun.xml")
        if not self.run.n_steps:
            raise ValueError("cannot be used: no calculation in <modeling>")
        if self.run.energy is None:
            raise ValueError("cannot be used: its last step has no e_fr_energy")
        self.run.symbols = [symbol.strip() for symbol in self.run.symbols]
        return self.run
