"""What a user asked for that there is not, or that does not fit."""

import duckdb
import polars as pl

from analysis.datasets import read_rows
from analysis.linear_models.kinds import CalibrationKind, ClassMethod, NumberMethod
from analysis.properties.reading.short_names import suggest_columns
from analysis.properties.settings import (
    LOGISTIC,
    ROLES,
    PropertySettings,
    TargetKind,
)
from analysis.properties.tasks import TASKS
from warehouse.errors import WarehouseError

KEYS = ("formula", "material_id")
"""Columns of a query that are no descriptors and no target."""
NO_PROPERTIES = (
    *(*KEYS, "source", "dataset", "license", "formula_pretty", "reduced_formula", "chemsys"),
    *("database_version", "reference_doi"),
)
"""Columns of materials that say which they are and where from."""


def refuse_method(settings: PropertySettings, column: str, kind: TargetKind) -> None:
    """Raise WarehouseError if what was asked for is not for this kind of target."""
    is_number = kind == TargetKind.NUMBER
    what, members = ("numbers", NumberMethod) if is_number else ("classes", ClassMethod)
    names = [name.replace("_", "-") for name in members]
    if not is_number:
        names.insert(0, LOGISTIC)
    method = settings.method.replace("_", "-")
    if method and method not in names:
        raise WarehouseError(
            f"--method {method} does not fit {column}, which is taken for {what}",
            hint=f"for {what} there are {', '.join(names)}",
        )
    if is_number and settings.calibration != CalibrationKind.NONE:
        raise WarehouseError(
            f"--calibrate is for probabilities of classes, and {column} is taken for numbers",
            hint="leave it out; --classify makes classes of numbers",
        )


def refuse_missing_roles(rows: pl.DataFrame, settings: PropertySettings) -> None:
    """Raise WarehouseError if the rows lack a column of weights, groups or times."""
    for role, column in settings.roles.items():
        if column not in rows.columns:
            raise WarehouseError(
                f"--{ROLES[role]} {column}: the rows have no such column",
                hint=f"the query has {', '.join(rows.columns)}; select it, too",
            )


def refuse_unknown(connection: duckdb.DuckDBPyConnection, settings: PropertySettings) -> None:
    """Raise WarehouseError if the source has no such rows, or no such column."""
    if not settings.source:
        return
    known = read_rows(connection, "select distinct source from staging.materials order by all")
    task = TASKS.get(settings.source)
    if (task.source if task else settings.source) not in known["source"]:
        raise WarehouseError(
            f"there are no rows of {settings.source}",
            hint=f"there are {', '.join(dict.fromkeys([*TASKS, *known['source']]))}",
        )
    columns = read_rows(
        connection,
        "select column_name, data_type in ('DOUBLE', 'BIGINT', 'BOOLEAN', 'VARCHAR') as is_plain "
        "from duckdb_columns() where schema_name = 'staging' and table_name = 'materials' "
        "order by all",
    )
    targets = columns.filter(
        pl.col("is_plain") & ~pl.col("column_name").is_in(NO_PROPERTIES)
    ).to_series()
    if settings.target not in targets:
        near = suggest_columns(settings.target, list(targets))
        raise WarehouseError(
            f"materials have no column of numbers or classes {settings.target!r}",
            hint=f"do you mean {' or '.join(near)}?"
            if near
            else f'choose one of {", ".join(targets)}, or write a query: "select formula, ..."',
        )
    for role, column in settings.roles.items():
        if column not in columns["column_name"]:
            raise WarehouseError(
                f"--{ROLES[role]} {column}: materials have no such column",
                hint="`python -m warehouse describe staging.materials` lists those that it has",
            )


def tell_known(connection: duckdb.DuckDBPyConnection, settings: PropertySettings) -> str | None:
    """Which columns a source has values of, if it has none of the one that was asked for."""
    if not settings.source or settings.where:
        return None
    task = TASKS.get(settings.source)
    source = task.source if task else settings.source
    rows = read_rows(connection, "from staging.materials where source = ?", [source])
    known = [
        one.name
        for one in rows
        if one.count() and one.name not in NO_PROPERTIES and not one.dtype.is_nested()
    ]
    return f"{settings.target} is NULL in all rows of {source}, which has {', '.join(known)}"
