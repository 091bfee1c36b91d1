"""Bulk pulls of the Materials Project's summaries, against the Materials Project's own client.

Both read the same Delta table on this machine. Ours end in the warehouse's table, the client's in a
copy on disk.
"""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.harness import Work
from warehouse.storage.warehouse import Warehouse

FOLDER = "benchmarks"
"""Where they work, within the warehouse's folder."""
N_BULK = 200_000
ROWS_PER_FILE = 10_000


def pull_bulk_of_ours(warehouse: Path) -> Work:
    """Read the table's columns into a warehouse."""
    from ingest.materials.materials_project.pull import pull_bulk
    from ingest.materials.materials_project.queries import Query
    from warehouse.storage.store import Store

    table, numbers = _prepare_table(warehouse), _count()

    def work() -> int:
        store = Store(Warehouse(warehouse / FOLDER / f"ours-{os.getpid()}-{next(numbers)}"))
        return int(getattr(pull_bulk(store, Query(), str(table)), "n_written", 0))

    return work


def pull_bulk_of_mp_api(warehouse: Path) -> Work:
    """The client's bulk download, from the table at hand instead of the bucket."""
    from deltalake import DeltaTable
    from mp_api.client.core.client import QueryBuilderWithCache
    from mp_api.client.routes.materials.summary import SummaryRester

    table, numbers = _prepare_table(warehouse), _count()

    class LocalRester(SummaryRester):  # type: ignore[misc]
        """Its own code but for the address of the table and the questions to the server."""

        def __init__(self) -> None:
            self.base_endpoint = "http://127.0.0.1/"
            self.mute_progress_bars = True
            self.use_document_model = False
            self.force_renew = False
            self.timeout = 20
            self.access_controlled_batch_ids = ["gnome_r2scan_statics"]
            self._query_builder = QueryBuilderWithCache()
            self.local_dataset_cache = warehouse / FOLDER / f"theirs-{os.getpid()}-{next(numbers)}"

        def _submit_requests(self, **_: Any) -> dict[str, Any]:
            return {"meta": {"total_doc": 0}}

        def count(self, criteria: Any = None) -> int:
            return N_BULK

        def _get_delta_table(self, *_: Any, **__: Any) -> tuple[str, DeltaTable]:
            delta = DeltaTable(str(table))
            self.query_builder.register("summary", delta)
            return "summary", delta

    def work() -> int:
        rester = LocalRester()
        found = rester._query_delta_backed(
            "materialsproject-build", "collections/summary", versioned=True
        )
        return len(found["data"])

    return work


def make_table(folder: Path) -> None:
    """Write summaries with structures, in files as the Materials Project's table has them.

    Each file has the same structures under identifiers of its own.
    """
    import pyarrow as pa

    from tests.support.materials_project.structures import describe_materials
    from tests.support.materials_project.tables import arrow_table, write_rows

    materials = describe_materials(ROWS_PER_FILE)
    batches = iter(lambda: list(itertools.islice(materials, 1_000)), [])
    rows = pa.concat_tables(map(arrow_table, batches))
    column = rows.schema.names.index("material_id")
    for first in range(0, N_BULK, ROWS_PER_FILE):
        names = pa.array([f"mp-{first + index}" for index in range(ROWS_PER_FILE)])
        write_rows(rows.set_column(column, "material_id", names), folder)


def _prepare_table(warehouse: Path) -> Path:
    """The table, made by another process, so that its memory does not count here."""
    folder = warehouse / FOLDER / f"summary-{N_BULK}"
    if not folder.exists():
        command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.pulls", str(folder)]
        subprocess.run(command, check=True)
    return folder


def _count() -> Iterator[int]:
    return iter(range(10**9))


if __name__ == "__main__":
    make_table(Path(sys.argv[1]))
