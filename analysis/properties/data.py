"""Samples of a study: formulas with a number each, and their descriptors."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.datasets import FloatArray, read_rows
from analysis.descriptors import (
    MAGPIE,
    PRECISION,
    SPLITS,
    describe_formulas,
    spread_descriptors,
)
from analysis.properties.models.design import Design
from analysis.properties.models.product import LEAST_WITH
from analysis.properties.query import FOLD, SelectedRows, select_rows
from analysis.properties.settings import PropertySettings
from warehouse.conventions.formulas import parse_formulas
from warehouse.conventions.reduced_formulas import reduce_compositions
from warehouse.errors import WarehouseError

LEAST_SAMPLES = 100
"""Fewer formulas than this part into folds too small to say anything."""
TELLS_ALL = 0.9999
"""Rank correlation with the target from which a further descriptor is the answer itself."""


@dataclass(frozen=True)
class PropertyData:
    """What a model of a property is fitted to.

    Attributes:
        name: Of the data set in the tables of results.
        column: Name of the property.
        unit: Of the target as it is fitted; "1" if it has none.
        samples: `sample_id`, `formula`, `reduced_formula`, `chemsys` and the folds of each split.
        y: The property, or its decimal logarithm, shape (n_samples,).
        design: Descriptors as they are, not scaled.
        features: Names of the columns of `design`, shape (n_columns,).
        sets: The set that each belongs to, shape (n_columns,).
        left_out: Rows that are not fitted: how many, by reason.

    """

    name: str
    column: str
    unit: str
    samples: pl.DataFrame
    y: FloatArray
    design: Design
    features: NDArray[np.str_]
    sets: NDArray[np.str_]
    left_out: Mapping[str, int]

    @property
    def lowest(self) -> float:
        """What no prediction is below: 0 of what is never negative, no bound of a logarithm."""
        is_bounded = self.y.min() >= 0 and not self.unit.startswith("log10")
        return 0.0 if is_bounded else -np.inf

    def of_sets(self, sets: tuple[str, ...]) -> "PropertyData":
        """The same samples with the descriptors of some sets."""
        kept = np.isin(self.sets, sets)
        return replace(
            self, design=self.design.keep(kept), features=self.features[kept], sets=self.sets[kept]
        )


def read_property(
    connection: duckdb.DuckDBPyConnection, name: str, settings: PropertySettings
) -> PropertyData:
    """Read the rows of a study and describe their formulas.

    Raises WarehouseError if there are too few, if all are equal, if one has no logarithm, or if a
    further column is the target under another name.
    """
    selected = select_rows(connection, settings)
    rows, left_out = _read_formulas(connection, selected)
    rows = _shape_target(selected, rows, is_log=settings.is_log)
    rows, merged = _merge_formulas(rows, selected.own)
    left_out |= {"formula again, merged by the median": merged} if merged else {}
    _refuse_unfit(selected, rows)
    elements = read_rows(connection, "from staging.elements")
    return _describe(name, settings, selected, rows, elements, left_out)


def _read_formulas(
    connection: duckdb.DuckDBPyConnection, selected: SelectedRows
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Rows with a target, all descriptors, and a formula that can be read, by its composition."""
    wanted = ["target", *selected.own]
    finite = selected.rows.with_columns(
        pl.col(wanted).cast(pl.Float64).replace({float("nan"): None})
    ).drop_nulls(wanted)
    parsed = parse_formulas(finite["formula"])
    known = read_rows(connection, "select element from staging.elements").to_series()
    symbols = pl.col("composition").list.eval(pl.element().struct.field("element"))
    rows = finite.with_columns(parsed).with_columns(
        is_known=symbols.list.eval(pl.element().is_in(known.implode())).list.all()
    )
    unread = rows.filter(pl.col("composition").is_null())
    unknown = rows.filter(~pl.col("is_known"))
    left_out = {
        "no value": selected.rows.height - finite.height,
        f"no formula, such as {str(unread['formula'].first())!r}": unread.height,
        f"an element without properties, such as in {unknown['formula'].first()!s}": unknown.height,
    }
    kept = rows.filter("is_known").drop("reason", "is_known")
    return kept, {reason: count for reason, count in left_out.items() if count}


