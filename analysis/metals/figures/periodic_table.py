"""Figure: the share of metals among the materials with each element."""

import duckdb
import polars as pl

from analysis.datasets import read_rows
from analysis.linear_models.figures.shown import ShownProperty
from analysis.pages.figure import Figure
from analysis.pages.periodic_table import PLACES, draw_periodic_table, place_elements


def draw_metal_share(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """Share of metals among the materials that contain each element."""
    sql = f"""
with entries as (
    select unnest(elements) as element, is_metal
    from marts.metal_training
    where dataset = '{shown.name}'
)
select element, avg(cast(is_metal as integer)) as value, count(*) as n
from entries
group by element
having count(*) >= 10
order by value, element"""
    rows = read_rows(connection, sql)
    text = [f"{element}: {value:.1%}, n = {n:,}" for element, value, n in rows.iter_rows()]
    low, high = rows.row(0, named=True), rows.row(-1, named=True)
    return Figure(
        title="How often is a material with this element a metal?",
        plot=draw_periodic_table(
            rows.with_columns(text=pl.Series(text)),
            place_elements(read_rows(connection, PLACES)),
            "share of metals",
            "RdBu",
        ),
        reading=f"From {low['value']:.0%} of the materials with {low['element']} to "
        f"{high['value']:.0%} of those with {high['element']}. A share tells what company an "
        "element keeps as much as what it does: one mostly met in oxides has a low share, whatever "
        "it would be alone.",
        caption=f"{shown.data}; elements in at least 10 materials.",
        sql=sql.strip(),
    )
