"""Pages: one self-contained HTML file each, with no need of a network or a server."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from analysis.datasets import read_rows
from warehouse.errors import WarehouseError
from warehouse.settings import code_version

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import polars as pl

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Distinct for colour-blind readers (Okabe and Ito 2008, jfly.uni-koeln.de/color)."""
LABELS = {
    "least_squares": "least squares",
    "elastic_net": "elastic net",
    "adaptive_lasso": "adaptive lasso",
    "ard": "ARD",
    "bayesian_ridge": "Bayesian ridge",
    "weighted_ridge": "weighted ridge",
    "nested_choice": "choice nested in each part",
    "training_10_fold": "training, 10-fold",
    "locked_test": "locked test",
    "random_10_fold": "random, 10-fold",
    "leave_composition_out": "leave one composition out",
    "size_5_to_6": "train ≤ 5 atoms, test 6",
    "official_folds": "official folds",
    "formula_groups": "folds by formula",
    "chemical_system_groups": "folds by chemical system",
    "experiment": "calculated to measured",
    "calculation": "measured to calculated",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "roc_auc": "ROC AUC",
    "brier": "Brier score",
}
"""What a reader sees for a name in the tables."""


@dataclass(frozen=True)
class Figure:
    """A plot, how to read it, what it shows, and the query that gives its numbers."""

    title: str
    plot: "go.Figure"
    reading: str
    caption: str
    sql: str

    @property
    def html(self) -> str:
        """The plot as an HTML fragment; the page carries plotly.js once."""
        import plotly.io

        return str(
            plotly.io.to_html(
                self.plot,
                full_html=False,
                include_plotlyjs=False,
                config={"displayModeBar": False, "responsive": True},
            )
        )


def label(name: str) -> str:
    """What a reader sees for `name`."""
    return LABELS.get(name, name.replace("_", " "))


def style(plot: "go.Figure", x_title: str, y_title: str, height: int = 460) -> "go.Figure":
    """Give a plot the house's look; axis titles carry their units."""
    plot.update_layout(
        template="simple_white",
        colorway=COLOURS,
        height=height,
        margin={"l": 60, "r": 20, "t": 20, "b": 60},
        font={"family": "system-ui, sans-serif", "size": 13},
        legend={"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top"},
        hoverlabel={"align": "left"},
    )
    plot.update_xaxes(title=x_title, automargin=True)
    plot.update_yaxes(title=y_title, automargin=True)
    return plot


def draw_lines(
    rows: "pl.DataFrame", x: str, y: str, by: str, *, mode: str = "lines+markers", **options: Any
) -> "go.Figure":
    """Draw a line of the columns `y` over `x` for each value of the column `by`, in their order."""
    import plotly.graph_objects as go

    plot = go.Figure()
    series = rows[by].unique(maintain_order=True)
    for colour, name in zip(COLOURS, series, strict=False):
        of = rows.filter(rows[by] == name)
        plot.add_scatter(x=of[x], y=of[y], name=name, mode=mode, line={"color": colour}, **options)
    return plot


def pivot_scores(
    connection: duckdb.DuckDBPyConnection, study: str, dataset: str, metric: str
) -> Any:
    """Scores of a study for its tables: one row per model, one column per split."""
    sql = f"""
select model, split, value, std, n, unit, is_selected
from marts.metrics
where study = '{study}' and dataset = '{dataset}' and metric = '{metric}'
order by value"""
    rows = read_rows(connection, sql).to_dicts()
    return {
        "models": list(dict.fromkeys(row["model"] for row in rows)),
        "selected": next((row["model"] for row in rows if row["is_selected"]), None),
        "cells": {(row["model"], row["split"]): row for row in rows},
        "unit": rows[0]["unit"] if rows else "",
        "sql": sql.strip(),
    }


def read_versions(
    connection: duckdb.DuckDBPyConnection, study: str, dataset: str
) -> dict[str, int]:
    """Versions of the tables behind a study's results; raises WarehouseError if it has none."""
    rows = connection.execute(
        "select lineage from staging.models where study = ? and dataset = ? limit 1",
        [study, dataset],
    ).fetchall()
    if not rows:
        raise WarehouseError(
            f"the study {study} has no results for {dataset}",
            hint=f"run `python -m analysis {study.replace('_', '-')}`",
        )
    return dict(json.loads(rows[0][0])["versions"])


def write_page(folder: Path, template: str, values: Mapping[str, Any]) -> Path:
    """Render `template` into `folder`; the page appears under its name when it is whole."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("analysis"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["label"] = label
    html = environment.get_template(template).render(
        template=template, code_version=code_version(), plotly_js=_plotly_js(), **values
    )
    return write_text(folder / template, html)


def write_text(path: Path, text: str) -> Path:
    """Write `text` to `path` in one step; raises WarehouseError if that cannot be done."""
    try:
        draft = path.with_name(f".{path.name}.draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    return path


def make_folder(folder: Path) -> None:
    """Make `folder` unless it is there; raises WarehouseError if pages cannot be written to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(path: Path, error: OSError) -> WarehouseError:
    why = "it is no folder" if path.is_file() else error.strerror
    return WarehouseError(
        f"{path} cannot be written: {why}",
        hint="check that the folder is writable and the disk has room, or name another",
    )


def _plotly_js() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())
