"""The query behind a study of a property: from a column of a data set, or a user's own."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import polars as pl

from analysis.datasets import read_rows
from analysis.properties.reading.classes import find_kind
from analysis.properties.reading.own_table import ROW, find_unit, list_table_columns, write_table
from analysis.properties.reading.refusals import (
    KEYS,
    refuse_method,
    refuse_missing_roles,
    refuse_unknown,
    tell_known,
)
from analysis.properties.reading.sql_text import check_condition
from analysis.properties.settings import PropertySettings, TargetKind, own_column, role_column
from analysis.properties.tasks import TASKS
from warehouse.errors import WarehouseError
from warehouse.quoting import quote_name, quote_text

FOLD = role_column("fold")
"""Column of the rows of a whole task of Matbench, or of folds that a user names."""

CELL_SITES = "cell_sites"
"""Column of the rows of a source: atoms of the unit cell, NULL where nobody knows."""


@dataclass(frozen=True)
class SelectedRows:
    """What a query selected.

    Attributes:
        rows: Columns `formula` and `target`, further descriptors by `own_column`, `material_id` if
            there is one, columns of roles by `role_column`, among them FOLD of a whole task, and
            CELL_SITES of a source.
        kind: Whether the target is numbers or classes.
        column: Name of the target.
        own: Names of the further descriptors.
        unit: Unit of the target as it is fitted; "1" if it has none or none is known.

    """

    rows: pl.DataFrame
    kind: TargetKind
    column: str
    own: tuple[str, ...]
    unit: str

    @property
    def own_columns(self) -> tuple[str, ...]:
        """What the further descriptors are called among the rows."""
        return tuple(map(own_column, self.own))


def write_query(settings: PropertySettings, columns: Mapping[str, str] | None = None) -> str:
    """The SQL that selects the rows of a study; `columns` are those of a table of the user's.

    Raises WarehouseError if its condition is none.
    """
    if settings.where:
        check_condition(settings.where)
    if settings.table:
        return _write_table_query(settings, columns or {})
    if not settings.source:
        where = f" where {settings.where}" if settings.where else ""
        return f"select * from ({settings.target.rstrip().rstrip(';')}) as asked{where}"
    task = TASKS.get(settings.source)
    column = quote_name(settings.target)
    source = quote_text(task.source if task else settings.source)
    where = f" and ({settings.where})" if settings.where else ""
    fold = folds = ""
    if task and not where:  # Of a part of the rows the folds are not the official ones.
        fold = f", {quote_name(FOLD)}"
        folds = (
            f"left join (select material_id, official_fold as {quote_name(FOLD)} "
            "from staging.benchmark_folds "
            f"where benchmark = {quote_text(settings.source)}) using (material_id) "
        )
    roles = "".join(f", {quote_name(one)}" for one in _list_roles(settings))
    return (
        f"select material_id, formula, nsites as {CELL_SITES}{fold}, {column}{roles} "
        f"from staging.materials {folds}"
        f"where source = {source} and {column} is not null{where} order by material_id"
    )


def _write_table_query(settings: PropertySettings, columns: Mapping[str, str]) -> str:
    """Where further columns describe them, or folds part them, rows are samples each."""
    row = quote_name(ROW)
    is_each = settings.own or settings.folds
    key = f"cast({row} as varchar) as material_id, " if is_each else ""
    names = (settings.target, *settings.own, *_list_roles(settings))
    where = f" and ({settings.where})" if settings.where else ""
    return (
        f"select {key}formula, {', '.join(map(quote_name, dict.fromkeys(names)))} "
        f"from ({write_table(settings.table, columns)}) as asked "
        f"where {quote_name(settings.target)} is not null{where} order by {row}"
    )


def _list_roles(settings: PropertySettings) -> list[str]:
    """Columns of weights, groups and times that are not keys anyway."""
    return [one for one in dict.fromkeys(settings.roles.values()) if one not in KEYS]


def select_rows(connection: duckdb.DuckDBPyConnection, settings: PropertySettings) -> SelectedRows:
    """Ask the query and tell its target from its keys and descriptors.

    Raises WarehouseError if there are no rows, no formulas, or nothing to predict.
    """
    refuse_unknown(connection, settings)
    query = write_query(
        settings, list_table_columns(connection, settings) if settings.table else None
    )
    rows = read_rows(connection, query)
    if rows.is_empty():
        raise WarehouseError(
            f"no rows to learn {settings.target} from"
            if settings.source or settings.table
            else "the query selects no rows to learn from",
            hint=f"--where {settings.where} leaves none"
            if settings.where
            else tell_known(connection, settings)
            or "`python -m warehouse query` shows what a query selects",
        )
    refuse_no_formulas(rows)
    refuse_missing_roles(rows, settings)
    keys = (*KEYS, CELL_SITES, FOLD) if settings.source else KEYS
    keys = (*keys, *settings.roles.values())
    others = [name for name in rows.columns if name not in keys]
    if not others:
        raise WarehouseError(
            "the query selects a formula and nothing to predict",
            hint="write `select formula, COLUMN ...`",
        )
    column, *own = others
    for name in others:
        if not rows[name].count():
            raise WarehouseError(
                f"{name} is NULL in all {rows.height:,} rows",
                hint="`python -m warehouse query` shows what a query selects",
            )
    for name in own:
        if not (rows[name].dtype.is_numeric() or rows[name].dtype == pl.Boolean):
            raise WarehouseError(
                f"{name} is {str(rows[name].dtype).lower()}, and a descriptor must be numbers",
                hint="the first column beside the formula is predicted, the others describe it",
            )
    is_guess = settings.kind == TargetKind.GUESSED
    asked = TargetKind.NUMBER if is_guess and settings.is_log else settings.kind
    kind = find_kind(column, rows[column], asked)
    refuse_method(settings, column, kind)
    is_number = kind == TargetKind.NUMBER
    unit = "1"
    if is_number:
        told = find_unit(connection, settings.table, column) if settings.table else None
        unit = _find_unit(connection, column) if told is None else told
        unit = _write_log(unit) if settings.is_log else unit
    rows = _order_classes(connection, rows, column, query)
    return SelectedRows(
        rows.select(
            *(name for name in (*KEYS, CELL_SITES, FOLD) if name in keys and name in rows.columns),
            pl.col(column).alias("target"),
            *(pl.col(name).alias(own_column(name)) for name in own),
            *(pl.col(name).alias(role_column(role)) for role, name in settings.roles.items()),
        ),
        kind,
        column,
        tuple(own),
        unit,
    )


def refuse_no_formulas(rows: pl.DataFrame) -> None:
    """Raise WarehouseError if the rows of a query have no column `formula` of texts."""
    if "formula" not in rows.columns:
        raise WarehouseError(
            f"the query has no column formula; it has {', '.join(rows.columns)}",
            hint="write `select formula, ...`, or `... as formula`",
        )
    if rows["formula"].dtype != pl.String:
        raise WarehouseError(
            f"formula is {str(rows['formula'].dtype).lower()}, not text such as 'Cu3Au'",
            hint="write `... as formula` of a column with formulas",
        )


def _order_classes(
    connection: duckdb.DuckDBPyConnection,
    rows: pl.DataFrame,
    column: str,
    query: str,
) -> pl.DataFrame:
    """The rows with the order that an enumerated type of DuckDB gives a column."""
    if not isinstance(rows[column].dtype, pl.Categorical):
        return rows
    asked = connection.sql(query)
    ((_, values),) = asked.types[asked.columns.index(column)].children
    order = pl.Enum([str(value) for value in values]) if isinstance(values, list) else pl.String
    return rows.with_columns(pl.col(column).cast(pl.String).cast(order))


def _find_unit(connection: duckdb.DuckDBPyConnection, column: str) -> str:
    """Unit of a column that has one documentation in all views, as one name is one quantity."""
    comments = read_rows(
        connection,
        "select distinct comment from duckdb_columns() "
        "where column_name = ? and comment like '%: %'",
        [column],
    ).to_series()
    units = {comment.partition(": ")[0] for comment in comments}
    return units.pop() if len(units) == 1 else "1"


def _write_log(unit: str) -> str:
    return "log10" if unit == "1" else f"log10({unit})"
