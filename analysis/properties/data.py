"""Samples of a study: formulas with a number or a class each, and their descriptors."""

from collections.abc import Mapping

import duckdb
import numpy as np
import polars as pl
from scipy.sparse import hstack

from analysis.datasets import read_rows
from analysis.descriptors import (
    CELL,
    FORMULA,
    MAGPIE,
    PRECISION,
    SPLITS,
    describe_formulas,
    spread_descriptors,
)
from analysis.linear_models.data import INTERCEPT, OWN, PropertyData
from analysis.linear_models.design import Design
from analysis.linear_models.scaling import LEAST_WITH
from analysis.properties.reading.further import FurtherDescriptors, read_further
from analysis.properties.reading.query import CELL_SITES, FOLD, SelectedRows, select_rows
from analysis.properties.reading.rows import FittableRows, shape_rows
from analysis.properties.settings import ROLES, SETS, PropertySettings, own_column, role_column
from warehouse.errors import WarehouseError

READ = ("descriptor_set", "descriptor", "value")
"""What a study reads of descriptors."""


def read_property(
    connection: duckdb.DuckDBPyConnection, name: str, settings: PropertySettings
) -> PropertyData:
    """Read the rows of a study and describe their formulas.

    Raises WarehouseError if they are no study: see `select_rows` and `shape_rows`.
    """
    selected = select_rows(connection, settings)
    fittable = shape_rows(connection, selected, settings)
    elements = read_rows(connection, "from staging.elements")
    further = {
        one: read_further(connection, one, fittable.rows, settings, selected)
        for one in settings.sets
        if one not in SETS
    }
    data = _describe(name, selected, fittable, elements, further).of_sets(settings.sets)
    if not data.design.shape[1]:
        raise WarehouseError(
            f"no sample has a descriptor of {', '.join(settings.sets)}",
            hint="`own` are further columns of a query; `--descriptors all` takes all of a formula",
        )
    return data


def _describe(
    name: str,
    selected: SelectedRows,
    fittable: FittableRows,
    elements: pl.DataFrame,
    further: Mapping[str, FurtherDescriptors],
) -> PropertyData:
    rows, classes = fittable.rows, fittable.classes
    # Polymorphs share a reduced formula, and what it tells.
    reduced = "reduced_formula" if "reduced_formula" in rows.columns else "sample_id"
    rows = rows.with_columns(key=reduced)
    asked = rows.unique("key", maintain_order=True).select("key", "composition")
    described = describe_formulas(asked, elements, (MAGPIE, SPLITS), READ, (FORMULA,))
    magpie, splits = (frame.drop("source") for frame in described.more)
    blocks = [spread_descriptors(described.descriptors, rows["key"])]
    del described  # Long rows of many formulas, which those of their cells need not join.
    cells = _describe_cells(rows, elements, selected.column)
    blocks += [spread_descriptors(one, rows["formula"]) for one in cells]
    blocks += [spread_descriptors(one.entries, rows["sample_id"]) for one in further.values()]
    sparse = hstack([block for block, _ in blocks], format="csr")
    common = sparse.getnnz(axis=0) >= LEAST_WITH
    names = pl.concat([names for _, names in blocks]).filter(pl.Series(common))
    numbers = {
        "magpie": _join(rows, magpie),
        OWN: rows.select(pl.col(own_column(name)).alias(name) for name in selected.own),
        **{one: of.numbers for one, of in further.items()},
    }
    dense = np.hstack([frame.to_numpy() for frame in numbers.values() if frame.width])
    given = np.arange(numbers["magpie"].width, dense.shape[1])
    folds = _join(rows, splits)
    notes = [*fittable.notes, *(note for of in further.values() for note in of.notes)]
    if FOLD in rows.columns:
        folds = folds.with_columns(rows[FOLD].alias("official_fold"))
        notes.append(_tell_folds(rows))
    named = {role: role_column(role) for role in ROLES if role_column(role) != FOLD}
    roles = {role: column for role, column in named.items() if column in rows.columns}
    target = rows["target"]
    if classes:
        places = {label: place for place, label in enumerate(classes)}
        target = target.replace_strict(places, return_dtype=pl.Float64)
    columns = [(one, column) for one, frame in numbers.items() for column in frame.columns]
    columns = [*names.select("descriptor_set", "descriptor").iter_rows(), *columns]
    return PropertyData(
        name,
        selected.column,
        selected.unit,
        rows.select("sample_id", "formula", **roles).with_columns(folds.get_columns()),
        target.to_numpy(),
        # A user's own columns may differ in late digits alone, as pressures in Pa do.
        Design(sparse[:, common], dense.astype(float if selected.own else PRECISION), given),
        np.array(_name_apart(columns)),
        np.array([one for one, _ in columns]),
        classes,
        fittable.left_out,
        tuple(notes),
        selected.own,
    )


def _tell_folds(rows: pl.DataFrame) -> str:
    """How many rows the official folds test, and of how many the formula is trained on, too."""
    is_shared = pl.col(FOLD).n_unique().over("key") > 1  # NULL is a value, too.
    tested = rows.filter(pl.col(FOLD).is_not_null(), is_shared).height
    return (
        f"official folds test {rows[FOLD].count():,} of {rows.height:,} samples; the formulas of "
        f"{tested:,} of these are trained on, too"
    )


def _describe_cells(rows: pl.DataFrame, elements: pl.DataFrame, column: str) -> list[pl.DataFrame]:
    """Descriptors of the unit cells that formulas list whole, if there are any.

    Of matbench_mp each formula does, of measured materials none. How many atoms a cell has is the
    answer of `nsites` itself.
    """
    if CELL_SITES not in rows.columns or column == "nsites":
        return []
    atoms = pl.col("composition").list.eval(pl.element().struct.field("amount")).list.sum()
    asked = rows.filter(pl.col(CELL_SITES) == atoms).unique("formula", maintain_order=True)
    asked = asked.select("composition", key="formula")
    if asked.is_empty():
        return []
    return [describe_formulas(asked, elements, (), READ, (CELL,)).descriptors]


def _name_apart(columns: list[tuple[str, str]]) -> list[str]:
    """Names of descriptors; one that is taken has its set before it."""
    seen = {INTERCEPT}
    names = []
    for of, column in columns:
        names.append(f"{of} {column}" if column in seen else column)
        seen.add(names[-1])
    return names


def _join(rows: pl.DataFrame, described: pl.DataFrame) -> pl.DataFrame:
    """What was `described` of the `key` of each of the rows, in their order."""
    formulas = rows.select(material_id="key")
    joined = formulas.join(described, on="material_id", how="left", maintain_order="left")
    return joined.drop("material_id")
