"""Storage, views and queries: Delta tables in, a DuckDB catalog of views out."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.catalog.read_only import ReadOnlyConnection

__all__ = ["open_warehouse"]


def open_warehouse(address: "str | Path | None" = None) -> "ReadOnlyConnection":
    """Open a warehouse for reading.

    The connection answers queries as `python -m warehouse query` does: it can change nothing, not
    by `copy` either, and reads no file beside the warehouse's own tables. It passes for one of
    DuckDB's. A name without a schema is one of `marts`.

        from warehouse import open_warehouse

        with open_warehouse("data") as connection:
            scores = connection.sql("from marts.metrics").pl()  # polars; .df() gives pandas

    `python -m warehouse describe VIEW` tells unit and meaning of each column. Polars is what the
    project uses; pandas is there because pymatgen needs it.

    Args:
        address: Folder, or `s3://BUCKET/PREFIX`. Default: `$WAREHOUSE_DIR`, or else `data`.

    Raises:
        WarehouseError: There is no warehouse, or its catalog is damaged; the hint says what to do.

    """
    from warehouse.catalog.connection import connect
    from warehouse.catalog.read_only import ReadOnlyConnection
    from warehouse.storage.warehouse import Warehouse

    return ReadOnlyConnection(connect(Warehouse.find(address)))
