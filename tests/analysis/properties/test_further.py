"""Descriptors that a formula does not tell, and columns that are none: they tell the target."""

import numpy as np
import polars as pl
import pytest

from analysis.properties.data import read_property
from analysis.properties.reading.answers import Answers, find_answer
from analysis.properties.settings import PropertySettings, TargetKind
from tests.analysis.properties.test_data import FORMULAS
from tests.support.materials import formula_catalog
from warehouse.errors import WarehouseError

MATERIALS = "staging.materials"
VIEWS = {
    "sized": "select material_id, 1.5 * nsites as size, if(nsites = 2, 'two', 'three') as shape, "
    f"[1] as list from {MATERIALS} where formula like '%Cl%'",
    "telling": f"select formula, band_gap + 1 as other, is_metal, 1 - band_gap as left_over, "
    f"volume from {MATERIALS}",
    "twice": f"select material_id, 1 as k from {MATERIALS}, range(2)",
    "keyless": f"select nsites from {MATERIALS}",
    "strange": "select 'U235' as reduced_formula, 1 as k",
}


@pytest.fixture(scope="module")
def connection():
    """Binaries with a gap of 1 eV for chlorides, and views that describe them."""
    made = formula_catalog(FORMULAS)
    made.execute(
        "update raw.materials set source = 'test', volume = hash(formula) % 97, "
        "band_gap = if(formula like '%Cl%', 1 + length(formula) / 100, 0)"
    )
    made.execute("create schema marts")
    for name, sql in VIEWS.items():
        made.execute(f"create view marts.{name} as {sql}")
    return made


def read(connection, *sets, target="band_gap", **options):
    source = "" if target.startswith("select") else "test"
    return read_property(connection, "try", PropertySettings(target, source, sets=sets, **options))


def columns(data, name):
    """Values of each descriptor of a set, by its name."""
    own = data.design.keep(data.sets == name)
    values = np.hstack([own.sparse.toarray(), own.dense])
    return dict(zip(data.features[data.sets == name], values.T, strict=True))


def test_a_view_describes_the_materials_that_it_knows(connection):
    data = read(connection, "fractions", "marts.sized")
    formulas = data.samples["formula"]
    found = columns(data, "marts.sized")
    is_known = np.array(["Cl" in formula for formula in formulas])
    is_two = np.array(["2" not in formula for formula in formulas])
    assert set(found) == {"size", "size is known", "shape two", "shape three"}
    assert (found["size is known"] == is_known).all()
    assert (found["shape two"] == (is_known & is_two)).all()
    # What is unknown has the median of 3 and 4.5 in equal numbers.
    assert set(found["size"][~is_known]) == {3.75}
    assert data.notes == ("marts.sized without list: neither numbers nor a few texts",)
    assert {"size", "shape two"} <= set(data.record()["own"])


def test_what_tells_the_target_is_left_out_of_a_view_and_told(connection):
    data = read(connection, "fractions", "marts.telling")
    assert set(columns(data, "marts.telling")) == {"volume"}
    told = " ".join(data.notes)
    assert "marts.telling without is_metal: like band_gap, from the same electronic bands" in told
    assert "other, left_over: its rank correlation with band_gap is 1.00000" in told
    stated = read(connection, "fractions", "marts.telling", refused=("volume",))
    assert not columns(stated, "marts.telling")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("marts.nothing", "there is no view marts.nothing"),
        ("marts.keyless", "none of the columns material_id, reduced_formula, formula"),
        ("marts.twice", "share a material_id"),
        ("marts.strange", "knows none of the 224 samples by their reduced_formula"),
    ],
)
def test_what_describes_nothing_says_why(connection, name, says):
    with pytest.raises(WarehouseError, match=says):
        read(connection, "fractions", name)


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("band_gap > 0.5 as wide", "wide is the answer: made of band_gap, as gap is"),
        ("nsites as n", "n is the answer: like band_gap, from the same electronic bands"),
        ("volume as v", "v is the answer: refused, as --refuse says"),
    ],
)
def test_a_query_with_the_answer_is_refused(connection, column, says):
    sql = f"select formula, band_gap as gap, {column} from {MATERIALS}"
    with pytest.raises(WarehouseError, match=says):
        read(connection, "own", target=sql, refused=("volume",))


X = pl.Series(np.random.default_rng(0).normal(size=300))
NUMBERS = (X.rank("ordinal") % 20).cast(pl.Int64)
NOISE = X.shuffle(0)


@pytest.mark.parametrize(
    ("target", "values", "kind", "is_told"),
    [
        (X.clip(0), X, TargetKind.NUMBER, True),
        (X, -X.clip(0), TargetKind.NUMBER, True),
        (X.clip(0), NOISE, TargetKind.NUMBER, False),
        (NUMBERS, "sg " + NUMBERS.cast(pl.String), TargetKind.NUMBER, True),
        (NUMBERS, "sg " + (NUMBERS // 2).cast(pl.String), TargetKind.NUMBER, False),
        # Of text that is another in each row nothing is told.
        (NUMBERS, X.cast(pl.String), TargetKind.NUMBER, False),
        (
            "class " + (NUMBERS % 3).cast(pl.String),
            NUMBERS.cast(pl.String),
            TargetKind.CLASSES,
            True,
        ),
    ],
)
def test_what_tells_the_target_is_found_by_its_values(target, values, kind, is_told):
    assert bool(find_answer(target, values, kind, "target")) == is_told


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("bulk_modulus_vrh", ("youngs_modulus", "poisson_ratio", "K_Reuss", "K_Voigt")),
        ("band_gap", ("gap", "bandgap", "gap_hse", "direct_gap")),
        ("formation_energy_per_atom", ("formation_enthalpy", "e_hull", "energy_above_hull")),
    ],
)
def test_relatives_of_a_target_are_refused_by_name(target, names):
    answers = Answers.of(PropertySettings(target, "test"), target)
    assert all(answers.why_refused({name}) for name in names)
    assert answers.why_refused({"density"}) is None


def test_a_view_of_materials_needs_them(connection):
    with pytest.raises(WarehouseError, match="is by material_id, which the samples have not"):
        read(connection, "marts.sized", target=f"select formula, band_gap from {MATERIALS}")


def test_another_property_is_a_descriptor(connection):
    sql = f"select formula, band_gap as gap, volume, nsites from {MATERIALS}"
    assert set(columns(read(connection, "own", target=sql), "own")) == {"volume", "nsites"}
