"""Lets a query through to Spark if every word of it was compared with what DuckDB answers.

`compared.csv` lists all of DuckDB's functions and operators, and for which types of arguments they
pass: over hostile values of these, Spark gave DuckDB's values or an error. The campaign
`tests.soak.functions` makes it. Whatever else a query says, as DuckDB reads it, is refused.
"""

import json
from collections.abc import Iterator
from typing import Any

import duckdb

from warehouse.catalog.query import parse_query
from warehouse.errors import WarehouseError
from warehouse.spark.arguments import (
    OPERATORS,
    bound_plan,
    offered,
    passing,
    strange_types,
)

PARTS = frozenset(
    {
        *("SELECT_NODE", "BASE_TABLE", "JOIN", "EMPTY", "INNER", "LEFT", "SUBQUERY"),
        *("ORDER_MODIFIER", "LIMIT_MODIFIER", "DISTINCT_MODIFIER"),
        *("ORDER_DEFAULT", "ASCENDING", "DESCENDING"),
    }
)
"""Parts of a query, without expressions, that mean the same in both engines."""
EXPRESSIONS = frozenset(
    {
        *("COLUMN_REF", "STAR", "VALUE_CONSTANT", "FUNCTION", "OPERATOR_CAST", "TYPE"),
        *("CONJUNCTION_AND", "CONJUNCTION_OR", "OPERATOR_NOT"),
        *("OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "CASE_EXPR"),
    }
)
"""Expressions that need no comparison, or that are compared by their names."""
UNUSED = (
    *("sample", "qualify", "at_clause", "filter", "exclude_list", "replace_list", "rename_list"),
    *("columns", "distinct_on_targets", "ranking_expression", "try_cast", "column_name_alias"),
)
"""Fields of the parser's that are empty in a query that passes."""


def screen(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raise WarehouseError if `sql` says anything that Spark was not shown to answer likewise."""
    query = parse_query(connection, sql)
    ((text,),) = connection.execute("select json_serialize_sql(?)", [query]).fetchall()
    parsed = json.loads(text)
    found = ["this kind of query"] if parsed["error"] else _strangers(parsed["statements"])
    if '"using_columns":["' in text and '"class":"STAR"' in text:
        raise _refusal("`*` of a join with `using`")  # The columns come in another order.
    for stranger in found:
        raise _refusal(stranger)
    for stranger in strange_types(bound_plan(connection, query, parsed), _casts(parsed)):
        raise _refusal(stranger)
    rows = connection.sql(query)
    for name, kind in zip(rows.columns, rows.types, strict=True):
        if str(kind).startswith(("DECIMAL", "INTERVAL", "NULL", '"NULL"', "TIME", "BIT", "BLOB")):
            raise _refusal(f"{kind}, the type of the column {name},")


def _refusal(what: str) -> WarehouseError:
    return WarehouseError(
        f"{what} was not compared between Spark and DuckDB, which may answer otherwise",
        hint="leave --engine spark away, or write it with the functions that pass in "
        "warehouse/spark/compared.csv; a real number is 1.5e0",
    )


def _strangers(node: Any, above: str = "") -> Iterator[str]:
    """What a parsed query says, below an expression of the kind `above`, that was not compared."""
    if isinstance(node, list):
        for part in node:
            yield from _strangers(part, above)
    if not isinstance(node, dict):
        return
    kind = str(node.get("type", ""))
    if kind:
        yield from _strange_kind(node, kind)
    if not above.startswith("COMPARE_") and _is_decimal(node):
        # Compared with a column it means the same; computed with, Spark rounds otherwise.
        yield f"the decimal {node['literal']['text']}"
    yield from (f"`{name.replace('_', ' ')}`" for name in UNUSED if node.get(name))
    yield from _strange_shape(node)
    for part in node.values():
        yield from _strangers(part, kind if "class" in node else above)


def _strange_shape(node: dict[str, Any]) -> Iterator[str]:
    if len(node.get("group_sets") or []) > 1:
        yield "`grouping sets`"
    modifiers = {part["type"] for part in node.get("modifiers") or []}
    if "LIMIT_MODIFIER" in modifiers and "ORDER_MODIFIER" not in modifiers:
        yield "`limit` without `order by`"
    for field in ("join_type", "ref_type"):
        if node.get(field, "INNER") not in ("INNER", "LEFT", "REGULAR", "CROSS"):
            yield f"a {node[field].lower()} join"


def _strange_kind(node: dict[str, Any], kind: str) -> Iterator[str]:
    if "class" not in node:
        if kind not in PARTS:
            yield kind.lower().replace("_", " ")
    elif kind in OPERATORS:
        yield from _unless_passing(OPERATORS[kind])
    elif kind not in EXPRESSIONS:
        yield kind.lower().replace("_", " ")
    elif kind == "FUNCTION":
        name = node["function_name"].lower()
        if name not in offered():
            yield from _unless_passing(f"{name} distinct" if node["distinct"] else name)
        if node["order_bys"]["orders"]:
            yield f"{name} in an order"
    elif kind == "OPERATOR_CAST":
        yield from _unless_passing(f"cast {node['type_expr'].get('type_name', '').lower()}")


def _casts(node: Any) -> frozenset[str]:
    """The types to which a parsed query casts in words."""
    parts = node if isinstance(node, list) else list(node.values()) if _is_node(node) else []
    below = frozenset[str]().union(*map(_casts, parts))
    if _is_node(node) and node.get("type") == "OPERATOR_CAST":
        return below | {node["type_expr"].get("type_name", "").lower()}
    return below


def _is_node(node: Any) -> bool:
    return isinstance(node, dict)


def _is_decimal(node: dict[str, Any]) -> bool:
    literal = node.get("literal") or {}
    return literal.get("kind") == "NUMERIC" and "e" not in literal["text"].lower()


def _unless_passing(name: str) -> Iterator[str]:
    if name not in passing():
        yield f"`{name}`"
