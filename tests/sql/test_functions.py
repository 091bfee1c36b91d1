"""Functions of formulas say what pymatgen says, in both engines; what is no formula is NULL."""

import math
import random
import string

import duckdb
import polars as pl
import pytest
from pymatgen.core import Composition

from ingest.embedded.rebuild import FOLDER
from tests.spark.session import needs_spark, session
from warehouse.catalog.functions import load_functions
from warehouse.conventions.elements import ELEMENTS
from warehouse.conventions.formulas import parse_formulas
from warehouse.conventions.reduced_formulas import reduce_compositions
from warehouse.settings import SQL_DIR
from warehouse.spark.translate import translate_query

ALL = """
select
    formula,
    parse_formula(formula) as composition,
    reduced_formula(formula) as reduced_formula,
    anonymous_formula(formula) as anonymous_formula,
    chemical_system(formula) as chemsys,
    elements_of(formula) as elements,
    n_elements(formula) as n_elements,
    element_fractions(formula) as fractions,
    element_fraction(formula, 'O') as oxygen,
    contains_elements(formula, ['H', 'O']) as has_both,
    consists_of(formula, ['Cu', 'H', 'O']) as is_within
from formulas
"""
WORDS = [
    *(
        "Cu",
        "Au",
        "O",
        "S",
        "T",
        "Zz",
        "H2O",
        "(H2O)",
        "D2O",
        "5",
        "0.5",
        "1/2",
        "½",
        "2",
        "₂",
        "e-2",
    ),
    *("1e3", "0", ".5", ".", "·", "*", "(", ")", "[", "]", "{", "}", "÷", "\u200b", " "),
]
"""What formulas are made of, and what spoils them."""


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        for function in load_functions(SQL_DIR):
            if not function.is_table:  # Those that are tables read the views of a catalog.
                opened.execute(function.sql)
        yield opened


def ask(connection, formulas):
    """All that the functions say of some formulas."""
    connection.register("formulas", pl.DataFrame({"formula": formulas}, schema={"formula": str}))
    return connection.sql(ALL).pl()


def spoilt(n, seed=0):
    """Texts of words drawn by lot, of which about every tenth is a formula."""
    drawn = random.Random(seed)
    return ["".join(drawn.choices(WORDS, k=drawn.randint(1, 9))) for _ in range(n)]


def shipped():
    """Formulas with brackets and broken amounts, and whole cells."""
    measured = pl.read_parquet(FOLDER / "matbench_expt.parquet")["formula"]
    cells = pl.read_parquet(FOLDER / "matbench_mp.parquet")["formula"].gather_every(40)
    return pl.concat([measured, cells]).unique(maintain_order=True).to_list()


def test_shipped_formulas_say_what_pymatgen_says(connection):
    rows = ask(connection, shipped())
    assert rows.height > 5_000
    for row in rows.iter_rows(named=True):
        expected = Composition(row["formula"])
        elements = sorted(element.symbol for element in expected)
        assert row["elements"] == elements
        assert row["n_elements"] == len(elements)
        assert row["chemsys"] == expected.chemical_system
        assert row["oxygen"] == pytest.approx(expected.get_atomic_fraction("O"))
        shares = {entry["element"]: entry["fraction"] for entry in row["fractions"]}
        assert shares == pytest.approx({e: expected.get_atomic_fraction(e) for e in elements})
        assert row["has_both"] == ({"H", "O"} <= set(elements))
        assert row["is_within"] == (set(elements) <= {"Cu", "H", "O"})
        if all(amount == round(amount) for amount in expected.values()):
            divisor = math.gcd(*map(int, expected.values()))
            assert Composition(row["reduced_formula"]) == expected / divisor
            assert row["anonymous_formula"] == (expected / divisor).anonymized_formula


def test_any_text_is_read_as_it_is_when_it_is_ingested(connection):
    texts = [*spoilt(5_000), "H" + 400 * "9", "H1e999", "T.T.T", "O)(S", "", None]
    rows = ask(connection, texts)
    expected = parse_formulas(pl.Series(texts))["composition"]
    reduced = reduce_compositions(expected)
    assert rows["composition"].is_null().to_list() == expected.is_null().to_list()
    assert 300 < expected.drop_nulls().len() < 3_000
    for name in ("reduced_formula", "chemsys"):
        assert rows[name].to_list() == reduced[name].to_list()
    for ours, theirs in zip(rows["composition"].drop_nulls(), expected.drop_nulls(), strict=True):
        told = {entry["element"]: entry["amount"] for entry in ours}
        assert told == pytest.approx({e["element"]: e["amount"] for e in theirs}, rel=1e-12)
        assert list(told) == sorted(told)


def test_what_is_no_formula_is_null_in_every_function(connection):
    (row,) = ask(connection, ["quartz"]).rows(named=True)
    assert {name for name, value in row.items() if value is not None} == {"formula"}


def test_every_element_is_known_and_no_other(connection):
    pairs = [a + b for a in string.ascii_uppercase for b in ("", *string.ascii_lowercase)]
    rows = ask(connection, pairs).drop_nulls("composition")
    assert set(rows["formula"]) == ELEMENTS | {"D", "T"}


def test_a_column_may_have_the_name_of_any_word_within(connection):
    words = ("term", "text", "given", "read", "counts")
    columns = ", ".join(f"'Ca(OH)2' as {word}" for word in words)
    asked = ", ".join(f"reduced_formula({word})" for word in words)
    rows = connection.sql(f"select {asked} from (select {columns})").fetchall()
    assert rows == [("CaH2O2",) * len(words)]


@needs_spark
def test_spark_says_the_same(connection):
    columns = "parse_formula(formula), anonymous_formula(formula)"
    sql = f"select formula, {columns}, contains_elements(formula, ['H', 'O']) from formulas"
    texts = [*spoilt(150, seed=1), *shipped()[::800], "K4Mn4O8", "Ag0.5S2", "H1e999", None]
    ask(connection, texts)
    expected = connection.sql(sql).fetchall()
    own = session().newSession()
    own.createDataFrame([(text,) for text in texts], "formula string").createOrReplaceTempView(
        "marts__formulas"
    )
    rows = own.sql(translate_query(sql)).toArrow().to_pylist()
    assert [tuple(row.values()) for row in rows] == expected
