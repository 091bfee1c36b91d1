"""What a report has still to do and about how long that takes, told before each step."""

import os
import time
from collections.abc import Callable, Sequence

PROCESSOR_SECONDS = {
    "the cluster expansion": 30,
    "its page": 5,
    "the metals": 105,
    "all pages": 22,
}
"""What each step of the default report costs on a slow machine: three fifths more than measured."""
MOST_CORES = 2
"""That the fits keep busy, one with the other."""
LEAST_SPENT = 5.0
"""Processor's time after which a run's own pace tells more than the number of cores."""


def announce_steps(
    steps: Sequence[str], tell: Callable[[str], None], *, is_estimated: bool = True
) -> Callable[[], None]:
    """Return what to call before each of the `steps`: it will `tell` of this one and the rest.

    The estimate is their processor's time at the pace of the run so far, so that other work on
    the machine counts; what is not fitted again takes less. `is_estimated` is false for a run of
    other settings, about whose cost nothing is known.
    """
    began = time.monotonic(), time.process_time()
    left = list(steps)

    def announce() -> None:
        wall, spent = time.monotonic() - began[0], time.process_time() - began[1]
        pace = wall / spent if spent > LEAST_SPENT else 1 / min(MOST_CORES, os.cpu_count() or 1)
        seconds = pace * sum(PROCESSOR_SECONDS[step] for step in left)
        number = len(steps) - len(left) + 1
        rest = f", then {' and '.join(left[1:])}" if left[1:] else ""
        tell(
            f"step {number} of {len(steps)}: {left.pop(0)}{rest}"
            + (f"; at most {describe_seconds(seconds)} to go" if is_estimated else "")
        )

    return announce


def describe_seconds(seconds: float) -> str:
    """In words, rounded up: `40 s`, `3 minutes`."""
    if seconds < 60:
        return f"{10 * int(seconds // 10 + 1)} s"
    return f"{int(seconds // 60 + 1)} minutes"
