"""The Materials Project's public Delta table of summaries, read column by column.

The structures, band structures and densities of states, nearly all of its bytes, are never asked
for. Rows are read some thousands at a time, so that memory does not grow with the table.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from ingest.materials.materials_project.summaries import INDISPENSABLE, PATHS, PUBLISHED
from warehouse.errors import WarehouseError, first_line

BULK_URI = "s3://materialsproject-build/collections/summary"
PART_ROWS = 20_000
"""Files are read together up to about as many rows, and larger ones in pieces of as many."""
_PUBLIC = {"AWS_SKIP_SIGNATURE": "true", "AWS_REGION": "us-east-1"}


@dataclass(frozen=True)
class Stretch:
    """Some rows of one file."""

    file: str
    first: int
    n_rows: int


@dataclass(frozen=True)
class BulkTable:
    """One release in a Delta table of summaries; its rows have NULL in the `absent` fields."""

    uri: str
    database_version: str
    delta_version: int
    pieces: Sequence[Sequence[Stretch]]
    absent: Sequence[str] = ()

    @property
    def n_rows(self) -> int:
        """How many summaries the table has, as its log says."""
        return sum(stretch.n_rows for piece in self.pieces for stretch in piece)

    def read(self, piece: int, *, fields: Sequence[str]) -> pl.DataFrame:
        """Summaries of one piece, with the columns of `PUBLISHED`.

        Fields that are not among `fields`, or that a file lacks, are NULL.
        """
        return pl.concat([_read(stretch, fields) for stretch in self.pieces[piece]])


def open_bulk(uri: str) -> BulkTable:
    """Find the newest release in the Delta table at `uri`: a folder, or s3://BUCKET/PATH.

    An S3-compatible server and its credentials come from AWS_ENDPOINT_URL and the other AWS_*
    variables; without AWS_ACCESS_KEY_ID the access is anonymous. Raises WarehouseError if there
    is no such table, or it lacks a field.
    """
    try:
        delta = DeltaTable(uri, storage_options=_storage_options(uri))
        added = pl.DataFrame(delta.get_add_actions(flatten=True))
    except (DeltaError, OSError, ValueError) as error:
        is_remote = "://" in uri
        remote = "check --bulk-uri and the network; AWS_ENDPOINT_URL names an S3-compatible server"
        local = "--bulk-uri names the folder that holds _delta_log, or s3://BUCKET/PATH"
        raise WarehouseError(
            f"{uri} cannot be read: {_cause(error)}", hint=remote if is_remote else local
        ) from error
    names = {field.name for field in delta.schema().fields}
    absent = {path[0] for path in PATHS.values()} - names
    if missing := absent & set(INDISPENSABLE):
        raise WarehouseError(
            f"the table {uri} lacks {', '.join(sorted(missing))}",
            hint="it must be the Materials Project's collection of summaries",
        )
    if unknown := set(delta.protocol().reader_features or ()) - {"timestampNtz"}:
        raise WarehouseError(
            f"the table {uri} cannot be read: it uses {', '.join(sorted(unknown))}",
            hint="copy it without, or pull without --bulk",
        )
    release = ""
    if "partition.version" in added.columns:
        release = max(added["partition.version"].drop_nulls(), default="")
        added = added.filter(pl.col("partition.version").eq_missing(release or None))
    if "num_records" not in added.columns:
        added = added.with_columns(num_records=pl.lit(None, pl.Int64))
    folder = delta.table_uri.rstrip("/")
    files = {f"{folder}/{path}": n for path, n in added.select("path", "num_records").iter_rows()}
    return BulkTable(uri, release, delta.version(), list(_split(files)), sorted(absent))


def _cause(error: Exception) -> str:
    """The outermost and the innermost cause, of which Delta Lake draws a tree in colours."""
    text = re.sub(r"\x1b\[[0-9;]*m|↳", "", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return ": ".join(dict.fromkeys((lines[0], lines[-1])))


def _storage_options(uri: str) -> dict[str, str] | None:
    """Settings of the object store: the AWS_* variables, or anonymous access; none for a folder."""
    if "://" not in uri:
        return None
    given = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    if "AWS_ACCESS_KEY_ID" not in given:
        given = _PUBLIC | given
    if given.get("AWS_ENDPOINT_URL", "").startswith("http://"):
        given["AWS_ALLOW_HTTP"] = "true"
    return given


def _split(files: Mapping[str, int | None]) -> Iterator[list[Stretch]]:
    """Pieces of at most `PART_ROWS` rows, each of one file or several."""
    piece: list[Stretch] = []
    n_rows = 0
    for file in sorted(files):
        n_left, first = files[file], 0
        if n_left is None:
            with _explained(file):
                n_left = _scan(file).select(pl.len()).collect().item()
        while n_left:
            if n_rows == PART_ROWS or (n_rows + n_left > PART_ROWS and piece):
                yield piece
                piece, n_rows = [], 0
            n_here = min(n_left, PART_ROWS)
            piece.append(Stretch(file, first, n_here))
            first, n_left, n_rows = first + n_here, n_left - n_here, n_rows + n_here
    if piece:
        yield piece


def _read(stretch: Stretch, fields: Sequence[str]) -> pl.DataFrame:
    with _explained(stretch.file):
        rows = _scan(stretch.file).slice(stretch.first, stretch.n_rows)
        held = {name: of for name, of in rows.collect_schema().items() if name in fields}
        return rows.select(_published(held)).collect()


@contextmanager
def _explained(file: str) -> Iterator[None]:
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        raise WarehouseError(
            f"{file} cannot be read: {first_line(error)}",
            hint="what came is kept: run the same command later to go on",
        ) from error


def _scan(file: str) -> pl.LazyFrame:
    return pl.scan_parquet(
        file, storage_options=_storage_options(file), credential_provider=None, glob=False
    )


def _published(held: Mapping[str, pl.DataType]) -> list[pl.Expr]:
    """Each published column from the fields as Arrow has them: nested in maps, lists, structs."""
    columns = []
    for name, dtype in PUBLISHED.items():
        field, *entry = PATHS[name]
        of = held.get(field, pl.Null())
        column = _flatten(name, pl.col(field), of, entry) if field in held else pl.lit(None)
        columns.append(column.cast(dtype).alias(name))
    return columns


def _flatten(name: str, column: pl.Expr, of: pl.DataType, entry: Sequence[str]) -> pl.Expr:
    """A published column from its field of the type `of`; NULL where that lacks the entry."""
    if name == "composition":
        element = pl.element().struct
        return column.map.entries().list.eval(
            pl.struct(element=element.field("key"), amount=element.field("value"))
        )
    if name == "origins_last_updated":
        return _in_utc(column.list.eval(pl.element().struct.field("last_updated")).list.max())
    if not entry:
        return _in_utc(column) if name == "last_updated" else column
    if isinstance(of, pl.Struct):
        names = {field.name for field in of.fields}
        return column.struct.field(entry[0]) if entry[0] in names else pl.lit(None)
    return column.map.get(entry[0])


def _in_utc(column: pl.Expr) -> pl.Expr:
    return column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
