"""Which structures the parameters of a model come from, in words."""

import duckdb

from analysis.datasets import read_rows
from warehouse.conventions.alloys import Alloy


def describe_fit(refit: str, n_fitted: int | None) -> str:
    """What the parameters of a model come from, in words."""
    structures = "structures" if n_fitted is None else f"{n_fitted} structures"
    if refit == "all":
        return f"fitted to all {structures}, once the locked test had judged"
    return f"fitted to {structures} outside the locked test"


def read_fit_origin(connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str) -> str:
    """What the parameters of a model of `alloy` come from, in words."""
    rows = read_rows(
        connection,
        "select refit, n_training from marts.cluster_expansion_models "
        "where alloy = ? and model = ?",
        [alloy.name, model],
    )
    return describe_fit(rows["refit"][0] or "training", rows["n_training"][0])
