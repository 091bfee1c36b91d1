"""Pages: one self-contained HTML file each, with no need of a network or a server.

A page carries its script, its style and the data of its figures, so that it can be mailed alone.
"""

import json
import re
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from analysis.datasets import read_rows
from analysis.downloads import make_download
from warehouse.errors import WarehouseError
from warehouse.settings import code_version

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import polars as pl

PAGES = {
    "index.html": "Overview",
    "cluster_expansion.html": "Cluster expansion",
    "metals.html": "Metal or non-metal",
    "workshop.html": "Workshop",
    "dictionary.html": "Data dictionary",
}
"""Title of every page in the navigation, by file name. `make clean` reads the names from here."""
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Distinct for colour-blind readers (Okabe and Ito 2008, jfly.uni-koeln.de/color)."""
BRIGHT = ("#4796e3", "#f27b35", "#26bf94", "#e39cc4", "#f0b429", "#a5dcf7")
"""The same colours on a dark page."""
INK, GREY, PALE = "#1b1f24", "#888888", "#b5bcc4"
"""Of lines and points without a hue; the page's script turns the first and last in the dark."""
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
    def json(self) -> str:
        """Traces and layout for the page's script, safe inside a script element."""
        import plotly.io

        return str(plotly.io.to_json(self.plot)).replace("<", "\\u003c")

    @property
    def anchor(self) -> str:
        """The title as the end of a link."""
        return "-".join(re.findall(r"[a-z0-9]+", self.title.lower()))


def label(name: str) -> str:
    """What a reader sees for `name`."""
    return LABELS.get(name, name.replace("_", " "))


def set_minus(text: str) -> str:
    """`text` with a true minus before its negative numbers."""
    return re.sub(r"(?<![\w.])-(?=\.?\d)", "−", text)


def style(plot: "go.Figure", x_title: str, y_title: str, height: int = 460) -> "go.Figure":
    """Give a plot its size and axis titles, with their units; the page's script gives colours."""
    plot.update_layout(
        template="none",
        height=height,
        margin={"l": 60, "r": 20, "t": 20, "b": 60},
    )
    plot.update_xaxes(title=x_title, automargin=True, exponentformat="power")
    plot.update_yaxes(title=y_title, automargin=True, exponentformat="power")
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


@dataclass(frozen=True)
class Run:
    """A study's results on one data set: their id, and the versions of the tables behind them."""

    run_id: str
    versions: Mapping[str, int]


def find_run(connection: duckdb.DuckDBPyConnection, study: str, dataset: str) -> Run | None:
    """Return the run whose results the warehouse shows, if there is one."""
    rows = connection.execute(
        "select run_id, lineage from staging.models where study = ? and dataset = ? limit 1",
        [study, dataset],
    ).fetchall()
    return Run(str(rows[0][0]), json.loads(rows[0][1])["versions"]) if rows else None


def write_page(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    template: str,
    values: Mapping[str, Any],
    pages: Collection[str] = tuple(PAGES),
) -> Path:
    """Render `template` into `folder`; the page appears under its name when it is whole.

    `values` has `versions` of the tables and may have the `run_id` of the page's figures; the
    navigation links those `pages`. Templates can ask for `download(sql)`, the rows of a query.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("analysis"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["label"] = label
    environment.filters["minus"] = set_minus
    environment.globals |= {
        "template": template,
        "pages": {name: title for name, title in PAGES.items() if name in pages},
        "code_version": code_version(),
        "plotly_js": _plotly_js(),
        "look": {
            "colours": COLOURS,
            "bright": dict(zip(COLOURS, BRIGHT, strict=True)),
            "neutrals": {"ink": INK, "grey": GREY, "pale": PALE},
        },
        "run_id": values.get("run_id", ""),
        "download": partial(make_download, connection),
    }
    return write_text(folder / template, environment.get_template(template).render(values))


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

    # HTML allows no control characters; in the script's strings their escapes mean the same.
    return re.sub(r"[\x00-\x08\x0e-\x1f]", lambda m: f"\\x{ord(m[0]):02x}", get_plotlyjs())
