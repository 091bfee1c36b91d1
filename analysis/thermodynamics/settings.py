"""What a simulation can be told."""

from dataclasses import dataclass

from analysis.runs.settings import RunSettings, write_command
from warehouse.errors import WarehouseError

FEWEST_SWEEPS = 50
"""Fewer samples tell no error bar."""


@dataclass(frozen=True)
class MonteCarloSettings(RunSettings):
    """Settings of a canonical simulation of an alloy.

    Attributes:
        model: Name of the fitted expansion; empty for the one that was selected.
        concentration: Share of the second element.
        temperatures: First and last one and the step, in K.
        sites: Sites of the crystal.
        sweeps: Sweeps that are measured; each tries one swap for every two sites.
        equilibration: Sweeps before them, in which crystals are heated or cooled.
        draws: Posterior draws of the parameters to simulate beside the fit.
        ground_state: Decoration of the ordered phase; empty for the one on the hull of the data,
            or else the lowest that fits.
        tolerance: Energy in eV/atom that orbits which are left out may amount to.
        seed: Of the random numbers.

    """

    model: str = ""
    concentration: float = 0.5
    temperatures: tuple[float, ...] = (200.0, 1200.0, 20.0)
    sites: int = 1728
    sweeps: int = 300
    equilibration: int = 150
    draws: int = 0
    ground_state: str = ""
    tolerance: float = 1e-4
    seed: int = 0

    @property
    def series(self) -> str:
        """What tells simulations of one alloy apart that stand side by side in the tables."""
        parts = ("canonical", f"{self.concentration:g}", str(self.sites))
        return " ".join([*parts, "draws"] if self.draws else parts)

    def command(self, dataset: str) -> str:
        """The command that runs this simulation of the alloy `dataset`."""
        options = {name: value for name, value in self.as_dict().items() if value not in ("", 0)}
        options["temperatures"] = ":".join(f"{value:g}" for value in self.temperatures)
        return write_command("monte-carlo", {"alloy": dataset, **options})

    def check(self) -> None:
        """Raise WarehouseError for what cannot be simulated, whatever the alloy."""
        if not 0 < self.concentration < 1:
            raise WarehouseError(
                f"--concentration {self.concentration:g} is no composition of an alloy",
                hint="give the share of the second element in alphabetical order, above 0 and "
                "below 1",
            )
        if self.sweeps < FEWEST_SWEEPS:
            raise WarehouseError(
                f"{self.sweeps} sweeps are too few to give an error bar",
                hint=f"use --sweeps {FEWEST_SWEEPS} or more; the default is 300",
            )


def parse_temperatures(text: str) -> tuple[float, float, float]:
    """First and last temperature and the step of a text such as 200:1200:20, in K.

    Raises WarehouseError if it is none, or one is not above 0.
    """
    try:
        first, last, step = map(float, text.split(":"))
    except ValueError as error:
        raise WarehouseError(
            f"--temperatures {text!r} is no range of temperatures",
            hint="write first, last and step in K, like 200:1200:20",
        ) from error
    if not (0 < first < last < float("inf") and 0 < step <= (last - first) / 3):
        raise WarehouseError(
            f"--temperatures {text}: wanted 0 < first < last and at least four temperatures",
            hint="write first, last and step in K, like 200:1200:20",
        )
    return first, last, step
