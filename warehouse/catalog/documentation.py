"""What the catalog knows about its views: for `describe`, completion and the pages."""

from dataclasses import dataclass
from difflib import get_close_matches

import duckdb

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
        near = same or get_close_matches(view, views, n=3, cutoff=0.4)
        raise WarehouseError(
            f"there is no view {view!r}",
            hint=f"did you mean {' or '.join(near)}?"
            if near
            else "`python -m warehouse describe` lists all views",
        )
    return [Column(*row) for row in rows]
