"""What a terminal shows of a simulation: its ordered phase, and where two phases meet."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from analysis.datasets import FloatArray
from analysis.labels import shorten
from analysis.runs.run import Run
from analysis.thermodynamics.ordered import explain_disorder
from analysis.thermodynamics.phases import EQUAL, KnownPhases
from analysis.thermodynamics.sampling.ladders import list_temperatures
from analysis.thermodynamics.settings import MonteCarloSettings
from analysis.thermodynamics.simulation import PlannedSimulation
from warehouse.conventions.alloys import Alloy

FEW_SITES = 64
"""Sites below which nearly every arrangement repeats so soon that it counts as ordered."""
MOST_MISFITS = 3
"""Compounds that are named where they do not fit a crystal."""
TOLD = 0.001
"""meV/site above the hull from which a phase is called metastable."""


def tell_plan(
    planned: PlannedSimulation, run: Run[MonteCarloSettings], names: Mapping[str, str]
) -> Iterator[str]:
    """What is simulated: how much of the model, and which ordered phase or why there is none."""
    known, site = planned.known, Alloy.parse(run.dataset).site
    yield (
        f"  {planned.crystal.orbits.height} orbits of {planned.expansion.model}; those left out "
        f"amount to {1000 * planned.neglected:.3f} meV/{site} at most"
    )
    if run.settings.steps:
        yield from _tell_misfits(known)
    if run.settings.is_semi_grand or run.settings.steps:
        return
    if planned.crystal.n_sites < FEW_SITES:
        yield (
            f"  ({planned.crystal.n_sites} sites are too few to tell order from disorder; do not "
            f"trust cooled crystals of fewer than {FEW_SITES})"
        )
    phases, filling = next((one.phases, one.filling) for one in planned.ladders if not one.draw)
    if not phases:
        yield f"  cooled from disorder alone: {explain_disorder(known, filling, site)}"
        return
    chosen = phases[0]
    yield f"  ordered phase: {_call(known.names[chosen], names)}"
    if lower := known.find_too_large(chosen):
        yield (
            f"  ({_call(known.names[lower[0]], names)} is {1000 * lower[1]:.2f} meV/{site} lower, "
            "but does not fit a crystal of this size; another --sites may hold it)"
        )
    above = 1000 * known.above_hull[chosen, 0]
    if known.concentrations.ndim > 1:
        if above > TOLD:
            lowest = known.names[known.at(known.concentrations[chosen])[0]]
            heat = "" if lowest == known.names[chosen] else f"; --ground-state {lowest} is lower"
            yield f"  (metastable: {above:.2f} meV/{site} above the hull of what is known{heat})"
        return
    if above > TOLD:
        stabler = ", ".join(_call(phase, names) for phase in known.tell_stabler(chosen))
        yield f"  (metastable: {above:.2f} meV/atom above the model's hull, which holds {stabler})"
    if known.is_parting(chosen):
        yield (
            "  (by the model the elements part at 0 K; `phase-diagram` finds how much they "
            "dissolve, and from which temperature on they mix)"
        )


def _tell_misfits(known: KnownPhases) -> Iterator[str]:
    """Which compounds on the fit's hull no crystal of this size holds."""
    on_hull = zip(known.names, known.above_hull[:, 0], known.fitting, strict=True)
    misfits = [name for name, above, fits in on_hull if above <= EQUAL and not fits]
    if misfits:
        few = ", ".join(map(shorten, misfits[:MOST_MISFITS]))
        others = len(misfits) - MOST_MISFITS
        yield (
            f"  ({len(misfits)} compounds on the model's hull do not fit a crystal of this size "
            f"and are left out: {few}{f' and {others} more' if others > 0 else ''})"
        )


def _call(decoration: str, names: Mapping[str, str]) -> str:
    """What people call a phase, with its decoration_id."""
    name = names.get(decoration, decoration)
    return shorten(name) if decoration in name else f"{name} ({shorten(decoration)})"


