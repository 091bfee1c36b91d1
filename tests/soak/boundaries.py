"""Jobs that commit to more than one table stop at every commit: readers see one state, whole.

A stop is a kill (kill -9) just before or just after a commit, or a disk that is full at it.
"""

import errno
import os
import signal
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from unittest import mock

from tests.soak import Figure
from tests.soak.processes import DONE, REFUSED, finish, start
from tests.soak.spanning import SHOWN, SPANNING, read_alloy, show_alloy, write_alloy
from tests.soak.steps import Work, find_state
from warehouse.storage import delta

KINDS = ("kill before", "kill after", "full disk")
N_STOPS = {
    "refused rows": 66,
    "staged parts": 66,
    "alloy": 423,
    "cluster space": 120,
    "model results": 84,
}
"""Stops of each job, at all of its boundaries by turns: two in three are kills."""

SHOW_EVERY = 9
"""The catalog is built and read after every so many stops; the tables are read after each."""


def run(folder: Path, is_short: bool) -> list[Figure]:
    """Stop every job at every boundary, by turns, and let two writers meet."""
    figures = []
    for work in SPANNING[:1] if is_short else SPANNING:
        root = folder / work.name.replace(" ", "_") / "data"
        figures += stop(work, root, None if is_short else N_STOPS.get(work.name))
    return figures if is_short else [*figures, *meet(folder / "two" / "data", 30)]


def stop(work: Work, root: Path, n_stops: int | None) -> list[Figure]:
    """Stop one job `n_stops` times; each time the next step goes on from what is there."""
    work.prepare(root)
    find_state(work, root)
    n_commits = count_commits(work, root)
    places = [(kind, index) for index in range(n_commits) for kind in KINDS]
    state, n_lost, n_bugs, n_killed = 1, 0, 0, 0
    for number, (kind, index) in enumerate(islice(cycle(places), n_stops or len(places)), start=2):
        code = finish(stop_at, kind, index, work.step, root, number)
        n_killed += code == -signal.SIGKILL
        wanted = {-signal.SIGKILL} if kind != "full disk" else {REFUSED}
        n_bugs += code not in {DONE, *wanted}
        found = find_state(work, root)
        n_lost += found not in (state, number)
        state = number if found == number else state
        if work.name in SHOWN and number % SHOW_EVERY == 0:
            n_lost += find_state(replace(work, read=SHOWN[work.name]), root) != state
    n_bugs += finish(work.step, root, number + 1) != DONE
    n_lost += find_state(work, root) != number + 1
    return [
        Figure(f"{work.name}: commits", n_commits),
        Figure(f"{work.name}: killed at a commit", n_killed),
        Figure(f"{work.name}: full disks at a commit", (n_stops or len(places)) // 3),
        Figure(f"{work.name}: ended otherwise", n_bugs, wanted=0),
        Figure(f"{work.name}: mixed, lost or half", n_lost, wanted=0),
    ]


def count_commits(work: Work, root: Path) -> int:
    """Commits that an undisturbed step makes, by the versions of all tables before and after."""
    logs = [len(list(root.glob("tables/*/_delta_log/*.json")))]
    if finish(work.step, root, 1) != DONE:
        raise RuntimeError(f"{work.name} failed when nothing disturbed it")
    logs.append(len(list(root.glob("tables/*/_delta_log/*.json"))))
    return logs[1] - logs[0]


def stop_at(kind: str, index: int, step, root: Path, number: int) -> None:
    """Run `step` and stop it at the commit with this index; if it makes fewer, it ends well."""
    left, write = [index], delta.write_deltalake

    def write_or_stop(*arguments, **options) -> None:
        if left[0] == 0 and kind == "full disk":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if left[0] == 0 and kind == "kill before":
            os.kill(os.getpid(), signal.SIGKILL)
        write(*arguments, **options)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    with mock.patch.object(delta, "write_deltalake", write_or_stop):
        step(root, number)


def meet(root: Path, n_rounds: int) -> list[Figure]:
    """Two writers of one alloy at once, while a third process builds the catalog and reads."""
    write_alloy(root, 0)
    n_failed, n_mixed, n_reads, state = 0, 0, 0, 0
    read_alloy(root)
    (alloy,) = (replace(work, read=show_alloy) for work in SPANNING if work.name == "alloy")
    for number in range(1, 2 * n_rounds, 2):
        writers = [start(write_alloy, root, number + more) for more in (0, 1)]
        while any(writer.is_alive() for writer in writers):
            n_mixed += find_state(alloy, root) not in (state, number, number + 1)
            n_reads += 1
        n_failed += sum(writer.exitcode != DONE for writer in writers)
        last = find_state(alloy, root)
        n_mixed += last not in (number, number + 1)
        state = last or state
    return [
        Figure("two writers of one alloy: rounds", n_rounds),
        Figure("two writers of one alloy: failed", n_failed, wanted=0),
        Figure("two writers of one alloy: builds and reads meanwhile", n_reads),
        Figure("two writers of one alloy: mixed, lost or half", n_mixed, wanted=0),
    ]
