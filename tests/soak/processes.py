"""Child processes that do one step of work and may be killed at any moment of it.

They are forked from a server that has imported the code: a child costs milliseconds.
"""

import multiprocessing
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from warehouse.errors import WarehouseError

Step = Callable[..., None]
PRELOAD = [
    "tests.soak.processes",
    "tests.support.samples",
    "analysis.runs.results",
    "tests.soak.boundaries",
    "pandas",
    "pyarrow.parquet",
]
"""What the server imports: nothing here may start a thread."""
DONE, REFUSED, BUG = 0, 1, 70
"""Exit codes of a child: finished, a WarehouseError, any other exception."""


def start(step: Step, *arguments: Any) -> Any:
    """A process that is about to run `step(*arguments)`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(theirs, step, arguments))
    process.start()
    theirs.close()
    ours.recv()
    ours.close()
    return process


def finish(step: Step, *arguments: Any) -> int:
    """Run `step` to its end in a process; its exit code."""
    process = start(step, *arguments)
    process.join()
    return int(process.exitcode)


def seconds(step: Step, *arguments: Any) -> float:
    """How long `step` takes in a process when nothing disturbs it."""
    process = start(step, *arguments)
    begin = time.monotonic()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"{step.__name__} failed when nothing disturbed it")
    return time.monotonic() - begin


def kill_after(delay: float, step: Step, *arguments: Any) -> bool:
    """Kill `step` after `delay` seconds, as by kill -9; whether it was still at work."""
    process = start(step, *arguments)
    process.join(delay)
    process.kill()
    process.join()
    if process.exitcode > 0:
        raise RuntimeError(f"{step.__name__} failed before it was killed")
    return bool(process.exitcode)


def _child(begun: Connection, step: Step, arguments: tuple[Any, ...]) -> None:
    begun.send(None)
    begun.close()
    try:
        step(*arguments)
    except WarehouseError:
        raise SystemExit(REFUSED) from None
    except BaseException:
        traceback.print_exc()
        raise SystemExit(BUG) from None
