"""What a fitted model says of any number of formulas, summed up in SQL, batch after batch."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from analysis.descriptors import fill_table, open_views, parse_asked, shape_asked
from analysis.properties.answering.answers import name_class_columns
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
MEMORY = "1GB"
"""Of the database that describes them; it has temporary files for the rest."""
OF_NUMBER = ("prediction", "interval", "unit")
OF_EACH = ("n_new_elements", "n_new_pairs")

Scorer = Callable[[pl.Series], pl.DataFrame]


@contextmanager
def open_scorer(
    name: str, hyperparameters: Mapping[str, Any], parameters: pl.DataFrame, elements: pl.DataFrame
) -> Iterator[Scorer]:
    """Hand out a function of formulas: one row for each, in their order.

    The arguments are those of `PropertyModelOfRun`. Columns: of a number `prediction`, `interval`
    and `unit`, of classes `prediction`, the most probable one, and the probability of each, named
    as it is; then how many elements and pairs of a formula training hardly had, `n_new_elements`
    and `n_new_pairs`, and `reason`, why there is no prediction.
    """
    of = {"study": "property", "dataset": name, "model": "fitted", "run_id": "asked"}
    model = {**of, "feature_space": "", "lineage": "", "is_selected": True}
    model |= {"hyperparameters": json.dumps(dict(hyperparameters))}
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
    classes = [str(one) for one in hyperparameters.get("classes", ())]
    with open_views(tables, (SCORES,)) as memory:
        memory.execute(f"set memory_limit = '{MEMORY}'")
        yield lambda formulas: _score(memory, formulas, classes, elements)


def write_predictions(
    connection: duckdb.DuckDBPyConnection,
    scorer: Scorer,
    sql: str,
    target: Path,
    track: Track = untracked,
) -> tuple[int, int]:
    """Write the rows of the query `sql`, each with what `scorer` says of its `formula`, as Parquet.

    Rows pass in batches, so memory does not grow with them.
    Returns how many rows there are, and how many have no prediction. Raises WarehouseError if the
    query has no formulas, or a column that predictions have too.
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
                n_without += table["prediction"].null_count
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
    """Rows with a `formula`, and what is said of it behind them."""
    rows = pl.DataFrame(pl.from_arrow(table))
    refuse_no_formulas(rows)
    said = scorer(rows["formula"])
    if twice := [name for name in rows.columns if name in said.columns]:
        raise WarehouseError(
            f"the query has a column {twice[0]}, as predictions have",
            hint=f"write `{twice[0]} as another_name`",
        )
    return rows.hstack(said).to_arrow()


def _score(
    memory: duckdb.DuckDBPyConnection,
    formulas: pl.Series,
    classes: Sequence[str],
    elements: pl.DataFrame,
) -> pl.DataFrame:
    asked = parse_asked(formulas.unique(), elements)
    fill_table(memory, "materials", shape_asked(asked.drop_nulls("composition")))
    rows: pl.DataFrame = memory.sql(
        f"select material_id as key, label, {', '.join((*OF_NUMBER, 'probability', *OF_EACH))} "
        f"from {SCORES}"
    ).pl()
    if classes:
        rows = _gather_classes(rows, classes)
    told = asked.select("key", "reason").join(rows, on="key", how="left")
    each = (
        formulas.alias("key")
        .to_frame()
        .join(told, on="key", how="left", nulls_equal=True, maintain_order="left")
    )
    of_target = ("prediction", *name_class_columns(classes)) if classes else OF_NUMBER
    return each.select(*of_target, *OF_EACH, "reason")


def _gather_classes(rows: pl.DataFrame, classes: Sequence[str]) -> pl.DataFrame:
    """One row for each formula instead of one for each of its labels."""
    label, probability = pl.col("label"), pl.col("probability")
    return (
        rows.sort(label.cast(pl.Enum(classes)))
        .group_by("key", maintain_order=True)
        .agg(
            label.get(probability.arg_max()).alias("prediction"),
            *(
                probability.filter(label == name).first().alias(column)
                for column, name in name_class_columns(classes).items()
            ),
            pl.col(OF_EACH).first(),
        )
    )
