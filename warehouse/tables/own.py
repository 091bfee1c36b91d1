"""What users bring of their own beside structures: tables of formulas with any columns."""

import dataframely as dy
import polars as pl

from warehouse.tables.doc import doc


class OwnValues(dy.Schema):
    """One row per cell of a user's table that has a value."""

    source = dy.String(primary_key=True, metadata=doc("name of the user's table"))
    row_number = dy.Int64(
        primary_key=True, min=1, metadata=doc("row of the table, its header not counted", "1")
    )
    column_name = dy.String(
        primary_key=True,
        metadata=doc("column of the table: its header in lower case, words joined by _"),
    )
    formula = dy.String(nullable=False, metadata=doc("formula of the row, as the table has it"))
    number = dy.Float64(nullable=True, metadata=doc("value, in `unit`; NULL in a column of texts"))
    text = dy.String(nullable=True, metadata=doc("value; NULL in a column of numbers"))
    unit = dy.String(
        nullable=True, metadata=doc("what stands in brackets in the header; NULL without")
    )

    @dy.rule()
    def number_or_text(cls) -> pl.Expr:  # noqa: N805 - dataframely passes the class
        """A cell is a number or a text."""
        return pl.col("number").is_null() != pl.col("text").is_null()
