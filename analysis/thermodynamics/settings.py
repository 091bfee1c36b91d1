"""What a simulation can be told."""

from dataclasses import dataclass
from typing import Any

from analysis.runs.settings import RunSettings, write_command
from warehouse.conventions.alloys import Alloy
from warehouse.errors import WarehouseError

STUDY = "monte_carlo"
"""What the tables call it."""
FEWEST_SWEEPS = 50
"""Fewer samples tell no error bar."""


@dataclass(frozen=True)
class MonteCarloSettings(RunSettings):
    """Settings of a simulation of an alloy.

    Attributes:
        model: Name of the fitted expansion; empty for the one that was selected.
        ensemble: canonical, of fixed composition; semi-grand, which exchanges atoms for others; or
            sections, which is canonical at all compositions of a grid.
        concentration: Share of the second element; of canonical alone.
        composition: Shares such as Ag=0.25,Au=0.25 of alloys that one share does not tell.
        steps: Parts of a share at which all compositions are simulated; 0 for one composition.
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
    composition: str = ""
    steps: int = 0
    chemical_potentials: tuple[float, ...] = ()
    temperatures: tuple[float, ...] = (200.0, 1200.0, 20.0)
    sites: int = 512
    sweeps: int = 300
    longest: int = 2
    equilibration: int = 200
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
        return " ".join([*self._fixed, str(self.sites), *(["draws"] if self.draws else [])])

    @property
    def title(self) -> str:
        """The same in words."""
        draws = f", {self.draws} draws" if self.draws else ""
        return f"{' '.join(self._fixed)}, {self.sites:,} sites{draws}"

    @property
    def _fixed(self) -> tuple[str, ...]:
        """The ensemble, and what is given of the composition."""
        fixed: tuple[str, ...] = (self.composition or f"{self.concentration:g}",)
        if self.is_semi_grand or self.steps:
            fixed = (f"1/{self.steps}",) if self.steps else ()
        return (self.ensemble, *fixed)

    def command(self, dataset: str) -> str:
        """The command that runs this simulation of the alloy `dataset`."""
        options = {name: value for name, value in self.as_dict().items() if value not in ("", 0)}
        if self.is_semi_grand or self.composition or self.steps:
            options.pop("concentration")
        if not self.is_semi_grand:
            options.pop("chemical_potentials")
        for name in ("temperatures", "chemical_potentials"):
            if name in options:
                options[name] = ":".join(f"{value:g}" for value in options[name])
        options["tolerance"] = 1000 * self.tolerance
        if self.start:
            options["start"] = "FILE"
        name = "phase-diagram" if self.is_semi_grand or self.steps else "monte-carlo"
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
                hint=f"use --sweeps {FEWEST_SWEEPS} or more; the default is 300",
            )


def settle_composition(
    alloy: Alloy, concentration: float | None, composition: str
) -> dict[str, Any]:
    """Both settings of a composition, of which an alloy has one: of two species the share.

    Raises WarehouseError if both are given, or the one that does not tell the composition.
    """
    shares = parse_composition(composition)
    if concentration is not None and (composition or not alloy.has_one_share):
        raise WarehouseError(
            f"--concentration {concentration:g} does not tell the composition of {alloy.label}"
            + (" beside --composition" if composition else ""),
            hint="give --composition alone, with the share of each species among the sites that it "
            "may be on, like Ag=0.25,Au=0.25,Cu=0.5",
        )
    if not alloy.has_one_share:
        return {"composition": ",".join(f"{one}={share:.9g}" for one, share in shares.items())}
    if not shares:
        return {} if concentration is None else {"concentration": concentration}
    first, second = alloy.sublattices[0]
    if foreign := sorted({*shares} - {first, second}):
        raise WarehouseError(
            f"--composition {composition} has {', '.join(foreign)}, which does not change places "
            f"in {alloy.label}",
            hint=f"give the share of {second} among the sites of {first} and {second}, like "
            f"{second}=0.5",
        )
    share = shares.get(second, 1 - shares.get(first, 0.0))
    if abs(share + shares.get(first, 1 - share) - 1) > 1e-6:
        raise WarehouseError(
            f"the shares in --composition {composition} do not add up to 1",
            hint=f"give that of {second} alone, like {second}=0.5",
        )
    return {"concentration": share}


def parse_composition(text: str) -> dict[str, float]:
    """Shares by species of a text such as Ag=0.25,Au=0.25; none of an empty text.

    Raises WarehouseError if it is none, or a share is not from 0 to 1.
    """
    shares: dict[str, float] = {}
    for part in text.split(",") if text else ():
        species, _, share = part.partition("=")
        symbol = species.strip().capitalize()
        try:
            value = float(share)
        except ValueError as error:
            raise _no_composition(text, f"{part.strip()!r} is no share of a species") from error
        if not 0 <= value <= 1:
            raise _no_composition(
                text, f"a share is from 0 to 1, and that of {symbol} is {value:g}"
            )
        if symbol in shares:
            raise _no_composition(text, f"{symbol} has two shares")
        shares[symbol] = value
    return shares


def _no_composition(text: str, problem: str) -> WarehouseError:
    return WarehouseError(
        f"--composition {text!r} is no composition: {problem}",
        hint="name the share of each species among the sites that it may be on, like "
        "Ag=0.25,Au=0.25,Cu=0.5",
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
