"""What a calculated structure adds to a formula. The summaries are invented, not real materials."""

import re

import duckdb
import polars as pl
import pytest

from ingest.materials.materials_project.documents import read_documents
from ingest.materials.materials_project.summaries import Terms, shape_summaries
from tests.support.materials_project.documents import summary
from warehouse.catalog.views import load_views
from warehouse.settings import SQL_DIR

VIEW = "features.structure_descriptors"
DEFINING = re.compile(
    r"band_gap|\b(cbm|vbm|efermi|is_gap_direct|is_metal|n|e_total|e_ionic|e_electronic)\b|dos"
)
"""Columns that define the label, or that are only calculated where there is a gap."""


def describe(**changes) -> set[tuple[str, str]]:
    """(descriptor_set, descriptor) of an invented material."""
    rows = shape_summaries(*read_documents([summary(1, **changes)]), Terms()).rows
    views = {view.name: view for view in load_views(SQL_DIR)}
    with duckdb.connect() as connection:
        connection.execute("create schema raw; create schema staging; create schema features")
        connection.register("rows", rows.to_arrow())
        connection.execute("create table raw.materials as from rows")
        for name in ("staging.materials", "features.labelled_materials", VIEW):
            connection.execute(f"create view {name} as {views[name].sql}")
        found: pl.DataFrame = connection.sql(f"from {VIEW}").pl()
    assert (found["value"] == 1).all()
    return set(found.select("descriptor_set", "descriptor").iter_rows())


def test_each_descriptor_says_what_the_calculation_found():
    symmetry = {"crystal_system": "Cubic", "symbol": "Fm-3m", "number": 225, "point_group": "m-3m"}
    found = describe(
        density=4.25, density_atomic=12.4, symmetry=symmetry, formation_energy_per_atom=-0.56,
        energy_above_hull=0.026, is_magnetic=True, ordering="FM", total_magnetization=-2.0,
    )  # fmt: skip
    assert found == {
        ("geometry", "4 g/cm³"),
        ("geometry", "12 Å³ per atom"),
        ("geometry", "crystal system Cubic"),
        ("geometry", "space group 225"),
        ("stability", "-600 meV/atom of formation"),
        ("stability", "50 meV/atom above the hull"),
        ("magnetism", "magnetic"),
        ("magnetism", "magnetic order FM"),
        ("magnetism", "750 mμB per atom"),  # 2 μB over the 3 atoms of this cell, in quarters
    }


def test_what_is_unknown_has_no_descriptor():
    unknown = dict.fromkeys(
        ("density", "formation_energy_per_atom", "energy_above_hull", "is_magnetic", "ordering",
         "total_magnetization", "symmetry")
    )  # fmt: skip
    assert describe(density_atomic=12.4, **unknown) == {("geometry", "12 Å³ per atom")}
    assert describe(density_atomic=None) == set()


@pytest.mark.parametrize(
    ("changes", "descriptor"),
    [
        ({"density": 80.0}, "20 g/cm³"),
        ({"energy_above_hull": 3.0}, "1000 meV/atom above the hull"),
        ({"formation_energy_per_atom": -9.0}, "-4500 meV/atom of formation"),
        ({"total_magnetization": 90.0}, "5000 mμB per atom"),
    ],
)
def test_rare_extremes_are_one_descriptor(changes, descriptor):
    assert descriptor in {name for _, name in describe(**changes)}


def test_the_view_reads_nothing_that_defines_the_label():
    sql = (SQL_DIR / "features" / "structure_descriptors.sql").read_text(encoding="utf-8")
    code = re.sub(r"--.*", "", sql)
    assert not DEFINING.search(code)
    assert DEFINING.search("select band_gap")
    assert DEFINING.search("e_electronic")
