"""Descriptors of any formulas, from the same SQL files as those of the training data.

They run on a table of the asked formulas in memory, so a formula needs no place in the warehouse.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import duckdb
import numpy as np
import polars as pl

from warehouse.catalog.views import View, parse_view
from warehouse.conventions.formulas import parse_formulas, write_formulas
from warehouse.settings import SQL_DIR
from warehouse.tables import TABLES

FORMULA, CELL = DESCRIBING = ("features.formula_descriptors", "features.cell_descriptors")
"""Views that describe a formula, and a unit cell that a formula lists whole."""
MAGPIE = "features.magpie"
"""A view of 132 averages over the elements of a formula."""
SPLITS = "features.material_splits"
"""A view of a formula's reduced formula and chemical system, and the folds that test these."""
PRECISION = np.float32
"""Of descriptors: shares of atoms to seven digits. A product with them reads half the bytes."""
MEMORY = "700MB"
"""Of the database that describes formulas; it has temporary files for the rest."""
MOST_ATOMS = 10_000
"""Of one element in a formula that is still answered."""
COLUMNS = ("descriptor_set", "descriptor_kind", "descriptor_elements", "descriptor", "value")


@dataclass(frozen=True)
class DescribedFormulas:
    """Formulas as the views describe them.

    Attributes:
        descriptors: One row per descriptor that a formula has: `key`, `descriptor_set`,
            `descriptor_kind`, `descriptor_elements`, `descriptor`, `value`.
        formulas: One row per formula: `key`, `read_as`, `reduced_formula`, `elements`,
            `atomic_fractions`.
        more: Rows of each further view that was asked for, `material_id` being the key.

    """

    descriptors: pl.DataFrame
    formulas: pl.DataFrame
    more: tuple[pl.DataFrame, ...] = ()


def describe_formulas(
    asked: pl.DataFrame,
    elements: pl.DataFrame,
    more: Sequence[str] = (),
    columns: Sequence[str] = COLUMNS,
    describing: Sequence[str] = DESCRIBING,
) -> DescribedFormulas:
    """Describe formulas by the views `describing`, and read the views `more` of them.

    `asked` has a `key` of each formula and its `composition`, as `parse_formulas` reads it;
    `elements` are the rows of the table of that name. Of many formulas, descriptors without
    the `columns` that nobody reads take half the memory.
    """
    materials = shape_asked(asked)
    written = materials.select(key="material_id", read_as=write_formulas(pl.col("composition")))
    wanted = ("features.compositions", *describing, *more)
    with open_views({"materials": materials, "elements": elements}, wanted) as memory:
        formulas: pl.DataFrame = memory.sql(
            "select material_id as key, reduced_formula, elements, atomic_fractions "
            "from features.compositions"
        ).pl()
        described: pl.DataFrame = memory.sql(
            " union all ".join(
                f"select material_id as key, {', '.join(columns)} from "
                + (
                    f"features.compositions inner join {view} using (reduced_formula)"
                    if view == FORMULA
                    else view
                )
                for view in describing
            )
        ).pl()
        frames = tuple(memory.sql(f"from {view}").pl() for view in more)
    return DescribedFormulas(described, written.join(formulas, on="key"), frames)


def parse_asked(formulas: Sequence[str] | pl.Series, elements: pl.DataFrame) -> pl.DataFrame:
    """Each formula as `key` with its `composition` or, where there is none, `reason` and `hint`.

    There is none of what is no formula, has an element that is not among `elements`, or has more
    than MOST_ATOMS of one.
    """
    rows = pl.Series("key", formulas, dtype=pl.String, strict=False).to_frame()
    rows = rows.with_columns(parse_formulas(rows["key"]))
    entry = pl.col("composition").list
    symbols = entry.eval(pl.element().struct.field("element"))
    unknown = symbols.list.set_difference(elements["element"].implode()).list.sort().list
    is_unknown, known = unknown.len() > 0, ", ".join(elements["element"].sort())
    is_large = entry.eval(pl.element().struct.field("amount")).list.max() > MOST_ATOMS
    return rows.with_columns(
        composition=pl.when(~is_unknown & ~is_large).then("composition"),
        reason=pl.when(is_unknown)
        .then(pl.format("{}: nothing is known about {}", "key", unknown.join(", ")))
        .when(is_large)
        .then(pl.format(f"{{}}: more than {MOST_ATOMS:,} atoms of one element", "key"))
        .otherwise("reason"),
        hint=pl.when(is_unknown)
        .then(pl.lit(f"ask about these: {known}"))
        .when(is_large)
        .then(pl.lit("write the formula of one unit cell"))
        .when(pl.col("reason").is_not_null())
        .then(pl.lit("write it like Cu3Au or Ca(OH)2")),
    )


