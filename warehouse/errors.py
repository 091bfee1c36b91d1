"""The one exception for problems that the user can mend."""

import re
from functools import partial
from typing import Any


class WarehouseError(Exception):
    """A problem that the user can mend: what happened, and what to do about it.

    The commands print `message` and `hint` on two lines and exit with code 1.
    Any other exception is a bug and keeps its traceback.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}"

    def __reduce__(self) -> tuple[Any, ...]:
        """How it comes from a process of its own: exceptions forget what they were named with."""
        return partial(type(self), hint=self.hint), (self.message,)


def first_line(error: Exception) -> str:
    """The first line of another library's error, or the last of a tree of causes."""
    text = re.sub(r"\x1b\[\d*m", "", str(error))
    if "↳" not in text:
        return text.partition("\n")[0]
    said = re.search("<Message>(.*?)</Message>", text)
    return said[1] if said else text.rpartition("↳")[2].partition("\n")[0].strip()
