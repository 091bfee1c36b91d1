"""Limits for other libraries' readers: of time, of memory, and of what they may raise."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from warehouse.crystals.bounds import ReadingError
from warehouse.errors import first_line

SECONDS = 20
"""How long another library may take for one file or frame."""
MEMORY = 1_500_000_000
"""How much memory it may take on top of what is used already; in bytes."""


class bounded(ExitStack):  # noqa: N801 - it reads as the function that it is
    """Let another library read: it may take no longer and no more than this, and fail as it likes.

    Whatever it raises becomes a ReadingError, since what meets damage raises anything: nothing but
    the library's call belongs inside. Time is watched in the main thread only, memory where the
    system limits it.
    """

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        super().__init__()
        self.enter_context(_limited_memory(memory))
        self.enter_context(_limited_time(seconds))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the limits away, and tell an error as one reason."""
        super().__exit__(None, None, None)
        if not isinstance(error, Exception) or isinstance(error, ReadingError):
            return
        if isinstance(error, MemoryError):
            reason = "reading it takes too much memory"
        elif isinstance(error, KeyError):
            reason = f"{error} is not known"
        else:
            reason = first_line(error)[:300] or type(error).__name__
        raise ReadingError(reason) from error


@contextmanager
def _limited_memory(memory: int) -> Iterator[None]:
    try:
        import resource

        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):  # Neither Windows nor macOS.
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limits = [used + memory, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextmanager
def _limited_time(seconds: float) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread() or os.name != "posix":
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError(f"reading it took more than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
