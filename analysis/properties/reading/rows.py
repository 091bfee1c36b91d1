"""Rows that a study can fit: with a target, and a formula whose elements are known."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import duckdb
import polars as pl

from analysis.datasets import read_rows
from analysis.properties.reading.answers import refuse_answers
from analysis.properties.reading.classes import (
    find_classes,
    tell_number,
    write_labels,
)
from analysis.properties.reading.merging import (
    count_merged,
    merge_labels,
    merge_numbers,
    tell_varying,
)
from analysis.properties.reading.own_scales import refuse_large, tell_scales
from analysis.properties.reading.query import SelectedRows
from analysis.properties.reading.roles import read_roles, refuse_single
from analysis.properties.settings import PropertySettings, TargetKind, own_column
from warehouse.conventions.formulas import parse_formulas
from warehouse.conventions.reduced_formulas import reduce_compositions
from warehouse.errors import WarehouseError

LEAST_SAMPLES = 100
"""Fewer formulas than this part into folds too small to say anything."""
MOST_PROBABILITIES = 2_000_000
"""Samples times classes: each has a row in the results of each split."""


@dataclass(frozen=True)
class FittableRows:
    """Rows to fit, and what became of the others.

    Attributes:
        rows: `sample_id`, `formula`, `composition`, `target` (a number, or the name of a class),
            further descriptors, and the official fold where there is one.
        classes: Names of the classes in their order; empty for numbers.
        left_out: Rows that are not fitted: how many, by reason.
        notes: What a reader must know of how the target was read.

    """

    rows: pl.DataFrame
    classes: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def shape_rows(
    connection: duckdb.DuckDBPyConnection, selected: SelectedRows, settings: PropertySettings
) -> FittableRows:
    """Leave out what cannot be fitted, and merge rows of a formula.

    Raises WarehouseError if too few are left, if all are equal, if one has no logarithm, or if a
    further column is the target under another name.
    """
    asked, left_out = read_roles(selected.rows, settings)
    rows, unread = _read_formulas(connection, replace(selected, rows=asked))
    left_out |= unread
    _refuse_few(selected, rows.height)
    _refuse_repeated(rows)
    is_number = selected.kind == TargetKind.NUMBER
    shape = _shape_numbers if is_number else _shape_classes
    shaped = shape(selected, rows, is_log=settings.is_log)
    _refuse_few(selected, shaped.rows["reduced_formula"].n_unique())
    is_named = "material_id" in shaped.rows.columns
    rows = shaped.rows.rename({"material_id" if is_named else "reduced_formula": "sample_id"})
    refuse_single(rows, settings.roles)
    refuse_answers(settings, selected, rows)
    notes = (*shaped.notes, *tell_scales(selected, rows))
    return FittableRows(rows, shaped.classes, {**left_out, **shaped.left_out}, notes)


def _read_formulas(
    connection: duckdb.DuckDBPyConnection, selected: SelectedRows
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Rows with a target, all descriptors, and a formula that can be read, by its composition."""
    numbers = [*(["target"] if selected.kind == TargetKind.NUMBER else []), *selected.own_columns]
    refuse_large(selected)
    read = selected.rows.with_columns(
        pl.col(numbers).cast(pl.Float64).replace({float("nan"): None})
    )
    finite = read.drop_nulls(["target", *selected.own_columns])
    lacking = [name for name in selected.own if read[own_column(name)].null_count()]
    of = f" of {', '.join([selected.column, *lacking])}" if lacking else ""
    parsed = parse_formulas(finite["formula"])
    known = read_rows(connection, "select element from staging.elements").to_series()
    symbols = pl.col("composition").list.eval(pl.element().struct.field("element"))
    rows = finite.with_columns(parsed).with_columns(
        is_known=symbols.list.eval(pl.element().is_in(known.implode())).list.all()
    )
    unread = rows.filter(pl.col("composition").is_null())
    unknown = rows.filter(~pl.col("is_known"))
    left_out = {
        f"no value{of}": read.height - finite.height,
        f"no formula, such as {str(unread['formula'].first())!r}": unread.height,
        f"an element without properties, such as in {unknown['formula'].first()!s}": unknown.height,
    }
    kept = rows.filter("is_known").drop("reason", "is_known")
    kept = kept.with_columns(reduce_compositions(kept["composition"])["reduced_formula"])
    return kept, {reason: count for reason, count in left_out.items() if count}


