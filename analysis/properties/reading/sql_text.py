"""A user's SQL as sqlglot reads it: queries, and conditions on rows."""

from typing import TYPE_CHECKING

from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from sqlglot import exp


def read_query_text(sql: str) -> "exp.Expr":
    """The query; raises WarehouseError if it cannot be read."""
    return _parse(sql, None, "this is no query", 'write "select formula, COLUMN from ..."')


def check_condition(sql: str) -> None:
    """Raise WarehouseError unless `--where` has a condition, and nothing behind it."""
    from sqlglot import exp

    hint = 'write a condition on columns of the rows, such as "band_gap > 0 and nsites < 9"'
    _parse(sql, exp.Condition, f"--where {sql} is no condition", hint)


def _parse(sql: str, kind: "type[exp.Expr] | None", problem: str, hint: str) -> "exp.Expr":
    import sqlglot

    try:
        return sqlglot.parse_one(sql, dialect="duckdb", into=kind)
    except sqlglot.errors.TokenError as error:
        raise WarehouseError(f"{problem}: a quote in it has no end", hint=hint) from error
    except sqlglot.errors.ParseError as error:
        first = error.errors[0]
        # What is missing is told by the names of sqlglot's own classes.
        what = first["description"].partition(" for <class")[0]
        line = f" of line {first['line']}" if "\n" in sql else ""
        raise WarehouseError(
            f"{problem}: {what}, near {first['highlight']!r}, letter {first['col']}{line}",
            hint=hint,
        ) from error
