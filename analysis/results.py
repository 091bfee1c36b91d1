"""Writes a study's results back into the warehouse, where they are queried like data."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import polars as pl

from analysis.datasets import Dataset
from warehouse.catalog import build_catalog
from warehouse.commits import Commit, Provenance
from warehouse.locks import hold_lock
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


def list_scores(results: Results, metric: str) -> Iterator[str]:
    """Lines that tell one score of each model and split, and which splits were left out."""
    yield f"{results.study} of {results.dataset.name}: {metric}"
    for split in results.settings.get("left_out_splits", ()):
        yield f"    {split} left out: too few structures to train or to test on"
    for row in results.metrics.filter(metric=metric).iter_rows(named=True):
        chosen = "*" if row["model"] == results.selected else " "
        unit = "" if row["unit"] == "1" else f" {row['unit']}"
        yield (
            f"  {chosen} {row['model']:<20}{row['split']:<24}{row['value']:>8.4g}{unit}"
            f"  (n = {row['n']:,})"
        )


def save_results(store: Store, results: Results, inputs: str | None = None) -> list[Commit]:
    """Replace the earlier results of this study and data set; rebuild the catalog.

    `inputs` is their digest by `analysis.reuse`: a run that has it need not be repeated.
    Raises ValueError if a result breaks its table's schema: a bug of the study, which leaves
    the earlier results in place.

    Staging shows the runs that `models` names. So the new run is written beside the old one,
    then `models` switches to it in one commit, then the old one goes: whenever the writing
    stops, one whole run shows.
    """
    study = {"study": results.study, "dataset": results.dataset.name}
    run = {**study, "run_id": results.run_id}
    frames = {
        "predictions": results.predictions,
        "model_parameters": results.parameters,
        "metrics": results.metrics,
        "curves": results.curves,
        "parameter_paths": results.paths,
        "parameter_draws": results.draws,
    }
    with hold_lock(store.root, f"{results.study}-{results.dataset.name}"):
        added = [_write(store, results, table, rows, run) for table, rows in frames.items()]
        refused = [commit.table for commit in added if commit.n_quarantined]
        if refused:
            raise ValueError(
                f"rows for {', '.join(refused)} break their schemas; see raw.quarantine"
            )
        switched = _write(store, results, "models", _models(results, inputs), study)
        cleaned = [_write(store, results, table, rows, study) for table, rows in frames.items()]
    build_catalog(store)
    return [*added, switched, *cleaned]


def _write(
    store: Store, results: Results, table: str, rows: pl.DataFrame, scope: Mapping[str, str]
) -> Commit:
    """Make `rows` all that `table` has in `scope`."""
    return store.replace(
        table,
        rows.with_columns(
            study=pl.lit(results.study),
            dataset=pl.lit(results.dataset.name),
            run_id=pl.lit(results.run_id),
        ),
        scope=scope,
        provenance=Provenance(f"analysis.{results.study}", results.run_id, results.settings),
    )


def _no_rows(table: str) -> pl.DataFrame:
    """No rows of a results table; what all its rows share is left to `save_results`."""
    return TABLES[table].create_empty().drop("study", "dataset", "run_id")


def _models(results: Results, inputs: str | None) -> pl.DataFrame:
    lineage = {"code": code_version(), "inputs": inputs, **asdict(results.dataset.lineage)}
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
