"""Hulls against pymatgen's: energies above them and what real entries fall apart into."""

from pathlib import Path

import numpy as np
import polars as pl

from ingest.embedded.rebuild import FOLDER
from tests.soak import Figure
from warehouse.conventions.formulas import parse_formulas
from warehouse.conventions.reduced_formulas import reduce_compositions

TOLERANCE = 1e-7
"""eV/atom between two programs."""
SPACES = ("Li Fe P O", "Ba Cu O Y", "Mn Ni Co O Li", "Ca Al Si O Mg", "Na V P O F", "Ti Al N C Nb")


def run(folder: Path, is_short: bool) -> list[Figure]:
    """Every entry of some chemical spaces, by both programs: how many differ."""
    n_compared = n_wrong = 0
    for space in SPACES[:1] if is_short else SPACES:
        entries = read_real_entries("critical_examination", set(space.split()))
        try:
            n_compared += compare_with_pymatgen(entries)
        except AssertionError:
            n_wrong += 1
    return [
        Figure("entries compared with pymatgen's hulls", n_compared),
        Figure("chemical spaces in which an entry differs", n_wrong, wanted=0),
    ]


def read_real_entries(source: str, elements: set[str] | None = None) -> pl.DataFrame:
    """Entries of a shipped source, as `marts.hull_entries` has them, within some elements."""
    rows = pl.read_parquet(FOLDER / f"{source}.parquet")
    keys = reduce_compositions(parse_formulas(rows["formula"])["composition"])
    entries = pl.concat([rows, keys], how="horizontal").select(
        "formula",
        "reduced_formula",
        "chemsys",
        "formation_energy_per_atom",
        source=pl.lit(source),
        material_id="formula",
        license=pl.lit(""),
    )
    if elements is None:
        return entries
    outside = pl.col("chemsys").str.split("-").list.set_difference(sorted(elements))
    return entries.filter(outside.list.len() == 0)


def compare_with_pymatgen(entries: pl.DataFrame) -> int:
    """Compare every entry of one chemical space, and how many; AssertionError if not equal."""
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    from analysis.stability.study import place_materials

    found = place_materials(entries)
    theirs = [
        PDEntry(composition := Composition(formula), energy * composition.num_atoms)
        for formula, energy in entries.select("formula", "formation_energy_per_atom").iter_rows()
    ]
    symbols = {element for entry in theirs for element in entry.composition.elements}
    zeros = [PDEntry(Composition({element: 1}), 0.0) for element in symbols]
    diagram = PhaseDiagram([*theirs, *zeros])
    pairs = zip(theirs, found.iter_rows(named=True), strict=True)
    for number, (entry, row) in enumerate(pairs):
        parts, above = diagram.get_decomp_and_e_above_hull(entry, check_stable=False)
        assert abs(row["energy_above_hull"] - above) < TOLERANCE, row
        amounts = {Composition(p["formula"]).reduced_formula: p["amount"] for p in row["products"]}
        told = {part.composition.reduced_formula: amount for part, amount in parts.items()}
        told = {formula: amount for formula, amount in told.items() if amount > 1e-6}
        # Several sets of products may have the same energy: then that must be the hull's.
        if amounts.keys() == told.keys():
            assert np.allclose([amounts[f] for f in told], list(told.values()), atol=1e-6), row
        # The energy of all other compositions, stable or not: every twentieth, it is slow.
        if number % 20 == 0 and len(entry.composition) > 1:
            separation = diagram.get_phase_separation_energy(entry)
            assert abs(row["decomposition_energy"] - separation) < 1e-5, row
    return len(theirs)
