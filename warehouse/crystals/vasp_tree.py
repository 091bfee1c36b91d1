"""Folder trees of VASP runs: which structure each folder is of, and which of its runs counts.

A run's place in the tree names its structure, less the parts that name a step of the work: relax
and static, CASM's calctype.default and run.0 to run.final, the name.relax1.gz of custodian's files,
the job_hdf5 folders of pyiron. Of several steps the final static one is taken, else the last
relaxation. Every folder is accounted for: as a structure, as a step that another one stands for, or
as one that holds no run.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from warehouse.crystals.bounds import clean_text

PACKED = r"(?:\.(?:gz|bz2|xz|lzma|z|Z|zst))?"
RUN_FILES = (
    re.compile(
        r"(?:(?P<stem>.+)[._-])?vasprun(?P<inner>[\w.-]*)\.xml"
        rf"(?P<suffix>(?:[._-][A-Za-z0-9]+)*?){PACKED}"
    ),
    re.compile(
        rf"(?:(?P<stem>.+)[._-])?OUTCAR(?P<inner>)(?P<suffix>(?:[._-][A-Za-z0-9]+)*?){PACKED}"
    ),
)
INPUT_FILE = re.compile(rf"(POSCAR|CONTCAR|INCAR)([._-]\w+)*{PACKED}")
ATAT_FILES = ("str_relax.out", "energy")
STEP = re.compile(
    r"(?:step)?\d*[-_. ]?(?P<name>"
    r"final|static|scf|sp|singlepoint|single[-_]point|energy|"
    r"(?:pre[-_]?|double[-_]?|full[-_]?|cell[-_]?|vol(?:ume)?[-_]?|ion(?:ic)?[-_]?|geo[-_]?)?"
    r"(?:relax(?:ation|ed)?|opt(?:imi[sz]ation)?|isif)|"
    r"dos|pdos|bands?|band[-_]?structure|nscf|nonscf|phonons?|elastic|optics?|md|neb|charge|bader|"
    r"dfpt|wannier|gw|hse[-_]?bands?)[-_. ]?(?P<number>\d*)",
    re.IGNORECASE,
)
CASM_RUN = re.compile(r"run\.(?P<number>\d+|final)")
NEVER = re.compile(
    r"(p?dos|bands?|band[-_]?structure|nscf|nonscf|phonons?|elastic|optics?|md|neb|charge|bader|"
    r"dfpt|wannier|gw|hse[-_]?bands?)",
    re.IGNORECASE,
)
STATIC = re.compile(r"(final|static|scf|sp|singlepoint|single[-_]point|energy)", re.IGNORECASE)
NO_RESULT = "no vasprun.xml beside the POSCAR or CONTCAR, and no OUTCAR"
MOST_ENTRIES = 2_000_000
MOST_STEPS = 8
"""Folders of more steps than these are taken for structures of their own."""


@dataclass(frozen=True)
class RunFile:
    """A file of results, the step that it belongs to, and the structure that the step is of."""

    path: Path
    structure: str
    rank: tuple[int, int, int]
    step: str


@dataclass(frozen=True)
class TreeContents:
    """The run that counts of each structure by name, and the reasons of all other folders."""

    runs: dict[str, RunFile]
    passed_over: dict[str, str]
    without_run: dict[str, str]


def survey_tree(folder: Path) -> TreeContents:
    """What a folder tree of VASP runs holds."""
    passed: dict[str, str] = {}
    without: dict[str, str] = {}
    groups: dict[str, list[RunFile]] = {}
    for place, names, is_leaf, reason in _walk(folder):
        shown = _show(place, folder)
        if reason:
            passed[shown] = reason
            continue
        found = [run for name in names if (run := _recognise(place / name, folder)) is not None]
        if not found and set(ATAT_FILES) <= set(names):
            found = [_atat_run(place, folder)]
        for run in found:
            groups.setdefault(run.structure, []).append(run)
        if not found and any(INPUT_FILE.fullmatch(name) for name in names):
            without[shown] = NO_RESULT
        elif not found and is_leaf:
            passed[shown] = "it holds no results of VASP"
    places = {_show(run.path.parent, folder) for group in groups.values() for run in group}
    for shown in list(without):
        if shown == "." or any(place.startswith(f"{shown}/") for place in places):
            passed[shown] = f"{without.pop(shown)}; the runs are in its folders"
    runs = _choose_runs(groups, folder, passed)
    return TreeContents(dict(sorted(runs.items())), passed, without)


def _choose_runs(
    groups: dict[str, list[RunFile]], folder: Path, passed: dict[str, str]
) -> dict[str, RunFile]:
    """The run of each structure that counts; `passed` is told of the others."""
    runs: dict[str, RunFile] = {}
    for structure, group in groups.items():
        if len({run.path.parent for run in group}) > MOST_STEPS:
            own = {f"{structure}/{run.path.parent.name}": run for run in group}
            runs |= {clean_text(name): run for name, run in own.items()}
            continue
        best, *others = sorted(group, key=lambda run: run.rank, reverse=True)
        if best.rank[0] < 0:
            passed[_show(best.path, folder)] = f"{best.step} is no run of a total energy"
            continue
        runs[structure] = best
        taken = _show(best.path, folder)
        for other in others:
            is_same = (other.path.parent, other.step) == (best.path.parent, best.step)
            why = "of the same run" if is_same else "of the last or the static step"
            passed[_show(other.path, folder)] = f"{taken}, {why}, is taken"
    return runs


def _walk(folder: Path) -> Iterator[tuple[Path, list[str], bool, str]]:
    """Each folder at or below one: its files in order, whether it holds no folder, what is amiss.

    Links to folders are not followed.
    """
    failed: list[OSError] = []
    n_entries = 0
    for place, folders, names in os.walk(folder, onerror=failed.append):
        folders.sort()
        n_entries += len(folders) + len(names)
        yield Path(place), sorted(names), not folders, ""
        for link in (Path(place) / name for name in folders):
            if link.is_symlink():
                yield link, [], True, "it is a link to a folder, and links are not followed"
        if n_entries > MOST_ENTRIES:
            reason = f"it has more than {MOST_ENTRIES:,} files; the rest is not looked at"
            yield folder, [], False, reason
            break
    for error in failed:
        yield Path(str(error.filename)), [], True, f"cannot be read: {error.strerror}"


def _show(path: Path, folder: Path) -> str:
    return clean_text(path.relative_to(folder).as_posix())


def _recognise(path: Path, folder: Path) -> RunFile | None:
    """The run whose results `path` holds; None for any other file."""
    is_xml, named = True, RUN_FILES[0].fullmatch(path.name)
    if named is None:
        is_xml, named = False, RUN_FILES[1].fullmatch(path.name)
    if named is None:
        return None
    suffix = f"{named['inner']}{named['suffix']}".strip("._-")
    if suffix in ("orig", "bak", "old", "save"):
        suffix = f"relax {suffix}"
    place, steps = _split_place(path.parent.relative_to(folder))
    structure = "/".join([*place, *([named["stem"]] if named["stem"] else [])])
    whole = structure or folder.resolve().name
    rank = max((_rank(step) for step in [*steps, suffix] if step), default=(2, 0))
    if any(NEVER.fullmatch(_step_name(step)) for step in [*steps, suffix] if step):
        rank = (-1, 0)
    return RunFile(path, clean_text(whole), (*rank, int(is_xml)), "/".join([*steps, suffix]))


def _atat_run(place: Path, folder: Path) -> RunFile:
    """A structure of ATAT whose runs were not kept: its relaxed cell and its energy."""
    structure, steps = _split_place(place.relative_to(folder))
    name = "/".join(structure) or folder.resolve().name
    return RunFile(place / ATAT_FILES[0], clean_text(name), (2, 0, 0), "/".join(steps))


def _split_place(place: Path) -> tuple[list[str], list[str]]:
    """Parts of a path that name the structure, and those that name steps of its calculation."""
    structure: list[str] = []
    steps: list[str] = []
    parts = PurePosixPath(place.as_posix()).parts
    for number, part in enumerate(parts):
        is_casm = number > 0 and parts[number - 1].startswith("calctype.")
        if part == "calctype.default" or (
            part.removesuffix("_hdf5") != part
            and parts[number + 1 : number + 2] == (part.removesuffix("_hdf5"),)
        ):
            continue
        if (is_casm and CASM_RUN.fullmatch(part)) or STEP.fullmatch(part):
            steps.append(part)
        else:
            structure.append(part)
    return structure, steps


def _step_name(step: str) -> str:
    found = STEP.fullmatch(step)
    return found["name"] if found else step


def _rank(step: str) -> tuple[int, int]:
    """The later a step, the higher: static ones above relaxations, those by their numbers."""
    if casm := CASM_RUN.fullmatch(step):
        return (3, 0) if casm["number"] == "final" else (1, int(casm["number"]))
    if (found := STEP.fullmatch(step)) is None:
        return (1, 0)
    numbers = re.findall(r"\d+", step)
    number = min(int(numbers[-1]), 10**6) if numbers else 0
    return (3 if STATIC.fullmatch(found["name"]) else 1, number)


def is_run_file(path: Path) -> bool:
    """Whether a file's name says that it holds the results of a VASP run."""
    return any(named.fullmatch(path.name) for named in RUN_FILES)
