"""Writes a study's results back into the warehouse, where they are queried like data."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import polars as pl

from analysis.datasets import Dataset
from warehouse.catalog import build_catalog
from warehouse.commits import Commit, Provenance
from warehouse.settings import code_version
from warehouse.store import Store
from warehouse.tables import TABLES


@dataclass(frozen=True)
class Results:
    """What a study of one data set found.

    Attributes:
        study: cluster_expansion or metals.
        dataset: What was studied, with its lineage.
        settings: Everything that was chosen by the user or by default.
        hyperparameters: Of each model, by name.
        selected: Name of the model that is the product's own choice.
        parameters: Columns model, feature, parameter, scale.
        predictions: Columns model, split, sample_id, fold, target, prediction.
        metrics: Columns model, split, metric, value, unit, std, n.
        curves: Columns curve, model, series, setting, split, part, metric, value, unit,
            standard_error, n; default: none.
        paths: Columns model, l1_ratio, strength, feature, parameter; default: none.
        draws: Columns model, origin, draw, feature, parameter; default: none.

    """

    study: str
    dataset: Dataset
    settings: Mapping[str, Any]
    hyperparameters: Mapping[str, Mapping[str, Any]]
    selected: str
    parameters: pl.DataFrame
    predictions: pl.DataFrame
    metrics: pl.DataFrame
    curves: pl.DataFrame = field(default_factory=lambda: _no_rows("curves"))
    paths: pl.DataFrame = field(default_factory=lambda: _no_rows("parameter_paths"))
    draws: pl.DataFrame = field(default_factory=lambda: _no_rows("parameter_draws"))

    @property
    def run_id(self) -> str:
        """Digest of the data's content, the views' SQL and the settings."""
        data = self.dataset
        inputs = [self.study, data.name, data.feature_space, data.lineage.sha256, self.settings]
        text = json.dumps(inputs, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def save_results(store: Store, results: Results) -> list[Commit]:
    """Replace the earlier results of this study and data set; rebuild the catalog.

    Raises ValueError if a result breaks its table's schema: a bug of the study.

    The tables are written one by one, `models` last. The marts join on the run, so that
    results of a run whose writing was interrupted show nowhere.
    """
    scope = {"study": results.study, "dataset": results.dataset.name}
    provenance = Provenance(
        source=f"analysis.{results.study}",
        source_version=results.run_id,
        parameters=results.settings,
    )
    frames = {
        "predictions": results.predictions,
        "model_parameters": results.parameters,
        "metrics": results.metrics,
        "curves": results.curves,
        "parameter_paths": results.paths,
        "parameter_draws": results.draws,
        "models": _models(results),
    }
    keys = {**scope, "run_id": results.run_id}
    commits = [
        store.replace(
            table,
            rows.with_columns(**{key: pl.lit(value) for key, value in keys.items()}),
            scope=scope,
            provenance=provenance,
        )
        for table, rows in frames.items()
    ]
    build_catalog(store)
    refused = [commit.table for commit in commits if commit.n_quarantined]
    if refused:
        raise ValueError(f"rows for {', '.join(refused)} break their schemas; see raw.quarantine")
    return commits


def _no_rows(table: str) -> pl.DataFrame:
    """No rows of a results table; what all its rows share is left to `save_results`."""
    return TABLES[table].create_empty().drop("study", "dataset", "run_id")


def _models(results: Results) -> pl.DataFrame:
    lineage = {"code": code_version(), **asdict(results.dataset.lineage)}
    return pl.DataFrame(
        [
            {
                "model": model,
                "feature_space": results.dataset.feature_space,
                "hyperparameters": json.dumps(hyperparameters, sort_keys=True),
                "is_selected": model == results.selected,
                "lineage": json.dumps(lineage, sort_keys=True),
            }
            for model, hyperparameters in results.hyperparameters.items()
        ]
    )
