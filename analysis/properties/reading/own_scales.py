"""What is told or refused of the values of a user's further columns."""

import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from analysis.linear_models.design import limit_values
from analysis.properties.reading.query import SelectedRows
from analysis.properties.settings import own_column
from warehouse.errors import WarehouseError

LARGEST = 1e100
"""Size of a further column's values, which fits square."""
USUAL = (0.05, 0.95)
"""Quantiles between which nine tenths of the values lie."""
OUTWEIGHED = 0.1
"""If the deviation of these is a smaller share of that of all values, the others outweigh them: of
a lognormal distribution of σ = 2 it is 0.2, of σ = 3 it is 0.04."""
MANY_TIMES = 1_000
"""So many times the least of them, the largest are told, too: small ones are all alike beside it.
"""


def refuse_large(selected: SelectedRows) -> None:
    """Raise WarehouseError if a further column is infinite, or its squares would be."""
    for name in selected.own:
        values = selected.rows[own_column(name)].cast(pl.Float64).fill_nan(None)
        large = selected.rows.filter(values.abs() > LARGEST)
        if large.height:
            raise WarehouseError(
                f"{name} is infinite or larger than {LARGEST:g} for {large.height:,} rows, the "
                f"first is {large['formula'][0]}",
                hint=f'leave them out: --where "abs({name}) < {LARGEST:g}"; or take a larger unit',
            )


def tell_scales(selected: SelectedRows, rows: pl.DataFrame) -> tuple[str, ...]:
    """Further columns that tell nothing, and those of which a few values tell all."""
    told = []
    for name in selected.own:
        values = rows[own_column(name)].to_numpy()
        if np.ptp(values) == 0:
            told.append(f"{name} is the same in all rows, and has no weight")
        elif _is_outweighed(values):
            told.append(_tell_outweighed(name, values))
    return tuple(told)


def _is_outweighed(values: FloatArray) -> bool:
    lower, upper = np.quantile(values, USUAL)
    usual = values[(values >= lower) & (values <= upper)]
    if lower > 0 and upper > MANY_TIMES * lower:
        return True
    # Yes and no, however rare, are no scale.
    return len(np.unique(usual)) > 2 and bool(usual.std() < OUTWEIGHED * values.std())


def _tell_outweighed(name: str, values: FloatArray) -> str:
    lower, upper = np.quantile(values, USUAL)
    farthest = values[np.abs(values - np.median(values)).argmax()]
    least, most = limit_values(lower, upper)
    cure = (
        f"describe rows by its logarithm, 'log10({name})', instead"
        if values.min() > 0
        else f'leave such out by --where "{name} between {least:.2g} and {most:.2g}"'
    )
    return (
        f"nine tenths of {name} lie between {lower:.3g} and {upper:.3g}, and values as far as "
        f"{farthest:.3g} outweigh them, so it hardly tells these apart; {cure}"
    )
