"""The views in Spark SQL; no Spark runs here."""

import pytest
import sqlglot
from sqlglot import exp

from warehouse.catalog.functions import EXAMPLE, load_functions
from warehouse.catalog.views import load_views
from warehouse.settings import SQL_DIR
from warehouse.spark.translate import translate_query

VIEWS = [view.path for view in load_views(SQL_DIR)]

SPARK_FUNCTIONS = {"PERCENTILE", "SIZE", "TRY_ELEMENT_AT", "ZIP_WITH"}
"""Functions of Spark that sqlglot hands through without knowing them."""


def unknown_functions(sql):
    """Functions of a query in DuckDB's SQL that nothing in Spark is known for."""
    query = sqlglot.parse_one(translate_query(sql), dialect="spark")
    return {function.name.upper() for function in query.find_all(exp.Anonymous)} - SPARK_FUNCTIONS


def test_every_function_of_a_view_has_an_equivalent():
    unknown = {path.stem: unknown_functions(path.read_text(encoding="utf-8")) for path in VIEWS}
    assert len(unknown) > 50
    assert {view: functions for view, functions in unknown.items() if functions} == {}
    assert unknown_functions("select list_cosine_similarity(a, b)") == {"LIST_COSINE_SIMILARITY"}


def test_every_function_of_the_catalog_has_an_equivalent():
    examples = [
        f.doc.partition(EXAMPLE)[2].strip() for f in load_functions(SQL_DIR) if f.is_offered
    ]
    queries = [e if e.startswith("from") else f"select {e}" for e in examples]
    assert len(queries) > 8
    assert set().union(*map(unknown_functions, queries)) == set()


@pytest.mark.parametrize(
    ("sql", "spark"),
    [
        # Spark's temporary views have no schema; what reads them need not know.
        (
            "select magpie.a, features.magpie.b from features.magpie",
            "SELECT magpie.a, magpie.b FROM features__magpie AS magpie",
        ),
        ("from metrics as m", "SELECT * FROM marts__metrics AS m"),
        (
            "with own as (select 1 as a) select own.a from own",
            "WITH own AS (SELECT 1 AS a) SELECT own.a FROM own",
        ),
        ("select s.a.b from marts.s", "SELECT s.a.b FROM marts__s AS s"),
        (
            "select 1 - list_inner_product(c.p, q) as r",
            "SELECT 1 - AGGREGATE(ZIP_WITH(c.p, q, (x, y) -> x * y), CAST(0 AS DOUBLE), "
            "(total, x) -> total + x) AS r",
        ),
        (
            "select list_reduce(a, lambda x, y: x + y)",
            "SELECT AGGREGATE(SLICE(a, 2, SIZE(a)), a[0], (x, y) -> x + y)",
        ),
        (
            "select array_length(list_filter(a, lambda x: x & b = 1)) as n",
            "SELECT SIZE(FILTER(a, x -> x & b = 1)) AS n",
        ),
        # Places count from 1 in DuckDB, and beyond the end is NULL.
        ("select a[1], a[-1]", "SELECT TRY_ELEMENT_AT(a, 1), TRY_ELEMENT_AT(a, -1)"),
        (
            "select a[1 + array_length(b)]",
            "SELECT TRY_ELEMENT_AT(a, CAST((0 + SIZE(b)) + 1 AS INT))",
        ),
        (
            "select list_transform(a, lambda x, i: struct_pack(i := i, y := b[i]))",
            "SELECT TRANSFORM(a, (x, i) -> STRUCT((i + 1) AS i, "
            "TRY_ELEMENT_AT(b, CAST((i + 1) AS INT)) AS y))",
        ),
        # Spark would take them for decimals, whose quotients have six digits.
        ("select 1.5 * a, 2 * a", "SELECT CAST(1.5 AS DOUBLE) * a, 2 * a"),
        ("select quantile_cont(a, 0.5)", "SELECT PERCENTILE(a, CAST(0.5 AS DOUBLE))"),
        ("select round(a), round(a, 2)", "SELECT (SIGN(a) * ROUND(ABS(a))), ROUND(a, 2)"),
    ],
)
def test_what_spark_says_otherwise(sql, spark):
    assert translate_query(sql) == spark
