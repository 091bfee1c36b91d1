"""Compositions, descriptors, splits, the classifier's mart and the checks of materials."""

import math

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Composition

from tests.support.materials import (
    PROVENANCE,
    build,
    formula_catalog,
    matbench_catalog,
    material_rows,
    new_store,
    query,
)
from warehouse.catalog.views import load_views
from warehouse.conventions.elements import ELEMENTS
from warehouse.settings import SQL_DIR
from warehouse.upkeep.checks import count_doubts

KNOWN = sorted(ELEMENTS - {"Nh", "Fl", "Mc", "Lv", "Ts", "Og"})
CHECKS = sorted(
    path.stem
    for kind in ("material", "metal", "element")
    for path in (SQL_DIR / "checks").glob(f"{kind}_*.sql")
)


def compositions(*formulas: str) -> dict[str, dict[str, object]]:
    rows = query("from features.compositions", formula_catalog(formulas)).to_dicts()
    return {row["material_id"]: row for row in rows}


@pytest.mark.parametrize(
    ("formula", "reduced"),
    [
        ("Na4Cl4", "ClNa"),
        ("K4Mn4O8", "KMnO2"),
        ("Si8", "Si"),
        ("Ag(AuS)2", "AgAu2S2"),
        ("Ag0.5S2", "AgS4"),
        ("Si0.0645Ge0.9355", "Ge1871Si129"),  # 9355 : 645, both divided by 5
        ("In0.33333Ga0.66667", "Ga66667In33333"),
        ("Si1P0.00001", "PSi100000"),
        ("Si0.99999999P0.00000001", "PSi99999999"),
        ("(Ga0.1In0.2)3As", "As10Ga3In6"),  # 0.6000000000000001 In counts as it is written,
    ],
)
def test_reduced_formula(formula, reduced):
    assert compositions(formula)[formula]["reduced_formula"] == reduced


def test_composition_by_hand():
    row = compositions("K4Mn4O8")["K4Mn4O8"]
    assert row["chemsys"] == "K-Mn-O"
    assert row["elements"] == ["K", "Mn", "O"]
    assert row["atomic_fractions"] == [0.25, 0.25, 0.5]
    assert (row["n_elements"], row["n_atoms"]) == (3, 16.0)


