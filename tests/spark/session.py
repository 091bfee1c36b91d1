"""Spark for tests: one session for all of them, a small warehouse of everything, comparisons."""

import atexit
import json
import math
import shutil
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from ase import Atoms
from sqlglot import exp, parse_one

from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.structures import ingest_structures
from ingest.materials.elements import ingest_elements
from ingest.materials.matbench import EMBEDDED, SOURCES, MatbenchSource, shape_materials
from ingest.materials.materials_project.documents import read_documents
from ingest.materials.materials_project.summaries import Terms, shape_summaries
from tests.sql.test_ground_states import CUTOFFS, scored_store
from tests.sql.test_many_elements import CASES, insert_as_mapped, invent
from tests.support.alloys import PROVENANCE
from tests.support.folders import temporary_folder
from tests.support.materials_project.documents import summary
from tests.support.sublattices import ingest_case
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.catalog.views import LAYERS, load_views
from warehouse.errors import WarehouseError
from warehouse.settings import SQL_DIR
from warehouse.spark.engine import SparkEngine
from warehouse.spark.session import check_java, start_spark
from warehouse.spark.translate import CATALOG, view_name
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import TABLES, Materials
from warehouse.tables.results import OfStudy

SETTINGS = {
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.memory": "1g",
    # Thousands of small plans run once each: to compile or adapt them takes longer than they do.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
TOLERANCE = 1e-12
N_MATERIALS = 150
RUN = {"run_id": "0"}
CLASSES = ["cubic", "hexagonal", "trigonal"]


@cache
def missing() -> str | None:
    """Why Spark cannot run here; None if it can."""
    try:
        import pyspark  # noqa: F401

        check_java()
    except ImportError:
        return "PySpark is not installed"
    except WarehouseError as error:
        return error.message
    return None


needs_spark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


@cache
def session() -> Any:
    """Spark in this process on two threads, until the tests end."""
    begun = start_spark("local[2]", SETTINGS)
    atexit.register(begun.stop)
    return begun


def local_engine(warehouse: Warehouse) -> SparkEngine:
    """Spark over `warehouse`, with views of its own; it is never closed."""
    return SparkEngine(warehouse, lambda: session().newSession())


@cache
def small_warehouse() -> Path:
    """Rows in every table, among them those that are read by the views of both studies."""
    root = temporary_folder() / "data"
    shutil.copytree(scored_store().warehouse.root, root)
    store = Store(Warehouse(root))
    _add_large_cell(store)
    _, lattice = ingest_case(store, "c-n_ti-w")
    ingest_clusters(store, CUTOFFS[1:], parent=lattice.name)
    ingest_elements(store)
    few = pl.concat(map(_few_materials, SOURCES))
    live = [
        summary(number, material_id=f"mp-{number}", formation_energy_per_atom=-0.5)
        for number in range(1, 6)
    ]
    live[-1] |= {"is_stable": True, "energy_above_hull": 0.1}  # a material to doubt
    invented = shape_summaries(*read_documents(live), Terms()).rows
    # Another source knows some formulas, too, and has no labels.
    is_metal = pl.lit(None, dtype=pl.Boolean)
    again = few.filter(source="matbench_mp").head(20)
    again = again.with_columns(source=pl.lit("oqmd"), is_metal=is_metal)
    store.replace("materials", pl.concat([few, invented, again]), provenance=PROVENANCE)
    folds = pl.read_parquet(EMBEDDED / "benchmark_folds.parquet")
    folds = folds.join(few, on="material_id", how="semi")
    store.replace("benchmark_folds", folds, provenance=PROVENANCE)
    cells = {"source": "mine", "formula": "Cu3Au", "row_number": 1, "column_name": ["a", "b"]}
    own = pl.DataFrame(
        cells | {"number": [1.5, None], "text": [None, "fcc"], "unit": ["GPa", None]}
    )
    store.insert("own_values", own, provenance=PROVENANCE)
    off_lattice = store.read("alloy_structures").filter(structure_id="2-1-1")
    off_lattice = off_lattice.with_columns(structure_id=pl.lit("off lattice"))
    store.insert("alloy_structures", off_lattice, provenance=PROVENANCE)
    of_three = invent({"ternary": CASES["ternary"]})
    insert_as_mapped(store, of_three, hull_of=of_three)
    build_catalog(store)
    _invent_results(store, few)
    build_catalog(store)
    return root


def _add_large_cell(store: Store) -> None:
    """A cell of two atoms as one of 64, with one of them exchanged: too large for masks."""
    structures = store.read("alloy_structures")
    (small,) = structures.filter(structure_id="2-1-1").rows(named=True)
    atoms = Atoms(small["symbols"], positions=small["positions"], cell=small["cell"]) * (4, 4, 2)
    large = small | {
        "structure_id": "large",
        "cell": atoms.cell.tolist(),
        "positions": atoms.positions.tolist(),
        "symbols": [*atoms.symbols[:-1], atoms.symbols[0]],
        "total_energy": 32 * small["total_energy"],
        "volume": 32 * small["volume"],
    }
    rows = pl.concat([structures, pl.DataFrame([large], schema=structures.schema)])
    ingest_structures(store, rows, provenance=PROVENANCE)
    ingest_clusters(store, CUTOFFS)


def _few_materials(source: MatbenchSource) -> pl.DataFrame:
    by_digest = pl.concat_str(pl.lit(source.name), "material_id").hash(seed=1).rank()
    published = pl.read_parquet(EMBEDDED / f"{source.name}.parquet")
    rows, _ = shape_materials(published.filter(by_digest <= N_MATERIALS), source)
    return rows.cast(Materials.create_empty().schema)


@cache
def rows_of_views() -> dict[str, pa.Table]:
    """The rows of each view of the small warehouse by DuckDB, made of those of the views before."""
    found = {}
    with connect(Warehouse(small_warehouse())) as catalog, duckdb.connect() as connection:
        for layer in LAYERS:
            connection.execute(f"create schema {layer}")
        raw = [f"raw.{table}" for table in TABLES]
        for view in (*raw, *load_views(SQL_DIR)):
            # What a catalog tells of itself is in the catalog alone.
            if isinstance(view, str) or any(name in view.sql for name in CATALOG):
                name = view if isinstance(view, str) else view.name
                rows = catalog.sql(f"from {name}").to_arrow_table()
            else:
                name, rows = view.name, connection.sql(view.sql).to_arrow_table()
            connection.execute(f"create table {name} as from rows")
            found[name] = rows
    return found


class SparkAfterDuckDB(SparkEngine):
    """Spark that finds the views of data alone done by DuckDB: that it computes the same is tested.

    What reads results, such as scores of a fit, it computes itself.
    """

    def _make(self, name: str) -> None:
        if name in _views_of_data() and name not in self._made:
            frame = self.session.createDataFrame(rows_of_views()[name])
            frame.createOrReplaceTempView(view_name(name))
            self._made.add(name)
        super()._make(name)


@cache
def _views_of_data() -> frozenset[str]:
    """Views that no result of a fit gets into."""
    results = {f"raw.{table}" for table, schema in TABLES.items() if issubclass(schema, OfStudy)}
    views = load_views(SQL_DIR)
    for view in views:
        if view.reads & results or any(name in view.sql for name in CATALOG):
            results.add(view.name)
    return frozenset(view.name for view in views) - results


def _invent_results(store: Store, materials: pl.DataFrame) -> None:
    """A classifier's parameters and predictions, scores, a curve and a path of parameters."""
    metals = {"study": "metals", "dataset": "matbench_mp_is_metal", "model": "logistic", **RUN}
    alloys = {"study": "cluster_expansion", "dataset": "au-cu", "model": "chosen", **RUN}
    with connect(store.warehouse) as connection:
        names = connection.sql("select distinct descriptor from marts.metal_descriptors").fetchall()
        structures = connection.sql("select structure_id from staging.alloy_structures").fetchall()
        orbits = connection.sql(
            "select orbit_index, cluster_space_id from staging.orbits where cluster_space_id = "
            "(select min(cluster_space_id) from marts.cluster_expansion_training "
            "where alloy = 'au-cu')"
        ).fetchall()
        magpie = connection.sql("from features.magpie limit 0").columns[2:]
        of_species = connection.sql(
            "select orbit_index, cluster_space_id from staging.orbits "
            "where point_functions is not null"
        ).fetchall()
    single = {**alloys, "study": "cluster_expansion_fit", "model": "elastic_net"}
    classifier = {**metals, "study": "metals_fit", "model": "logistic_regression"}
    gaps = {"study": "property", "dataset": "matbench_mp_gap", "model": "huber", **RUN}
    kinds = {**gaps, "dataset": "kinds", "model": "logistic"}
    halves = {**kinds, "dataset": "halves"}
    interval = {"edges": [0.5, 1e1], "widths": [0.25, 0.5, 2e0], "overall": 0.5}
    features = ["intercept", *sorted(name for (name,) in names)[::2]]
    samples = materials.filter(source="matbench_mp")["material_id"].to_list()
    chains = [
        (draw, {"run_id": "1", "alloy": "au-cu", "series": "test", "simulation": number})
        for number, draw in enumerate([None] * 6 + [0] * 6)
    ]
    for number, (_, chain) in enumerate(chains):
        temperature = 400.0 + 200 * (number % 3)
        chain |= {"start": ("ordered", "disordered")[number // 3 % 2], "temperature": temperature}
        chain |= {"inverse_temperature": 11604.518 / temperature, "concentration": 0.5}
    # At two chemical potentials: a solution that parts into two.
    cold = {"alloy": "au-cu", "temperature": 400.0, "inverse_temperature": 29.0, "run_id": "2"}
    parted = [
        {**cold, "series": "semi", "simulation": number, "start": "disordered"}
        | {"chemical_potential": potential}
        for number, potential in enumerate((-0.1, 0.1))
    ]
    of_two = {"run_id": "3", "alloy": "c-n_ti-w", "series": "species", "simulation": 0}
    carbide = {**of_two, "start": "disordered", "temperature": 900.0, "concentration": 0.25}
    carbide |= {"concentrations": [0.25, 0.25, 0.5], "inverse_temperature": 12.9}
    # One composition of a grid, and the facet of the hull that it lies above.
    of_grid = {"run_id": "4", "alloy": "c-n_ti-w", "series": "sections"}
    mixed = {**carbide, **of_grid, "simulation": 0}
    rows: dict[str, list[dict[str, Any]]] = {
        "models": [
            {**metals, "feature_space": "descriptors", "hyperparameters": "{}"}
            | {"is_selected": True, "lineage": "{}"},
            {**single, "feature_space": orbits[0][1], "hyperparameters": '{"test_fold": 1}'}
            | {"is_selected": True, "lineage": "{}"},
            {**single, "dataset": "c-n_ti-w", "feature_space": of_species[0][1]}
            | {"hyperparameters": "{}", "is_selected": True, "lineage": "{}"},
            {**classifier, "feature_space": "descriptors", "hyperparameters": '{"test_fold": 1}'}
            | {"is_selected": True, "lineage": "{}"},
            *(
                {**of, "feature_space": "descriptors", "hyperparameters": json.dumps(settings)}
                | {"is_selected": True, "lineage": "{}"}
                for of, settings in (
                    (gaps, {"own": [], "unit": "eV", "lowest": 0.0, "interval": interval}),
                    (kinds, {"own": [], "unit": "1", "classes": CLASSES}),
                    (halves, {"own": [], "unit": "1", "classes": ["false", "true"]}),
                )
            ),
        ],
        "model_parameters": [
            {**of, "feature": feature, "parameter": math.sin(place)}
            for of in (metals, classifier)
            for place, feature in enumerate(features)
        ]
        + [
            {**single, "feature": str(orbit), "parameter": math.cos(orbit) / 10}
            for orbit, _ in orbits
        ]
        + [
            {**of, "feature": feature, "label": label, "parameter": math.sin(place), "scale": 0.25}
            for of, labels in ((gaps, [""]), (kinds, CLASSES), (halves, ["true"]))
            for first, label in enumerate(labels, 1)
            for place, feature in enumerate([features[0], *features[first::20]], first)
        ]
        + [
            {**gaps, "feature": feature, "parameter": math.sin(place) / 1e4, "scale": 0.25}
            for place, feature in enumerate(magpie)
        ]
        + [{**alloys, "feature": "2*1", "parameter": 0.01}],
        "parameter_draws": [
            {**of, "origin": "jackknife", "draw": part, "feature": feature}
            | {"parameter": math.sin(place + part)}
            for of in (metals, gaps)
            for part in range(3)
            for place, feature in enumerate(features)
        ],
        "predictions": [
            {**names, "split": "training", "sample_id": sample, "fold": place % 5}
            | {"target": float(place % 2), "prediction": 1 / (place + 2)}
            for names, ids in (
                *((metals, samples), (gaps, samples[:9])),
                (alloys, [name for (name,) in structures]),
            )
            for place, sample in enumerate(ids)
        ]
        + [
            {**kinds, "split": "formula_groups", "sample_id": sample, "label": label}
            | {"target": float(place % 3 == number), "prediction": (0.5, 0.2, 0.3)[number]}
            for place, sample in enumerate(samples[:9])
            for number, label in enumerate(CLASSES)
        ],
        "metrics": [
            {**metals, "split": "official_folds", "metric": metric, "value": 0.1, "unit": "1"}
            | {"n": 10}
            for metric in ("f1", "roc_auc")
        ],
        "curves": [
            {**alloys, "curve": "learning", "series": "lasso", "setting": setting, "split": "all"}
            | {"part": "test", "metric": "rmse", "value": setting**2, "unit": "eV", "n": 3}
            for setting in (0.25, 0.5, 2.0)
        ],
        "parameter_paths": [
            {**alloys, "l1_ratio": 0.5, "strength": 10.0**-power, "feature": str(orbit)}
            | {"parameter": math.cos(orbit)}
            for power in range(3)
            for orbit in range(4)
        ],
        "simulations": [
            {**chain, "model": "elastic_net", "model_run_id": RUN["run_id"], "draw": draw}
            | {"ensemble": "canonical", "decoration_id": "fcc-1-0-2-0-1-1:1", "lineage": "{}"}
            | {"n_sites": 8, "mixing_entropy": 0.5, "seed": 0, "ground_energy": -0.05}
            | {"n_equilibration_sweeps": 1, "n_sweeps": 1}
            for draw, chain in (*chains, *((None, chain) for chain in (*parted, carbide, mixed)))
        ],
        "ensemble_averages": [
            {"run_id": "1", "alloy": "au-cu", "series": "test", "simulation": chain["simulation"]}
            | {"quantity": quantity, "component": component, "variance": 0.1 / (component + 1)}
            | {"standard_error": 0.01, "n_effective": 10.0}
            | {"mean": (-0.03 if chain["start"] == "ordered" else -0.01) * (component + 1)}
            for _, chain in chains
            for quantity, component in (
                ("energy", 0),
                ("order_parameter", 0),
                ("acceptance", 0),
                *(("correlation", orbit) for orbit, _ in orbits[:6]),
            )
        ]
        + [
            {name: chain[name] for name in ("run_id", "alloy", "series", "simulation")}
            | {"quantity": quantity, "component": 0, "variance": 1e-6, "standard_error": 1e-3}
            | {"n_effective": 10.0, "mean": mean, "drift": 1e-4}
            for chain in (*parted, mixed)
            for quantity, mean in (
                ("energy", -0.1),
                ("energy_integral", 0.1),
                ("escape", 0.0),
                ("concentration", 0.1 + 0.8 * chain["simulation"]),
            )
        ]
        + [
            {**of_two, "quantity": "correlation", "component": orbit, "mean": math.cos(orbit) / 9}
            | {"variance": 0.1, "standard_error": 0.01, "n_effective": 10.0}
            for orbit, _ in of_species
        ],
        "snapshots": [
            {"run_id": "1", "alloy": "au-cu", "series": "test", "simulation": chain["simulation"]}
            | {"occupations": "01010101", "energy": -0.03}
            for draw, chain in chains
            if draw is None
        ],
        "phase_facets": [
            {**of_grid, "facet_index": 0, "temperature": 900.0, "chemical_potentials": [-1.0] * 3}
            | {"phases": ["solution"] * 3, "phase_numbers": [0, 1, 0]}
            | {"compositions": np.eye(3).tolist(), "amounts": np.eye(3).tolist()}
            | {"phase_amounts": [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]}
        ],
        "stabilities": [
            {"hull": "oqmd", "source": "oqmd", "material_id": "AuCu", "run_id": "1"}
            | {"formula": "CuAu", "reduced_formula": "AuCu", "chemsys": "Au-Cu"}
            | {"formation_energy_per_atom": -0.05, "energy_above_hull": 0.0, "is_stable": True}
            | {"decomposition_energy": -0.05, "products": [{"formula": "AuCu", "amount": 1.0}]}
        ],
        "quarantine": [
            {"table_name": "lattice_mappings", "scope": '{"alloy": "au-cu"}', "row_index": 0}
            | {"row": "{}", "reason": "test", "code_version": "1"}
        ],
    }
    for table, added in rows.items():
        frame = pl.DataFrame(added, schema=TABLES[table].create_empty().schema)
        store.insert(table, frame, provenance=PROVENANCE)


def compare_views(
    spark: SparkEngine, names: Collection[str] | None = None
) -> Iterator[tuple[str, list[str]]]:
    """Name of each view of the small warehouse, and how DuckDB's and Spark's rows of it differ.

    Each view of Spark's reads what Spark made of the views before it, or what DuckDB made of those
    that are not among `names`, where these are given.
    """
    for view in load_views(SQL_DIR):
        ours = rows_of_views()[view.name]
        if names is not None and view.name not in names:
            # Spark takes no table without a part, such as that of a check that finds nothing.
            whole = pa.Table.from_batches(ours.to_batches() or [_no_rows(ours.schema)])
            spark.session.createDataFrame(whole).createOrReplaceTempView(view_name(view.name))
            spark._made.add(view.name)
            continue
        spark._make(view.name)  # What `frame` does once DuckDB has read the query.
        frame = spark.session.table(view_name(view.name))
        theirs = frame.toArrow()
        made = spark.session.createDataFrame(theirs, frame.schema)
        made.createOrReplaceTempView(view_name(view.name))
        yield view.name, differences(ours, theirs)


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=schema)


def views_with_every_construct() -> set[str]:
    """Few views that have between them every construct, with its parts, of any view's SQL."""
    constructs = {view.name: _constructs(view.sql) for view in load_views(SQL_DIR)}
    left, chosen = set().union(*constructs.values()), set[str]()
    while left:
        best = max(constructs, key=lambda name: len(constructs[name] & left))
        chosen.add(best)
        left -= constructs[best]
    return chosen


def _kind(node: exp.Expression) -> str:
    if isinstance(node, exp.Anonymous):
        return node.name.lower()
    return node.sql() if isinstance(node, exp.DataType) else type(node).__name__


def _constructs(sql: str) -> set[tuple[str, frozenset[str]]]:
    """Functions, operators, clauses and types, each with which of its parts are given."""
    return {
        (
            _kind(node),
            frozenset(part for part, value in node.args.items() if value),
        )
        for node in parse_one(sql, read="duckdb").walk()
    }


def differences(ours: pa.Table, theirs: pa.Table) -> list[str]:
    """What differs between the rows of two tables, in any order; nothing if they agree."""
    if ours.column_names != theirs.column_names or ours.num_rows != theirs.num_rows:
        return [f"{rows.num_rows} rows of {rows.column_names}" for rows in (ours, theirs)]
    found = []
    for mine, other in zip(_sorted(ours), _sorted(theirs), strict=True):
        for name, left, right in zip(ours.column_names, mine, other, strict=True):
            if not agree(left, right):
                found.append(f"{name}: {left!r} {right!r} of {mine}")
    return found


def _sorted(rows: pa.Table) -> list[tuple[Any, ...]]:
    """Rows in an order that the last digits of reals do not change."""
    exact = [f'"{f.name}"' for f in rows.schema if not _has_reals(f.type)]
    reals = [f'round("{f.name}", 9)' for f in rows.schema if pa.types.is_floating(f.type)]
    order = ", ".join(exact + reals) or "1"
    return _sorter().sql(f"from rows order by {order}").fetchall()


@cache
def _sorter() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _has_reals(kind: pa.DataType) -> bool:
    return pa.types.is_floating(kind) or pa.types.is_nested(kind)


def agree(left: Any, right: Any) -> bool:
    """Whether two values are equal, reals within 1e-12 of the larger one or of one."""
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(agree, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(agree(left[k], right[k]) for k in left)
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(left == right) and isinstance(left, type(right))
