"""Reads the views' SQL files: names, documentation, and what reads what.

One file is one view is one `select`; `sql/features/magpie.sql` is `features.magpie`. The
first comment says what one row is; a new column has an inline comment `-- unit: meaning`;
a column that keeps its name keeps the documentation that it has in what the view reads.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from warehouse.errors import WarehouseError

LAYERS = ("raw", "staging", "features", "marts", "checks")
"""Data moves through the layers from left to right only."""


@dataclass(frozen=True)
class View:
    """One SQL file."""

    name: str
    path: Path
    sql: str
    doc: str
    columns: tuple[str, ...]
    inline_docs: Mapping[str, str]
    reads: frozenset[str]

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
    paths = sorted(sql_dir.glob("*/*.sql"))
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
    sql = path.read_text(encoding="utf-8")
    try:
        statements = [tree for tree in sqlglot.parse(sql, dialect="duckdb") if tree]
    except SqlglotError as error:
        raise _problem(path, f"is not valid SQL: {str(error).splitlines()[0]}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise _problem(path, "must hold exactly one select")
    tree = statements[0]
    if not sql.startswith("--"):
        raise _problem(path, "must begin with a comment that says what one row is")
    if tree.is_star:
        raise _problem(path, "has a * in its final select: name the columns")
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    reads = [table for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    return View(
        name=f"{path.parent.name}.{path.stem}",
        path=path,
        sql=sql,
        doc=_leading_comment(sql),
        columns=tuple(tree.named_selects),
        inline_docs={
            column.alias_or_name: " ".join("".join(column.comments).split())
            for column in tree.selects
            if column.comments
        },
        reads=frozenset(
            f"{table.db}.{table.name}" if table.db else table.name
            for table in reads
            if table.db or table.name not in ctes
        ),
    )


def document_columns(
    views: Iterable[View], table_docs: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """Documentation of every column of every view: its own comment, or what it inherits.

    `table_docs` has the columns of `raw.*`. Checks need no documentation: they show rows
    that break a rule. Raises WarehouseError for an undocumented column.
    """
    docs = {name: dict(columns) for name, columns in table_docs.items()}
    for view in views:
        inherited = {
            column: doc for name in sorted(view.reads) for column, doc in docs[name].items()
        }
        known = inherited | dict(view.inline_docs)
        missing = [column for column in view.columns if column not in known]
        if missing and view.layer != "checks":
            raise _problem(
                view.path,
                f"does not document {', '.join(missing)}: add `-- unit: meaning` behind the column",
            )
        docs[view.name] = {column: known[column] for column in view.columns if column in known}
    return docs


def _check_reads(view: View, views: Mapping[str, View]) -> None:
    if view.layer not in LAYERS[1:]:
        raise _problem(view.path, f"must lie in one of the folders {', '.join(LAYERS[1:])}")
    for name in sorted(view.reads):
        layer = name.partition(".")[0]
        if layer not in LAYERS or (layer != "raw" and name not in views):
            near = get_close_matches(name, views, n=3)
            raise _problem(
                view.path,
                f"reads {name}, which does not exist"
                + (f"; did you mean {' or '.join(near)}?" if near else ""),
            )
        if LAYERS.index(layer) > LAYERS.index(view.layer):
            raise _problem(view.path, f"reads {name}, which lies in a layer to its right")


def _leading_comment(sql: str) -> str:
    lines = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)


def _problem(path: Path, what: str) -> WarehouseError:
    return WarehouseError(f"{path} {what}", hint="mend the file and run `make build`")
