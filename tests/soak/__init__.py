"""Campaigns that try to break the warehouse: short in `make test`, whole in `make soak`.

A campaign is a module of this folder with a function

    run(folder: Path, is_short: bool) -> list[Figure]

It may write anything into the empty `folder`. The short form takes seconds, the whole one minutes.
"""

import importlib
import pkgutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One number that a campaign found; it fails if there is a `wanted` one and they differ."""

    name: str
    value: float
    unit: str = "1"
    wanted: float | None = None

    @property
    def is_met(self) -> bool:
        return self.wanted is None or self.value == self.wanted


def campaigns() -> list[str]:
    """Names of the campaigns: the modules of this folder with a function `run`."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    skipped = {"__main__", "test_campaigns"}
    return [name for name in names if name not in skipped and hasattr(load(name), "run")]


def load(name: str) -> Any:
    """The module of a campaign."""
    return importlib.import_module(f"{__name__}.{name}")


def run_campaign(name: str, folder: Path, *, is_short: bool) -> dict[str, Any]:
    """Run one campaign; its figures, as `reports/soak.json` has them, and the seconds it took."""
    folder.mkdir(parents=True)
    start = time.monotonic()
    figures = load(name).run(folder, is_short)
    return {
        "name": name,
        "seconds": time.monotonic() - start,
        "figures": [{**asdict(figure), "is_met": figure.is_met} for figure in figures],
    }
