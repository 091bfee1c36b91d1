"""Delta tables of summaries with the Materials Project's own Arrow schema."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import WriterProperties, write_deltalake

from tests.support.materials_project.documents import RELEASE


def write_table(
    documents: Sequence[dict[str, Any]],
    uri: str | Path,
    *,
    release: str = RELEASE,
    options: Mapping[str, str] | None = None,
    rows_per_group: int | None = None,
) -> None:
    """Add `documents` to the Delta table at `uri` as the partition of `release`."""
    write_rows(
        arrow_table(documents), uri, release=release, options=options, rows_per_group=rows_per_group
    )


def write_rows(
    table: pa.Table,
    uri: str | Path,
    *,
    release: str = RELEASE,
    options: Mapping[str, str] | None = None,
    rows_per_group: int | None = None,
) -> None:
    """Add rows of the published schema to the Delta table at `uri`, as `write_table` does."""
    versions = pa.array([release] * table.num_rows, pa.string())
    write_deltalake(
        str(uri),
        table.add_column(0, "version", versions),
        partition_by=["version"],
        mode="append",
        storage_options=dict(options or {}),
        writer_properties=WriterProperties(max_row_group_size=rows_per_group),
    )


def arrow_table(documents: Sequence[dict[str, Any]]) -> pa.Table:
    """The documents as the Materials Project's Arrow schema has them."""
    times = [datetime.fromisoformat(each["last_updated"]).replace(tzinfo=UTC) for each in documents]
    rows = [{**each, "last_updated": time} for each, time in zip(documents, times, strict=True)]
    return pa.Table.from_pylist(rows, schema=summary_schema())


@cache
def summary_schema() -> pa.Schema:
    """The schema of the published table."""
    from emmet.core.arrow import arrowize
    from emmet.core.summary import SummaryDoc

    return pa.schema(arrowize(SummaryDoc))
