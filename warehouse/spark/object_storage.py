"""Objects of a bucket as rows of Spark's, without Hadoop's client: its Python workers use Arrow.

The workers get the driver's settings and keys with their work, and need PyArrow, not this project.
"""

import shutil
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.spark.session import plain_spark_errors
from warehouse.storage.bucket import list_objects
from warehouse.storage.bucket_settings import client_options, server_settings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

WRITTEN = "name string, n_rows long"


def read_objects(session: "SparkSession", files: list[Path], schema: "StructType") -> "DataFrame":
    """Rows of Parquet `files`, of which each is a partition; what a file lacks is NULL."""
    from pyspark.sql.pandas.types import to_arrow_schema

    names = [str(file).removeprefix("s3://") for file in files]
    options, rows = client_options(server_settings()), to_arrow_schema(schema)

    def read(numbers: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyarrow.dataset import dataset
        from pyarrow.fs import S3FileSystem

        chosen = [names[number] for batch in numbers for number in batch.column(0).to_pylist()]
        client = S3FileSystem(**options)
        for name in chosen:
            found = dataset(name, schema=rows, format="parquet", filesystem=client)
            yield from found.to_batches(batch_readahead=2)

    with plain_spark_errors():
        return session.range(0, len(names), 1, len(names)).mapInArrow(read, schema)


def write_objects(frame: "DataFrame", folder: Path) -> int:
    """Write the rows of `frame` as new Parquet objects of `folder`, in order; return how many.

    A worker that fails leaves nothing behind.
    """
    from pyspark.sql.pandas.types import to_arrow_schema

    options, rows = client_options(server_settings()), to_arrow_schema(frame.schema)
    place, write_id = str(folder).removeprefix("s3://"), uuid.uuid4().hex

    def write(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import uuid

        import pyarrow.parquet
        from pyarrow.fs import S3FileSystem
        from pyspark import TaskContext

        part = TaskContext.get().partitionId()  # type: ignore[union-attr]
        name, n_rows = f"part-{write_id}-{part:06d}-{uuid.uuid4().hex}.parquet", 0
        with pyarrow.parquet.ParquetWriter(
            f"{place}/{name}", rows, filesystem=S3FileSystem(**options), compression="zstd"
        ) as file:
            for batch in batches:
                file.write_batch(batch.cast(rows))
                n_rows += batch.num_rows
        yield pa.RecordBatch.from_pydict({"name": [name], "n_rows": [n_rows]})

    written: dict[str, int] = {}
    try:
        with plain_spark_errors():
            done = frame.mapInArrow(write, WRITTEN).collect()
        written = {row["name"]: row["n_rows"] for row in done}
    finally:
        # A task that was done twice wrote twice; only what one that ended well wrote counts.
        for file in list_objects(folder):
            if write_id in file.name and not written.get(file.name):
                file.unlink()
    if not sum(written.values()):
        with (folder / f"part-{write_id}.parquet").open("wb") as none:
            pq.write_table(rows.empty_table(), none)
    return sum(written.values())


def fetch_rows(frame: "DataFrame", shared: Path, folder: Path) -> None:
    """Write the rows of `frame` into a new `folder` of this machine, by way of objects in `shared`.

    Workers elsewhere do not see this machine's disk. Nothing stays in `shared`.
    """
    place = shared / uuid.uuid4().hex
    folder.mkdir()
    try:
        write_objects(frame, place)
        for part in list_objects(place):
            with part.open("rb") as source, (folder / part.name).open("wb") as target:
                shutil.copyfileobj(source, target)
    finally:
        for part in list_objects(place):
            part.unlink()
