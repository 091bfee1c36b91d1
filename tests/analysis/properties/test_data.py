"""What a query gives a study of a property, and what it refuses."""

import numpy as np
import polars as pl
import pytest

from analysis.linear_models.splits import split_property
from analysis.properties.data import read_property
from analysis.properties.settings import PropertySettings
from tests.support.materials import formula_catalog
from warehouse.errors import WarehouseError

METALS = ("Li", "Na", "K", "Mg", "Ca", "Sr", "Al", "Ga", "In", "Cu", "Ag", "Zn", "Cd", "Fe")
OTHERS = ("O", "S", "Se", "F", "Cl", "Br", "N", "P")
FORMULAS = [f"{a}{n}{b}" for a in METALS for b in OTHERS for n in ("", "2")]


@pytest.fixture(scope="module")
def connection():
    """Binaries whose gap is 1 eV for each chlorine in two atoms, and nothing else."""
    made = formula_catalog(FORMULAS)
    made.execute(
        "update raw.materials set source = 'test', band_gap = "
        "if(formula like '%Cl', 1 + length(formula) / 100, 0), energy_above_hull = 1"
    )
    return made


def read(connection, target, **options):
    return read_property(connection, "try", PropertySettings(target, **options))


def test_a_column_of_a_source_has_its_unit_and_its_folds(connection):
    data = read(connection, "band_gap", source="test")
    assert (data.column, data.unit, len(data.y)) == ("band_gap", "1", len(FORMULAS))
    assert data.lowest == 0
    assert {"fractions", "pairs", "magpie"} <= set(data.sets)
    for fold in split_property(data):
        column = fold.parting.keeps
        kept = data.samples[column].to_numpy()
        if fold.parting != "extrapolation":
            assert not set(kept[fold.train]) & set(kept[fold.test])
        else:
            assert data.y[fold.train].max() < data.y[fold.test].min()


def test_cells_are_read_where_formulas_list_them_whole(connection):
    """NaCl has an even number of electrons in each cell, MgCl an odd one; two atoms each."""
    data = read(connection, "band_gap", source="test", sets=("cell",))
    assert {"2 sites", "even electrons, 2 elements", "odd electrons, 2 elements"} <= set(
        data.features
    )
    odd = data.design.sparse[:, list(data.features).index("odd electrons, 2 elements")].toarray()
    is_odd = dict(zip(data.samples["formula"], odd[:, 0] == 1, strict=True))
    assert (is_odd["NaCl"], is_odd["MgCl"]) == (False, True)
    assert data.record()["own"] == [], "a formula tells them"
    of_both = read(connection, "band_gap", source="test")
    assert len(set(of_both.design.alike)) == len(FORMULAS)
    of_query = read(connection, "select formula, band_gap from staging.materials")
    assert "cell" not in of_query.sets
    larger = formula_catalog(FORMULAS)
    larger.execute("update raw.materials set source = 'test', band_gap = nsites, nsites = 9")
    assert "cell" not in read(larger, "band_gap", source="test").sets


def test_a_query_brings_its_own_descriptors(connection):
    sql = "select formula, band_gap, nsites + 0.5 as size from staging.materials"
    data = read(connection, sql)
    place = list(data.features).index("size")
    assert data.sets[place] == "own"
    n_sparse = data.design.sparse.shape[1]
    assert data.design.dense[:, place - n_sparse].max() == 3.5


def test_rows_of_one_formula_are_merged_by_the_median(connection):
    steps = "(values (0), (1), (5)) t(step)"
    sql = f"select formula, band_gap + step as gap from staging.materials, {steps}"
    data = read(connection, sql)
    assert len(data.y) == len(FORMULAS)
    assert data.y.min() == 1
    assert data.left_out == {"formula again, merged by the median": 2 * len(FORMULAS)}


def test_merging_rows_that_differ_in_a_descriptor_is_told(connection):
    steps = "(values (0), (1), (5)) t(step)"
    sql = f"select formula, band_gap + step as gap, step from staging.materials, {steps}"
    note, same = read(connection, sql).notes
    assert same == "step is the same in all rows, and has no weight", "its medians are"
    assert f"rows differ in step of {len(FORMULAS)} formulas" in note
    apart = read(connection, sql.replace("select", "select formula || step as material_id,"))
    assert len(apart.y) == 3 * len(FORMULAS)
    assert not apart.notes


def test_what_cannot_be_described_is_counted(connection):
    odd = "values ('Foo', 1), ('', 2), ('Og', 3), ('H2O', null)"
    sql = f"select formula, nsites from staging.materials union all {odd}"
    data = read(connection, sql)
    assert len(data.y) == len(FORMULAS)
    assert list(data.left_out.values()) == [1, 2, 1]


def test_a_logarithm(connection):
    data = read(connection, "select formula, nsites * 10 as n from staging.materials", is_log=True)
    assert set(np.round(10**data.y).astype(int)) == {20, 30}
    assert (data.unit, data.lowest) == ("log10", -np.inf)


@pytest.mark.parametrize(
    ("target", "options", "says"),
    [
        ("band_gap", {"source": "nowhere"}, "no rows of nowhere"),
        ("gap", {"source": "test"}, "no column of numbers or classes 'gap'"),
        ("band_gap", {"source": "test", "where": "band_gap > 99"}, "no rows"),
        ("energy_above_hull", {"source": "test"}, "is 1 in all"),
        ("band_gap", {"source": "test", "is_log": True}, "have no logarithm of band_gap"),
        ("select formula from staging.materials", {}, "nothing to predict"),
        ("select nsites from staging.materials", {}, "no column formula"),
        ("select nsites as formula, n from staging.materials", {}, "formula is int64, not text"),
        ("select formula, nsites from staging.materials", {"sets": ("own",)}, "no sample has a"),
        ("select formula, source from staging.materials", {}, "source is 'test' in all 224 rows"),
        ("select formula, nsites from staging.materials limit 9", {}, "too few"),
        ("select formula, 'inf'::double as n from staging.materials", {}, "infinite"),
        (
            "select formula, band_gap, 3 - 2 * band_gap as other from staging.materials",
            {},
            "other is the answer",
        ),
        (
            "select 'a' as material_id, formula, nsites from staging.materials",
            {},
            "share a material_id",
        ),
    ],
)
def test_what_is_no_study_says_why(connection, target, options, says):
    with pytest.raises(WarehouseError, match=says):
        read(connection, target, **options)


def test_polymorphs_keep_their_rows(connection):
    sql = (
        "select formula || step as material_id, formula, band_gap + step as gap "
        "from staging.materials, (values (0), (1)) t(step)"
    )
    data = read(connection, sql)
    assert len(data.y) == 2 * len(FORMULAS)
    assert data.samples["sample_id"].n_unique() == len(data.y)
    assert isinstance(data.samples, pl.DataFrame)
