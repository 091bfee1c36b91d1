"""Structures of extxyz files, each frame for itself."""

import re
from collections.abc import Iterator
from pathlib import Path

from ingest.alloys.sources.energies import EnergyChoice
from ingest.alloys.sources.frames import NAMES, name_frames, row_of_atoms, unreadable
from ingest.alloys.sources.rows import Refused, StructureRow, refuse
from warehouse.crystals.bounds import read_lines
from warehouse.crystals.extxyz_frames import read_extxyz_frame, split_extxyz
from warehouse.crystals.structure_files import UNREADABLE
from warehouse.errors import first_line


def read_extxyz(path: Path, choice: EnergyChoice) -> Iterator[StructureRow | Refused]:
    """Every frame of an extxyz file, each for itself.

    Raises WarehouseError if the file cannot be read or has no frame.
    """
    frames: list[tuple[dict[str, str], StructureRow | Refused]] = []
    try:
        for frame in split_extxyz(read_lines(path)):
            names = _find_names(frame.comment)
            number = str(frame.number)
            if frame.fault:
                reason = f"frame {number}: {frame.fault}"
                frames.append((names, Refused(number, reason, frame.outside)))
                continue
            try:
                atoms = read_extxyz_frame(frame.text)
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


def _find_names(comment: str) -> dict[str, str]:
    """What a line of properties names its frame, as it is written: 007 stays 007."""
    found = re.findall(rf"(?:^|\s)({'|'.join(NAMES)})=(\"[^\"]*\"|'[^']*'|\S+)", comment)
    return {key: value.strip("\"'") for key, value in found}
