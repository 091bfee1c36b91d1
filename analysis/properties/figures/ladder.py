"""Figure: what each set of descriptors adds."""

import duckdb

from analysis.linear_models.figures.ladder import draw_ladder
from analysis.linear_models.figures.shown import ShownProperty
from analysis.pages.figure import Figure
from analysis.properties.inquiries.ladder import list_rungs


def draw_own_ladder(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """Score of each rung, of further sets of descriptors too."""
    return draw_ladder(connection, shown, list_rungs(shown.sets))
