"""What the metals' page reads from the results: scores, gains, counts and tables."""

import json
from collections.abc import Sequence
from typing import Any

import duckdb

from analysis.datasets import read_rows
from analysis.labels import FormulaSplit
from analysis.linear_models.figures.shown import ShownProperty
from analysis.metals.benchmarks import MATBENCH, Benchmark
from analysis.metals.data import CLASSES
from analysis.metals.figures import ladder
from analysis.metals.inquiries.descriptor_ladder import SELECTED
from analysis.metals.labels import MaterialSet
from analysis.metals.settings import Depth
from warehouse.errors import WarehouseError


def read_energy_gain(connection: duckdb.DuckDBPyConnection, benchmark: str) -> str:
    """Gain in balanced accuracy by the formation energy, in words; a dash if it is unknown."""
    rows = read_rows(
        connection,
        f"select model, avg(value) as value from marts.curves where study = 'metals' and "
        f"dataset = '{benchmark}' and curve = 'formation_energy' and metric = 'balanced_accuracy' "
        "group by model",
    )
    values = dict(rows.iter_rows())
    if not values:
        return "–"
    return f"{values['formation_energy'] - values['without_formation_energy']:+.4f}"


def show_classifier(connection: duckdb.DuckDBPyConnection, benchmark: str) -> ShownProperty:
    """The selected classifier, as figures of any property show it."""
    rows = read_rows(
        connection,
        "select run_id, lineage from staging.models where study = 'metals' and dataset = ? "
        "and is_selected",
        [benchmark],
    )
    run_id, lineage = rows.row(0)
    return ShownProperty(
        name=benchmark,
        run_id=run_id,
        column="is_metal",
        unit="1",
        split=FormulaSplit.OFFICIAL_FOLDS,
        model=SELECTED,
        classes=CLASSES,
        is_thorough=json.loads(lineage)["settings"].get("depth") == Depth.THOROUGH,
        study="metals",
        data=MaterialSet.label_of(benchmark),
    )


def read_size(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> tuple[int, float]:
    """Parameters of the selected classifier, the intercept among them, and its C."""
    rows = read_rows(
        connection,
        f"""
        select hyperparameters,
            (select count(*) from staging.model_parameters where {shown.where}) as n_parameters
        from staging.models where {shown.where} and is_selected
        """,
    )
    hyperparameters, n_parameters = rows.row(0)
    return int(n_parameters), float(json.loads(hyperparameters)["C"])


def ladder_tables(
    connection: duckdb.DuckDBPyConnection, fitted: Sequence[ShownProperty]
) -> list[dict[str, Any]]:
    """Ladders as tables: scores of each rung and its paired gain; of live rows if there are any."""
    tables = [
        {"title": shown.data, "rows": ladder.read_metal_steps(connection, shown.name)}
        for shown in fitted
    ]
    live = ladder.read_live_steps(connection)
    if live:
        tables.append(
            {
                "title": f"{MaterialSet.LIVE.label}, {FormulaSplit.FORMULA_GROUPS.label}",
                "rows": live,
            }
        )
    return tables


def fitted_benchmarks(connection: duckdb.DuckDBPyConnection) -> list[Benchmark]:
    """Benchmarks that have results; raises WarehouseError if none has."""
    rows = read_rows(
        connection, "select distinct dataset from staging.models where study = 'metals'"
    )
    fitted = [name for name in MATBENCH if name in rows["dataset"]]
    if not fitted:
        raise WarehouseError(
            "no classifier was fitted to a benchmark yet", hint="run `python -m analysis metals`"
        )
    return fitted
