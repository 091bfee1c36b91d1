"""What other properties add to the composition: computed once for the data, kept beside pages."""

import json
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from analysis.metals.inquiries.property_ladder import (
    MART,
    PROPERTIES,
    climb_properties,
    draw_properties,
)
from analysis.pages.figure import Figure
from analysis.pages.page import write_whole
from warehouse.catalog.lineage import digest_sources
from warehouse.errors import WarehouseError

FILE = "metal_properties.json"


@dataclass(frozen=True)
class PropertyGains:
    """A row for each property, as `climb_properties` has them, and what they were computed from.

    `sources` is a digest of the tables' versions and of the views.
    """

    benchmark: str
    sources: str
    rows: pl.DataFrame

    @property
    def ranked(self) -> pl.DataFrame:
        """Those that were also judged on common rows, the largest gain there first."""
        return self.rows.drop_nulls("n_common").sort("common_gain", descending=True)


def refresh_property_gains(
    connection: duckdb.DuckDBPyConnection, folder: Path, benchmark: str
) -> PropertyGains | None:
    """Compute the gains and keep them in `folder`, unless they are there for the same data.

    About five seconds of a processor for all shipped data. None if no property is known.
    """
    sources, kept = digest_sources(connection, MART), read_property_gains(folder)
    if kept and (kept.benchmark, kept.sources) == (benchmark, sources):
        return kept
    try:
        rows = climb_properties(connection, benchmark)
    except WarehouseError:  # Too few are known: the page says how to get more.
        (folder / FILE).unlink(missing_ok=True)
        return None
    content = {"benchmark": benchmark, "sources": sources, "properties": rows.to_dicts()}
    write_whole(folder / FILE, json.dumps(content, indent=1) + "\n")
    return PropertyGains(benchmark, sources, rows)


def read_property_gains(folder: Path) -> PropertyGains | None:
    """What is kept in `folder`; None if nothing is. Raises WarehouseError for a damaged file."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = pl.DataFrame(content["properties"])
        return PropertyGains(str(content["benchmark"]), str(content["sources"]), rows)
    except (ValueError, KeyError, TypeError) as error:
        raise WarehouseError(
            f"{path} has no gains of properties: {error}", hint="delete it, and report again"
        ) from error


def draw_property_gains(gains: PropertyGains) -> Figure:
    """Scores of each property alone, and of the composition without and with it."""
    counts = ",\n    ".join(f"count({name}) as {name}" for name in PROPERTIES)
    return Figure(
        "What do volume, energy, symmetry and stiffness add?",
        draw_properties(gains.rows),
        "Each row is a property: how well it tells metals alone, and the shares of elements "
        "without it and with it. What matters is the step from without to with.",
        "AUC on formulas held out, mean of five folds, each row on the materials whose formula "
        "has the property; `python -m analysis metals --properties` prints it.",
        f"select\n    count(*) as materials,\n    {counts}\nfrom {MART}\n"
        f"where dataset = '{gains.benchmark}'\norder by all",
    )
