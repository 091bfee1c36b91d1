"""Benchmarks that several studies read: a study of one of Matbench's sets tests on the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import duckdb

from analysis.metals.data import DESCRIPTORS, MART, LabelledMaterials, read_materials
from warehouse.catalog.lineage import digest_sources

READS = (MART, DESCRIPTORS, "marts.metal_magpie")
"""What `read_materials` asks."""

_kept: ContextVar[dict[tuple[str, ...], LabelledMaterials] | None] = ContextVar(
    "kept", default=None
)


@contextmanager
def sharing_materials() -> Iterator[None]:
    """Within this context `read_shared_materials` reads each once, and anew what has changed since.

    All reading in it is of one warehouse.
    """
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def read_shared_materials(
    connection: duckdb.DuckDBPyConnection, *benchmarks: str
) -> tuple[LabelledMaterials, ...]:
    """Materials of each of `benchmarks`, as `read_materials` gives them."""
    kept = _kept.get()
    if kept is None:
        return read_materials(connection, *benchmarks)
    sources = [digest_sources(connection, view) for view in READS]
    missing = [name for name in benchmarks if (name, *sources) not in kept]
    if missing:
        read = read_materials(connection, *missing)
        kept |= {(materials.data.name, *sources): materials for materials in read}
    return tuple(kept[name, *sources] for name in benchmarks)
