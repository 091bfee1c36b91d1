"""What is said of one structure, as numbers and as text."""

from dataclasses import dataclass

from analysis.labels import shorten

WORDS = {2: "pair", 3: "triplet", 4: "quadruplet"}

PASSED_OVER = "passed over"
"""How the reason of a file begins that nobody meant: another step of a run, a text beside."""


@dataclass(frozen=True)
class Contribution:
    """What one orbit adds to a formation energy, in eV/atom, measured from the pure elements.

    `diameter` is the longest distance in a cluster, in Å.
    """

    orbit_index: int
    cluster_order: int
    diameter: float
    energy: float


@dataclass(frozen=True)
class Calculated:
    """A calculated structure of the same decoration; its formation energy in eV/atom."""

    structure_id: str
    formation_energy_per_atom: float
    is_fitted: bool


@dataclass(frozen=True)
class StructurePrediction:
    """What a fitted expansion says of a structure, or the `reason` why it says nothing.

    Energies per atom are in eV/atom relative to the pure elements or, where sites may be vacant
    (`site` is then so called), in eV per site, of which there are `n_sites`, relative to the end
    members; `formation_energy` and
    `total_energy` in eV for the cell. `lower` and `upper` bound 90 % of energies: as many standard
    deviations as hold them of the training structures of the same elements, each left out. The
    deviation has two parts: `parameter_std` of what the parameters are unsure of (NULL if
    the run kept no draws) and `noise`. `uncertainty_rank` is the share of the training structures
    of whose energy the model would be surer had it not seen them; above 1 it is how many times as
    unsure it is as of the 95th percentile of these.
    """

    file: str
    frame: str
    reason: str | None = None
    formula: str = ""
    n_atoms: int = 0
    n_sites: int = 0
    site: str = "atom"
    concentration: float | None = None
    formation_energy_per_atom: float | None = None
    lower: float | None = None
    upper: float | None = None
    parameter_std: float | None = None
    noise: float | None = None
    formation_energy: float | None = None
    total_energy: float | None = None
    energy_above_data_hull: float | None = None
    energy_above_predicted_hull: float | None = None
    uncertainty_rank: float | None = None
    strain: float | None = None
    volumetric_strain: float | None = None
    max_displacement: float | None = None
    warnings: tuple[str, ...] = ()
    decoration_id: str | None = None
    calculated: tuple[Calculated, ...] = ()
    contributions: tuple[Contribution, ...] = ()

    @property
    def is_missing(self) -> bool:
        """Whether there should be an answer and is none."""
        return self.reason is not None and not self.reason.startswith(PASSED_OVER)

    @property
    def name(self) -> str:
        """The file, and the frame if it has several."""
        return f"{self.file} {self.frame}".strip()

    @property
    def text(self) -> str:
        """Some lines for people, energies in meV/atom."""
        lines = [f"{self.name}: {self.formula}, {self.n_atoms} atoms"]
        if self.n_sites > self.n_atoms:
            lines[0] += f" on {self.n_sites} sites"
        lines += [f"  {what:<18}{said}" for what, said in self._said() if said]
        return "\n".join(lines)

    def _said(self) -> list[tuple[str, str]]:
        energy, lower, upper = (
            1000 * float(value or 0)
            for value in (self.formation_energy_per_atom, self.lower, self.upper)
        )
        parts = [] if self.parameter_std is None else [f"model ± {1000 * self.parameter_std:.1f}"]
        parts.append(f"noise ± {1000 * float(self.noise or 0):.1f}")
        totals = [f"formation {self.formation_energy:.4f}"]
        if self.total_energy is not None:
            totals.append(f"total {self.total_energy:.4f}")
        hulls = [
            f"{round(1000 * above, 1) + 0.0:.1f} of the {hull}"
            for hull, above in (
                ("data", self.energy_above_data_hull),
                ("predictions", self.energy_above_predicted_hull),
            )
            if above is not None
        ]
        return [
            (
                "formation energy",
                f"{energy:.2f} meV/{self.site} once relaxed, 90 % within {lower:.1f} and "
                f"{upper:.1f} ({', '.join(parts)})",
            ),
            ("cell", f"{', '.join(totals)} eV"),
            ("above the hull", f"{', '.join(hulls)}, meV/{self.site}" if hulls else ""),
            ("likeness", self._likeness()),
            ("decoration", self._decoration()),
            (
                "mapping",
                f"strain {self.strain:.3f}, volume {100 * float(self.volumetric_strain or 0):+.1f} "
                f"%, largest displacement {self.max_displacement:.2f} Å"
                + (f"; {', '.join(self.warnings)}" if self.warnings else ""),
            ),
            (
                "largest terms",
                ", ".join(
                    f"{WORDS.get(term.cluster_order, f'{term.cluster_order} sites')} "
                    f"{term.diameter:.2f} Å {1000 * term.energy:+.1f}"
                    for term in self.contributions
                ),
            ),
        ]

    def _likeness(self) -> str:
        rank = self.uncertainty_rank
        if rank is None:
            return "not known, for the run kept no draws of this model's parameters"
        if rank > 1:
            return (
                f"unlike the training data: {rank:.1f} times as unsure as of 95 % of it, each "
                "structure left out"
            )
        return (
            "like the training data: each left out, the model would be less sure of "
            f"{100 * (1 - rank):.0f} % of it"
        )

    def _decoration(self) -> str:
        name = shorten(self.decoration_id or "")
        if not self.calculated:
            return f"{name} none of the data" if name else "too large for a name"
        found = ", ".join(
            f"{one.structure_id} {1000 * one.formation_energy_per_atom:.2f} meV/{self.site}"
            f"{' (fitted)' if one.is_fitted else ''}"
            for one in self.calculated[:3]
        )
        return f"{name}, calculated: {found}"
