"""Runs a function over rows, for what SQL cannot do, here; Spark's workers do the same."""

from collections.abc import Callable, Iterator
from typing import Protocol

import pyarrow as pa

from warehouse.progress import Track, untracked

MAPPED_ROWS = 10
"""Rows that a mapped function takes at a time in this process."""
Function = Callable[[pa.RecordBatch], pa.RecordBatch]
"""Takes a batch of rows and returns a batch with one row for each."""


class Executor(Protocol):
    """Hands rows to a function, and on what it returns, in the rows' order."""

    def __call__(
        self,
        function: Function,
        rows: pa.Table,
        schema: pa.Schema,
        *,
        track: Track = untracked,
        description: str = "",
    ) -> Iterator[pa.RecordBatch]:
        """Batches of the `schema`; `track` and `description` show how far it is."""


def map_here(
    function: Function,
    rows: pa.Table,
    schema: pa.Schema,
    *,
    track: Track = untracked,
    description: str = "",
) -> Iterator[pa.RecordBatch]:
    """See `Executor`: one batch after the other in this process."""
    for batch in track(rows.to_batches(max_chunksize=MAPPED_ROWS), description):
        yield function(batch).cast(schema)
