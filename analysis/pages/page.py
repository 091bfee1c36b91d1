"""Pages: one self-contained HTML file each, with no need of a network or a server.

A page carries its script, its style and the data of its figures, so that it can be mailed alone.
"""

import json
import re
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from analysis.datasets import read_rows
from analysis.labels import Labelled, Metric, find_label
from analysis.pages.downloads import Download, make_download
from analysis.pages.figure import BRIGHT, COLOURS, GREY, INK, PALE, set_minus
from warehouse.errors import WarehouseError
from warehouse.settings import code_version
from warehouse.storage.drafts import write_file

if TYPE_CHECKING:
    from jinja2 import BytecodeCache

PAGES = {
    "index.html": "Overview",
    "explore.html": "Explore",
    "cluster_expansion.html": "Cluster expansion",
    "thermodynamics.html": "Temperatures",
    "metals.html": "Metal or non-metal",
    "properties.html": "Any property",
    "workshop.html": "Workshop",
    "dictionary.html": "Data dictionary",
}
"""Title of every page in the navigation, by file name. `make clean` reads the names from here."""


def pivot_scores(
    connection: duckdb.DuckDBPyConnection, study: str, dataset: str, metric: str
) -> Any:
    """Scores of a study for its tables: one row per model, one column per split."""
    sql = f"""
select model, split, value, std, n, unit, is_selected
from marts.metrics
where study = '{study}' and dataset = '{dataset}' and metric = '{metric}'
order by value, model, split"""
    rows = read_rows(connection, sql).to_dicts()
    return {
        "models": list(dict.fromkeys(row["model"] for row in rows)),
        "selected": next((row["model"] for row in rows if row["is_selected"]), None),
        "cells": {(row["model"], row["split"]): row for row in rows},
        "unit": rows[0]["unit"] if rows else "",
        "sql": sql.strip(),
    }


@dataclass(frozen=True)
class ShownRun:
    """A study's results on one data set: their id, and the versions of the tables behind them."""

    run_id: str
    versions: Mapping[str, int]


def find_shown_run(
    connection: duckdb.DuckDBPyConnection, study: str, dataset: str
) -> ShownRun | None:
    """Return the run whose results the warehouse shows, if there is one."""
    rows = connection.execute(
        "select run_id, lineage from staging.models where study = ? and dataset = ? limit 1",
        [study, dataset],
    ).fetchall()
    return ShownRun(str(rows[0][0]), json.loads(rows[0][1])["versions"]) if rows else None


def write_page(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    template: str,
    values: Mapping[str, Any],
    pages: Collection[str] = tuple(PAGES),
    labels: Collection[type[Labelled]] = (),
    downloads: dict[str, Download] | None = None,
) -> Path:
    """Render `template` into `folder`; the page appears under its name when it is whole.

    `values` has `versions` of the tables and may have the `run_id` of the page's figures; the
    navigation links those `pages`; `labels` and those of scores name the keys. Templates can
    ask for `download(sql)`, the rows of a query; `downloads` keeps them for the next time.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("analysis.pages"),
        bytecode_cache=_compiled(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["label"] = partial(find_label, tables=[Metric, *labels])
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
        "download": partial(make_download, connection, kept=downloads),
    }
    return write_whole(folder / template, environment.get_template(template).render(values))


def shows_already(path: Path, parts: Collection[str], pages: Collection[str]) -> bool:
    """Whether the page at `path` has these `parts` in its text and links just these `pages`."""
    if not path.exists():
        return False
    text = path.read_text(encoding="utf-8")
    linked = {name for name in PAGES if f'<li><a href="{name}"' in text}
    return linked == set(pages) and all(part in text for part in parts)


def write_whole(path: Path, text: str) -> Path:
    """Write `text` to `path` in one step; raises WarehouseError if that cannot be done."""
    try:
        write_file(path, text.encode())
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


@cache
def _compiled() -> "BytecodeCache":
    """What templates were compiled to: pages share most, each in an environment of its own."""
    from jinja2 import BytecodeCache
    from jinja2.bccache import Bucket

    class Compiled(BytecodeCache):
        def __init__(self) -> None:
            self.code: dict[str, bytes] = {}

        def load_bytecode(self, bucket: Bucket) -> None:
            if bucket.key in self.code:
                bucket.bytecode_from_string(self.code[bucket.key])

        def dump_bytecode(self, bucket: Bucket) -> None:
            self.code[bucket.key] = bucket.bytecode_to_string()

    return Compiled()


@cache
def _plotly_js() -> str:
    from plotly.offline import get_plotlyjs

    # HTML allows no control characters; in the script's strings their escapes mean the same.
    return re.sub(r"[\x00-\x08\x0e-\x1f]", lambda m: f"\\x{ord(m[0]):02x}", get_plotlyjs())
