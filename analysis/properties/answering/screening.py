"""What a fitted model says of any number of formulas, summed up in SQL, batch after batch."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from analysis.descriptors import fill_table, open_views, parse_asked, shape_asked
from analysis.properties.answering.finishing import frame_said
from analysis.properties.answering.own_values import (
    list_own,
    part_weights,
    read_values,
    sum_values,
    tell_values,
)
from analysis.properties.reading.query import refuse_no_formulas
from warehouse.catalog.connection import plain_duckdb_errors
from warehouse.catalog.query import parse_query
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked
from warehouse.tables import TABLES

SCORES = "marts.property_scores"
"""The view that sums up weights and descriptors, of these formulas as of the warehouse's own."""
READ, BATCH = 10_000, 50_000
"""Rows that a query hands over at a time, and that are described and written at a time."""
OF_EACH = ("n_new_elements", "n_new_pairs")

Scorer = Callable[[pl.DataFrame], pl.DataFrame]


@contextmanager
def open_scorer(
    name: str, hyperparameters: Mapping[str, Any], parameters: pl.DataFrame, elements: pl.DataFrame
) -> Iterator[Scorer]:
    """Hand out a function of rows with a `formula`: what is said of each, in their order.

    The arguments are those of `PropertyModelOfRun`. Columns: of a number `prediction`, `interval`
    and `unit`, of classes `prediction`, the most probable one, and the probability of each, named
    as it is; then how many elements and pairs of a formula training hardly had, `n_new_elements`
    and `n_new_pairs`; of a model that reads further columns of the rows, which of them lie outside
    the values of training, `outside_training`; last `reason`, why there is no prediction. What is
    called as a column that the model reads has `(predicted)` behind it.
    """
    own = list_own(hyperparameters)
    of_formula, of_own = part_weights(parameters, own)
    labels = [str(one) for one in hyperparameters.get("classes", ("",))]
    with _open_sums(name, hyperparameters, of_formula, elements) as ask:

        def score(rows: pl.DataFrame) -> pl.DataFrame:
            asked = _sum_up(ask(rows["formula"].unique()), rows["formula"], labels)
            sums = asked.select(map(str, range(len(labels)))).to_numpy()
            told, reason = asked.select(OF_EACH), asked["reason"]
            if own:
                values = read_values(name, own, rows)
                sums = sums + sum_values(own, of_own, values, labels)
                of_values = tell_values(own, values)
                told = told.with_columns(of_values["outside_training"])
                reason = reason.fill_null(of_values["reason"])
            is_answered = reason.is_null().to_numpy()
            sums = np.where(is_answered[:, None], sums, 0.0)
            said = frame_said(sums, hyperparameters, is_answered)
            said = said.hstack(told.with_columns(reason))
            taken = [one.name for one in own if one.name in said.columns]
            return said.rename({one: f"{one} (predicted)" for one in taken})

        yield score


@contextmanager
def _open_sums(
    name: str, hyperparameters: Mapping[str, Any], parameters: pl.DataFrame, elements: pl.DataFrame
) -> Iterator[Callable[[pl.Series], pl.DataFrame]]:
    """Hand out a function of distinct formulas: see `_ask`."""
    of = {"study": "property", "dataset": name, "model": "fitted", "run_id": "asked"}
    model = {**of, "feature_space": "", "lineage": "", "is_selected": True}
    # The view is of models that read the formula alone, and knows no isotonic regression.
    plain = {**hyperparameters, "own": [], "isotonic": None}
    model |= {"hyperparameters": json.dumps(plain)}
    weights = parameters.rename({"descriptor": "feature"}).with_columns(
        **{column: pl.lit(value) for column, value in of.items()},
        scale=pl.lit(None, dtype=pl.Float64),
    )
    empty = {table: TABLES[table].create_empty() for table in ("models", "model_parameters")}
    tables = {
        "materials": TABLES["materials"].create_empty(),
        "elements": elements,
        "models": pl.DataFrame([model], schema=empty["models"].schema),
        "model_parameters": weights.select(empty["model_parameters"].columns),
    }
    with open_views(tables, (SCORES,)) as memory:
        yield lambda formulas: _ask(memory, formulas, elements)


def write_predictions(
    connection: duckdb.DuckDBPyConnection,
    scorer: Scorer,
    sql: str,
    target: Path,
    track: Track = untracked,
) -> tuple[int, int]:
    """Write the rows of the query `sql`, each with what `scorer` says of it, as Parquet.

    Rows pass in batches, so memory does not grow with them.
    Returns how many rows there are, and how many have no prediction. Raises WarehouseError if the
    query has no formulas, lacks a column that the model reads, or has one that predictions have.
    """
    query = parse_query(connection, sql)
    with plain_duckdb_errors():
        nothing = connection.sql(f"from (\n{query}\n) limit 0").to_arrow_table()
        n_rows = connection.sql(f"from (\n{query}\n)").aggregate("count(*)").fetchall()[0][0]
        batches = _gather_batches(connection.sql(query).to_arrow_reader(READ))
        schema, n_without = _score_rows(nothing, scorer).schema, 0
        # There may be fewer batches than that, as each has BATCH rows or more.
        steps = track(range(-(-n_rows // BATCH)), "predict")
        with ParquetWriter(target, schema, compression="zstd") as file:
            for _, batch in zip(steps, batches, strict=False):
                table = _score_rows(batch, scorer)
                file.write_table(table)
                reasons = table.column(table.num_columns - 1)
                n_without += len(reasons) - reasons.null_count
    return n_rows, n_without


def _gather_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The same rows in tables of BATCH or more, but for the last one."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= BATCH:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


def _score_rows(table: pa.Table, scorer: Scorer) -> pa.Table:
    """Rows with a `formula`, and what is said of them behind them."""
    rows = pl.DataFrame(pl.from_arrow(table))
    refuse_no_formulas(rows)
    said = scorer(rows)
    if twice := [name for name in rows.columns if name in said.columns]:
        raise WarehouseError(
            f"the query has a column {twice[0]}, as predictions have",
            hint=f"write `{twice[0]} as another_name`",
        )
    return rows.hstack(said).to_arrow()


def _ask(
    memory: duckdb.DuckDBPyConnection, formulas: pl.Series, elements: pl.DataFrame
) -> pl.DataFrame:
    """Each formula as `key` and, if there is one, the `reason` why it has no sums.

    With others, one row for each `label`: its `weighted_sum`, and OF_EACH.
    """
    asked = parse_asked(formulas, elements)
    fill_table(memory, "materials", shape_asked(asked.drop_nulls("composition")))
    sums: pl.DataFrame = memory.sql(
        f"select material_id as key, label, weighted_sum, {', '.join(OF_EACH)} from {SCORES}"
    ).pl()
    return asked.select("key", "reason").join(sums, on="key", how="left")


def _sum_up(asked: pl.DataFrame, formulas: pl.Series, labels: Sequence[str]) -> pl.DataFrame:
    """A row for each of the `formulas`: the sum of each label by its place, OF_EACH, `reason`."""
    sums = [
        pl.col("weighted_sum").filter(label=label).first().alias(str(place))
        for place, label in enumerate(labels)
    ]
    each = asked.group_by("key").agg(*sums, pl.col(*OF_EACH, "reason").first())
    return (
        formulas.alias("key")
        .to_frame()
        .join(each, on="key", how="left", nulls_equal=True, maintain_order="left")
    )
