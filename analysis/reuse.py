"""Tells whether a study has already been run: on these data, with these settings, by this code."""

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import duckdb

from analysis.datasets import Dataset

LIBRARIES = ("numpy", "scipy", "scikit-learn")
"""What the fits are computed with: another release may round, or choose, otherwise."""


def digest_inputs(study: str, settings: Mapping[str, object], *datasets: Dataset) -> str:
    """Digest of all that decides what a study finds, known before it is run."""
    data = [[data.name, data.feature_space, data.lineage.sha256] for data in datasets]
    libraries = {name: version(name) for name in LIBRARIES}
    inputs = [study, settings, data, libraries, _digest_code(Path(__file__).parent)]
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def find_run(connection: duckdb.DuckDBPyConnection, study: str, name: str, inputs: str) -> str:
    """The run of `study` on the data set `name` that had these `inputs`; empty if none has."""
    rows = connection.execute(
        "select run_id from staging.models "
        "where study = ? and dataset = ? and json_extract_string(lineage, '$.inputs') = ? limit 1",
        [study, name, inputs],
    ).fetchall()
    return str(rows[0][0]) if rows else ""


def _digest_code(folder: Path) -> str:
    """Digest of every module of the analysis: any change of it may change what is found."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return digest.hexdigest()
