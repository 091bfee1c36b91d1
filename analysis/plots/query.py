"""A picture of a query in one call: for the command, and for notebooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from analysis.datasets import read_rows
from analysis.pages.periodic_table import PLACES, place_elements
from analysis.plots.drawing import draw_plot
from analysis.plots.request import PlotRequest, describe_columns, make_request

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True)
class QueryPlot:
    """A figure, what it was asked to be, and how many rows lack what is drawn."""

    figure: "go.Figure"
    request: PlotRequest
    n_left_out: int


def plot_query(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    *,
    kind: str = "",
    x: str = "",
    y: str = "",
    color: str = "",
    log: Sequence[str] = (),
) -> QueryPlot:
    """Draw the rows of the query `sql`; what is not given is guessed, as the command `plot` does.

    Raises WarehouseError if the query is wrong, or its rows cannot be drawn so.
    """
    rows = read_rows(connection, sql)
    labels = describe_columns(connection, rows.columns)
    request = make_request(rows, labels, kind=kind, x=x, y=y, color=color, log=log)
    places = None
    if request.kind == "periodic-table":
        places = place_elements(read_rows(connection, PLACES))
    return QueryPlot(draw_plot(request, places), request, rows.height - request.n_rows)
