"""What the warehouse keeps out, and why."""

import json

import polars as pl

from warehouse.storage.commits import name_scope


def count_refused(refused: pl.DataFrame) -> pl.DataFrame:
    """Rows of the quarantine by table, source and broken rule: how many, and one of them.

    A row that breaks two rules counts for both. Columns: table, source, rule, n_rows, example.
    """
    parts = {scope: name_scope(json.loads(scope)) for scope in refused["scope"].unique()}
    scope = pl.col("scope").replace_strict(parts, return_dtype=pl.String)
    of_row = pl.col("row").str.json_path_match("$.source")
    return (
        refused.select(
            "row",
            table="table_name",
            source=pl.when(scope != "").then(scope).otherwise(of_row).fill_null(""),
            rule=pl.col("reason").str.split("; "),
        )
        .explode("rule")
        .group_by("table", "source", "rule")
        .agg(n_rows=pl.len(), example=pl.col("row").first())
        .sort("table", "n_rows", "source", "rule", descending=[False, True, False, False])
    )
