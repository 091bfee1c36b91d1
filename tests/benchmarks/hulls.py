"""Materials per second that are placed above their hulls, and told what they fall apart into.

Ours is the whole OQMD, from formulas to products, read from its shipped file; pymatgen's is one
space of four elements, for it takes hours for all.
"""

from pathlib import Path

import polars as pl

from tests.benchmarks.harness import Work
from tests.soak.hulls import read_real_entries

SPACE = {"Li", "Fe", "P", "O"}


def hulls_here(warehouse: Path) -> Work:
    """All systems of the OQMD; compiled before the clock starts."""
    from analysis.stability.study import place_materials

    entries = read_real_entries("oqmd").filter(pl.col("formation_energy_per_atom").abs() <= 5)
    place_materials(entries.head(100))
    return lambda: place_materials(entries).height


def hulls_by_pymatgen(warehouse: Path) -> Work:
    """One diagram, then energy above it and products of every entry."""
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    entries = read_real_entries("critical_examination", SPACE)
    pairs = entries.select("formula", "formation_energy_per_atom").rows()
    found = [(Composition(formula), energy) for formula, energy in pairs]
    theirs = [PDEntry(c, energy * c.num_atoms) for c, energy in found]
    zeros = [PDEntry(Composition(symbol), 0.0) for symbol in SPACE]

    def work() -> int:
        diagram = PhaseDiagram([*theirs, *zeros])
        for entry in theirs:
            diagram.get_decomp_and_e_above_hull(entry)
        return len(theirs)

    return work
