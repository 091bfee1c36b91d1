"""What a user chose for a run or left at its default: one frozen class per study."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class RunSettings(ABC):
    """Settings of a study, seeds among them; equal ones make an equal run.

    A class of a study adds its fields: what JSON has, and tuples for lists.
    """

    def as_dict(self) -> dict[str, Any]:
        """The settings by name, as JSON has them."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """The settings of which `as_dict` was kept; what it lacks has its default.

        Raises TypeError if it has others, or lacks one that has no default.
        """
        return cls(
            **{
                name: tuple(value) if isinstance(value, list) else value
                for name, value in record.items()
            }
        )

    def deeper(self) -> tuple[Self, ...]:
        """Settings whose runs find all that this one would, and more."""
        return ()

    @abstractmethod
    def command(self, dataset: str) -> str:
        """The command that runs the study of `dataset` with these settings."""


def write_command(command: str, options: Mapping[str, object]) -> str:
    """`python -m analysis` with a command and its options, by the names of their parameters."""
    parts = (f" --{name.replace('_', '-')} {value}" for name, value in options.items())
    return f"python -m analysis {command}{''.join(parts)}"