def shape_asked(asked: pl.DataFrame) -> pl.DataFrame:
    """Rows of the table of materials: a `key` of each formula and its `composition`."""
    entries = pl.col("composition").list
    amounts = entries.eval(pl.element().struct.field("amount")).list
    is_whole = amounts.eval(pl.element() == pl.element().round()).list.all()
    materials = asked.select(
        source=pl.lit("asked"),
        material_id="key",
        formula="key",
        composition=entries.eval(pl.element().sort_by(pl.element().struct.field("element"))),
        # A broken amount is of no cell.
        nsites=pl.when(is_whole).then(amounts.sum()).cast(pl.Int64),
        is_metal=pl.lit(value=False),  # The features are of materials with a label; none reads it.
        license=pl.lit(""),
    )
    return pl.concat([TABLES["materials"].create_empty(), materials], how="diagonal_relaxed")


def spread_descriptors(entries: pl.DataFrame, keys: pl.Series) -> tuple[Any, pl.DataFrame]:
    """Spread long `entries` (key, descriptor_set, descriptor, value) into a sparse matrix.

    Returns the matrix with a row for each of the `keys`, shape (n_keys, n_features), and
    `descriptor_set` and `descriptor` of its columns, in alphabetical order.
    """
    from scipy.sparse import csr_matrix

    distinct = keys.unique(maintain_order=True)
    row = _find_places(entries["key"], distinct)
    entries, row = entries.filter(row.is_not_null()), row.drop_nulls()
    sets, texts = (entries[name].unique().sort() for name in ("descriptor_set", "descriptor"))
    pair = _find_places(entries["descriptor_set"], sets).cast(pl.Int64) * len(texts)
    pair += _find_places(entries["descriptor"], texts)
    is_there = np.zeros(len(sets) * len(texts), dtype=bool)
    is_there[pair] = True
    column, found = np.cumsum(is_there) - 1, np.flatnonzero(is_there)
    features = pl.DataFrame([sets.gather(found // len(texts)), texts.gather(found % len(texts))])
    places = row.to_numpy(), column[pair]
    values = entries["value"].to_numpy().astype(PRECISION)
    matrix = csr_matrix((values, places), shape=(len(distinct), len(found)))
    return matrix[_find_places(keys, distinct).to_numpy()], features


def _find_places(texts: pl.Series, known: pl.Series) -> pl.Series:
    """Where each text stands among the `known` ones, which are distinct; NULL for others."""
    return texts.cast(pl.Enum(known), strict=False).to_physical()


@contextmanager
def open_views(
    tables: dict[str, pl.DataFrame], wanted: Sequence[str]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory of these tables and no others, with the `wanted` views over them."""
    with duckdb.connect() as memory:
        memory.execute(f"set memory_limit = '{MEMORY}'")
        for layer in ("raw", "staging", "features", "marts"):
            memory.execute(f"create schema {layer}")
        views = _views(wanted)
        read = {name for view in views for name in view.reads if name.startswith("raw.")}
        for name in sorted(read):
            table = name.removeprefix("raw.")
            rows = tables[table] if table in tables else TABLES[table].create_empty()
            fill_table(memory, table, rows)
        for view in views:
            memory.execute(f"create view {view.name} as {view.sql}")
        yield memory


def fill_table(memory: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    """Make `rows` all that a table has for views that are open in memory."""
    memory.register("rows", rows.to_arrow())
    memory.execute(f"create or replace table raw.{table} as from rows")


def _views(wanted: Sequence[str]) -> list[View]:
    """The views that `wanted` are made of, each after those it reads."""
    views: dict[str, View] = {}
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in views and not name.startswith("raw."):
            views[name] = parse_view(SQL_DIR / f"{name.replace('.', '/')}.sql")
            waiting += views[name].reads
    order = TopologicalSorter({name: view.reads & views.keys() for name, view in views.items()})
    return [views[name] for name in order.static_order()]
