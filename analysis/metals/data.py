"""The materials of a benchmark as a sparse matrix of descriptors, from the marts."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import read_rows, read_samples
from analysis.descriptors import spread_descriptors
from analysis.linear_models.data import PropertyData
from analysis.linear_models.design import Design
from analysis.linear_models.scaling import LEAST_WITH
from analysis.linear_models.splits import FOLD_COLUMNS
from analysis.metals.benchmarks import MATBENCH
from warehouse.errors import WarehouseError

MART = "marts.metal_training"
DESCRIPTORS = "marts.metal_descriptors"
CLASSES = ("non-metal", "metal")
SETS = ("fractions", "cell", "electrons", "charges", "roles", "pairs")
"""Sets of descriptors, in the order in which they were thought of."""


@dataclass(frozen=True)
class LabelledMaterials:
    """Materials with their descriptors.

    Attributes:
        data: Whether each is a metal, its formula and folds, and descriptors that LEAST_WITH of
            them have, Magpie's averages among them.
        described: All descriptors but these averages, shape (n_samples, n_names), and their names.

    """

    data: PropertyData
    described: tuple[Any, tuple[str, ...]]

    @cached_property
    def product(self) -> PropertyData:
        """The materials with the descriptors that the product reads."""
        return self.data.of_sets(SETS)

    def aligned(self, names: Sequence[str]) -> Any:
        """Descriptors in the columns `names`, zero where no material has one of that name.

        One that a single material has is there too: whether it is common enough to learn from is
        for the data set to say that the names come from.
        """
        from scipy.sparse import csr_matrix

        X, known = self.described
        places = {name: place for place, name in enumerate(names)}
        own = [(i, places[name]) for i, name in enumerate(known) if name in places]
        rows, columns = np.array(own, dtype=int).reshape(-1, 2).T
        shape = (len(known), len(names))
        return X @ csr_matrix((np.ones(len(rows), X.dtype), (rows, columns)), shape=shape)


def read_materials(
    connection: duckdb.DuckDBPyConnection, *benchmarks: str
) -> tuple[LabelledMaterials, ...]:
    """Materials of each of `benchmarks`, with descriptors that LEAST_WITH of them have.

    What `marts.metal_descriptors` has is read from the two marts that it is made of, where a
    formula's descriptors are not yet repeated for each of its materials. Raises WarehouseError if
    there are no materials, only one class of them, too few for the folds, or one without features.
    """
    rows = {name: _read_labels(connection, name) for name in benchmarks}
    magpie = {name: _read_magpie(connection, name, rows[name]) for name in benchmarks}
    formulas, cells = (
        read_rows(connection, f"select {key} as key, descriptor_set, descriptor, value from {mart}")
        for mart, key in (
            ("marts.metal_formula_descriptors", "reduced_formula"),
            ("marts.metal_cell_descriptors", "dataset || '/' || material_id"),
        )
    )
    return tuple(_shape(name, rows[name], magpie[name], formulas, cells) for name in benchmarks)


def read_formation_energies(
    connection: duckdb.DuckDBPyConnection, materials: LabelledMaterials
) -> pl.Series:
    """Formation energy of each material in eV/atom; NULL where the source has none."""
    rows = read_rows(
        connection,
        "select material_id, formation_energy_per_atom from staging.materials where dataset = ?",
        [materials.data.name],
    )
    ids = materials.data.samples.select(material_id="sample_id")
    return ids.join(rows, on="material_id", how="left", maintain_order="left").to_series(1)


def _read_labels(connection: duckdb.DuckDBPyConnection, benchmark: str) -> pl.DataFrame:
    rows = read_samples(
        connection,
        f"select * from {MART} where dataset = ? order by material_id",
        [benchmark],
        missing=f"{MART} has no materials of {benchmark}",
        choices=f"select distinct dataset from {MART} order by all",
    )
    _refuse_unfit(benchmark, rows)
    return rows


def _read_magpie(
    connection: duckdb.DuckDBPyConnection, benchmark: str, rows: pl.DataFrame
) -> pl.DataFrame:
    """Magpie's 132 features of the materials of `rows`, in their order."""
    features = read_rows(
        connection,
        "select * exclude dataset from marts.metal_magpie where dataset = ?",
        [benchmark],
    )
    ids = rows.select("material_id")
    found = ids.join(features, on="material_id", how="left", maintain_order="left")
    without = rows.filter(
        found.select(pl.any_horizontal(pl.exclude("material_id").is_null())).to_series()
    )
    if without.height:
        raise WarehouseError(
            f"{benchmark}: {without.height} materials lack Magpie features, "
            f"the first is {without['formula'][0]}",
            hint="ingest their elements' properties, or quarantine these materials",
        )
    return found.drop("material_id").cast(pl.Float32)  # half of the memory until it is shaped


def _shape(
    name: str,
    rows: pl.DataFrame,
    magpie: pl.DataFrame,
    formulas: pl.DataFrame,
    cells: pl.DataFrame,
) -> LabelledMaterials:
    from scipy.sparse import hstack

    spread = [
        spread_descriptors(formulas, rows["reduced_formula"]),
        spread_descriptors(cells, rows["dataset"] + "/" + rows["material_id"]),
    ]
    X = hstack([matrix for matrix, _ in spread], format="csr")
    features = pl.concat([names for _, names in spread])
    described = X, tuple(features["descriptor"])
    common = X.getnnz(axis=0) >= LEAST_WITH
    features = features.filter(pl.Series(common))
    data = PropertyData(
        name=name,
        column="is_metal",
        unit="1",
        samples=rows.select(
            "formula", "reduced_formula", "chemsys", *FOLD_COLUMNS.values(), sample_id="material_id"
        ),
        y=rows["is_metal"].cast(pl.Float64).to_numpy(),
        design=Design(X[:, common], magpie.to_numpy()),
        features=np.array([*features["descriptor"], *magpie.columns]),
        sets=np.array([*features["descriptor_set"], *["magpie"] * magpie.width]),
        classes=CLASSES,
        left_out={},
        notes=(),
    )
    return LabelledMaterials(data, described)


def _refuse_unfit(benchmark: str, rows: pl.DataFrame) -> None:
    if rows["is_metal"].n_unique() < 2:
        raise WarehouseError(
            f"{benchmark}: all {rows.height} materials have the label "
            f"{'metal' if rows['is_metal'][0] else 'non-metal'}; wanted both",
            hint="ingest a data set with metals and non-metals",
        )
    for parting, column in FOLD_COLUMNS.items():
        if benchmark not in MATBENCH and rows[column].is_null().all():
            continue  # only a benchmark has official folds
        folds = rows.drop_nulls(column).group_by(column).agg(pl.col("is_metal").n_unique())
        if folds.height < 2 or (folds["is_metal"] < 2).any():
            raise WarehouseError(
                f"{benchmark}: {rows.height} materials are too few for the split {parting}: it has "
                f"{folds.height} folds, and each needs metals and non-metals",
                hint="ingest more materials, and their official folds with "
                "`python -m ingest materials`",
            )
