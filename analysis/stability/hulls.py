"""Convex hulls of all chemical systems, from small systems to large ones.

A phase is a reduced formula at its lowest energy. Only phases that are stable in a smaller system
can be products in a larger one, so each system sees few: its elements, what is stable within any
part of them, and its own phases.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from analysis.stability.simplex import TOLERANCE, Floats, Ints, decompose_systems
from warehouse.progress import Track, untracked


@dataclass(frozen=True)
class Phases:
    """Distinct compositions, the pure elements first.

    Attributes:
        formulas: Reduced formula of each phase.
        systems: Numbers of its elements, ascending.
        fractions: Shares of the atoms, in the order of `systems`.
        energies: Lowest formation energy per atom, in eV, shape (n_phases,).

    """

    formulas: Sequence[str]
    systems: Sequence[tuple[int, ...]]
    fractions: Sequence[Floats]
    energies: Floats


@dataclass(frozen=True)
class Decompositions:
    """What each phase falls apart into when it may not be itself.

    Attributes:
        hull: Energy of the products in eV/atom, shape (n_phases,); infinite for an element.
        products: Phases, -1 beyond the last, shape (n_phases, most elements).
        amounts: Shares of the atoms, likewise.

    """

    hull: Floats
    products: Ints
    amounts: Floats


def decompose(phases: Phases, track: Track = untracked) -> Decompositions:
    """Decompose every phase into the best of the others, exactly.

    The energies of `phases` are formation energies: a pure element has at most 0.
    """
    n_phases, most = len(phases.formulas), max(map(len, phases.systems), default=1)
    starts = np.cumsum([0, *map(len, phases.systems)])
    elements = np.array([e for system in phases.systems for e in system], dtype=np.int64)
    fractions = np.concatenate([*phases.fractions, np.empty(0)])
    found = Decompositions(
        hull=np.full(n_phases, np.inf),
        products=np.full((n_phases, most), -1, dtype=np.int64),
        amounts=np.zeros((n_phases, most)),
    )
    members: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for phase, system in enumerate(phases.systems):
        members[system].append(phase)
    stable: dict[tuple[int, ...], list[int]] = {
        system: own for system, own in members.items() if len(system) == 1
    }
    for size in track(range(2, most + 1), "Building hulls"):
        level = {system: own for system, own in members.items() if len(system) == size}
        if not level:
            continue
        candidates = [[*_below(system, stable), *own] for system, own in level.items()]
        decompose_systems(
            np.array(list(level), dtype=np.int64),
            *_join(candidates),
            *_join(list(level.values())),
            starts,
            elements,
            fractions,
            phases.energies,
            found.products,
            found.amounts,
            found.hull,
        )
        for system, own in level.items():
            if kept := [p for p in own if phases.energies[p] <= found.hull[p] + TOLERANCE]:
                stable[system] = kept
    return found


def read_phases(rows: pl.DataFrame) -> tuple[Phases, Ints]:
    """Phases of `rows` (reduced_formula, formation_energy_per_atom), and each row's phase.

    All elements of the rows are phases of at most 0 eV/atom, for that is what formation energies
    are relative to, whether or not a row has them.
    """
    from warehouse.conventions.formulas import parse_formulas

    distinct = rows.group_by("reduced_formula").agg(pl.col("formation_energy_per_atom").min())
    parsed = distinct.with_columns(parse_formulas(distinct["reduced_formula"])["composition"])
    symbols = parsed["composition"].list.eval(pl.element().struct.field("element")).explode()
    known = sorted(symbols.unique().drop_nulls())
    pure = pl.DataFrame({"reduced_formula": known, "zero": 0.0})
    lowest = pure.join(distinct, on="reduced_formula", how="left").select(
        "reduced_formula",
        energy=pl.min_horizontal("zero", "formation_energy_per_atom"),
    )
    compounds = parsed.filter(~pl.col("reduced_formula").is_in(known)).sort("reduced_formula")
    numbers: Mapping[str, int] = {symbol: number for number, symbol in enumerate(known)}
    systems: list[tuple[int, ...]] = [(number,) for number in range(len(known))]
    fractions = [np.ones(1) for _ in known]
    for entries in compounds["composition"].to_list():
        systems.append(tuple(numbers[entry["element"]] for entry in entries))
        amounts = np.array([entry["amount"] for entry in entries])
        fractions.append(amounts / amounts.sum())
    formulas = [*known, *compounds["reduced_formula"]]
    energies = np.concatenate(
        [lowest["energy"].to_numpy(), compounds["formation_energy_per_atom"].to_numpy()]
    )
    places = pl.DataFrame({"reduced_formula": formulas}).with_row_index("phase")
    of_rows = rows.select("reduced_formula").join(
        places, on="reduced_formula", how="left", maintain_order="left"
    )
    return Phases(formulas, systems, fractions, energies), of_rows["phase"].to_numpy().astype(
        np.int64
    )


def _below(system: tuple[int, ...], stable: Mapping[tuple[int, ...], list[int]]) -> list[int]:
    """Stable phases of the parts of a system, the pure elements first and in order."""
    return [
        phase
        for size in range(1, len(system))
        for part in combinations(system, size)
        for phase in stable.get(part, ())
    ]


def _join(lists: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """The lists behind each other, and where each begins."""
    joined = np.array([entry for entries in lists for entry in entries], dtype=np.int64)
    return joined, np.cumsum([0, *map(len, lists)])
