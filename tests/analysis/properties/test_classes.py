"""Which targets are classes, which classes they have, and what becomes of rare ones."""

import polars as pl
import pytest

from analysis.linear_models.splits import split_property
from analysis.properties.data import read_property
from analysis.properties.reading.classes import find_kind, write_labels
from analysis.properties.reading.merging import merge_labels
from analysis.properties.settings import PropertySettings, TargetKind
from tests.analysis.properties.test_data import FORMULAS
from tests.support.materials import formula_catalog
from warehouse.errors import WarehouseError

HALIDE = "case when formula similar to '.*(F|Cl|Br)2?' then 'halide' else 'other' end"


@pytest.fixture(scope="module")
def connection():
    return formula_catalog(FORMULAS)


def read(connection, expression, more="", **options):
    sql = f"select formula, {expression} as kind{more} from staging.materials"
    return read_property(connection, "try", PropertySettings(sql, **options))


@pytest.mark.parametrize(
    ("values", "asked", "kind"),
    [
        (pl.Series(["a", "b"]), "guessed", "classes"),
        (pl.Series([True, False]), "guessed", "classes"),
        (pl.Series([0, 1, None]), "guessed", "classes"),
        (pl.Series([0, 1, 2]), "guessed", "number"),
        (pl.Series([0.0, 1.0]), "guessed", "number"),
        (pl.Series([0, 1]), "number", "number"),
        (pl.Series([0, 1, 2]), "classes", "classes"),
    ],
)
def test_text_and_yes_or_no_are_classes_and_so_are_two_whole_numbers(values, asked, kind):
    assert find_kind("x", values, asked) == TargetKind(kind)


@pytest.mark.parametrize(
    ("values", "asked", "says"),
    [
        (pl.Series(["a"]), "number", "is string, not numbers"),
        (pl.Series([[1]]), "guessed", "neither numbers nor classes"),
        (pl.Series(["2020-01-01"]).str.to_date(), "guessed", r"neither .*\n.*epoch\(x\)"),
    ],
)
def test_what_is_neither_says_so(values, asked, says):
    with pytest.raises(WarehouseError, match=says):
        find_kind("x", values, asked)


def test_labels_are_text_in_the_order_that_they_have():
    assert write_labels(pl.Series([10, 2, 2, None]))[1:] == (("2", "10"), False)
    assert write_labels(pl.Series([3.0, 1.0, 0.5, float("nan")]))[1:] == (("0.5", "1", "3"), True)
    sizes = pl.Series(["low", "high", "low"], dtype=pl.Enum(["low", "middle", "high"]))
    assert write_labels(sizes)[1:] == (("low", "high"), False)
    # An é of one sign and of two, and space, are the same class; case tells classes apart.
    labels, names, _ = write_labels(pl.Series(["\u00e9", " e\u0301 ", "E", " "]))
    assert names == ("E", "\u00e9")
    assert labels.to_list() == ["\u00e9", "\u00e9", "E", None]


def test_an_enumerated_type_orders_its_classes(connection):
    connection.execute("create type size as enum ('small', 'large', 'huge')")
    by_length = "(case when length(formula) > 4 then 'large' when formula like '%2%' then "
    data = read(connection, f"{by_length} 'huge' else 'small' end)::size")
    assert data.classes == ("small", "large", "huge")
    assert "in an order that the model does not use" in data.notes[0]


def test_classes_have_places_and_no_split_by_size(connection):
    data = read(connection, HALIDE)
    assert data.classes == ("halide", "other")
    for label, chemsys in zip(data.labels, data.samples["chemsys"], strict=True):
        assert (label == 0) == bool({"F", "Cl", "Br"} & set(chemsys.split("-")))
    assert {str(fold.parting) for fold in split_property(data)} == {
        "formula_groups",
        "chemical_system_groups",
    }
    assert data.notes == ("kind is taken for 2 classes: halide (84), other (140)",)


def test_a_class_of_three_formulas_is_left_out_and_told(connection):
    rare = "formula in ('LiO', 'NaO', 'KO')"
    data = read(connection, f"case when {rare} then 'rare' else {HALIDE} end")
    assert data.classes == ("halide", "other")
    assert data.left_out == {"of a class of fewer than 20 formulas: 'rare' (3)": 3}


def test_a_class_that_loses_its_formulas_to_others_is_none(connection):
    """Each formula is called odd once, and what it is twice."""
    data = read(connection, f"unnest([{HALIDE}, {HALIDE}, 'odd'])")
    assert data.classes == ("halide", "other")
    assert data.notes[1] == "224 rows have another class than most of their formula's"


def test_rare_classes_that_together_are_enough_are_fitted_as_one(connection):
    few = "case when formula like 'Li%' or formula like 'Na%' then left(formula, 2) else"
    data = read(connection, f"{few} {HALIDE} end")
    assert data.classes == ("halide", "other", "other (2 classes)")
    assert (data.labels == 2).sum() == 32
    assert "'Li' (16), 'Na' (16)" in data.notes[1]


def test_a_formula_has_the_class_of_most_of_its_rows():
    rows = pl.DataFrame(
        {
            "reduced_formula": ["A", "A", "A", "B", "B", "C"],
            "formula": ["A", "A2", "A", "B", "B", "C"],
            "target": ["x", "y", "x", "x", "y", "x"],
            "size": [1.0, 2.0, 6.0, 1.0, 3.0, 1.0],
        }
    )
    merged, n_others = merge_labels(rows, ("size",))
    # B has one of each: y is rarer in all rows (2 of 6).
    assert dict(merged.select("reduced_formula", "target").iter_rows()) == {
        "A": "x",
        "B": "y",
        "C": "x",
    }
    assert merged["size"].to_list() == [2.0, 2.0, 1.0]
    assert n_others == 2


@pytest.mark.parametrize(
    ("expression", "options", "says"),
    [
        ("'all'", {}, "is 'all' in all 224 rows"),
        ("formula", {}, "no two classes of 20 formulas"),
        ("formula = 'LiO'", {}, "no two classes of 20 formulas or more: 'false' has 223"),
        ("null::varchar", {}, "kind is NULL in all 224 rows"),
        ("' '", {}, "kind is empty in all rows"),
        (HALIDE, {"is_log": True}, "is string, not numbers"),
        (HALIDE, {"kind": "number"}, "is string, not numbers"),
        ("nsites * 1.5", {"kind": "classes", "where": "false"}, "no rows"),
    ],
)
def test_what_has_no_two_classes_says_why(connection, expression, options, says):
    with pytest.raises(WarehouseError, match=says):
        read(connection, expression, **options)


def test_a_column_that_parts_the_classes_is_the_answer(connection):
    answer = ", formula similar to '.*(F|Cl|Br)2?' as is_one"
    with pytest.raises(WarehouseError, match="is_one is the answer: its values part the classes"):
        read(connection, HALIDE, answer)
    with pytest.raises(WarehouseError, match="name is string, and a descriptor must be numbers"):
        read(connection, HALIDE, ", formula as name")


def test_rows_of_one_formula_are_no_study_however_many(connection):
    sql = "select range || '' as material_id, 'NaCl' as formula, range % 2 = 0 as x from range(500)"
    with pytest.raises(WarehouseError, match=r"no two classes .*: 'false' has 1"):
        read_property(connection, "try", PropertySettings(sql))
    with pytest.raises(WarehouseError, match="1 formulas to learn x from are too few"):
        read_property(connection, "try", PropertySettings(sql.replace(" = 0", " + 0.5")))
