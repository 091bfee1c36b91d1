"""What the catalog knows about its views and functions: for `describe`, completion and pages."""

from dataclasses import dataclass
from difflib import get_close_matches

import duckdb

from warehouse.catalog.functions import EXAMPLE
from warehouse.errors import WarehouseError


@dataclass(frozen=True)
class Column:
    """A column of a view."""

    name: str
    data_type: str
    doc: str


def list_views(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Name and documentation of every view, in the order in which data moves."""
    rows = connection.execute(
        """
        select schema_name || '.' || view_name, comment
        from duckdb_views()
        where not internal
        order by
            list_position(['marts', 'features', 'staging', 'raw', 'checks'], schema_name),
            view_name
        """
    ).fetchall()
    return dict(rows)


def list_offered_views(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The same without intermediate views, whose names begin with an underscore."""
    views = list_views(connection)
    return {name: doc for name, doc in views.items() if "._" not in name}


@dataclass(frozen=True)
class OfferedFunction:
    """A function that queries may use: how it is called, what it returns, an example."""

    name: str
    parameters: tuple[str, ...]
    doc: str
    example: str

    @property
    def signature(self) -> str:
        """Such as `element_fraction(formula, element)`."""
        return f"{self.name}({', '.join(self.parameters)})"

    @property
    def query(self) -> str:
        """The example as a query."""
        return self.example if self.example.startswith("from ") else f"select {self.example}"


def list_functions(connection: duckdb.DuckDBPyConnection) -> list[OfferedFunction]:
    """The catalog's own functions in alphabetical order, without those that only others call."""
    rows = connection.execute(
        "select function_name, parameters, comment from duckdb_functions() "
        "where not internal and comment is not null order by function_name"
    ).fetchall()
    return [
        OfferedFunction(name, tuple(parameters), *_split_example(doc))
        for name, parameters, doc in rows
    ]


def find_function(connection: duckdb.DuckDBPyConnection, name: str) -> OfferedFunction | None:
    """The catalog's function `name`, if there is one."""
    found = [known for known in list_functions(connection) if known.name == name.lower()]
    return found[0] if found else None


def _split_example(doc: str) -> tuple[str, str]:
    text, _, example = doc.partition(EXAMPLE)
    return text.strip(), example.strip()


def describe_views(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Column]]:
    """Columns of every view and table: all at once take hardly longer than those of one."""
    rows = connection.execute(
        """
        select schema_name || '.' || table_name, column_name, data_type, coalesce(comment, '')
        from duckdb_columns()
        where not internal
        order by column_index
        """
    ).fetchall()
    described: dict[str, list[Column]] = {}
    for view, *column in rows:
        described.setdefault(view, []).append(Column(*column))
    return described


def describe_view(connection: duckdb.DuckDBPyConnection, view: str) -> list[Column]:
    """Columns of `view`; raises WarehouseError with near names if there is none."""
    schema, _, name = view.partition(".")
    rows = connection.execute(
        """
        select column_name, data_type, coalesce(comment, '')
        from duckdb_columns()
        where schema_name = ? and table_name = ?
        order by column_index
        """,
        [schema, name],
    ).fetchall()
    if not rows:
        views = list_views(connection)
        same = [known for known in views if known.partition(".")[2] == view]
        names = [*views, *(function.name for function in list_functions(connection))]
        near = same or get_close_matches(view, names, n=3, cutoff=0.4)
        raise WarehouseError(
            f"there is no view {view!r}",
            hint=f"did you mean {' or '.join(near)}?"
            if near
            else "`python -m warehouse describe` lists all views",
        )
    return [Column(*row) for row in rows]
