"""The views in Spark SQL; no Spark runs here."""

import pytest
import sqlglot
from sqlglot import exp

from warehouse.settings import SQL_DIR
from warehouse.spark import translate

VIEWS = [path for path in sorted(SQL_DIR.rglob("*.sql")) if path.stem != "metal_label_columns"]
"""Every view but the one that reads DuckDB's own catalog."""

SPARK_FUNCTIONS = {"ZIP_WITH"}
"""Functions of Spark that sqlglot hands through without knowing them."""


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_every_function_of_a_view_has_an_equivalent(path):
    query = sqlglot.parse_one(translate(path.read_text(encoding="utf-8")), dialect="spark")
    assert {function.name for function in query.find_all(exp.Anonymous)} <= SPARK_FUNCTIONS


def test_inner_products_become_sums_of_products():
    assert translate("select 1 - list_inner_product(c.p, q) as r from c") == (
        "SELECT 1 - AGGREGATE(ZIP_WITH(c.p, q, (x, y) -> x * y), CAST(0 AS DOUBLE), "
        "(total, x) -> total + x) AS r FROM c"
    )


def test_lambdas_and_lists_are_spelt_in_spark_words():
    assert translate("select array_length(list_filter(a, lambda x: x & b = 1)) as n from t") == (
        "SELECT SIZE(FILTER(a, x -> x & b = 1)) AS n FROM t"
    )
