"""Properties of the shipped sources reach their table, and one view tells who knows what."""

import polars as pl
import pytest
from pymatgen.core import Composition

from ingest.embedded.rebuild import FOLDER
from ingest.materials import properties
from ingest.materials.properties import PROPERTY_SOURCES, ingest_properties
from tests.support.materials import build, new_store, query
from warehouse.conventions.formulas import parse_formulas
from warehouse.conventions.reduced_formulas import reduce_compositions

CARBON = {"formula": ["C1", "Cu2"], "formation_energy_per_atom": [0.1, -6.0]}


@pytest.fixture(scope="module")
def small():
    """Tiny sources: two know carbon, one a formula that is none, the others copper."""
    patch = pytest.MonkeyPatch()
    store = new_store()
    folder = store.warehouse.tables.parent / "files"
    folder.mkdir()
    pl.DataFrame(CARBON | {"density_atomic": [10.0, 12.0]}).write_parquet(folder / "oqmd.parquet")
    pl.DataFrame(
        {"material_id": ["mp-1", "mp-2", "x"], "formula": ["C4", "C8", "Ta_Th"]}
        | {"formation_energy_per_atom": [0.3, 0.2, 0.0]}
    ).write_parquet(folder / "megnet.parquet")
    for source, column, values in (
        ("matbench_mp_e_form", "formation_energy_per_atom", [2.4, 2.5]),
        ("borg_2020", "density", [8.9, 9.0]),
        ("mp_benchmark", "total_magnetization", [-1.0, 2.0]),
    ):
        rows = {"material_id": ["1", "2"], "formula": ["Cu4", "Cu8"], column: values}
        pl.DataFrame(rows).write_parquet(folder / f"{source}.parquet")
    patch.setattr(properties, "EMBEDDED", folder)
    chosen = [s for s in PROPERTY_SOURCES if (folder / f"{s.name}.parquet").exists()]
    patch.setattr(properties, "PROPERTY_SOURCES", tuple(chosen))
    commits = ingest_properties(store), ingest_properties(store)
    patch.undo()
    return store, commits, build(store)


def test_what_is_no_formula_waits_and_the_rest_goes_on(small):
    store, (first, second), _ = small
    assert [(commit.n_rows, commit.n_quarantined) for commit in first] == [(2, 0), (8, 1)]
    assert store.read("quarantine")["reason"].to_list() == ["'Ta_Th' is not a chemical formula"]
    assert not any(commit.is_new for commit in second)


def test_a_formula_tells_who_knows_it_and_how_far_they_disagree(small):
    found = query(
        "select * from marts.material_properties where reduced_formula = 'C'", small[2]
    ).row(0, named=True)
    # The Materials Project is believed first, and has its lowest of two phases: 0.2, not 0.3.
    assert found["formation_energy_per_atom"] == 0.2
    assert found["formation_energy_source"] == "megnet"
    assert found["formation_energy_spread"] == pytest.approx(0.1)
    assert found["sources"] == ["megnet", "oqmd"]
    assert (found["n_rows"], found["density_atomic_spread"]) == (3, None)
    # 12.011 u on 10 Å³: 12.011 * 1.66053907 / 10.
    assert found["density"] == pytest.approx(1.9945, abs=1e-3)
    assert found["band_gap"] is None


def test_a_list_of_polymorphs_is_believed_last_and_each_value_has_its_source(small):
    found = query(
        "select * from marts.material_properties where reduced_formula = 'Cu'", small[2]
    ).row(0, named=True)
    assert (found["formation_energy_per_atom"], found["formation_energy_source"]) == (-6, "oqmd")
    # A measured density comes before that computed from the OQMD's volume.
    assert (found["density"], found["density_source"]) == (pytest.approx(8.95), "borg_2020")
    # The sign of a moment is arbitrary: the mean of 1 and 2, not of -1 and 2.
    assert found["total_magnetization"] == 1.5
    assert found["total_magnetization_source"] == "mp_benchmark"
    carbon = "select density_source from marts.material_properties where reduced_formula = 'C'"
    assert query(carbon, small[2]).rows() == [("oqmd",)]


def test_an_outlier_is_kept_and_flagged(small):
    doubts = query(
        "select formula, doubt from marts.flagged_materials where source = 'oqmd'", small[2]
    )
    assert doubts.rows() == [("Cu2", "formation energy beyond 5 eV/atom")]


def test_what_has_no_label_is_no_material_of_the_study(small):
    assert query("from marts.metal_training", small[2]).height == 0


def test_reduced_formulas_are_those_of_pymatgen():
    rows = pl.read_parquet(FOLDER / "matbench_jdft2d.parquet")
    odd = pl.Series(["Ag0.5GePb1.75S4", "Ca[Al(OH)4]2", "CuSO4.5H2O", "Fe0.95O", "H2O2", "O2"])
    formulas = pl.concat([rows["formula"], odd])
    compositions = parse_formulas(formulas)["composition"]
    found = reduce_compositions(compositions)
    for formula, reduced, chemsys in zip(formulas[:-6], *found[:-6], strict=True):
        theirs = Composition(formula)
        assert Composition(reduced) == theirs.reduced_composition
        assert chemsys == theirs.chemical_system
    assert found["reduced_formula"][-6:].to_list() == [
        "Ag2Ge4Pb7S16",
        "Al2CaH8O8",
        "CuH10O9S",
        "Fe19O20",
        "HO",
        "O",
    ]
