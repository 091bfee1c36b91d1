"""Matbench's two metal / non-metal data sets and their official folds, from the shipped files.

Sources: Dunn et al. 2020 (10.1038/s41524-020-00406-3); calculated band gaps from the Materials
Project, Jain et al. 2013 (10.1063/1.4812323); measured ones from Zhuo et al. 2018
(10.1021/acs.jpclett.8b00124).
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.embedded.origins import ORIGINS
from ingest.materials.keys import make_keys
from warehouse.conventions.formulas import parse_formulas
from warehouse.progress import Track, untracked
from warehouse.storage.commits import Commit, Provenance
from warehouse.storage.store import Store
from warehouse.tables import Materials

EMBEDDED = Path(__file__).parent.parent / "embedded"
MATBENCH_DOI = "10.1038/s41524-020-00406-3"


@dataclass(frozen=True)
class MatbenchSource:
    """One data set: terms, works to cite, and whether a formula lists a whole unit cell."""

    name: str
    license: str
    citations: tuple[str, ...]
    has_whole_cells: bool


SOURCES = (
    MatbenchSource("matbench_mp", "CC-BY-4.0", ("10.1063/1.4812323", MATBENCH_DOI), True),
    MatbenchSource(
        "matbench_expt", "not stated", ("10.1021/acs.jpclett.8b00124", MATBENCH_DOI), False
    ),
)


def ingest_materials(store: Store, *, track: Track = untracked) -> list[Commit]:
    """Write the calculated and the measured materials; a formula that is none is quarantined."""
    return [_ingest_source(store, source) for source in track(SOURCES, "Ingesting materials")]


def ingest_benchmark_folds(store: Store) -> list[Commit]:
    """Write the official test folds of both data sets."""
    provenance = Provenance(
        source="matbench",
        source_version=_version_of("matbench"),
        parameters={"license": "MIT", "citations": [MATBENCH_DOI]},
    )
    folds = pl.read_parquet(EMBEDDED / "benchmark_folds.parquet")
    return [store.replace("benchmark_folds", folds, provenance=provenance)]


def shape_materials(
    published: pl.DataFrame, source: MatbenchSource
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Turn rows as `source` published them into rows of `materials`, and rejected ones.

    `published` has a `material_id`, a `formula` and any other columns of `materials`; what it
    lacks becomes NULL. The second frame has the rows whose formula cannot be read: `row` as
    JSON, `reason`.
    """
    published = published.with_columns(source=pl.lit(source.name), license=pl.lit(source.license))
    parsed = parse_formulas(published["formula"])
    amounts = pl.col("composition").list.eval(pl.element().struct.field("amount"))
    n_sites = amounts.list.sum() if source.has_whole_cells else None
    keys = make_keys(parsed["composition"])
    shaped = pl.concat([published, parsed, keys], how="horizontal")
    if n_sites is not None:
        shaped = shaped.with_columns(nsites=n_sites)
    types = Materials.create_empty().schema
    unsaid = [name for name in types if name not in shaped.columns]
    rows = (
        shaped.filter(pl.col("reason").is_null())
        .with_columns(pl.lit(None, dtype=types[name]).alias(name) for name in unsaid)
        .select(pl.col(name).cast(dtype) for name, dtype in types.items())
    )
    rejected = shaped.filter(pl.col("reason").is_not_null()).select(
        pl.struct(published.columns).struct.json_encode().alias("row"), "reason"
    )
    return rows, rejected


def _ingest_source(store: Store, source: MatbenchSource) -> Commit:
    published = pl.read_parquet(EMBEDDED / f"{source.name}.parquet")
    rows, rejected = shape_materials(published, source)
    provenance = Provenance(
        source=source.name,
        source_version=f"crabnet {_version_of('crabnet')}",
        parameters={"license": source.license, "citations": list(source.citations)},
    )
    return store.replace(
        "materials",
        rows,
        scope={"source": source.name},
        provenance=provenance,
        rejected=rejected,
    )


def _version_of(package: str) -> str:
    """Release of the published package that the shipped files were made from."""
    return next(origin.version for origin in ORIGINS if origin.package == package)
