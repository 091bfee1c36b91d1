"""Reads the files of `sql/functions/`: words that queries may use besides DuckDB's own.

One file is one macro; `sql/functions/reduced_formula.sql` is `reduced_formula`. The first comment
says what it returns and gives an example, the comment behind a parameter what it takes. A name
that begins with an underscore is for other functions alone. They lie in the catalog's schema
`main`, where any DuckDB client finds them, and Spark is given what they stand for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from warehouse.errors import WarehouseError, first_line

FOLDER = "functions"
"""Folder of the files, beside those of the layers."""
EXAMPLE = "Example:"


@dataclass(frozen=True)
class Function:
    """One SQL file: its text, and what it stands for, with parameters as columns."""

    name: str
    path: Path
    sql: str
    doc: str
    parameters: Mapping[str, str] = field(compare=False)
    calls: frozenset[str]
    body: exp.Expr = field(repr=False, compare=False)

    @property
    def is_offered(self) -> bool:
        """Whether it is for users."""
        return not self.name.startswith("_")

    @property
    def is_table(self) -> bool:
        """Whether it returns rows, from views, and stands behind `from`."""
        return isinstance(self.body, exp.Query)


def load_functions(sql_dir: Path) -> list[Function]:
    """Parse every file of functions below `sql_dir`, each after those it calls.

    Raises WarehouseError for a file that breaks a rule, naming the file and the cure.
    """
    paths = sorted((sql_dir / FOLDER).glob("*.sql"))
    return list(_load(tuple((path, path.read_text(encoding="utf-8")) for path in paths)))


@cache
def _load(files: tuple[tuple[Path, str], ...]) -> tuple[Function, ...]:
    found = {path.stem: _parse(path, sql) for path, sql in files}
    try:
        order = TopologicalSorter({f.name: f.calls & found.keys() for f in found.values()})
        return tuple(found[name] for name in order.static_order())
    except CycleError as error:
        raise WarehouseError(
            f"functions call each other in a circle: {' → '.join(error.args[1])}",
            hint="SQL has no functions that call themselves: write it as a fold over a list",
        ) from error


def expand_calls(query: exp.Expr, functions: list[Function]) -> exp.Expr:
    """`query` with what each call of one of the `functions` stands for in its place."""
    known = {function.name: function for function in functions}
    # Inner calls first: an outer one then takes what stands for them.
    for node in reversed(list(query.walk())):
        function = known.get(node.name.lower()) if isinstance(node, exp.Anonymous) else None
        if function is None:
            continue
        body = expand_calls(_fill(function, node.expressions), functions)
        if function.is_table and isinstance(node.parent, exp.Table):
            alias = node.parent.alias or function.name
            node.parent.replace(exp.Subquery(this=body, alias=exp.to_identifier(alias)))
        elif node is query:
            return exp.paren(body)
        else:
            node.replace(exp.paren(body))
    return query


def _fill(function: Function, values: list[exp.Expr]) -> exp.Expr:
    """What `function` stands for, with `values` for its parameters."""
    given = dict(zip(function.parameters, values, strict=True))
    body = function.body.copy()
    for column in list(body.find_all(exp.Column)):
        if not column.table and column.name in given:
            value = given[column.name].copy()
            column.replace(exp.paren(value) if isinstance(value, exp.Binary) else value)
    return body


def _parse(path: Path, sql: str) -> Function:
    try:
        tree = sqlglot.parse_one(sql, dialect="duckdb")
    except SqlglotError as error:
        raise _problem(path, f"is not valid SQL: {first_line(error)}") from error
    if not isinstance(tree, exp.Create) or tree.kind != "MACRO":
        raise _problem(path, "must hold exactly one `create macro`")
    if tree.this.this.name != path.stem:
        raise _problem(path, f"must make the macro {path.stem}, as the file is named")
    lines = [line[2:].strip() for line in sql.partition("create")[0].splitlines()]
    parameters = {
        name.name: " ".join(" ".join(name.comments or []).split()) for name in tree.this.expressions
    }
    function = Function(
        path.stem,
        path,
        sql,
        " ".join(lines).strip(),
        parameters,
        frozenset(call.name.lower() for call in tree.expression.find_all(exp.Anonymous)),
        tree.expression,
    )
    _check(path, function)
    return function


def _check(path: Path, function: Function) -> None:
    if not function.doc:
        raise _problem(path, "must begin with a comment that says what it returns")
    if function.is_offered and EXAMPLE not in function.doc:
        raise _problem(path, f"must give an example: -- {EXAMPLE} {function.name}(...)")
    if bare := [name for name, doc in function.parameters.items() if not doc]:
        raise _problem(path, f"must say what {', '.join(bare)} is, in a comment behind")
    for lambda_ in function.body.find_all(exp.Lambda):
        used = {column.name for column in lambda_.find_all(exp.Column)}
        if caught := used & function.parameters.keys():
            # A query's own column may be named as the lambda's parameter, which then hides it.
            raise _problem(path, f"uses {', '.join(sorted(caught))} in a lambda: bind it before")


def _problem(path: Path, what: str) -> WarehouseError:
    return WarehouseError(f"{path} {what}", hint="mend the file and run `make build`")