def tell_boundaries(
    fit: pl.DataFrame, settings: MonteCarloSettings, names: Mapping[str, str]
) -> Iterator[str]:
    """Rows of marts.phase_boundaries of the fit, in lines.

    `names` are what people call decorations. Temperatures without two phases are counted.
    """
    for decoration, name in names.items():
        if decoration not in name:
            yield f"  {name} is {decoration}"
    yield "     T (K)   phases, and the shares of the second element at which they end"
    rows_of = fit.sort("temperature", "chemical_potential").group_by(
        "temperature", maintain_order=True
    )
    for (temperature,), rows in rows_of:
        told = (
            f"{names.get(row['left_phase'], row['left_phase'])} {row['left_concentration']:.3f} | "
            f"{row['right_concentration']:.3f} {names.get(row['right_phase'], row['right_phase'])}"
            for row in rows.iter_rows(named=True)
        )
        yield f"{temperature:10.0f}   {'   '.join(told)}"
    yield from _tell_missing(fit, settings, list_temperatures(*settings.temperatures))


def tell_sections(sections: pl.DataFrame, alloy: Alloy, names: Mapping[str, str]) -> Iterator[str]:
    """Rows of marts.isothermal_sections of the fit, one line per temperature.

    `names` are what people call decorations.
    """
    if sections.is_empty():
        yield "  no temperature has all end members and a phase that lasts: try more --sweeps"
        return
    members = ", ".join(alloy.elements if alloy.is_plain else map(str, alloy.end_members))
    most = max(int(sections["n_phases"].max()), 2)  # type: ignore[arg-type]
    counts = "".join(f"{_count_phases(n):>15}" for n in range(1, most + 1))
    yield f"  compositions (shares of {members}) with so many phases side by side"
    yield f"     T (K){counts}   ordered phases that are stable"
    for (temperature,), rows in sections.group_by("temperature", maintain_order=True):
        counted = "".join(f"{rows.filter(n_phases=n).height:15d}" for n in range(1, most + 1))
        stable = rows.filter((pl.col("phase") != "solution") & pl.col("is_stable"))
        told = ", ".join(names.get(one, one) for one in stable["phase"].unique().sort())
        yield f"{temperature:10.0f}{counted}   {told}".rstrip()
    yield from _tell_left_out(sections)


def _tell_left_out(sections: pl.DataFrame) -> Iterator[str]:
    """Compositions of which no phase lasts by itself at some temperatures."""
    heights = sections.group_by("temperature", maintain_order=True).len()
    most = int(heights["len"].max())  # type: ignore[arg-type]
    fewer = heights.filter(pl.col("len") < most)
    if fewer.height:
        yield (
            f"  at {_range(fewer['temperature'].to_list())} up to {most - int(fewer['len'].min())} "  # type: ignore[arg-type]
            f"of {most} compositions have no phase that lasts by itself, and are left out"
        )


def _count_phases(n: int) -> str:
    return "one phase" if n == 1 else f"{n} phases"


def _tell_missing(
    fit: pl.DataFrame, settings: MonteCarloSettings, asked: FloatArray
) -> Iterator[str]:
    """How many of the temperatures `asked` have no two phases, and what that may mean."""
    found = set(fit["temperature"].to_list())
    missing = [temperature for temperature in asked.tolist() if temperature not in found]
    highest = max(found, default=0.0)
    hotter = [temperature for temperature in missing if temperature > highest]
    among = [temperature for temperature in missing if temperature < highest]
    step = 1000 * settings.chemical_potentials[2]
    if hotter:
        yield (
            f"  {len(hotter)} of {len(asked)} temperatures, {_range(hotter)}, have one phase at "
            f"all compositions, or two that change within a step of {step:.3g} meV in chemical "
            "potential"
        )
    if among:
        yield (
            f"  {len(among)} of {len(asked)} temperatures, {_range(among)}, show no two phases "
            "though hotter ones do: gaps narrower than a step, or phases that do not last by "
            "themselves in so small a crystal"
        )


def _range(temperatures: Sequence[float]) -> str:
    ends = sorted({min(temperatures), max(temperatures)})
    return " to ".join(f"{temperature:.0f}" for temperature in ends) + " K"
