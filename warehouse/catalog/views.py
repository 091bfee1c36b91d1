"""Reads the views' SQL files: names, documentation, and what reads what.

One file is one view is one `select`; `sql/features/magpie.sql` is `features.magpie`. The
first comment says what one row is, the comment behind a column `-- unit: meaning`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from warehouse.catalog.functions import FOLDER
from warehouse.errors import WarehouseError, first_line
from warehouse.tables import TABLES

LAYERS = ("raw", "staging", "features", "marts", "checks")
"""Data moves through the layers from left to right only."""


@dataclass(frozen=True)
class View:
    """One SQL file; two are equal if their names and texts are."""

    name: str
    path: Path = field(compare=False)
    sql: str
    doc: str
    columns: tuple[str, ...]
    inline_docs: Mapping[str, str] = field(compare=False)
    reads: frozenset[str]
    query: exp.Query = field(repr=False, compare=False)

    @property
    def layer(self) -> str:
        """Folder of the file."""
        return self.name.partition(".")[0]

    @property
    def sha256(self) -> str:
        """Digest of the file's text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def load_views(sql_dir: Path) -> list[View]:
    """Parse every SQL file below `sql_dir`, each view after those it reads.

    Raises WarehouseError for a file that breaks a rule, naming the file and the cure.
    """
    paths = sorted(path for path in sql_dir.rglob("*.sql") if path.parent.name != FOLDER)
    views = {view.name: view for view in map(parse_view, paths)}
    for view in views.values():
        _check_reads(view, views)
    try:
        order = TopologicalSorter({v.name: v.reads & views.keys() for v in views.values()})
        return [views[name] for name in order.static_order()]
    except CycleError as error:
        raise WarehouseError(
            f"views read each other in a circle: {' → '.join(error.args[1])}",
            hint="move what they share into a view that none of the others feeds",
        ) from error


def parse_view(path: Path) -> View:
    """Parse one SQL file; raises WarehouseError if it is not one documented `select`."""
    return _parse(path, path.read_text(encoding="utf-8"))


@cache  # A process that builds several catalogs parses each text once.
def _parse(path: Path, sql: str) -> View:
    try:
        statements = [tree for tree in sqlglot.parse(sql, dialect="duckdb") if tree]
    except SqlglotError as error:
        raise problem(path, f"is not valid SQL: {first_line(error)}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise problem(path, "must hold exactly one select")
    tree = statements[0]
    if not sql.startswith("--"):
        raise problem(path, "must begin with a comment that says what one row is")
    if tree.is_star:
        raise problem(path, "has a * in its final select: name the columns")
    if not all(tree.named_selects):
        raise problem(path, "has a column without a name in its final select: add `as name`")
    return View(
        name=f"{path.parent.name}.{path.stem}",
        path=path,
        sql=sql,
        doc=_leading_comment(sql),
        columns=tuple(tree.named_selects),
        inline_docs=_inline_docs(tree, sql),
        reads=read_names(tree),
        query=tree,
    )


def read_names(query: exp.Expr) -> frozenset[str]:
    """Names of the views and tables that a query reads."""
    ctes = {cte.alias for cte in query.find_all(exp.CTE)}
    return frozenset(
        f"{table.db}.{table.name}" if table.db else table.name
        for table in query.find_all(exp.Table)
        if isinstance(table.this, exp.Identifier) and (table.db or table.name not in ctes)
    )


def problem(path: Path, what: str) -> WarehouseError:
    """The error for an SQL file that breaks a rule."""
    return WarehouseError(f"{path} {what}", hint="mend the file and run `make build`")


def _check_reads(view: View, views: Mapping[str, View]) -> None:
    if view.layer not in LAYERS[1:]:
        raise problem(view.path, f"must lie in one of the folders {', '.join(LAYERS[1:])}")
    known = {*views, *(f"raw.{table}" for table in TABLES)}
    for name in sorted(view.reads):
        layer = name.partition(".")[0]
        if name not in known:
            near = get_close_matches(name, known, n=3)
            raise problem(
                view.path,
                f"reads {name}, which does not exist"
                + (f"; did you mean {' or '.join(near)}?" if near else ""),
            )
        if LAYERS.index(layer) > LAYERS.index(view.layer):
            raise problem(view.path, f"reads {name}, which lies in a layer to its right")


def _inline_docs(tree: exp.Query, sql: str) -> dict[str, str]:
    """The comment behind each column; one on a line of its own is a note, not documentation.

    The parser attaches such a note to the column after it, whatever it is about.
    """
    lines = [line.strip() for line in sql.splitlines()]
    notes = {line.removeprefix("--").strip() for line in lines if line.startswith("--")}
    docs = {}
    for column in tree.selects:
        comments = [" ".join(comment.split()) for comment in column.comments or []]
        if behind := [comment for comment in comments if comment not in notes]:
            docs[column.alias_or_name] = " ".join(behind)
    return docs


def _leading_comment(sql: str) -> str:
    lines = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)
