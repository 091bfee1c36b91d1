"""Summaries with structures as large as the Materials Project's, for campaigns and benchmarks.

Formulas and numbers of sites, 30 on average, are those of Matbench's materials; lattices, positions
and properties are random. Band structures and densities of states are left out.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from ingest.materials.matbench import EMBEDDED
from tests.support.materials_project.documents import cell, summary
from warehouse.conventions.formulas import parse_formulas


def describe_materials(n: int) -> Iterator[dict[str, Any]]:
    """Summaries of `n` materials, the same ones each time."""
    random = np.random.default_rng(0)
    formulas = pl.read_parquet(EMBEDDED / "matbench_mp.parquet")["formula"].sample(n, seed=0)
    for number, composition in enumerate(parse_formulas(formulas)["composition"]):
        amounts = {entry["element"]: entry["amount"] for entry in composition}
        yield _describe(number, amounts, random)


def _describe(number: int, composition: dict[str, float], random: Any) -> dict[str, Any]:
    from pymatgen.core import Lattice, Structure

    symbols = [name for name, amount in composition.items() for _ in range(int(amount))]
    length = (12.5 * len(symbols)) ** (1 / 3)
    lattice = Lattice(length * (np.eye(3) + 0.1 * random.normal(size=(3, 3))))
    structure = Structure(lattice, symbols, random.random((len(symbols), 3)))
    volume, energy, hull, gap, cbm, efermi = random.random(6).tolist()
    changes = {
        "volume": 10 * len(symbols) * (1 + volume),
        "density": 10 * (0.1 + volume),
        "density_atomic": 10 * (1 + volume),
        "uncorrected_energy_per_atom": -9 * energy,
        "energy_per_atom": -8 * energy,
        "formation_energy_per_atom": -3 * energy,
        "energy_above_hull": hull**4,
        "band_gap": 5 * gap,
        "cbm": 9 * cbm,
        "efermi": 9 * efermi,
        "structure": structure.as_dict(),
    }
    return summary(number, **cell(composition), **changes)
