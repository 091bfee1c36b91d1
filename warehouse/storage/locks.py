"""Lets one process at a time do what takes several steps; a killed one gives its locks back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from warehouse.errors import WarehouseError
from warehouse.storage.files import share_like_folder


@contextmanager
def hold_lock(path: Path, *, wait: bool = True, create: bool = True) -> Iterator[None]:
    """Hold the lock in the file `path`, which whoever may write to its folder can take too.

    That is so also for a file that another user, or older code, keeps others from writing to.

    Raises BlockingIOError if another process has it and this one is not to `wait`, and
    WarehouseError if the folder cannot be written, or is not there and this one is not to `create`
    it. A thread that holds a lock and asks for it again gets a RuntimeError.
    """
    try:
        if create:
            with share_like_folder(path.parent):
                path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.parent.stat().st_mode & 0o666 | 0o600
        lock = FileLock(path, timeout=-1 if wait else 0, mode=mode, fallback_to_soft=False)
        try:
            lock.acquire()
        except PermissionError:
            # Another user's, from older code. What it guards outlasts two at work, once.
            path.unlink()
            lock.acquire()
    except Timeout as error:
        raise BlockingIOError(f"{path} is held") from error
    except OSError as error:
        raise WarehouseError(
            f"{path} cannot be written: {error.strerror}",
            hint="check that the folder is writable and the disk has room; delete the file if it "
            "is another user's and nothing runs; then run again",
        ) from error
    try:
        yield
    finally:
        lock.release()
