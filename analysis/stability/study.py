"""Reads the energies of a source, builds its hulls and writes where every material lies."""

from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import read_rows
from analysis.runs.run import Run, make_run
from analysis.stability.hulls import Decompositions, Phases, decompose, read_phases
from analysis.stability.settings import OUTLIER, StabilitySettings, parse_own_row
from analysis.stability.simplex import TOLERANCE
from warehouse.catalog.build import refresh_catalog
from warehouse.catalog.connection import connect
from warehouse.conventions.formulas import parse_formulas
from warehouse.conventions.reduced_formulas import reduce_compositions
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked
from warehouse.storage.commits import Provenance
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

MART = "marts.hull_entries"
MODULES = ("analysis/stability/study.py",)
OWN = "own"
PREFERRED = ("materials_project", "critical_examination")
"""Sources that are taken, the first that has energies, where none is named."""


@dataclass(frozen=True)
class FoundHulls:
    """Hulls of one source, and where its materials lie.

    Attributes:
        run: What decided them.
        hull: Their name in the table.
        rows: One row per material, with the columns of `stabilities`.
        n_left_out: Rows whose energies are outliers.

    """

    run: Run[StabilitySettings]
    hull: str
    rows: pl.DataFrame
    n_left_out: int


def run_stability(
    warehouse: Warehouse,
    source: str | None,
    settings: StabilitySettings,
    track: Track = untracked,
) -> FoundHulls:
    """Build the hulls of `source`, write the table `stabilities`, and return them.

    Raises WarehouseError if the source has no energies, or an own row is none.
    """
    with connect(warehouse) as connection:
        source = source or _choose_source(connection)
        entries, n_left_out = read_hull_entries(connection, source, settings)
        run = make_run(
            connection,
            "stability",
            source,
            settings,
            views=[MART],
            modules=MODULES,
            scopes={},
        )
    hull = settings.name(source)
    rows = place_materials(entries, track).with_columns(
        hull=pl.lit(hull), run_id=pl.lit(run.run_id)
    )
    store = Store(warehouse)
    provenance = Provenance("analysis.stability", run.run_id, run.record())
    written = store.replace("stabilities", rows, scope={"hull": hull}, provenance=provenance)
    if written.n_quarantined:
        raise ValueError("stabilities break their schema: they are in quarantine")
    refresh_catalog(store)
    return FoundHulls(run, hull, rows, n_left_out)


def read_hull_entries(
    connection: duckdb.DuckDBPyConnection, source: str, settings: StabilitySettings
) -> tuple[pl.DataFrame, int]:
    """Rows of the mart that the hulls are built from, own ones last, and how many outliers not."""
    entries = read_rows(
        connection, f"select * from {MART} where source = ? order by material_id", [source]
    )
    if entries.is_empty():
        known = read_rows(connection, f"select distinct source from {MART} order by all")
        raise WarehouseError(
            f"{MART} has no energies of {source!r}",
            hint=f"take one of: {', '.join(known['source']) or 'none; run `make ingest`'}",
        )
    if settings.licenses:
        terms = sorted(entries["license"].unique())
        entries = entries.filter(pl.col("license").is_in(settings.licenses))
        if entries.is_empty():
            raise WarehouseError(
                f"{source} has no rows under {' or '.join(settings.licenses)}",
                hint=f"its rows are under: {', '.join(terms)}",
            )
    own = make_own_rows(settings.add)
    n_all = entries.height
    if not settings.keep_outliers:
        entries = entries.filter(pl.col("formation_energy_per_atom").abs() <= OUTLIER)
    return pl.concat([entries, own.select(entries.columns)]), n_all - entries.height


def make_own_rows(add: tuple[str, ...]) -> pl.DataFrame:
    """Rows of the user's own, with the columns of the mart."""
    pairs = [parse_own_row(text) for text in add]
    formulas = pl.Series("formula", [formula for formula, _ in pairs], dtype=pl.String)
    parsed = parse_formulas(formulas)
    if reasons := parsed["reason"].drop_nulls().to_list():
        raise WarehouseError(reasons[0], hint="write it like --add Cu3Au:-0.05")
    energies = pl.Series("formation_energy_per_atom", [e for _, e in pairs], dtype=pl.Float64)
    return pl.concat(
        [formulas.to_frame(), reduce_compositions(parsed["composition"]), energies.to_frame()],
        how="horizontal",
    ).with_columns(
        source=pl.lit(OWN),
        material_id=pl.format("own-{}", pl.int_range(1, pl.len() + 1)),
        license=pl.lit(OWN),
    )


def place_materials(entries: pl.DataFrame, track: Track = untracked) -> pl.DataFrame:
    """Where each of `entries`, rows of the mart, lies above the hulls of all of them."""
    phases, of_rows = read_phases(entries)
    found = decompose(phases, track)
    floor = np.minimum(phases.energies, found.hull)[of_rows]
    without = found.hull[of_rows]
    energies = entries["formation_energy_per_atom"].to_numpy()
    above = np.maximum(energies - floor, 0.0)
    compound = np.isfinite(without)
    return entries.drop("license").with_columns(
        energy_above_hull=pl.Series(np.where(above <= TOLERANCE, 0.0, above)),
        decomposition_energy=pl.Series(np.where(compound, energies - without, np.nan)).fill_nan(
            None
        ),
        is_stable=pl.Series(above <= TOLERANCE),
        products=list_products(phases, found)[of_rows],
    )


def list_products(phases: Phases, found: Decompositions) -> pl.Series:
    """The products of each phase as lists of (formula, amount), itself where it is stable."""
    is_stable = phases.energies <= found.hull + TOLERANCE
    phase, place = np.nonzero((found.products >= 0) & ~is_stable[:, None])
    alone = np.flatnonzero(is_stable)
    formulas = pl.Series(phases.formulas)
    long = pl.DataFrame(
        {
            "phase": np.concatenate([phase, alone]),
            "formula": formulas[np.concatenate([found.products[phase, place], alone])],
            "amount": np.concatenate([found.amounts[phase, place], np.ones(len(alone))]),
        }
    ).sort("phase", "amount", "formula", descending=[False, True, False])
    products = long.group_by("phase", maintain_order=True).agg(pl.struct("formula", "amount"))
    return products.to_series(1)


def _choose_source(connection: duckdb.DuckDBPyConnection) -> str:
    known = set(read_rows(connection, f"select distinct source from {MART}")["source"])
    return next((name for name in PREFERRED if name in known), PREFERRED[-1])
