"""What a simulation can be told."""

from dataclasses import dataclass

from analysis.runs.settings import RunSettings, write_command
from warehouse.errors import WarehouseError

FEWEST_SWEEPS = 50
"""Fewer samples tell no error bar."""


@dataclass(frozen=True)
class MonteCarloSettings(RunSettings):
    """Settings of a simulation of an alloy.

    Attributes:
        model: Name of the fitted expansion; empty for the one that was selected.
        ensemble: canonical, of fixed composition, or semi-grand, which exchanges atoms for others.
        concentration: Share of the second element; of canonical alone.
        chemical_potentials: First and last one and the step, of the second element less the first,
            in eV; of semi-grand alone.
        temperatures: First and last one and the step, in K.
        sites: Sites of the crystal.
        sweeps: Sweeps that are measured, or more where free energies still drift; each tries one
            swap for every two sites, or one flip of every site.
        longest: How many times the sweeps are measured, at most, until free energies stand still.
        equilibration: Sweeps before them, in which crystals are heated or cooled.
        draws: Posterior draws of the parameters to simulate beside the fit.
        ground_state: Decoration of the ordered phase; empty for the one on the hull of the data,
            or else the lowest that fits.
        start: Decoration of a structure that a file gave as the ordered phase, known or not.
        tolerance: Energy in eV/atom that orbits which are left out may amount to.
        seed: Of the random numbers.

    """

    model: str = ""
    ensemble: str = "canonical"
    concentration: float = 0.5
    chemical_potentials: tuple[float, ...] = ()
    temperatures: tuple[float, ...] = (200.0, 1200.0, 20.0)
    sites: int = 512
    sweeps: int = 150
    longest: int = 4
    equilibration: int = 100
    draws: int = 0
    ground_state: str = ""
    start: str = ""
    tolerance: float = 1e-4
    seed: int = 0

    @property
    def is_semi_grand(self) -> bool:
        """Whether the composition is free."""
        return self.ensemble == "semi-grand"

    @property
    def share(self) -> float | None:
        """Share of the second element in the crystal, exactly; None where it is free."""
        return None if self.is_semi_grand else round(self.sites * self.concentration) / self.sites

    @property
    def series(self) -> str:
        """What tells simulations of one alloy apart that stand side by side in the tables."""
        fixed = () if self.is_semi_grand else (f"{self.concentration:g}",)
        parts = (self.ensemble, *fixed, str(self.sites))
        return " ".join([*parts, "draws"] if self.draws else parts)

    def command(self, dataset: str) -> str:
        """The command that runs this simulation of the alloy `dataset`."""
        options = {name: value for name, value in self.as_dict().items() if value not in ("", 0)}
        options.pop("concentration" if self.is_semi_grand else "chemical_potentials")
        for name in ("temperatures", "chemical_potentials"):
            if name in options:
                options[name] = ":".join(f"{value:g}" for value in options[name])
        options["tolerance"] = 1000 * self.tolerance
        if self.start:
            options["start"] = "FILE"
        name = "phase-diagram" if self.is_semi_grand else "monte-carlo"
        options.pop("ensemble")
        return write_command(name, {"alloy": dataset, **options})

    def check(self) -> None:
        """Raise WarehouseError for what cannot be simulated, whatever the alloy."""
        if self.is_semi_grand and len(self.chemical_potentials) != 3:
            raise WarehouseError(
                "--ensemble semi-grand needs chemical potentials",
                hint="give --chemical-potentials FIRST:LAST:STEP in eV, like -0.2:0.3:0.02; "
                "`phase-diagram` chooses them",
            )
        if not self.is_semi_grand and self.chemical_potentials:
            raise WarehouseError(
                "--chemical-potentials are of the semi-grand ensemble, where the composition is "
                "free",
                hint="add --ensemble semi-grand, or leave them out",
            )
        if not 0 < self.concentration < 1:
            raise WarehouseError(
                f"--concentration {self.concentration:g} is no composition of an alloy",
                hint="give the share of the second element in alphabetical order, above 0 and "
                "below 1",
            )
        if self.sweeps < FEWEST_SWEEPS:
            raise WarehouseError(
                f"{self.sweeps} sweeps are too few to give an error bar",
                hint=f"use --sweeps {FEWEST_SWEEPS} or more; the default is 150",
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


def parse_potentials(text: str) -> tuple[float, ...]:
    """First and last chemical potential and the step of a text such as -0.2:0.3:0.02, in eV.

    Nothing for an empty text. Raises WarehouseError if it is no such range.
    """
    if not text:
        return ()
    try:
        first, last, step = map(float, text.split(":"))
    except ValueError as error:
        raise _no_potentials(text) from error
    if not (-100 < first < last < 100 and 0 < step <= last - first):
        raise _no_potentials(text)
    return first, last, step


def _no_potentials(text: str) -> WarehouseError:
    return WarehouseError(
        f"--chemical-potentials {text!r} is no range of chemical potentials",
        hint="write first, last and step in eV, like -0.2:0.3:0.02",
    )
