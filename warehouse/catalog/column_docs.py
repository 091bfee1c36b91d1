"""What each column of a view means: its own comment, or the text of the column that it passes on.

A text is inherited along the column's lineage, and only where the value stays what it was: a plain
reference, through common table expressions, subqueries, joins and unions, or `any_value` of one,
which is written where a group has one value. Every other expression computes something else, and
one quantity keeps one name: a computed or renamed column needs a comment of its own.
"""

from collections.abc import Iterable, Mapping
from functools import reduce

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.scope import Scope, build_scope

from warehouse.catalog.views import View, problem
from warehouse.errors import first_line

Origins = frozenset[tuple[str, str]]
"""View and column from which a value comes unchanged; none for a computed one."""

Columns = list[tuple[str, Origins]]
"""Columns of a relation in order, with their origins; names may repeat."""

COMPUTED: Origins = frozenset()


def document_columns(
    views: Iterable[View], table_docs: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """Documentation of every column of every view, each view after those that it reads.

    `table_docs` has the columns of `raw.*` in order. Checks need no documentation: they show rows
    that break a rule. Raises WarehouseError for a computed or renamed column without a comment,
    and for a column that inherits two texts.
    """
    docs = {name: dict(columns) for name, columns in table_docs.items()}
    columns = {name: tuple(of_table) for name, of_table in table_docs.items()}
    for view in views:
        docs[view.name] = _document(view, docs, columns)
        columns[view.name] = view.columns
    return docs


def find_origins(view: View, columns: Mapping[str, tuple[str, ...]]) -> dict[str, Origins]:
    """Where each column of the view comes from unchanged, given the columns of all it reads.

    Raises WarehouseError for a query that sqlglot cannot take apart.
    """
    try:
        scope = build_scope(view.query.unnest())
        return dict(_Tracer(columns).trace(scope)) if scope else {}
    except OptimizeError as error:
        raise problem(view.path, f"cannot be followed: {first_line(error)}") from error


def _document(
    view: View, docs: Mapping[str, Mapping[str, str]], columns: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    """Documentation of the view's columns, given that of all it reads."""
    known = {}
    all_origins = find_origins(view, columns)
    for column in view.columns:
        origins = sorted(all_origins.get(column, COMPUTED))
        inherited = {docs[name][origin]: name for name, origin in origins if origin in docs[name]}
        if column in view.inline_docs:
            known[column] = view.inline_docs[column]
        elif any(origin != column for _, origin in origins):
            continue
        elif len(inherited) == 1 or (inherited and view.layer == "checks"):
            known[column] = next(iter(inherited))
        elif inherited:
            raise problem(
                view.path,
                f"must say with an inline comment what {column} means: "
                f"{' and '.join(inherited.values())} document it differently",
            )
    missing = [column for column in view.columns if column not in known]
    if missing and view.layer != "checks":
        raise problem(
            view.path,
            f"computes or renames {', '.join(missing)}: add `-- unit: meaning` behind the column",
        )
    return known


class _Tracer:
    """Follows columns through the scopes of one query; each scope is followed once."""

    def __init__(self, columns: Mapping[str, tuple[str, ...]]) -> None:
        self.columns = columns
        self.traced: dict[Scope, Columns] = {}

    def trace(self, scope: Scope) -> Columns:
        """Columns that a scope hands on."""
        if scope not in self.traced:
            if scope.set_operation_scopes:
                found = self._trace_branches(scope)
            elif isinstance(scope.expression, exp.Select):
                found = self._trace_select(scope)
            else:
                found = []
            self.traced[scope] = _rename(found, scope.outer_columns)
        return self.traced[scope]

    def _trace_branches(self, scope: Scope) -> Columns:
        """A union hands on what every branch does, in the order of columns."""
        first, *others = [self.trace(branch) for branch in scope.set_operation_scopes]
        if scope.expression.args.get("by_name") or any(len(o) != len(first) for o in others):
            return [(name, COMPUTED) for name, _ in first]
        return [
            (name, _join(origins for _, origins in of_branches))
            for (name, _), *of_branches in zip(first, first, *others, strict=True)
        ]

    def _trace_select(self, scope: Scope) -> Columns:
        sources = {
            name: self._trace_source(node, source)
            for name, (node, source) in scope.selected_sources.items()
        }
        found: Columns = []
        for column in scope.expression.assert_is(exp.Select).selects:
            if not column.is_star:
                found.append((column.alias_or_name, _trace_column(column.unalias(), sources)))
                continue
            star = column.this if isinstance(column, exp.Column) else column
            if any(star.args.values()):  # `exclude` and `replace`: columns of another number
                return []
            names = [column.table] if isinstance(column, exp.Column) else list(sources)
            found += [pair for name in names for pair in sources.get(name, [])]
        return found

    def _trace_source(self, node: exp.Expr, source: exp.Table | Scope) -> Columns:
        """Columns of what stands in `from` or `join`."""
        if node.args.get("pivots"):
            return []
        if isinstance(source, Scope):
            found = self.trace(source)
        else:
            view = f"{source.db}.{source.name}"
            found = [(name, frozenset({(view, name)})) for name in self.columns.get(view, ())]
        return _rename(found, node.alias_column_names if isinstance(node, exp.Table) else [])


def _trace_column(expression: exp.Expr, sources: Mapping[str, Columns]) -> Origins:
    """Origins of a plain reference to a column; a column of `using` has those of both sides."""
    expression = expression.unnest()
    if isinstance(expression, exp.IgnoreNulls) and isinstance(expression.this, exp.AnyValue):
        expression = expression.this.this
    if not isinstance(expression, exp.Column):
        return COMPUTED
    named = [sources.get(expression.table, [])] if expression.table else sources.values()
    return _join(
        origins for of_source in named for name, origins in of_source if name == expression.name
    )


def _join(parts: Iterable[Origins]) -> Origins:
    """Origins of a value that comes from all parts; computed if one of them is."""
    known = list(parts)
    return reduce(frozenset.union, known) if known and all(known) else COMPUTED


def _rename(columns: Columns, names: Iterable[str]) -> Columns:
    """The columns under new names, of which there may be too few."""
    given = list(names)
    return [
        (given[place] if place < len(given) else name, origins)
        for place, (name, origins) in enumerate(columns)
    ]
