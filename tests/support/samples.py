"""Rows, SQL files and processes for the tests of the warehouse."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl

from warehouse.catalog.build import build_catalog
from warehouse.settings import PROJECT_DIR
from warehouse.storage.store import Provenance, Store
from warehouse.tables import Materials

PROVENANCE = Provenance("example.org", "2024.1", {"query": "is_metal"})

SQL = {
    "staging/materials.sql": """-- One row per material.
select source, material_id from raw.materials
""",
    "marts/counts.sql": """-- One row per data set.
select
    source,
    count(*) as n_materials,    -- 1: materials of the data set
from staging.materials
group by source
""",
    "checks/ids.sql": """-- No identifier is 'bad'.
select source, material_id from staging.materials where material_id = 'bad'
""",
}
"""Three views that work."""


def material(material_id: str | None = "m-1", **changes: Any) -> dict[str, Any]:
    """A row of `materials` that keeps the schema, but for `changes`."""
    return {
        "source": "mp",
        "material_id": material_id,
        "formula": "AuCu",
        "composition": [{"element": "Au", "amount": 1.0}, {"element": "Cu", "amount": 1.0}],
        "nsites": 2,
        "band_gap": 0.0,
        "is_metal": True,
        "formation_energy_per_atom": -0.05,
        "license": "CC-BY-4.0",
    } | changes


def materials(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of `materials`."""
    return pl.DataFrame(list(rows), schema=Materials.create_empty().schema)


def write_sql(folder: Path, files: dict[str, str] = SQL) -> Path:
    """Write SQL files below `folder`."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def make_warehouse(store: Store, *rows: dict[str, Any]) -> Store:
    """Fill `store` with materials and build the catalog of `SQL`."""
    store.replace("materials", materials(*(rows or [material()])), provenance=PROVENANCE)
    build_catalog(store, write_sql(store.warehouse.root.parent / "sql"))
    return store


LIMITED = """
import json, os, resource, sys
limits, *arguments = sys.argv[1:]
for name, value in json.loads(limits).items():
    resource.setrlimit(getattr(resource, name), (value, value))
os.execv(sys.executable, [sys.executable, *arguments])
"""


def start(*arguments: str | Path, **limits: int) -> "subprocess.Popen[str]":
    """Start `python ...` in the project's folder, with `limits` such as RLIMIT_FSIZE=10_000.

    The child sets them itself: a fork of this process, which has threads, must not.
    """
    limited = ["-c", LIMITED, json.dumps(limits)] if limits else []
    return subprocess.Popen(
        [sys.executable, *limited, *map(str, arguments)],
        cwd=PROJECT_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def files_below(folder: Path) -> set[Path]:
    """Every file in `folder`."""
    return {path for path in folder.rglob("*") if path.is_file()}
