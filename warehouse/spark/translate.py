"""Translates the views' SQL to Spark, so that they run on a cluster over the same tables."""

import re
from collections.abc import Callable, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel
from sqlglot.optimizer.annotate_types import annotate_types

from warehouse.catalog.functions import expand_calls, load_functions
from warehouse.settings import SQL_DIR

INNER_PRODUCT = "aggregate(zip_with(a, b, (x, y) -> x * y), 0d, (total, x) -> total + x)"
"""What Spark has for DuckDB's list_inner_product(a, b); sqlglot does not know either."""
REDUCTION = "aggregate(slice(a, 2, size(a)), a[0], b)"
"""Likewise for list_reduce(a, b), which begins with the first entry."""
WORDS = {
    "array_pop_back": ("a", "slice(a, 1, greatest(size(a) - 1, 0))"),
    "list_has_all": ("ab", "size(array_except(b, a)) = 0"),
    "list_inner_product": ("ab", INNER_PRODUCT),
    "list_reverse": ("a", "reverse(a)"),
}
"""What Spark has for other functions of DuckDB's, with the letters of their arguments."""
CATALOG = {
    "duckdb_columns": "schema_name, table_name, column_name",
    "duckdb_views": "schema_name, view_name, sql",
}
"""What DuckDB tells of its own catalog: functions there, tables of the same names on Spark."""

SPREAD = (
    *("features.mask_counts", "features.species_counts", "features.translation_counts"),
    "features.derivative_mask_counts",
)
"""Views of few rows that each make hundreds: Spark is to compute each row once, and to hand the
rows to all cores. Otherwise it computes them anew for each that they make, on the one core that
read their small file."""


def translate_query(sql: str) -> str:
    """Return one DuckDB query as Spark SQL; raises sqlglot's SqlglotError if there is none.

    `features.magpie` becomes `features__magpie`, since Spark's temporary views have no schema.
    """
    (query,) = sqlglot.parse(sql, dialect="duckdb")
    assert query is not None
    query = expand_calls(query, load_functions(SQL_DIR))
    own = {cte.alias for cte in query.find_all(exp.CTE)}
    tables = {(table.db, table.name) for table in query.find_all(exp.Table) if table.db}
    # Inner nodes first: what takes the place of an outer one then holds what replaced them.
    for node in reversed(list(query.walk())):
        if isinstance(node, exp.Table):
            if node.db or node.name not in own:
                _rename(node)
        elif isinstance(node, exp.Column):
            if (node.db, node.table) in tables:
                node.set("db", None)
        elif rule := RULES.get(type(node)):
            node.replace(rule(node))
    return query.sql("spark", unsupported_level=ErrorLevel.RAISE)


def view_name(name: str) -> str:
    """Name of a view on Spark; one without a layer is of `marts`, as on DuckDB."""
    return name.replace(".", "__") if "." in name else f"marts__{name}"


def _rename(table: exp.Expr) -> None:
    """Let a table of the query go by its name on Spark; its columns know it as before."""
    if isinstance(table.this, exp.Anonymous) and table.this.name.lower() in CATALOG:
        table.set("this", exp.to_identifier(table.this.name.lower()))
    elif isinstance(table.this, exp.Identifier):
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
        name = f"{table.text('db')}.{table.name}" if table.text("db") else table.name
        table.set("this", exp.to_identifier(view_name(name)))
        table.set("db", None)


def _number(number: exp.Expr) -> exp.Expr:
    """A number with a point is a real: Spark's decimals round where DuckDB's do not.

    Compared with, it is exact in both.
    """
    if number.is_string or "." not in number.name or isinstance(number.parent, EXACT):
        return number
    return exp.cast(number.copy(), exp.DataType.Type.DOUBLE)


def _entry(bracket: exp.Expr) -> exp.Expr:
    """An entry of a list by its place from 1, NULL beyond the end."""
    (place,) = bracket.expressions
    if place.is_string or isinstance(place, exp.Slice):
        return bracket
    # sqlglot reads as places from 0 what it knows for whole numbers, such as a sum with a length.
    if place.is_number:
        place = exp.Literal.number(int(place.to_py()) + 1)
    elif annotate_types(place.copy(), dialect="duckdb").is_type(*exp.DataType.INTEGER_TYPES):
        place = exp.Add(this=exp.paren(place), expression=exp.Literal.number(1))
    place = place.copy() if place.is_number else exp.cast(place, exp.DataType.Type.INT)
    return exp.func("try_element_at", bracket.this.copy(), place)


def _places(call: exp.Expr) -> exp.Expr:
    """A lambda's second parameter is a place: from 1 in DuckDB, from 0 in Spark."""
    function = call.expression
    if isinstance(function, exp.Lambda) and len(function.expressions) == 2:
        name = function.expressions[1].name
        for use in list(function.this.find_all(exp.Identifier)):
            names_a_field = isinstance(use.parent, exp.PropertyEQ) and use.arg_key == "this"
            if use.name == name and not names_a_field and not isinstance(use.parent, exp.Dot):
                use.replace(exp.paren(exp.Add(this=use.copy(), expression=exp.Literal.number(1))))
    return call


def _quantile(call: exp.Expr) -> exp.Expr:
    return exp.func("percentile", call.this.copy(), call.expression.copy())


def _rounded(call: exp.Expr) -> exp.Expr:
    """Half away from zero in both, but Spark loses the sign of -0.0, which names may show."""
    if call.args.get("decimals") is not None:
        return call
    return _fill("(signum(a) * round(abs(a)))", {"a": call.this})


def _function(call: exp.Expr) -> exp.Expr:
    """A function that sqlglot does not know, in Spark's words."""
    name = call.name.lower()
    match name, call.expressions:
        case "list_reduce", [entries, function]:
            return _fill(REDUCTION, {"a": entries, "b": function})
        case "list_reduce", [entries, function, start]:
            return _fill("aggregate(a, c, b)", {"a": entries, "b": function, "c": start})
    if name not in WORDS:
        return call
    letters, template = WORDS[name]
    return _fill(template, dict(zip(letters, call.expressions, strict=True)))


def _replacement(call: exp.Expr) -> exp.Expr:
    r"""A group in a replacement is $1 in Spark, \1 in DuckDB."""
    text = call.args.get("replacement")
    if isinstance(text, exp.Literal):
        call.set("replacement", exp.Literal.string(re.sub(r"\\(\d)", r"$\1", text.name)))
    return call


def _fill(template: str, values: Mapping[str, exp.Expr]) -> exp.Expr:
    """The Spark expression `template` with `values` in the place of its columns."""
    filled = sqlglot.parse_one(template, dialect="spark")
    for column in list(filled.find_all(exp.Column)):
        if column.name in values:
            column.replace(values[column.name].copy())
    return filled


EXACT = (exp.Cast, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between, exp.In)
RULES: Mapping[type, Callable[[exp.Expr], exp.Expr]] = {
    exp.Anonymous: _function,
    exp.Bracket: _entry,
    exp.Literal: _number,
    exp.PercentileCont: _quantile,
    exp.RegexpReplace: _replacement,
    exp.Round: _rounded,
    exp.Transform: _places,
}
"""What Spark says otherwise than sqlglot believes."""
