"""Writers are killed (kill -9) at random moments: the state before or after stays, whole."""

import random
from pathlib import Path

from tests.soak import Figure
from tests.soak.processes import kill_after, seconds
from tests.soak.steps import WORKS, Work, find_state


def run(folder: Path, is_short: bool) -> list[Figure]:
    """Kill every kind of writer many times."""
    n_kills = 3 if is_short else 100
    return [
        figure
        for work in (WORKS[::3] if is_short else WORKS)
        for figure in kill(work, folder / work.name.replace(" ", "_") / "data", n_kills)
    ]


def kill(work: Work, root: Path, n_kills: int) -> list[Figure]:
    """Kill one kind of writer at moments spread over the time that it takes."""
    choose = random.Random(0)
    work.prepare(root)
    duration = max(seconds(work.step, root, number) for number in (1, 2))
    state, n_killed, n_lost = 2, 0, 0
    for number in range(3, n_kills + 3):
        delay = choose.uniform(0, duration)
        n_killed += kill_after(delay, work.step, root, number)
        found = find_state(work, root)
        n_lost += found not in (state, number)
        state = number if found == number else state
    return [
        Figure(f"{work.name}: kills", n_kills),
        Figure(f"{work.name}: killed at work", n_killed),
        Figure(f"{work.name}: lost, half or unreadable", n_lost, wanted=0),
    ]
