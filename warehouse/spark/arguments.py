"""The types of the arguments of a query, as DuckDB binds it, against those that were compared."""

import csv
import itertools
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from warehouse.catalog.functions import Function, load_functions
from warehouse.quoting import quote_name
from warehouse.settings import SQL_DIR

COMPARED = Path(__file__).parent / "compared.csv"
OPERATORS = {
    "COMPARE_EQUAL": "=",
    "COMPARE_NOTEQUAL": "<>",
    "COMPARE_LESSTHAN": "<",
    "COMPARE_GREATERTHAN": ">",
    "COMPARE_LESSTHANOREQUALTO": "<=",
    "COMPARE_GREATERTHANOREQUALTO": ">=",
    "COMPARE_BETWEEN": "between",
    "COMPARE_IN": "in",
    "OPERATOR_COALESCE": "coalesce",
}
"""Operators that the parser gives types of their own, by their names in `compared.csv`."""
PAIRWISE = ("in", "coalesce", "list_value")
"""Words of any number of arguments: the first is compared with each."""
WHOLE = ("INTEGER",)
"""Whole numbers that pass where BIGINT does: the campaign compares both."""


@cache
def passing() -> dict[str, frozenset[str]]:
    """What Spark was found to compute as DuckDB does, with the types of arguments for which."""
    with COMPARED.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["verdict"] == "passes"]
    return {row["name"]: frozenset(row["types"].split(", ")) for row in rows}


@cache
def offered() -> dict[str, Function]:
    """The catalog's own functions of values: a test compares what Spark is given in their place."""
    functions = load_functions(SQL_DIR)
    return {f.name: f for f in functions if f.is_offered and not f.is_table}


def _stand_in(connection: duckdb.DuckDBPyConnection, function: Function) -> str:
    """SQL of a macro that has the type of `function` and shows its arguments in the plan."""
    nothing = ", ".join("null" for _ in function.parameters)
    (kind,) = connection.sql(f"select {function.name}({nothing})").types
    names = list(map(quote_name, function.parameters))
    seen = " and ".join(f"{name} is null" for name in names)
    return (
        f"create macro {function.name}({', '.join(names)}) as "
        f"case when {seen} then cast(null as {kind}) end"
    )


def bound_plan(connection: duckdb.DuckDBPyConnection, query: str, parsed: Any) -> Any:
    """DuckDB's plan of a `parsed` query, over empty tables in the place of the views it reads."""
    with duckdb.connect() as empty:
        for schema, table in sorted(set(_tables(parsed))):
            name = ".".join(map(quote_name, filter(None, (schema, table))))
            try:
                rows = connection.sql(f"from {name}")
            except duckdb.Error:  # The query's own name of a part of it.
                continue
            if schema:
                empty.execute(f"create schema if not exists {quote_name(schema)}")
            columns = zip(map(quote_name, rows.columns), rows.types, strict=True)
            told = ", ".join(f"{column} {kind}" for column, kind in columns)
            empty.execute(f"create table {name} ({told})")
        for function in offered().values():
            if function.name in query.lower():
                empty.execute(_stand_in(connection, function))
        ((text,),) = empty.execute("select json_serialize_plan(?)", [query]).fetchall()
    return json.loads(text)


def _tables(node: Any) -> Iterator[tuple[str, str]]:
    """Schemas and names of the tables of a parsed query."""
    if isinstance(node, dict) and node.get("type") == "BASE_TABLE":
        yield node["schema_name"], node["table_name"]
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _tables(part)


def strange_types(plan: Any, casts: frozenset[str]) -> Iterator[str]:
    """What a bound plan computes of types of arguments for which it was not compared.

    Raises nothing; a plan that is none is strange itself. `casts` are the types to which the query
    casts in words: all casts to these count.
    """
    if isinstance(plan, list):
        for part in plan:
            yield from strange_types(part, casts)
    if not isinstance(plan, dict):
        return
    if plan.get("error"):
        yield "this kind of query"
    name, children = _call(plan)
    if name == "__cast":
        kind = str(plan["return_type"]["id"]).lower()
        name = f"cast {kind}" if kind in casts else ""
        children = [{"return_type": plan["arguments"][0]}]
    yield from _unless_compared(name, children)
    if plan.get("type") == "CASE_EXPR":
        yield from _unless_one_type(plan)
    for part in plan.values():
        yield from strange_types(part, casts)


def _unless_one_type(case: dict[str, Any]) -> Iterator[str]:
    results = [check["then_expr"] for check in case["case_checks"]] + [case["else_expr"]]
    kinds = set[str]().union(*map(_kinds, results)) - {"NULL"}
    if len(kinds) > 1:
        yield f"a case of {', '.join(sorted(kinds))}"


def _unless_compared(name: str, children: list[dict[str, Any]]) -> Iterator[str]:
    if name and not children and name not in passing():
        yield f"`{name}`"
    is_pairwise = name in PAIRWISE and len(children) > 1
    parts = [[children[0], child] for child in children[1:]] if is_pairwise else [children]
    for part in parts if name and children else []:
        for kinds in itertools.product(*map(_kinds, part)):
            if "NULL" not in kinds and " ".join(kinds) not in passing().get(name, ()):
                yield f"`{name}` of {', '.join(kinds)}"


def _call(node: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The function or the operator that a node of the plan is, and its arguments."""
    if "comparison" in node:
        kind = node["comparison"]
        return OPERATORS.get(kind, kind.lower()), [node["left"], node["right"]]
    if "expression_class" not in node:
        return "", []
    if node["type"] in OPERATORS:
        return OPERATORS[node["type"]], node["children"]
    if "qname" not in node:
        return "", []
    name = str(node["qname"]["path"][-1]).lower()
    is_distinct = node.get("aggregate_type") == "DISTINCT"
    return f"{name} distinct" if is_distinct else name, node["children"]


def _kinds(node: dict[str, Any]) -> set[str]:
    """Types that an argument has for Spark: its own, and that which DuckDB casts it from."""
    kind = node.get("return_type") or (node.get("value") or {}).get("type") or {"id": "BOOLEAN"}
    if node.get("type") == "OPERATOR_CAST":
        return {_kind(kind)} | _kinds(node["children"][0])
    return {_kind(kind)}


def _kind(kind: dict[str, Any]) -> str:
    """A type's name; a decimal's is of a number that is compared with, since others are refused."""
    name = str(kind["id"])
    if name == "LIST":
        return f"{_kind(kind['type_info']['child_type'])}[]"
    return "BIGINT" if name in WHOLE else "DOUBLE" if name == "DECIMAL" else name
