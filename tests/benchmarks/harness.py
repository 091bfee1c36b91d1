"""Runs two programs that do the same work, each in a process of its own, and compares them."""

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Work = Callable[[], int]
"""Does the work once and returns how many items it did."""
Setup = Callable[[Path], Work]
"""Prepares, untimed, with the warehouse at hand."""


@dataclass(frozen=True)
class Measurement:
    """Best of a few repeats of one program."""

    n_items: int
    items_per_second: float
    peak_memory_mb: float


def measure(setup: Setup, warehouse: Path, repeats: int) -> Measurement:
    """Time `setup`'s work in a new process; the peak memory is that of the whole process."""
    measurement: Measurement = run_apart(_measure, setup, warehouse, repeats)
    return measurement


def run_apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """Result of `function` in a new process, whose peak memory begins at what this one has."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def compare(name: str, ours: Setup, peer: Setup, unit: str, warehouse: Path) -> dict[str, Any]:
    """Measure both and return their entry of `benchmarks.json`."""
    mine = measure(ours, warehouse, repeats=5)
    return make_row(name, mine, measure(peer, warehouse, repeats=2), unit)


def make_row(name: str, ours: Measurement, peer: Measurement, unit: str) -> dict[str, Any]:
    """One entry of `benchmarks.json`; `ratio` is how many times the peer's rate ours is."""
    return {
        "name": name,
        "size": ours.n_items,
        "ours": ours.items_per_second,
        "peer": peer.items_per_second,
        "unit": unit,
        "ratio": ours.items_per_second / peer.items_per_second,
        "peak_memory_mb": ours.peak_memory_mb,
        "peer_size": peer.n_items,
        "peer_peak_memory_mb": peer.peak_memory_mb,
    }


def _measure(setup: Setup, warehouse: Path, repeats: int) -> Measurement:
    work = setup(warehouse)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        n_items = work()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measurement(n_items, n_items / min(seconds), peak)
