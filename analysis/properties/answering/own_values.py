"""Values of the columns that a model reads beside a formula, and what they add."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from analysis.linear_models.answering.described import AskedFormula
from analysis.linear_models.data import INTERCEPT, OWN, OwnColumn
from analysis.linear_models.kinds import OF_FORMULA
from warehouse.errors import WarehouseError
from warehouse.quoting import quote_name

MOST_NAMED = 6
"""Descriptors that a message names."""


def list_own(hyperparameters: Mapping[str, Any]) -> tuple[OwnColumn, ...]:
    """The columns that a model reads beside the formula."""
    return tuple(OwnColumn(**one) for one in hyperparameters.get("own_columns", ()))


def refuse_unasked(name: str, hyperparameters: Mapping[str, Any]) -> None:
    """Raise WarehouseError if the model reads what nobody can give with a formula."""
    own, asked = hyperparameters["own"], hyperparameters.get("own_columns", ())
    further = [one for one in own if one not in {column["descriptor"] for column in asked}]
    views = [one for one in hyperparameters.get("sets", ()) if one not in (*OF_FORMULA, OWN)]
    if not further:
        return
    named = ", ".join(further[:MOST_NAMED])
    more = f" and {len(further) - MOST_NAMED} more" if len(further) > MOST_NAMED else ""
    raise WarehouseError(
        f"the model of {name} reads {named}{more}, which a formula does not tell",
        hint=f"fit one without {', '.join(views)}: --descriptors all takes those of formulas"
        if views
        else "an older version fitted it, and kept no range of them: fit it again",
    )


def part_weights(
    parameters: pl.DataFrame, own: Sequence[OwnColumn]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Weights of what a formula tells, and those of `own` columns, which count from their means.

    The intercept of the first is what it is at these means. The second have `label`, `name`,
    `parameter` and `mean`.
    """
    columns = pl.DataFrame(
        [(one.descriptor, one.name, one.mean) for one in own],
        schema={"descriptor": pl.String, "name": pl.String, "mean": pl.Float64},
        orient="row",
    )
    of_own = parameters.join(columns, on="descriptor", maintain_order="left")
    at_means = of_own.group_by("label").agg(shift=(pl.col("parameter") * pl.col("mean")).sum())
    is_intercept = pl.col("descriptor") == INTERCEPT
    shift = pl.when(is_intercept).then(pl.col("shift").fill_null(0.0)).otherwise(0.0)
    of_formula = (
        parameters.join(columns, on="descriptor", how="anti")
        .join(at_means, on="label", how="left")
        .with_columns(parameter=pl.col("parameter") + shift)
        .drop("shift")
    )
    return of_formula, of_own


def check_values(model: str, own: Sequence[OwnColumn], at: Mapping[str, float]) -> None:
    """Raise WarehouseError unless `at` has one finite number for each column, and no other."""
    wanted = ", ".join(f"{one.name} ({one.lowest:g} to {one.highest:g})" for one in own)
    hint = f"give {' '.join(f'--at {one.name}=NUMBER' for one in own)}"
    if unknown := [name for name in at if name not in {one.name for one in own}]:
        raise WarehouseError(
            f"the model of {model} reads no {', '.join(unknown)}; beside the formula it reads "
            f"{wanted or 'nothing'}",
            hint=hint if own else "leave out --at",
        )
    if missing := [one.name for one in own if one.name not in at]:
        raise WarehouseError(
            f"the model of {model} reads {wanted} beside the formula; there is no value of "
            f"{', '.join(missing)}",
            hint=f"{hint}, or ask with --query about rows that have "
            f"{'it' if len(own) == 1 else 'them'}",
        )
    if strange := [name for name, value in at.items() if not np.isfinite(value)]:
        raise WarehouseError(f"{strange[0]} is {at[strange[0]]}, no finite number", hint=hint)


def add_values(
    asked: AskedFormula, own: Sequence[OwnColumn], weights: pl.DataFrame, at: Mapping[str, float]
) -> AskedFormula:
    """A formula with what the values `at` add to it; `weights` are the second of `part_weights`."""
    if asked.parts is None or not own:
        return asked
    taken = {one.name: float(np.clip(at[one.name], *one.limits)) for one in own}
    values = weights["name"].replace_strict(taken, return_dtype=pl.Float64)
    parts = weights.select(
        "label",
        descriptor="name",
        kind=pl.lit("own"),
        part=pl.col("parameter") * (values - pl.col("mean")),
    )
    outside = [
        f"; {one.name} {at[one.name]:g} lies outside the {one.lowest:g} to {one.highest:g} of "
        "training, where no error is known"
        + (f", and counts as {taken[one.name]:g}" if taken[one.name] != at[one.name] else "")
        for one in own
        if not one.lowest <= at[one.name] <= one.highest
    ]
    return replace(
        asked,
        parts=pl.concat([asked.parts, parts]),
        likeness=asked.likeness + "".join(outside),
    )


def read_values(model: str, own: Sequence[OwnColumn], rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of a query's rows that a model reads, as numbers, by name.

    Small and large letters are alike, as in SQL. Raises WarehouseError if one is missing, or no
    number.
    """
    there = {name.lower(): name for name in rows.columns}
    for one in own:
        written = one.name if one.name.isidentifier() else quote_name(one.name)
        if one.name.lower() not in there:
            raise WarehouseError(
                f"the query has no column {one.name}, which the model of {model} reads; it has "
                f"{', '.join(rows.columns)}",
                hint=f"select it, too, or write `... as {written}`",
            )
        dtype = rows[there[one.name.lower()]].dtype
        if not (dtype.is_numeric() or dtype in (pl.Boolean, pl.Null)):
            raise WarehouseError(
                f"{one.name} is {str(dtype).lower()}, and the model of {model} reads numbers",
                hint=f"write `{written}::double as {written}`",
            )
    return rows.select(
        pl.col(there[one.name.lower()]).cast(pl.Float64).alias(one.name) for one in own
    )


def sum_values(
    own: Sequence[OwnColumn], weights: pl.DataFrame, values: pl.DataFrame, labels: Sequence[str]
) -> FloatArray:
    """What the `values` of `read_values` add to each label, shape (n_rows, n_labels).

    One that is not finite adds nothing: `tell_values` says that its row has no prediction.
    """
    known = {(name, label): weight for name, label, weight in
             weights.select("name", "label", "parameter").iter_rows()}  # fmt: skip
    of_labels = np.array([[known.get((one.name, label), 0.0) for label in labels] for one in own])
    numbers = values.to_numpy()
    taken = np.clip(numbers, *np.transpose([one.limits for one in own]))
    from_means = np.where(np.isfinite(numbers), taken - [one.mean for one in own], 0.0)
    return np.asarray(from_means @ of_labels.reshape(len(own), len(labels)))


def tell_values(own: Sequence[OwnColumn], values: pl.DataFrame) -> pl.DataFrame:
    """Of each row `outside_training`, names of columns, and `reason`, why it has no prediction."""
    return values.select(
        outside_training=pl.concat_str(
            [
                pl.when(~pl.col(one.name).is_between(one.lowest, one.highest)).then(
                    pl.lit(one.name)
                )
                for one in own
            ],
            separator=", ",
            ignore_nulls=True,
        ).replace("", None),
        reason=pl.coalesce(
            pl.when(pl.col(one.name).is_null())
            .then(pl.lit(f"{one.name} is NULL"))
            .when(~pl.col(one.name).is_finite())
            .then(pl.format(f"{one.name} is {{}}", one.name))
            for one in own
        ),
    )
