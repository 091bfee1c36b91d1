"""Hostile inputs for `ingest alloys --from`: no traceback, no hang, bounded memory, none lost."""

import multiprocessing
import time
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from tests.soak import Figure
from tests.soak.hostile_files import hostile_makers
from warehouse.errors import WarehouseError

LONGEST = 60.0
"""Seconds that one input may take."""
MOST_MEMORY = 2000.0
"""MB that one input may take."""
WHOLE = 10
"""Structures of the set into which a bad one is put."""
LONGEST_MESSAGE = 3000
"""Characters of a message: more is none."""
SHORT = (
    "extxyz, damaged",
    "10^12 atoms announced",
    "SQL: an endless view",
    "a bomb of xz",
)


def run(folder: Path, is_short: bool) -> list[Figure]:
    """Ingest every hostile input in a child that is killed when it hangs."""
    outcomes: dict[str, list[Any]] = {}
    told: list[int] = []
    child = _Child()
    for number, (name, path) in enumerate(_inputs(folder / "inputs", is_short)):
        outcome = child.ingest(path, folder / f"data-{number}")
        outcomes[f"{name} ({number})"] = outcome
        if outcome[0] == "done" and path.is_file() and "damaged" not in name:
            told.append(outcome[3])
        if outcome[0] in ("bug", "hang"):
            print(f"{name} ({number}): {outcome}", flush=True)
    child.stop()
    kinds = [outcome[0] for outcome in outcomes.values()]
    seconds = {name: outcome[1] for name, outcome in outcomes.items()}
    memory = {name: outcome[2] for name, outcome in outcomes.items()}
    slowest, largest = max(seconds, key=seconds.__getitem__), max(memory, key=memory.__getitem__)
    return [
        Figure("hostile inputs", len(outcomes)),
        Figure("ingested but for what is bad", kinds.count("done")),
        Figure("refused whole, in one message", kinds.count("refused")),
        Figure("tracebacks", kinds.count("bug"), wanted=0),
        Figure("structures of which nothing is said", _count_lost(told), wanted=0),
        Figure(f"hangs of more than {LONGEST:g} s", kinds.count("hang"), wanted=0),
        Figure(
            f"above {MOST_MEMORY:g} MB", sum(m > MOST_MEMORY for m in memory.values()), wanted=0
        ),
        Figure(f"longest: {slowest}", round(seconds[slowest], 1), "s"),
        Figure(f"largest: {largest}", round(memory[largest]), "MB"),
    ]


def _count_lost(told: list[int]) -> int:
    """Structures of ingested whole sets that are neither in a table nor in quarantine.

    `told` are how many are, of each input that is a whole set and a bad structure, or a bad
    structure alone. What was damaged at random is not among them: nobody knows what it still holds.
    """
    return sum(WHOLE - n_told for n_told in told if 1 < n_told < WHOLE)


def _inputs(folder: Path, is_short: bool) -> Iterator[tuple[str, Path]]:
    for kind, (name, (make, count)) in enumerate(hostile_makers().items()):
        if is_short and name not in SHORT:
            continue
        for seed in range(1 if is_short else count):
            place = folder / f"{kind}-{seed}"
            place.mkdir(parents=True)
            yield name, make(place, np.random.default_rng([kind, seed]))


class _Child:
    """A process that ingests one input after the other, and a new one after it was killed."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.ours, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self.process.start()
        self.ours.recv()

    def ingest(self, path: Path, root: Path) -> list[Any]:
        """What became of an input, seconds, MB, and of how many structures the tables tell."""
        start = time.monotonic()
        self.ours.send((path, root))
        try:
            if self.ours.poll(LONGEST):
                return list(self.ours.recv())
            outcome = "hang"
        except EOFError:
            outcome = "bug"
        self.process.kill()
        self.process.join()
        self._begin()
        return [outcome, time.monotonic() - start, 0.0, 0]

    def stop(self) -> None:
        """End the process."""
        self.ours.send(None)
        self.process.join()


def _serve(theirs: Connection) -> None:
    from ingest.alloys.own_structures import ingest_source
    from warehouse.conventions.alloys import Alloy
    from warehouse.storage.store import Store
    from warehouse.storage.warehouse import Warehouse

    alloy = Alloy.parse("Ag,Au")
    theirs.send("ready")
    while (task := theirs.recv()) is not None:
        path, root = task
        Path("/proc/self/clear_refs").write_text("5")  # Forget the largest size so far.
        start, store = time.monotonic(), Store(Warehouse(root))
        outcome, n_told = "done", 0
        try:
            ingest_source(store, path, alloy)
            kept = store.read("quarantine").filter(table_name="alloy_structures")
            n_told = store.read("alloy_structures").height + kept.height
        except WarehouseError as error:
            outcome = "refused" if len(str(error)) < LONGEST_MESSAGE else "bug"
        except BaseException:
            traceback.print_exc()
            outcome = "bug"
        theirs.send((outcome, time.monotonic() - start, _largest_size(), n_told))


def _largest_size() -> float:
    """The largest resident size since it was last forgotten, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1e3
