"""Descriptors that a formula does not tell: columns of a view that has a row for each of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import polars as pl

from analysis.datasets import read_rows
from analysis.properties.reading.answers import Answers, find_answer
from analysis.properties.reading.query import SelectedRows
from analysis.properties.reading.refusals import NO_PROPERTIES
from analysis.properties.settings import PropertySettings
from analysis.properties.tasks import TASKS
from warehouse.conventions.formulas import parse_formulas
from warehouse.conventions.reduced_formulas import reduce_compositions
from warehouse.errors import WarehouseError
from warehouse.quoting import quote_text

VIEWS = {"structure": "marts.material_structures", "properties": "marts.material_properties"}
"""Views of the sets that have a name of their own."""
KEYS = ("material_id", "reduced_formula", "formula")
"""Columns that say which row of a view belongs to a sample; the first that both have counts."""
ABOUT_SOURCES = r"_(source|spread)$|^n_(sources|rows|elements)$|^mean_atomic_weight$"
"""Columns of `marts.material_properties` that tell of its sources, or what a formula tells."""
MOST_TEXTS = 300
"""Distinct texts of a column, each of which is a descriptor."""


@dataclass(frozen=True)
class FurtherDescriptors:
    """Columns of a view, for each sample.

    Attributes:
        numbers: One column per descriptor that is a number, with the median where it is unknown.
        entries: `key` (the sample's id), `descriptor_set`, `descriptor` and `value` of those that
            most samples lack: what a text is, and whether a number is known.
        notes: What was not read, and why.

    """

    numbers: pl.DataFrame
    entries: pl.DataFrame
    notes: tuple[str, ...]


def read_further(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    rows: pl.DataFrame,
    settings: PropertySettings,
    selected: SelectedRows,
) -> FurtherDescriptors:
    """Read the set `name` of the samples `rows`, in their order.

    `rows` have `sample_id`, which is a material or else a reduced formula, and `target`. What tells
    the target is left out and told. Raises WarehouseError if there is no such view, if it has
    no key or several rows for one, or if it knows none of the samples.
    """
    view, column, kind = VIEWS.get(name, name), selected.column, selected.kind
    is_material = "reduced_formula" in rows.columns
    rows = rows.with_columns(
        pl.col("sample_id").alias("material_id" if is_material else "reduced_formula")
    )
    told, key = _read_view(connection, view, rows, settings)
    joined = rows.select("sample_id", "target", key).join(
        told, on=key, how="left", maintain_order="left"
    )
    answers, skipped, tell = Answers.of(settings, column), [], {}
    numbers, entries = {}, []
    for one in told.drop(key).columns:
        values = joined[one]
        if values.dtype == pl.String and values.n_unique() <= MOST_TEXTS:
            coded, is_text = values, True
        elif values.dtype.is_numeric() or values.dtype == pl.Boolean:
            coded, is_text = values.cast(pl.Float64).replace(float("nan"), None), False
        else:
            skipped.append(one)
            continue
        why = answers.why_refused({one}) or find_answer(joined["target"], coded, kind, column)
        if why:
            tell[one] = why
        elif is_text:
            entries.append(_entries(joined, name, pl.format(f"{one} {{}}", pl.col(one)), values))
        else:
            numbers[one] = coded.fill_null(coded.median() or 0.0)
            if 0 < coded.null_count() < joined.height:
                entries.append(_entries(joined, name, pl.lit(f"{one} is known"), coded))
    return FurtherDescriptors(
        pl.DataFrame(numbers),
        pl.concat(entries) if entries else _entries(joined, name, pl.lit(""), None),
        _write_notes(view, skipped, tell),
    )


def _read_view(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    rows: pl.DataFrame,
    settings: PropertySettings,
) -> tuple[pl.DataFrame, str]:
    """The rows of a view for samples, with the key that tells which, and the name of that key."""
    types = read_rows(
        connection,
        "select column_name from duckdb_columns() where schema_name || '.' || table_name = ? "
        "order by column_index",
        [view],
    ).to_series()
    if types.is_empty():
        raise WarehouseError(
            f"there is no view {view}", hint="`python -m warehouse describe` lists all"
        )
    key = next((one for one in KEYS if one in types and (one != "material_id" or one in rows)), "")
    if not key:
        by_material = "material_id" in types
        raise WarehouseError(
            f"{view} is by material_id, which the samples have not"
            if by_material
            else f"{view} has none of the columns {', '.join(KEYS)}, so its rows are of no sample",
            hint="select material_id, too" if by_material else "add one to the view",
        )
    source = TASKS[settings.source].source if settings.source in TASKS else settings.source
    where = f" where source = {quote_text(source)}" if source and "source" in types else ""
    told = read_rows(connection, f"select * from {view}{where}")
    drop = [
        *(one for one in NO_PROPERTIES if one != key),
        *told.select(pl.col(f"^.*({ABOUT_SOURCES}).*$")).columns,
    ]
    told = told.drop(drop, strict=False)
    if key == "formula":
        told = told.with_columns(parse_formulas(told["formula"])).drop_nulls("composition")
        told = told.with_columns(reduce_compositions(told["composition"])["reduced_formula"])
        told, key = told.drop("composition", "reason", "formula"), "reduced_formula"
    told = told.join(rows.select(key).unique(), on=key, how="semi")
    _refuse_unfit(view, key, told, rows)
    return told, key


def _refuse_unfit(view: str, key: str, told: pl.DataFrame, rows: pl.DataFrame) -> None:
    if told.is_empty():
        raise WarehouseError(
            f"{view} knows none of the {rows.height:,} samples by their {key}",
            hint="`python -m warehouse query` shows which it knows",
        )
    repeated = told.filter(pl.col(key).is_duplicated())
    if repeated.height:
        raise WarehouseError(
            f"{view} has {repeated.height:,} rows that share a {key}, such as {repeated[key][0]}",
            hint="a view of descriptors has one row per material or formula: aggregate it",
        )


def _entries(
    joined: pl.DataFrame, name: str, descriptor: pl.Expr, values: pl.Series | None
) -> pl.DataFrame:
    known = joined if values is None else joined.filter(values.is_not_null())
    known = known.head(0) if values is None else known
    return known.select(
        key="sample_id",
        descriptor_set=pl.lit(name),
        descriptor=descriptor,
        value=pl.lit(1.0),
    )


def _write_notes(view: str, skipped: list[str], tell: Mapping[str, str]) -> tuple[str, ...]:
    reasons = {**tell, **dict.fromkeys(skipped, "neither numbers nor a few texts")}
    return tuple(
        f"{view} without {', '.join(one for one in reasons if reasons[one] == why)}: {why}"
        for why in dict.fromkeys(reasons.values())
    )
