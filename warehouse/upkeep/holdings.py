"""What came from outside: of each source its rows, its licence and what to cite."""

from dataclasses import dataclass

import polars as pl

from warehouse.storage.files import scan_parquet
from warehouse.storage.store import Store
from warehouse.tables import TABLES

NOT_STATED = "not stated"


@dataclass(frozen=True)
class Holding:
    """Rows of one table, source and licence, and the DOIs to cite for them."""

    table: str
    source: str
    license: str
    n_rows: int
    citations: tuple[str, ...]


def list_holdings(store: Store) -> list[Holding]:
    """Data that came from outside, by table, source and licence.

    A row's own licence counts, then that of the commit that brought its source.
    """
    return [holding for table in TABLES for holding in _holdings(store, table)]


def _holdings(store: Store, table: str) -> list[Holding]:
    terms = _terms(store, table)
    columns = [name for name in ("source", "license") if name in TABLES[table].column_names()]
    if not terms and "license" not in columns:
        return []  # What was computed here is of no one else.
    if "source" in columns:
        text: dict[str, pl.DataType] = {name: pl.String() for name in columns}
        rows = scan_parquet(store.files(table), schema=text, extra_columns="ignore")
        counts = rows.group_by(columns).agg(n_rows=pl.len()).collect().sort(columns).to_dicts()
    else:
        counts = [{"source": next(iter(terms)), "n_rows": store.read(table).height}]
    unknown: tuple[str, tuple[str, ...]] = (NOT_STATED, ())
    return [
        Holding(
            table=table,
            source=row["source"],
            license=row.get("license") or terms.get(row["source"], unknown)[0],
            n_rows=row["n_rows"],
            citations=terms.get(row["source"], unknown)[1],
        )
        for row in counts
    ]


def _terms(store: Store, table: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Licence and citations of each source of `table`, as its newest commit gives them."""
    terms: dict[str, tuple[str, tuple[str, ...]]] = {}
    for version in store.history(table):
        stated = version.provenance.get("parameters", {})
        one = {str(version.provenance.get("source")): stated}
        sources = stated.get("sources", one) if "source" in TABLES[table].column_names() else one
        for source, told in sources.items():
            if "license" in told:
                found = str(told["license"]), tuple(told.get("citations", ()))
                terms.setdefault(source, found)
    return terms
