"""The table of rows that broke another table's schema."""

import dataframely as dy

from warehouse.tables.doc import doc


class Quarantine(dy.Schema):
    """One row per row that was kept out of a table."""

    table_name = dy.String(primary_key=True, metadata=doc("table that the row was meant for"))
    scope = dy.String(primary_key=True, metadata=doc("part of the table that was written"))
    row_index = dy.Int64(primary_key=True, min=0, metadata=doc("counts the rows kept out", "1"))
    row = dy.String(nullable=False, metadata=doc("the row, as JSON"))
    reason = dy.String(nullable=False, metadata=doc("rules that the row breaks"))
    code_version = dy.String(nullable=False, metadata=doc("version of the code that refused it"))
