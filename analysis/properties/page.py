"""Writes `properties.html`: each property that was fitted, with its scores, board and figures."""

from pathlib import Path
from typing import Any

import duckdb

from analysis.datasets import read_rows
from analysis.labels import FormulaSplit, Metric, find_label
from analysis.linear_models.figures.elements import draw_unseen_elements
from analysis.linear_models.figures.importance import draw_importance
from analysis.linear_models.figures.reliability import draw_reliability
from analysis.linear_models.figures.scores import read_board, read_score_table
from analysis.linear_models.figures.shown import ShownProperty, read_shown
from analysis.linear_models.figures.sums import draw_sum
from analysis.linear_models.figures.sweeps import (
    draw_learning,
    draw_mixing,
    draw_mixture,
    draw_strength,
)
from analysis.linear_models.figures.thresholds import draw_thresholds
from analysis.linear_models.figures.weights import draw_weights
from analysis.pages.figure import Figure
from analysis.pages.page import PAGES, find_shown_run, pivot_scores, write_page
from analysis.properties.figures.accuracy import draw_held_out
from analysis.properties.figures.classes import draw_confusion
from analysis.properties.figures.ladder import draw_own_ladder
from analysis.properties.figures.limits import draw_intervals, draw_linearity
from analysis.properties.figures.parted import draw_unseen_groups
from analysis.properties.labels import PROPERTY_LABELS, PropertyMetric

PAGE = "properties.html"
DESCRIPTORS = (draw_own_ladder, draw_importance, draw_weights, draw_sum)
SETTINGS = (draw_strength, draw_mixing, draw_mixture, draw_thresholds, draw_learning)
UNSEEN = (draw_unseen_groups, draw_unseen_elements)
OF_NUMBERS = (
    *(draw_held_out, draw_intervals, draw_linearity),
    *(*DESCRIPTORS, *SETTINGS, *UNSEEN),
)
OF_CLASSES = (
    *(draw_confusion, draw_reliability, draw_linearity),
    *(*DESCRIPTORS, *SETTINGS, *UNSEEN),
)
CLASS_METRICS = (
    *(Metric.BALANCED_ACCURACY, PropertyMetric.MACRO_F1, Metric.ROC_AUC),
    *(PropertyMetric.LOG_LOSS, Metric.BRIER, PropertyMetric.CALIBRATION_ERROR),
)


def write_properties_page(
    connection: duckdb.DuckDBPyConnection, folder: Path, pages: tuple[str, ...] = tuple(PAGES)
) -> Path:
    """Write the page on the properties that were fitted, or on the command that fits one."""
    properties = [
        {
            "shown": shown,
            "figures": draw_property(connection, shown),
            "board": read_board(connection, shown),
            **(_read_classes if shown.classes else _read_numbers)(connection, shown),
        }
        for shown in read_shown(connection)
    ]
    runs = (find_shown_run(connection, "property", one["shown"].name) for one in properties)
    versions = {name: version for run in runs if run for name, version in run.versions.items()}
    values = {"properties": properties, "versions": versions}
    return write_page(connection, folder, PAGE, values, pages, PROPERTY_LABELS)


def draw_property(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> list[Figure]:
    """The figures of one property."""
    drawings = OF_CLASSES if shown.classes else OF_NUMBERS
    drawn = [draw(connection, shown) for draw in drawings]
    return [figure for figure in drawn if figure]


def _read_numbers(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> dict[str, Any]:
    tables = [_read_scores(connection, shown, shown.metric)]
    if shown.metric == "pinball_loss" or shown.model == "quantile":
        tables.append(_read_scores(connection, shown, "share_below"))
    tables += _read_weighted(connection, shown, "weighted_mae")
    return {"tables": tables, "interval": _read_intervals(connection, shown)}


def _read_classes(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> dict[str, Any]:
    tables = [_read_scores(connection, shown, "balanced_accuracy")]
    tables += _read_weighted(connection, shown, "weighted_log_loss")
    return {"tables": tables, "by_split": read_score_table(connection, shown, CLASS_METRICS)}


def _read_weighted(
    connection: duckdb.DuckDBPyConnection, shown: ShownProperty, metric: str
) -> list[dict[str, Any]]:
    """The scores of samples that count by their weights, if there were some."""
    found = _read_scores(connection, shown, metric)
    return [found] if found["scores"]["models"] else []


def _read_scores(
    connection: duckdb.DuckDBPyConnection, shown: ShownProperty, metric: str
) -> dict[str, Any]:
    """One score of every model, the splits that have it, and a caption with its unit."""
    scores = pivot_scores(connection, "property", shown.name, metric)
    splits = [split for split in FormulaSplit if any(of == split for _, of in scores["cells"])]
    name = find_label(metric, [Metric, PropertyMetric])
    unit = f" ({scores['unit']})" if scores["unit"] not in ("", "1") else ""
    return {"scores": scores, "splits": splits, "caption": f"{name[0].upper()}{name[1:]}{unit}"}


def _read_intervals(
    connection: duckdb.DuckDBPyConnection, shown: ShownProperty
) -> list[dict[str, Any]]:
    """Of each split, half the width of the interval and the share of errors that it held."""
    sql = """
    select split,
        max(case when metric = 'interval_90' then value end) as width,
        max(case when metric = 'interval_90_coverage' then value end) as coverage,
        max(n) as n
    from marts.metrics
    where study = 'property' and dataset = ? and is_selected and metric like 'interval_90%'
    group by split
    order by split
    """
    return read_rows(connection, sql, [shown.name]).to_dicts()