def _shape_target(selected: SelectedRows, rows: pl.DataFrame, *, is_log: bool) -> pl.DataFrame:
    infinite = rows.filter(~pl.col("target").is_finite())
    if infinite.height:
        raise WarehouseError(
            f"{selected.column} is infinite for {infinite.height} rows, the first is "
            f"{infinite['formula'][0]}",
            hint='leave them out: --where "isfinite(...)"',
        )
    if not is_log:
        return rows
    without = rows.filter(pl.col("target") <= 0)
    if without.height:
        raise WarehouseError(
            f"{without.height} of {rows.height} rows have no logarithm of {selected.column}, the "
            f"first is {without['formula'][0]} with {without['target'][0]:g}",
            hint=f'leave them out: --where "{selected.column} > 0"',
        )
    return rows.with_columns(pl.col("target").log10())


def _merge_formulas(rows: pl.DataFrame, own: tuple[str, ...]) -> tuple[pl.DataFrame, int]:
    """One row per formula where rows have no identifier, with the median of each number."""
    if "material_id" in rows.columns:
        repeated = rows.filter(pl.col("material_id").is_duplicated())
        if repeated.height:
            raise WarehouseError(
                f"{repeated.height} rows share a material_id, the first is "
                f"{repeated['material_id'][0]}",
                hint="select each material once, or leave out material_id to merge by formula",
            )
        return rows.rename({"material_id": "sample_id"}), 0
    merged = (
        rows.with_columns(reduce_compositions(rows["composition"])["reduced_formula"])
        .group_by("reduced_formula", maintain_order=True)
        .agg(pl.col("target", *own).median(), pl.exclude("target", *own).first())
        .with_columns(formula="reduced_formula")
        .rename({"reduced_formula": "sample_id"})
    )
    return merged, rows.height - merged.height


def _refuse_unfit(selected: SelectedRows, rows: pl.DataFrame) -> None:
    if rows.height < LEAST_SAMPLES:
        raise WarehouseError(
            f"{rows.height} rows to learn {selected.column} from are too few: {LEAST_SAMPLES} at "
            "least",
            hint="select more of them",
        )
    if rows["target"].n_unique() == 1:
        raise WarehouseError(
            f"{selected.column} is {rows['target'][0]:g} in all {rows.height} rows",
            hint="there is nothing to predict",
        )
    ranked = rows.select(pl.col("target", *selected.own).rank())
    for name in selected.own:
        correlation = ranked.select(pl.corr("target", name)).item()
        if abs(correlation) > TELLS_ALL:
            raise WarehouseError(
                f"{name} is the answer: its rank correlation with {selected.column} is "
                f"{correlation:.5f} (n = {rows.height:,})",
                hint=f"leave {name} out of the query",
            )


def _describe(
    name: str,
    settings: PropertySettings,
    selected: SelectedRows,
    rows: pl.DataFrame,
    elements: pl.DataFrame,
    left_out: Mapping[str, int],
) -> PropertyData:
    asked = rows.unique("formula", maintain_order=True).select("composition", key="formula")
    described = describe_formulas(asked, elements, (MAGPIE, SPLITS))
    magpie, splits = (frame.drop("source") for frame in described.more)
    # A formula may list a whole cell, which only a structure tells.
    entries = described.descriptors.filter(pl.col("descriptor_set") != "cell")
    sparse, names = spread_descriptors(entries, rows["formula"])
    common = sparse.getnnz(axis=0) >= LEAST_WITH
    names = names.filter(pl.Series(common))
    formulas = rows.select(material_id="formula")
    dense = formulas.join(magpie, on="material_id", how="left", maintain_order="left").drop(
        "material_id"
    )
    folds = formulas.join(splits, on="material_id", how="left", maintain_order="left").drop(
        "material_id"
    )
    n_magpie, dense = dense.width, dense.with_columns(rows.select(selected.own).get_columns())
    if FOLD in rows.columns:
        folds = folds.with_columns(rows[FOLD])
    return PropertyData(
        name,
        selected.column,
        selected.unit,
        rows.select("sample_id", "formula").with_columns(folds.get_columns()),
        rows["target"].to_numpy(),
        Design(sparse[:, common], dense.to_numpy().astype(PRECISION)),
        np.array([*names["descriptor"], *dense.columns]),
        np.array(
            [
                *names["descriptor_set"],
                *["magpie"] * n_magpie,
                *["own"] * len(selected.own),
            ]
        ),
        left_out,
    ).of_sets(settings.sets)
