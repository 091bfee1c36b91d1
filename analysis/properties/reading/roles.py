"""Columns that are neither target nor descriptor: weights, groups, times and folds."""

from collections.abc import Callable, Mapping

import polars as pl

from analysis.properties.settings import ROLES, PropertySettings, role_column
from warehouse.errors import WarehouseError

MOST_FOLDS = 20
"""Each is a fit, and a column with more values is hardly meant."""
TRAINED = "^(train.*|val.*|dev.*|false|none|null|nan|n/?a|-|)$"
"""What a column of folds says of rows that are only trained on, such as `train+val`."""
FLAGS = {"0", "1"}
"""All values of a column that says whether a row is tested: tables keep true and false so."""


def read_roles(
    rows: pl.DataFrame, settings: PropertySettings
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Weights and times as numbers, groups as text, folds by number; how many rows have none, why.

    A row that weighs nothing is left out, as one without a group or a time; one without a fold is
    only trained on. Raises WarehouseError if a weight is none, or a column is not what its role
    needs.
    """
    left_out = {}
    for role, column in settings.roles.items():
        name = role_column(role)
        rows = rows.with_columns(READERS[role](column, rows[name], rows).alias(name))
        if role == "fold":
            continue
        nothing = pl.col(name) == 0 if role == "weight" else pl.col(name).is_null()
        kept = rows.filter(~nothing)
        why = f"no weight ({column} is 0)" if role == "weight" else f"no {column}"
        left_out[why] = rows.height - kept.height
        rows = kept
    return rows, {why: n for why, n in left_out.items() if n}


def refuse_single(rows: pl.DataFrame, roles: Mapping[str, str]) -> None:
    """Raise WarehouseError if there is nothing to part the samples by."""
    for role, column in roles.items():
        values = rows[role_column(role)]
        if role != "weight" and values.n_unique() < 2:
            raise WarehouseError(
                f"{column} is the same in all {rows.height:,} samples",
                hint=f"--{ROLES[role]} needs two values at least; leave it out",
            )


def _read_weights(column: str, values: pl.Series, rows: pl.DataFrame) -> pl.Series:
    if not values.dtype.is_numeric():
        raise WarehouseError(
            f"--weights {column} is {str(values.dtype).lower()}, not numbers",
            hint="a weight says how much a row counts, such as `1 / (sigma * sigma) as weight`",
        )
    numbers = values.cast(pl.Float64)
    is_bad = ~(numbers.is_finite() & (numbers >= 0)).fill_null(value=False)
    if is_bad.any():
        first = rows.filter(is_bad).row(0, named=True)
        seen = first[role_column("weight")]
        raise WarehouseError(
            f"{int(is_bad.sum()):,} of {rows.height:,} rows have no weight of 0 or more in "
            f"{column}, the first is {first['formula']} with {'NULL' if seen is None else seen}",
            hint=f'give each row one, or leave them out: --where "{column} >= 0 and '
            f'isfinite({column})"',
        )
    if not (numbers > 0).any():
        raise WarehouseError(
            f"{column} is 0 in all {rows.height:,} rows", hint="weigh some more than nothing"
        )
    return numbers


def _read_groups(
    column: str, values: pl.Series, rows: pl.DataFrame, option: str = "group"
) -> pl.Series:
    if values.dtype.is_float() or values.dtype.is_decimal():
        values = _read_whole(values)
    if values.dtype.is_nested() or values.dtype.is_float():
        raise WarehouseError(
            f"--{option} {column} is {str(values.dtype).lower()}, not text or whole numbers",
            hint=f"name the groups in a query, such as `{column}::varchar`",
        )
    return values.cast(pl.String).str.strip_chars().replace("", None)


def _read_whole(values: pl.Series) -> pl.Series:
    """The same as integers if all of them are whole, as years in a column of doubles."""
    values = values.cast(pl.Float64).fill_nan(None)
    whole = values.cast(pl.Int64, strict=False)
    return whole if values.eq_missing(whole.cast(pl.Float64)).all() else values


def _read_times(column: str, values: pl.Series, rows: pl.DataFrame) -> pl.Series:
    if values.dtype.is_temporal():
        values = values.to_physical()
    if not values.dtype.is_numeric():
        raise WarehouseError(
            f"--time {column} is {str(values.dtype).lower()}, neither dates nor numbers",
            hint=f"write it as a date or a number in a query, such as `{column}::date` or "
            f"`{column}::int`",
        )
    return values.cast(pl.Float64).replace(float("nan"), None)


def _read_folds(column: str, values: pl.Series, rows: pl.DataFrame) -> pl.Series:
    """The fold that tests a row, numbered by alphabet unless it is a number; NULL for none."""
    texts = _read_groups(column, values, rows, "folds")
    texts = texts.set(texts.str.to_lowercase().str.contains(TRAINED), None)
    if set(texts.drop_nulls()) == FLAGS:
        texts = texts.set(texts == "0", None)
    names = texts.drop_nulls().unique().sort()
    if not 0 < len(names) <= MOST_FOLDS:
        raise WarehouseError(
            f"--folds {column} has {len(names):,} values that name a fold to test, and "
            f"1 to {MOST_FOLDS} are wanted",
            hint="each row has the name of the fold that tests it; rows with nothing, train or val "
            "are only trained on",
        )
    numbers = names.cast(pl.Int64, strict=False)
    places = pl.int_range(len(names), eager=True) if numbers.null_count() else numbers
    return texts.replace_strict(names, places, return_dtype=pl.Int64)


READERS: dict[str, Callable[[str, pl.Series, pl.DataFrame], pl.Series]] = {
    "weight": _read_weights,
    "group": _read_groups,
    "time": _read_times,
    "fold": _read_folds,
}
