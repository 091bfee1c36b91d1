"""OUTCAR, read line by line, for runs whose vasprun.xml was not kept."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ingest.alloys.sources.vasp.run import VaspRun
from warehouse.conventions.lattices import FloatArray
from warehouse.crystals.bounds import read_lines

TAG = re.compile(
    r"^\s*(NELM|NSW|IBRION|ENCUT|EDIFFG|ISPIN|PREC|GGA|METAGGA|LHFCALC|HFSCREEN|LDAU|ISMEAR|"
    r"LASPH|IVDW)\s*=\s*([^\s;]+)"
)
SMEARING = re.compile(r"ISMEAR\s*=\s*(-?\d+);\s*SIGMA\s*=\s*(\S+)")
ITERATION = re.compile(r"Iteration\s+\d+\(\s*(\d+)\)")
NUMBER = re.compile(r"-?\d+\.\d+(?:[eE][-+]?\d+)?")
END = "General timing and accounting"
MOST_ATOMS = 20_000


def read_outcar(path: Path) -> VaspRun:
    """What an OUTCAR holds of its run.

    Raises ValueError if it breaks off or is no OUTCAR.
    """
    lines = read_lines(path)
    first = next(lines, "").split()
    if not first or not first[0].startswith("vasp."):
        raise ValueError("cannot be used: it does not begin as an OUTCAR")
    reader = _Reader(lines, first[0].removeprefix("vasp."))
    for line in lines:
        reader.take(line)
    return reader.finish()


class _Reader:
    """Looks for the lines of an OUTCAR that say what a run is made of."""

    def __init__(self, lines: Iterator[str], version: str) -> None:
        self.run = VaspRun(version=version)
        self.lines = lines
        self.counts: list[int] = []
        self.titles: list[str] = []
        self.headings: list[str] = []
        self.is_finished = False

    def take(self, line: str) -> None:
        """Keep what `line`, and the table below it, tell."""
        if "=" in line:
            self._take_value(line)
        elif "direct lattice vectors" in line:
            self.run.cell = self._read_table(3)
            if self.run.initial_cell is None:
                self.run.initial_cell = self.run.cell
        elif "position of ions in fractional coordinates" in line:
            self.run.initial_fractions = self._read_table(sum(self.counts))
        elif "TOTAL-FORCE" in line:
            self._take_forces()
        elif iteration := ITERATION.search(line):
            self.run.n_electronic = int(iteration[1])
        elif line.lstrip().startswith("in kB"):
            self._take_stress(NUMBER.findall(line))
        elif line.lstrip().startswith("POTCAR:"):
            self.headings.append(line.partition(":")[2].strip())
        elif END in line:
            self.is_finished = True

    def _take_forces(self) -> None:
        """Places and forces of the atoms, one line each below a ruler."""
        next(self.lines, None)
        table = self._read_table(sum(self.counts), width=6)
        if self.run.cell is not None:
            self.run.fractions = table[:, :3] @ np.linalg.inv(self.run.cell)
            self.run.forces = table[:, 3:]

    def _take_stress(self, numbers: list[str]) -> None:
        """Six numbers xx yy zz xy yz zx, put in the tables' order."""
        if len(numbers) == 6:
            self.run.stress = np.array(numbers, dtype=float)[[0, 1, 2, 4, 5, 3]]

    def _take_value(self, line: str) -> None:
        if found := TAG.match(line):
            self.run.tags.setdefault(found[1], found[2])
            if smearing := SMEARING.search(line):
                self.run.tags.setdefault("SIGMA", smearing[2])
        elif line.lstrip().startswith("TITEL"):
            self.titles.append(line.partition("=")[2].strip())
        elif "ions per type =" in line:
            self.counts = [int(count) for count in line.partition("=")[2].split()]
        elif "free  energy   TOTEN" in line and (found := NUMBER.search(line)):
            self.run.energy = float(found[0])
            self.run.n_steps += 1

    def _read_table(self, n_rows: int, width: int = 3) -> FloatArray:
        """The first `width` numbers of each of the next lines; ValueError if there are fewer."""
        if not 0 < n_rows <= MOST_ATOMS:
            raise ValueError(f"cannot be used: a table of {n_rows} atoms")
        rows = [NUMBER.findall(next(self.lines, ""))[:width] for _ in range(n_rows)]
        if any(len(row) < width for row in rows):
            raise ValueError("breaks off or is damaged: a table of numbers is not whole")
        table: FloatArray = np.array(rows, dtype=float)
        return table

    def finish(self) -> VaspRun:
        """The run; raises ValueError if it did not end."""
        if not self.is_finished:
            raise ValueError("breaks off: its run did not end")
        run, n_kinds = self.run, len(self.counts)
        # Titles stand in two places, in one of them twice in some versions.
        run.potentials = (self.titles or self.headings)[:n_kinds]
        if len(run.potentials) != n_kinds:
            raise ValueError(
                f"cannot be used: {len(run.potentials)} pseudopotentials of {n_kinds} elements"
            )
        elements = [(title.split() + ["?"] * 2)[1].partition("_")[0] for title in run.potentials]
        run.symbols = [
            element
            for element, count in zip(elements, self.counts, strict=True)
            for _ in range(count)
        ]
        return run
