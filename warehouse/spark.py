"""Translates the views to Spark SQL, so that they run on a cluster over the same tables."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

INNER_PRODUCT = "aggregate(zip_with(a, b, (x, y) -> x * y), 0d, (total, x) -> total + x)"
"""What Spark has for DuckDB's list_inner_product(a, b); sqlglot does not know either."""


def translate(sql: str) -> str:
    """Return one DuckDB query as Spark SQL; raises sqlglot's UnsupportedError if there is none."""
    (query,) = sqlglot.parse(sql, dialect="duckdb")
    assert query is not None
    return query.transform(_replace).sql("spark", unsupported_level=ErrorLevel.RAISE)


def _replace(node: exp.Expr) -> exp.Expr:
    """An inner product in Spark's words; anything else as it is."""
    if not isinstance(node, exp.Anonymous) or node.name.lower() != "list_inner_product":
        return node
    lists = dict(zip("ab", node.expressions, strict=True))
    product = sqlglot.parse_one(INNER_PRODUCT, dialect="spark")
    for column in list(product.find_all(exp.Column)):
        if column.name in lists:
            column.replace(lists[column.name])
    return product
