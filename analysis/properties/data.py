"""Samples of a study: formulas with a number or a class each, and their descriptors."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import hstack

from analysis.datasets import FloatArray, read_rows
from analysis.descriptors import (
    CELL,
    FORMULA,
    MAGPIE,
    PRECISION,
    SPLITS,
    describe_formulas,
    spread_descriptors,
)
from analysis.linear_models.design import Design
from analysis.linear_models.scaling import LEAST_WITH
from analysis.properties.reading.further import FurtherDescriptors, read_further
from analysis.properties.reading.query import CELL_SITES, FOLD, SelectedRows, select_rows
from analysis.properties.reading.rows import FittableRows, shape_rows
from analysis.properties.settings import OF_FORMULA, ROLES, SETS, PropertySettings, role_column
from warehouse.errors import WarehouseError

READ = ("descriptor_set", "descriptor", "value")
"""What a study reads of descriptors."""


@dataclass(frozen=True)
class PropertyData:
    """What a model of a property is fitted to.

    Attributes:
        name: Of the data set in the tables of results.
        column: Name of the property.
        unit: Of the target as it is fitted; "1" if it has none.
        samples: `sample_id`, `formula`, `reduced_formula`, `chemsys`, the folds of each split and
            those of `weight`, `group` and `time` that were asked for.
        y: The property, its decimal logarithm, or the place of its class among `classes`, shape
            (n_samples,).
        design: Descriptors as they are, not scaled.
        features: Names of the columns of `design`, shape (n_columns,).
        sets: The set that each belongs to, shape (n_columns,).
        classes: Names of the classes; empty for numbers.
        left_out: Rows that are not fitted: how many, by reason.
        notes: What a reader must know of how the target was read.

    """

    name: str
    column: str
    unit: str
    samples: pl.DataFrame
    y: FloatArray
    design: Design
    features: NDArray[np.str_]
    sets: NDArray[np.str_]
    classes: tuple[str, ...]
    left_out: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def lowest(self) -> float:
        """What no prediction is below: 0 of what is never negative, no bound of a logarithm."""
        is_bounded = self.y.min() >= 0 and not self.unit.startswith("log10")
        return 0.0 if is_bounded else -np.inf

    @property
    def labels(self) -> NDArray[np.int64]:
        """The place of each sample's class among `classes`, shape (n_samples,)."""
        return self.y.astype(np.int64)

    @property
    def counts(self) -> FloatArray:
        """How much each sample counts: its weight, or 1; shape (n_samples,)."""
        is_weighed = "weight" in self.samples.columns
        return self.samples["weight"].to_numpy() if is_weighed else np.ones(len(self.y))

    def spread(self) -> FloatArray:
        """Standard deviation of each descriptor, shape (n_columns,)."""
        n = len(self.y)
        mean = self.design.sums(np.ones(n)) / n
        square = self.design.square_sums(np.ones(n)) / n
        return np.asarray(np.sqrt(np.maximum(square - mean**2, 0)))

    def record(self) -> dict[str, Any]:
        """What a run keeps of it, beside the fit."""
        is_further = ~np.isin(self.sets, OF_FORMULA)
        own = [str(name) for name in self.features[is_further]]
        return {"column": self.column, "notes": list(self.notes), "own": own}

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
    cells = _describe_cells(rows, elements, selected.column)
    blocks = [spread_descriptors(described.descriptors, rows["key"])]
    blocks += [spread_descriptors(one, rows["formula"]) for one in cells]
    blocks += [spread_descriptors(one.entries, rows["sample_id"]) for one in further.values()]
    sparse = hstack([block for block, _ in blocks], format="csr")
    common = sparse.getnnz(axis=0) >= LEAST_WITH
    names = pl.concat([names for _, names in blocks]).filter(pl.Series(common))
    numbers = {
        "magpie": _join(rows, magpie),
        "own": rows.select(selected.own),
        **{one: of.numbers for one, of in further.items()},
    }
    dense = np.hstack([frame.to_numpy() for frame in numbers.values() if frame.width])
    folds = _join(rows, splits)
    if FOLD in rows.columns:
        folds = folds.with_columns(rows[FOLD])
    roles = {role: role_column(role) for role in ROLES if role_column(role) in rows.columns}
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
        Design(sparse[:, common], dense.astype(PRECISION)),
        np.array(_name_apart(columns)),
        np.array([one for one, _ in columns]),
        classes,
        fittable.left_out,
        (*fittable.notes, *(note for of in further.values() for note in of.notes)),
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
    """Names of descriptors; of two with the same one, the later has its set before it."""
    seen: set[str] = set()
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