def _shape_numbers(selected: SelectedRows, rows: pl.DataFrame, *, is_log: bool) -> FittableRows:
    """Numbers, or their logarithms; rows without an identifier merged by formula, by the median."""
    infinite = rows.filter(~pl.col("target").is_finite())
    if infinite.height:
        raise WarehouseError(
            f"{selected.column} is infinite for {infinite.height} rows, the first is "
            f"{infinite['formula'][0]}",
            hint='leave them out: --where "isfinite(...)"',
        )
    notes = tell_number(selected.column, rows["target"])
    if is_log:
        without = rows.filter(pl.col("target") <= 0)
        if without.height:
            raise WarehouseError(
                f"{without.height} of {rows.height} rows have no logarithm of {selected.column}, "
                f"the first is {without['formula'][0]} with {without['target'][0]:g}",
                hint=f'leave them out: --where "{selected.column} > 0"',
            )
        rows = rows.with_columns(pl.col("target").log10())
    if rows["target"].n_unique() == 1:
        raise WarehouseError(
            f"{selected.column} is {rows['target'][0]:g} in all {rows.height} rows",
            hint="there is nothing to predict",
        )
    left_out = {}
    if "material_id" not in rows.columns:
        notes += tell_varying(rows, selected.own)
        merged = merge_numbers(rows, selected.own_columns)
        left_out = count_merged(rows, merged, "the median")
        rows = merged
    return FittableRows(rows, left_out=left_out, notes=notes)


def _shape_classes(selected: SelectedRows, rows: pl.DataFrame, *, is_log: bool) -> FittableRows:
    """Classes by name; rows without an identifier merged by formula, by the majority."""
    labels, order, is_ordered = write_labels(rows["target"])
    left_out = {"an empty class": labels.null_count()} if labels.null_count() else {}
    rows = rows.with_columns(target=labels).drop_nulls("target")
    notes: tuple[str, ...] = ()
    # Merged first: a class may lose formulas to others.
    if "material_id" not in rows.columns:
        notes += tell_varying(rows, selected.own)
        merged, n_others = merge_labels(rows, selected.own_columns)
        left_out |= count_merged(rows, merged, "the class of most")
        if n_others:
            notes += (f"{n_others:,} rows have another class than most of their formula's",)
        rows = merged
    found = find_classes(
        selected.column, rows["target"], rows["reduced_formula"], order, is_ordered=is_ordered
    )
    rows = rows.with_columns(target=found.labels).drop_nulls("target")
    if rows.height * len(found.names) > MOST_PROBABILITIES:
        raise WarehouseError(
            f"{rows.height:,} rows of {len(found.names)} classes have more than "
            f"{MOST_PROBABILITIES:,} probabilities",
            hint="put classes together in the query, or select fewer rows",
        )
    return FittableRows(rows, found.names, left_out | found.left_out, found.notes + notes)


def _refuse_repeated(rows: pl.DataFrame) -> None:
    if "material_id" in rows.columns:
        repeated = rows.filter(pl.col("material_id").is_duplicated())
        if repeated.height:
            raise WarehouseError(
                f"{repeated.height} rows share a material_id, the first is "
                f"{repeated['material_id'][0]}",
                hint="select each material once, or leave out material_id to merge by formula",
            )


def _refuse_few(selected: SelectedRows, n_formulas: int) -> None:
    if n_formulas < LEAST_SAMPLES:
        raise WarehouseError(
            f"{n_formulas} formulas to learn {selected.column} from are too few: {LEAST_SAMPLES} "
            "at least",
            hint="select more of them",
        )
