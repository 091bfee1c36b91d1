"""What a picture is of: rows of a query, which columns play which part, and what they mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import duckdb
import polars as pl

from warehouse.conventions.elements import ELEMENTS
from warehouse.errors import WarehouseError

KINDS = ("scatter", "histogram", "box", "periodic-table", "ternary", "hull", "heatmap")
MOST_POINTS = 20_000
"""Points that a page can move; of more, so many are drawn by lot."""
NAMES = ("formula", "reduced_formula", "formula_pretty", "material_id", "structure_id", "element")
"""Columns that say what a point is, the first that is there."""
FORMULAS = ("formula", "reduced_formula", "formula_pretty")


@dataclass(frozen=True)
class PlotRequest:
    """Rows to draw.

    Attributes:
        rows: The query's rows, at most MOST_POINTS.
        n_rows: How many the query has.
        kind: One of KINDS.
        x, y, color: Names of columns; "" where there is none.
        log: Axes with a logarithmic scale, of "x" and "y".
        labels: What a column's axis says, by column.

    """

    rows: pl.DataFrame
    n_rows: int
    kind: str
    x: str = ""
    y: str = ""
    color: str = ""
    log: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    def label(self, column: str) -> str:
        """Meaning and unit of a column, or its name."""
        return self.labels.get(column, column)

    @property
    def name(self) -> str:
        """The column that says what a point is; "" without."""
        return next((column for column in NAMES if column in self.rows.columns), "")


def make_request(
    rows: pl.DataFrame,
    labels: Mapping[str, str],
    *,
    kind: str = "",
    x: str = "",
    y: str = "",
    color: str = "",
    log: Sequence[str] = (),
) -> PlotRequest:
    """Find what is to be drawn of `rows`; the kind and the columns are guessed where not given.

    Raises WarehouseError if there are no rows, a column is not there, or is text where a number is
    needed.
    """
    if rows.is_empty():
        raise WarehouseError("the query has no rows to draw", hint="ask for some")
    rows = rows.with_columns(pl.col(pl.Decimal, pl.Boolean).cast(pl.Float64))
    for column in filter(None, (x, y, color)):
        if column not in rows.columns:
            near = get_close_matches(column, rows.columns, n=2) or rows.columns
            raise WarehouseError(
                f"the query has no column {column!r}", hint=f"take one of: {', '.join(near)}"
            )
    numbers = [name for name, dtype in rows.schema.items() if dtype.is_numeric()]
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    kind = kind or _guess_kind(rows, numbers, texts, x, y)
    x, y = _guess_axes(kind, rows, numbers, texts, x, y)
    _refuse_text(kind, rows, x, y)
    used = [name for name in (x, y, color) if name]
    known = rows.drop_nulls(used) if kind != "ternary" else rows.drop_nulls(numbers[:3])
    if known.is_empty():
        raise WarehouseError(
            f"every row lacks {' or '.join(used)}", hint="ask for rows that have it: is not null"
        )
    known = _keep_positive(known, {"x": x, "y": y}, log)
    shown = known
    if known.height > MOST_POINTS and kind in ("scatter", "ternary", "hull"):
        shown = known.sample(MOST_POINTS, seed=0)
    return PlotRequest(shown, known.height, kind, x, y, color, tuple(log), labels)


def describe_columns(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str]
) -> dict[str, str]:
    """What the axis of each column says: its meaning and unit, as the dictionary has them."""
    docs = connection.execute(
        "select column_name, arg_min(comment, array_position(['marts', 'staging', 'features', "
        "'raw'], schema_name)) from duckdb_columns() where comment is not null and "
        "list_contains(?, column_name) group by all",
        [list(columns)],
    ).fetchall()
    return {name: _write_label(doc) for name, doc in docs}


def _write_label(doc: str) -> str:
    """`GPa: Voigt average; see ...` becomes `Voigt average (GPa)`."""
    unit, colon, meaning = doc.partition(": ")
    if not colon or " " in unit.strip():
        unit, meaning = "", doc
    meaning = re.split(r"[;,]", meaning)[0].strip()
    return f"{meaning} ({unit})" if unit not in ("", "1") else meaning


def _guess_kind(
    rows: pl.DataFrame, numbers: Sequence[str], texts: Sequence[str], x: str, y: str
) -> str:
    words = [name for name in texts if name not in FORMULAS]
    if find_elements(rows) and numbers and not (x and y):
        return "periodic-table"
    if len(words) >= 2 and len(numbers) == 1 and not any(name in texts for name in FORMULAS):
        return "heatmap"
    chosen = [name for name in (x, y) if name]
    if any(name in texts for name in chosen) or (len(numbers) == 1 and words):
        return "box"
    return "histogram" if len(numbers) == 1 or (x and not y and len(numbers) < 2) else "scatter"


def find_elements(rows: pl.DataFrame) -> str:
    """The column whose texts are all chemical symbols; "" if there is none."""
    for name, dtype in rows.schema.items():
        known = rows[name].drop_nulls() if dtype == pl.String else None
        if known is not None and known.len() and set(known.unique()) <= ELEMENTS:
            return name
    return ""


def _guess_axes(
    kind: str, rows: pl.DataFrame, numbers: Sequence[str], texts: Sequence[str], x: str, y: str
) -> tuple[str, str]:
    """Columns of the axes that were not named, in the order in which the query has them."""
    words = [name for name in texts if name not in FORMULAS] or list(texts)
    free = [name for name in numbers if name not in (x, y)]
    wanted: dict[str, tuple[Sequence[str], Sequence[str]]] = {
        "scatter": (free, free[1:] if not x else free),
        "histogram": (free, [""]),
        "box": (words, free),
        "periodic-table": ([find_elements(rows)], free),
        "hull": ([name for name in FORMULAS if name in texts], free),
        "heatmap": (words, [name for name in words if name != (x or words[0])] if words else []),
        "ternary": (numbers, numbers[1:]),
    }
    for_x, for_y = wanted[kind]
    x = x or next(iter(for_x), "")
    y = y or next(iter(for_y), "")
    lacks_y = kind != "histogram" and not y
    if not x or lacks_y or (kind == "ternary" and len(numbers) < 3):
        needs = {
            "scatter": "two columns of numbers",
            "histogram": "a column of numbers",
            "box": "a column of texts and one of numbers",
            "periodic-table": "a column of chemical symbols and one of numbers",
            "hull": "a column formula or reduced_formula and one of energies per atom",
            "heatmap": "two columns of texts and one of numbers",
            "ternary": "three columns of numbers",
        }[kind]
        raise WarehouseError(
            f"the query has {', '.join(rows.columns)}; a {kind} needs {needs}",
            hint="ask for these columns, or take another --kind",
        )
    return x, y


def _refuse_text(kind: str, rows: pl.DataFrame, x: str, y: str) -> None:
    must = {"scatter": (x, y), "histogram": (x,), "ternary": (x, y), "heatmap": ()}.get(kind, (y,))
    for name in must:
        if not rows.schema[name].is_numeric():
            raise WarehouseError(
                f"{name} is no number ({rows.schema[name]}), and a {kind} needs one there",
                hint="take another column, or --kind box for texts",
            )


def _keep_positive(rows: pl.DataFrame, axes: Mapping[str, str], log: Sequence[str]) -> pl.DataFrame:
    for axis in log:
        column = axes[axis]
        if column and rows.schema[column].is_numeric():
            rows = rows.filter(pl.col(column) > 0)
    if rows.is_empty():
        raise WarehouseError(
            "no row is above zero, as a logarithmic axis needs", hint="leave out --log"
        )
    return rows
