"""extxyz files, each frame for itself.

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

from ingest.alloys.sources.energies import EnergyChoice
from ingest.alloys.sources.frames import NAMES, name_frames, row_of_atoms, unreadable
from ingest.alloys.sources.rows import Refused, StructureRow, refuse
from warehouse.crystals.bounds import read_lines
from warehouse.crystals.limits import bounded
from warehouse.crystals.structure_files import UNREADABLE
from warehouse.errors import first_line
from warehouse.tables import MAX_SITES

if TYPE_CHECKING:
    from ase import Atoms

STRESS = re.compile(r"(?i)\b(stress|virials?)=(\"[^\"\n]*\"|\S+)")
MOST_ATOMS = 20_000
"""Atoms of a frame above which it is passed without being kept in memory."""


@dataclass(frozen=True)
class _Frame:
    """A frame as text: its number, the line of its properties, and all of it or why it is none."""

    number: int
    comment: str
    text: str = ""
    fault: str = ""
    outside: str = ""


def read_extxyz(path: Path, choice: EnergyChoice) -> Iterator[StructureRow | Refused]:
    """Every frame of an extxyz file, each for itself.

    Raises WarehouseError if the file cannot be read or has no frame.
    """
    frames: list[tuple[dict[str, str], StructureRow | Refused]] = []
    try:
        for frame in _split_frames(read_lines(path)):
            names = _find_names(frame.comment)
            number = str(frame.number)
            if frame.fault:
                reason = f"frame {number}: {frame.fault}"
                frames.append((names, Refused(number, reason, frame.outside)))
                continue
            try:
                atoms = _read_frame(frame.text)
                frames.append((names, row_of_atoms(number, atoms, choice)))
            except UNREADABLE as error:
                reason = f"frame {number}: {refuse(number, error).reason}"
                frames.append((names, Refused(number, reason)))
    except UNREADABLE as error:
        if not frames:
            raise unreadable(path, error) from error
        frames.append(({}, Refused("end", f"{path.name} is damaged here: {first_line(error)}")))
    if not any(isinstance(item, dict) for _, item in frames) and not any(
        names for names, _ in frames
    ):
        first = frames[0][1] if frames else Refused("", "it is empty")
        raise unreadable(path, ValueError(getattr(first, "reason", "")))
    yield from name_frames(frames)


def _read_frame(text: str) -> "Atoms":
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


def _find_names(comment: str) -> dict[str, str]:
    """What a line of properties names its frame, as it is written: 007 stays 007."""
    found = re.findall(rf"(?:^|\s)({'|'.join(NAMES)})=(\"[^\"]*\"|'[^']*'|\S+)", comment)
    return {key: value.strip("\"'") for key, value in found}


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


def _split_frames(lines: Iterator[str]) -> Iterator[_Frame]:
    """Frames of an extxyz file; none is longer than what is kept in memory."""
    source, number = _Lines(lines), 0
    while (line := source.peek()) is not None:
        if not line.strip():
            source.take()
            continue
        number += 1
        yield _take_frame(source, number, line)


def _take_frame(source: _Lines, number: int, line: str) -> _Frame:
    """The next frame, with all lines that can only be of it."""
    place = source.number + 1
    if not line.strip().isdigit():
        source.skip()
        return _Frame(number, "", fault=f"line {place} is no count of atoms: {line.strip()[:40]!r}")
    source.take()
    comment = source.take() or ""
    count = int(line) if len(line.strip()) < 16 else 10**15
    if count > MOST_ATOMS:
        source.skip()
        return _Frame(
            number,
            comment,
            fault=f"its header says {line.strip()[:40]} atoms",
            outside=f"of more than {MAX_SITES} atoms",
        )
    atoms: list[str] = []
    while len(atoms) < count and source.peek() is not None and not source.at_header():
        atoms.append(source.take() or "")
    n_found = sum(1 for atom in atoms if atom.strip())
    following = source.peek()
    is_next = following is None or not following.strip() or following.strip().isdigit()
    if n_found == count and is_next:
        return _Frame(number, comment, "\n".join([str(count), comment, *atoms, ""]))
    more = f" and {source.skip()} more lines" if n_found == count else ""
    return _Frame(
        number, comment, fault=f"its header says {count} atoms, and {n_found} follow{more}"
    )