@settings(max_examples=10)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(KNOWN), st.integers(1, 60), min_size=1, max_size=5),
        min_size=1,
        max_size=20,
    )
)
def test_reduced_formula_is_the_composition_over_the_greatest_divisor(cells):
    formulas = {"".join(f"{symbol}{cell[symbol]}" for symbol in cell): cell for cell in cells}
    for formula, row in compositions(*formulas).items():
        cell, divisor = formulas[formula], math.gcd(*formulas[formula].values())
        whole = {symbol: count // divisor for symbol, count in cell.items()}
        assert Composition(row["reduced_formula"]).get_el_amt_dict() == whole
        assert row["chemsys"] == Composition(formula).chemical_system
        assert sum(row["atomic_fractions"]) == pytest.approx(1)


def test_descriptors_by_hand():
    catalog = formula_catalog(["NaCl", "Na2"])
    rows = query("from features.electron_counts order by nsites, material_id", catalog)
    salt = rows.filter(material_id="NaCl").row(0, named=True)
    # Half and half: -ln(1/2) per atom. Na has 1 valence electron, Cl 7. 11 + 17 electrons.
    assert salt["mixing_entropy"] == pytest.approx(math.log(2))
    assert salt["valence_electrons_per_cell"] == 8
    assert salt["has_odd_electrons"] is False
    assert rows.filter(material_id="Na2")["mixing_entropy"].item() == 0
    odd = query("from features.electron_counts", formula_catalog(["Na", "Cl3Na2"]))
    assert odd["has_odd_electrons"].to_list() == [True, True]  # 11 and 3 * 17 + 2 * 11 = 73


def test_electrons_of_an_unknown_cell_are_not_counted():
    catalog = formula_catalog(["NaCl"], is_whole_cell=False)
    row = query("from features.electron_counts", catalog).row(0, named=True)
    assert row["valence_electrons_per_cell"] is row["has_odd_electrons"] is None


def test_group_folds_are_even_and_groups_stay_together():
    splits = query("from features.material_splits")
    for group, fold in (
        ("reduced_formula", "formula_group_fold"),
        ("chemsys", "chemical_system_group_fold"),
    ):
        assert splits.group_by(group).agg(pl.col(fold).n_unique())[fold].max() == 1
        assert splits[fold].unique().sort().to_list() == [0, 1, 2, 3, 4]
        # A fifth of 39,619 systems: 0.2 ± 0.002 each, materials a little wider.
        shares = splits.unique(group)[fold].value_counts(normalize=True)["proportion"]
        assert (shares - 0.2).abs().max() < 0.01


def test_group_folds_do_not_depend_on_the_other_materials():
    folds = "formula_group_fold, chemical_system_group_fold"
    alone = query(f"select {folds} from features.material_splits", formula_catalog(["K4Mn4O8"]))
    together = query(
        f"select {folds} from features.material_splits where material_id = 'mb-mp-is-metal-000001'"
    )
    assert alone.rows() == together.rows()


def test_a_material_of_no_benchmark_has_no_official_fold():
    splits = query("from features.material_splits", formula_catalog(["NaCl"]))
    assert splits["official_fold"].to_list() == [None]


def test_the_mart_has_all_that_the_classifier_reads():
    training = query("from marts.metal_training")
    sizes = {"matbench_mp_is_metal": 106_113, "matbench_expt_is_metal": 4_921}
    assert dict(training.group_by("dataset").len().iter_rows()) == sizes
    whole = training.drop("nsites", "valence_electrons_per_cell", "has_odd_electrons")
    assert whole.null_count().sum_horizontal().item() == 0
    magpie = query("from marts.metal_magpie")
    assert magpie.shape == (training.height, 2 + 132)
    assert magpie.null_count().sum_horizontal().item() == 0
    first = training.filter(material_id="mb-mp-is-metal-000001").row(0, named=True)
    assert (first["formula"], first["is_metal"], first["nsites"]) == ("K4Mn4O8", False, 16)
    shares = training.filter(dataset="matbench_mp_is_metal")["is_metal"].mean()
    assert shares == pytest.approx(0.435, abs=0.001)


def test_checks_see_what_is_broken():
    store = new_store()
    broken = material_rows(["NaCl", "SiO2", "KOg"], source="matbench_mp").with_columns(
        nsites=pl.when(material_id="NaCl").then(pl.lit(3)).otherwise("nsites"),
        band_gap=pl.when(material_id="SiO2").then(pl.lit(0.0)).otherwise("band_gap"),
    )
    store.replace("materials", broken, provenance=PROVENANCE)
    folds = pl.DataFrame(
        {"benchmark": "matbench_mp_is_metal", "material_id": ["NaCl", "lost"], "fold": [0, 1]}
    )
    store.replace("benchmark_folds", folds, provenance=PROVENANCE)
    catalog = build(store)
    found = {check: query(f"from checks.{check}", catalog).height for check in CHECKS}
    assert {check: count for check, count in found.items() if count} == {
        "element_symbols": 1,  # Og has no properties
        "material_coverage": 1,  # no material is called `lost`
        "material_labels": 1,
        "material_official_folds": 1,
        "material_sizes": 1,
    }


@pytest.mark.parametrize(
    ("reads", "found"),
    [
        ("density, materials.is_metal, ordering", []),
        ("mean_ground_state_band_gap + band_gap_of_element as gap, 2 as n", []),
        ("coalesce(cbm, 0) as edge", ["cbm"]),
        ('materials."efermi" > 2 as is_high', ["efermi"]),
        ("materials.n as a", ["n"]),
        ("abs(total_magnetization) as moment", ["total_magnetization"]),
        ("a_column_of_tomorrow as b", ["a_column_of_tomorrow"]),
    ],
)
def test_check_allows_only_listed_columns(reads, found):
    import duckdb

    connection = duckdb.connect()
    connection.execute("create schema staging; create schema features; create schema marts")
    columns = ("density", "is_metal", "ordering", "cbm", "efermi", "n", "a_column_of_tomorrow")
    columns += ("total_magnetization",)
    for table, names in {
        "materials": columns,
        "elements": ("mean_ground_state_band_gap", "band_gap_of_element"),
    }.items():
        listed = ", ".join(f"1 as {name}" for name in names)
        connection.execute(f"create table staging.{table} as select {listed}")
    for view in ("features.any_name", "marts.metal_descriptors", "marts.of_another_study"):
        tables = "staging.materials as materials, staging.elements"
        connection.execute(f"create view {view} as select {reads} from {tables}")
    rows = query((SQL_DIR / "checks" / "metal_label_columns.sql").read_text(), connection).rows()
    readers = ("features.any_name", "marts.metal_descriptors")
    assert sorted(rows) == [(view, name) for view in readers for name in found]


def test_label_columns_are_not_in_the_mart():
    for mart in ("metal_training", "metal_magpie", "metal_descriptors", "metal_properties"):
        columns = set(query(f"from marts.{mart} limit 0").columns)
        assert not columns & {"band_gap", "cbm", "vbm", "is_gap_direct", "efermi"}
        assert "total_magnetization" not in columns
        assert mart == "metal_properties" or "formation_energy_per_atom" not in columns


def test_the_catalog_documents_every_feature():
    docs = (
        matbench_catalog()
        .sql("select column_name, comment from duckdb_columns() where table_name = 'metal_magpie'")
        .fetchall()
    )
    assert dict(docs)["mean_electronegativity"] == "1: mean Pauling electronegativity"
    assert all(comment for _, comment in docs)


def test_values_that_contradict_each_other_are_flagged():
    told = {
        "gap": {"is_metal": True, "band_gap": 1.5},
        "none": {"is_metal": False, "band_gap": 0.0},
        "hull": {"is_stable": True, "energy_above_hull": 0.05},
        "hard": {"shear_modulus_voigt": 4.1e7, "shear_modulus_reuss": 49.0},
        "bound": {"bulk_modulus_voigt": 192.0, "bulk_modulus_reuss": 1156.0},
        "group": {"spacegroup_number": 194, "point_group": "mmm", "crystal_system": "Hexagonal"},
        "scale": {"energy_per_atom": -3.0, "uncorrected_energy_per_atom": -9.0},
        "sound": {
            "is_metal": True, "band_gap": 0.0, "is_stable": True, "energy_above_hull": 0.0,
            "bulk_modulus_voigt": 443.0, "bulk_modulus_reuss": 443.0, "spacegroup_number": 187,
            "point_group": "-6m2", "crystal_system": "Hexagonal", "energy_per_atom": -5.7,
            "uncorrected_energy_per_atom": -5.0,
        },
    }  # fmt: skip
    rows = material_rows(["NaCl"] * len(told)).with_columns(
        pl.Series("material_id", list(told)), is_metal=None
    )
    values = pl.DataFrame(
        [{"material_id": name, **each} for name, each in told.items()], infer_schema_length=None
    )
    connection = duckdb.connect()
    connection.execute("create schema staging")
    connection.register(
        "rows",
        rows.drop(set(values.columns) - {"material_id"}).join(values, on="material_id").to_arrow(),
    )
    connection.execute("create view staging.materials as from rows")
    views = {view.name: view.sql for view in load_views(SQL_DIR)}
    connection.execute("create schema features")
    connection.execute(f"create view features.space_groups as {views['features.space_groups']}")
    flags = connection.sql(views["marts.flagged_materials"]).pl()
    found = {name: flags.filter(material_id=name)["doubt"].sort().to_list() for name in told}
    bulk = ["bulk modulus: Reuss above Voigt, its upper bound"]
    assert found == {
        "gap": ["a metal with a band gap"],
        "none": ["no metal, and no band gap"],
        "hull": ["stable, but above the hull"],
        "hard": ["shear modulus: more than 1,000 GPa, twice that of diamond"],
        "bound": [*bulk, "bulk modulus: more than 1,000 GPa, twice that of diamond"],
        "group": ["point group is not the space group's"],
        "scale": [
            "energies on two scales: their difference is no correction, but another functional"
        ],
        "sound": [],
    }
    connection.execute("create schema marts")
    connection.register("flags", flags.to_arrow())
    connection.execute("create view marts.flagged_materials as from flags")
    told = "to be looked at in marts.flagged_materials: 1 a metal with a band gap; 1 bulk modulus: "
    assert [line.startswith(told) for line in count_doubts(connection)] == [True]
