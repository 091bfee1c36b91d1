"""The disk runs full at random moments of a write: two plain lines, and the state before stays.

A limit on the size of files stands in for the disk: beyond it, writing fails as on a full one.
"""

import random
import resource
from pathlib import Path

from tests.soak import Figure
from tests.soak.processes import BUG, DONE, finish
from tests.soak.steps import WORKS, Work, find_state


def run(folder: Path, is_short: bool) -> list[Figure]:
    """Let the disk run full under every kind of writer."""
    n_times = 3 if is_short else 60
    return [
        figure
        for work in (WORKS[::3] if is_short else WORKS)
        for figure in fill(work, folder / work.name.replace(" ", "_") / "data", n_times)
    ]


def fill(work: Work, root: Path, n_times: int) -> list[Figure]:
    """Stop one kind of writer by disks that are full after a few bytes, or after most of them."""
    choose = random.Random(0)
    work.prepare(root)
    largest = max(path.stat().st_size for path in root.rglob("*") if path.is_file())
    state, codes, n_lost = 0, [], 0
    for number in range(1, n_times + 1):
        n_bytes = 2_000 + int(largest * choose.random() ** 3)
        codes.append(finish(write_on_full_disk, n_bytes, work.step, root, number))
        found = find_state(work, root)
        n_lost += found not in (state, number)
        state = number if found == number else state
    return [
        Figure(f"{work.name}: full disks", n_times),
        Figure(f"{work.name}: writes that failed", n_times - codes.count(DONE)),
        Figure(f"{work.name}: failed without an explanation", codes.count(BUG), wanted=0),
        Figure(f"{work.name}: lost, half or unreadable", n_lost, wanted=0),
    ]


def write_on_full_disk(n_bytes, step, root, number) -> None:
    """Run `step` where no file may grow beyond `n_bytes`."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
    step(root, number)
