"""How long work reports progress, without knowing who watches."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Track(Protocol):
    """Hands on the items one by one, and may show how far it has come."""

    def __call__(self, items: Sequence[T], description: str) -> Iterable[T]:
        """Return an iterable over `items`; `description` says what is being done."""


def untracked(items: Sequence[T], description: str) -> Iterable[T]:
    """Show nothing."""
    return items


def unsaid(text: str) -> None:
    """Say nothing."""
