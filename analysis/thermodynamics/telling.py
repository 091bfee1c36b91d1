"""What a terminal shows of a phase diagram: where its phases end, and where there are not two."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from analysis.datasets import FloatArray
from analysis.thermodynamics.sampling.ladders import list_temperatures
from analysis.thermodynamics.settings import MonteCarloSettings


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
