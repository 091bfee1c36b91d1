"""Lets one process at a time do what takes several steps; the others wait."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from warehouse.errors import WarehouseError
from warehouse.storage.warehouse import Warehouse


@contextmanager
def hold_lock(warehouse: Warehouse, name: str) -> Iterator[None]:
    """Wait for the lock `name` of the warehouse; a killed process gives its locks back.

    Raises WarehouseError if the folder cannot be written.
    """
    path = warehouse.root / "tables" / f".{name}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = path.open("w")
    except OSError as error:
        raise WarehouseError(
            f"{path} cannot be written: {error.strerror}",
            hint="check that the folder is writable, then run again",
        ) from error
    with opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
