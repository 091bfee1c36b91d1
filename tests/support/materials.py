"""Small warehouses of materials that several tests share."""

import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import duckdb
import polars as pl

from ingest.materials.elements import EMBEDDED_ELEMENTS, ingest_elements
from ingest.materials.matbench import ingest_benchmark_folds, ingest_materials
from tests.support.folders import temporary_folder
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.catalog.views import View, load_views
from warehouse.conventions.formulas import parse_formulas
from warehouse.settings import SQL_DIR
from warehouse.storage.commits import Provenance
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import BenchmarkFolds, Materials

PROVENANCE = Provenance("test", "1")


@cache
def matbench_catalog() -> duckdb.DuckDBPyConnection:
    """Catalog of both Matbench data sets as the project ships them."""
    store = new_store()
    ingest_materials(store)
    ingest_benchmark_folds(store)
    return build(store)


def formula_catalog(
    formulas: Sequence[str], *, is_whole_cell: bool = True
) -> duckdb.DuckDBPyConnection:
    """Features of materials with these formulas; each is named by its formula."""
    file = shutil.copy(_empty_catalog(), temporary_folder())
    connection = duckdb.connect(file)
    rows = material_rows(formulas, is_whole_cell=is_whole_cell).to_arrow()
    connection.register("rows", rows)
    connection.execute("insert into raw.materials from rows")
    return connection


@cache
def _empty_catalog() -> Path:
    """Tables without materials, and the views of their features: it takes a second to make."""
    tables = {
        "materials": Materials.create_empty(),
        "elements": pl.read_parquet(EMBEDDED_ELEMENTS),
        "benchmark_folds": BenchmarkFolds.create_empty(),
    }
    file = temporary_folder() / "empty.duckdb"
    with duckdb.connect(file) as connection:
        for layer in ("raw", "staging", "features"):
            connection.execute(f"create schema {layer}")
        for table, rows in tables.items():
            connection.register("rows", rows.to_arrow())
            connection.execute(f"create table raw.{table} as from rows")
        for view in feature_views():
            connection.execute(f"create view {view.name} as {view.sql}")
    return file


@cache
def feature_views() -> list[View]:
    """The views of the features of materials, each after those it reads."""
    views = {view.name: view for view in load_views(SQL_DIR)}
    wanted = {
        "features.magpie",
        "features.material_splits",
        "features.formula_descriptors",
        "features.cell_descriptors",
    }
    for name in reversed(views):
        if name in wanted:
            wanted |= views[name].reads
    return [view for name, view in views.items() if name in wanted]


def material_rows(
    formulas: Sequence[str], *, source: str = "test", is_whole_cell: bool = True
) -> pl.DataFrame:
    """Rows of `materials`: non-metals with these formulas, each named by its formula."""
    composition = parse_formulas(pl.Series(formulas, dtype=pl.String))["composition"]
    amounts = composition.list.eval(pl.element().struct.field("amount"))
    rows = {
        "source": source,
        "material_id": formulas,
        "formula": formulas,
        "composition": composition,
        "nsites": amounts.list.sum().cast(pl.Int64) if is_whole_cell else None,
        "band_gap": 1.0,
        "is_metal": False,
        "formation_energy_per_atom": None,
        "license": "test",
    }
    known = pl.DataFrame(rows, schema_overrides={"nsites": pl.Int64})
    return pl.concat([Materials.create_empty(), known], how="diagonal_relaxed")


def new_store() -> Store:
    """A new store that holds the chemical elements."""
    store = Store(Warehouse(temporary_folder()))
    ingest_elements(store)
    return store


def build(store: Store) -> duckdb.DuckDBPyConnection:
    """Build the catalog of `store` and open it."""
    build_catalog(store)
    return connect(store.warehouse)


def query(sql: str, connection: duckdb.DuckDBPyConnection | None = None) -> pl.DataFrame:
    """Rows of a query, of `matbench_catalog` unless another one is given."""
    return (connection or matbench_catalog()).sql(sql).pl()
