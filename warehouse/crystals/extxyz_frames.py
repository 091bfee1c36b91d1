"""Frames of an extxyz file, each for itself.

What is damaged is refused alone: the next frame begins where a line with a count is followed by
one with properties.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.crystals.bounds import read_lines
from warehouse.crystals.limits import bounded
from warehouse.tables import MAX_SITES

if TYPE_CHECKING:
    from ase import Atoms

EXTXYZ_ENDS = re.compile(r"\.(ext)?xyz(\.(gz|bz2|xz))?$", re.IGNORECASE)
STRESS = re.compile(r"(?i)\b(stress|virials?)=(\"[^\"\n]*\"|\S+)")
MOST_ATOMS = 20_000
"""Atoms of a frame above which it is passed without being kept in memory."""


@dataclass(frozen=True)
class ExtxyzFrame:
    """A frame as text: its number, the line of its properties, and all of it or why it is none.

    `outside` says of what no table holds why it is out of scope.
    """

    number: int
    comment: str
    text: str = ""
    fault: str = ""
    outside: str = ""


def is_extxyz(path: Path) -> bool:
    """Whether a file is called so, or begins with a count of atoms and a line of properties."""
    if EXTXYZ_ENDS.search(path.name):
        return True
    try:
        lines = read_lines(path)
        return next(lines, "").strip().isdigit() and "=" in next(lines, "")
    except (OSError, ValueError, EOFError):
        return False


def read_extxyz_frame(text: str) -> "Atoms":
    """One frame; if its stress is not as ASE expects it, the frame without it."""
    from ase import Atoms
    from ase.io import read

    with bounded():
        try:
            atoms = read(StringIO(text), index=0, format="extxyz")
        except ValueError:
            if (other := STRESS.sub(" ", text, count=1)) == text:
                raise
            atoms = read(StringIO(other), index=0, format="extxyz")
    assert isinstance(atoms, Atoms)
    return atoms


def split_extxyz(lines: Iterator[str]) -> Iterator[ExtxyzFrame]:
    """Frames of an extxyz file; none is longer than what is kept in memory."""
    source, number = _Lines(lines), 0
    while (line := source.peek()) is not None:
        if not line.strip():
            source.take()
            continue
        number += 1
        yield _take_frame(source, number, line)


class _Lines:
    """Lines, of which one may look two ahead."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.ahead: deque[str] = deque()
        self.number = 0

    def peek(self, place: int = 0) -> str | None:
        while len(self.ahead) <= place:
            line = next(self.lines, None)
            if line is None:
                return None
            self.ahead.append(line)
        return self.ahead[place]

    def take(self) -> str | None:
        line = self.peek()
        if line is not None:
            self.ahead.popleft()
            self.number += 1
        return line

    def at_header(self) -> bool:
        """Whether a frame seems to begin: a count alone, and properties after it."""
        return (self.peek() or "").strip().isdigit() and "=" in (self.peek(1) or "")

    def skip(self) -> int:
        """Go to where a frame seems to begin, or to the end; how many lines were left out."""
        start = self.number
        while self.peek() is not None and not self.at_header():
            self.take()
        return self.number - start


def _take_frame(source: _Lines, number: int, line: str) -> ExtxyzFrame:
    """The next frame, with all lines that can only be of it."""
    place = source.number + 1
    if not line.strip().isdigit():
        source.skip()
        fault = f"line {place} is no count of atoms: {line.strip()[:40]!r}"
        return ExtxyzFrame(number, "", fault=fault)
    source.take()
    comment = source.take() or ""
    count = int(line) if len(line.strip()) < 16 else 10**15
    if count > MOST_ATOMS:
        source.skip()
        return ExtxyzFrame(
            number,
            comment,
            fault=f"its header says {line.strip()[:40]} atoms",
            outside=f"of more than {MAX_SITES:,} atoms",
        )
    atoms: list[str] = []
    while len(atoms) < count and source.peek() is not None and not source.at_header():
        atoms.append(source.take() or "")
    n_found = sum(1 for atom in atoms if atom.strip())
    following = source.peek()
    is_next = following is None or not following.strip() or following.strip().isdigit()
    if n_found == count and is_next:
        return ExtxyzFrame(number, comment, "\n".join([str(count), comment, *atoms, ""]))
    more = f" and {source.skip()} more lines" if n_found == count else ""
    return ExtxyzFrame(
        number, comment, fault=f"its header says {count} atoms, and {n_found} follow{more}"
    )
