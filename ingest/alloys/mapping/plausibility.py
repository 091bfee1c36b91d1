"""What in an alloy's calculations does not belong together, or cannot be: flags, never refusals.

Energies of one model must come from one calculator, one functional and one set of settings; the
structures should be at rest. Where a source does not tell, the energies do: over composition they
follow a smooth curve with some scatter, and what lies far from it is told.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.alloys.references import GIVEN_BY_HAND, measure_shares
from ingest.alloys.sources.rows import UNKNOWN_CALCULATOR
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import FloatArray, ParentLattice
from warehouse.crystals.energy_sense import FEWEST, FEWEST_PER_TERM, curve_terms, fit_curve

BoolArray = NDArray[np.bool_]

LARGE_FORCE = 0.1
"""eV/Å"""
HIGH_PRESSURE = 20.0
"""kbar; it costs about 1 meV/atom in a metal of 150 GPa, more in softer ones"""
UNUSUAL_VOLUME = 0.15
"""Share of the volume by Zen's law; the shipped alloys keep to 0.03, strong compounds to 0.12."""
FAR = 6.0
"""Robust standard deviations from the curve."""
LEAST_FAR = 0.03
"""eV/atom: nearer to the curve nothing is unusual, however small the scatter."""
PER_ATOM_RATIO = 0.35
"""Most energies are perhaps per atom if, taken so, they scatter by less than this share."""


def flag_calculations(
    alloy: Alloy, rows: pl.DataFrame, parent: ParentLattice
) -> dict[str, BoolArray]:
    """Whether each of `rows`, mapped rows of `alloy_structures`, has each of the flags.

    Where sites may be vacant, what is said of atoms holds for sites.
    """
    shares, n_atoms = measure_shares(rows, alloy, parent)
    energies = rows["total_energy"].to_numpy()
    pressures = rows["stress"].list.head(3).list.mean().fill_null(0.0).to_numpy()
    unusual, per_atom = find_unusual_energies(energies, n_atoms, shares)
    programs = [_program(name) for name in rows["calculator"]]
    return {
        "unusual_volume": _find_unusual_volumes(rows, n_atoms, shares, energies / n_atoms),
        "large_forces": rows["max_force"].fill_null(0.0).to_numpy() > LARGE_FORCE,
        "high_pressure": np.abs(pressures) > HIGH_PRESSURE,
        "unfinished_relaxation": (rows["relaxation"] == "unfinished").fill_null(False).to_numpy(),
        "molecular_dynamics": (
            (rows["relaxation"] == "molecular dynamics").fill_null(False).to_numpy()
        ),
        "other_calculator": _differs(programs),
        "other_functional": _differs(rows["functional"].to_list()),
        "other_settings": _differs_in_settings(rows["settings"].to_list()),
        "other_energy_kind": _differs(rows["energy_kind"].to_list()),
        "unusual_energy": unusual,
        "perhaps_energy_per_atom": per_atom,
    }


def find_unusual_energies(
    energies: FloatArray, n_atoms: NDArray[np.int64], shares: FloatArray
) -> tuple[BoolArray, BoolArray]:
    """Which `energies` (n,) in eV of cells are far from the curve, and which may be per atom.

    `shares` (n, n_elements) are the elements'. The curve, of second order, makes the sum of the
    distances least, so that a few energies do not bend it. It is of the energies per atom or, if
    most scatter much less so, of the energies as they stand. Those of cells with several atoms that
    lie near it as they stand, but far once they are divided, are perhaps per atom.
    """
    nothing = np.zeros(len(energies), dtype=bool)
    terms = curve_terms(shares)
    if len(energies) < max(FEWEST, FEWEST_PER_TERM * terms.shape[1]):
        return nothing, nothing
    own, as_given = _distances(energies / n_atoms, terms), _distances(energies, terms)
    # The mean tells of cells of several sizes, the median of what holds for most.
    is_per_atom = any(
        PER_ATOM_RATIO * average(np.abs(own)) > average(np.abs(as_given))
        for average in (np.mean, np.median)
    )
    curve = energies - as_given if is_per_atom else energies / n_atoms - own
    middle = float(np.median(np.abs(as_given if is_per_atom else own)))
    limit = max(FAR * 1.4826 * middle, LEAST_FAR)
    divided, stands = np.abs(energies / n_atoms - curve), np.abs(energies - curve)
    is_far = divided > limit
    per_atom = is_far & (n_atoms > 1) & (stands < divided if is_per_atom else stands <= limit)
    return is_far & ~per_atom if is_per_atom else is_far, per_atom


def _distances(energies: FloatArray, terms: FloatArray) -> FloatArray:
    """Distances (n,) in eV/atom from the curve of least absolute distances."""
    return np.asarray(energies - terms @ fit_curve(energies, terms))


def _find_unusual_volumes(
    rows: pl.DataFrame, n_atoms: NDArray[np.int64], shares: FloatArray, energies: FloatArray
) -> BoolArray:
    volumes = rows["volume"].to_numpy() / n_atoms
    of_elements = []
    for share in shares.T:
        pure = np.flatnonzero((share == 1) & (shares.min(axis=1) >= 0))
        if not len(pure):
            return np.zeros(len(rows), dtype=bool)
        of_elements.append(volumes[pure[energies[pure].argmin()]])
    unusual: BoolArray = np.abs(volumes / (shares @ of_elements) - 1) > UNUSUAL_VOLUME
    return unusual


def _program(calculator: str) -> str | None:
    """The program of a calculator, without its version: VASP 6.3.0 is VASP."""
    if calculator in (UNKNOWN_CALCULATOR, GIVEN_BY_HAND, "unknown"):
        return None
    return re.split(r"[\s\d]", calculator.strip().lower(), maxsplit=1)[0] or None


def _differs(values: Sequence[str | None]) -> BoolArray:
    """Whether each value is told and is not the most frequent one."""
    counts = Counter(value for value in values if value)
    if len(counts) < 2:
        return np.zeros(len(values), dtype=bool)
    usual = counts.most_common(1)[0][0]
    return np.array([bool(value) and value != usual for value in values])


def _differs_in_settings(values: Sequence[str | None]) -> BoolArray:
    """Whether one of each structure's settings, KEY=VALUE; ..., is not the most frequent one."""
    told = [_split_settings(value) for value in values]
    differs = np.zeros(len(values), dtype=bool)
    for key in sorted({key for settings in told for key in settings}):
        differs |= _differs([settings.get(key) for settings in told])
    return differs


def _split_settings(value: str | None) -> Mapping[str, str]:
    parts = (part.partition("=") for part in (value or "").split(";"))
    return {key.strip(): setting.strip() for key, _, setting in parts if key.strip()}
