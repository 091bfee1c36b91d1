"""The Materials Project's public Delta table of summaries, read column by column.

The structures, band structures and densities of states, nearly all of its bytes, are never asked
for. Row groups are read one after the other, so that memory does not grow with the table.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.dataset
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from ingest.materials.summaries import NON_COMMERCIAL, PATHS, PUBLISHED
from warehouse.errors import WarehouseError, first_line

BULK_URI = "s3://materialsproject-build/collections/summary"
PART_ROWS = 20_000
"""Row groups are read together up to about as many rows."""
_PUBLIC = {"AWS_SKIP_SIGNATURE": "true", "AWS_REGION": "us-east-1"}


@dataclass(frozen=True)
class BulkTable:
    """One release in a Delta table of summaries."""

    uri: str
    database_version: str
    delta_version: int
    pieces: Sequence[Sequence[Any]]

    def counts(self) -> Counter[tuple[bool | None, str | None]]:
        """How many summaries there are for each state of deprecation and each licence."""
        counts: Counter[tuple[bool | None, str | None]] = Counter()
        for piece in self.pieces:
            for batch in _batches(piece, ["deprecated", "builder_meta"], None):
                license_names = batch["builder_meta"].struct.field("license")
                counts.update(zip(batch["deprecated"], license_names, strict=True))
        return counts

    def read(self, piece: int, *, fields: Sequence[str], every_license: bool) -> pl.DataFrame:
        """Summaries of one piece that are not deprecated, with the columns of `PUBLISHED`.

        Fields that are not among `fields` are NULL. Without `every_license`, non-commercial ones
        are skipped too.
        """
        is_wanted = pa.compute.field("deprecated") == pa.scalar(False)
        if not every_license:
            terms = pa.compute.field("builder_meta", "license")
            is_wanted &= terms.is_null() | (terms != pa.scalar(NON_COMMERCIAL))
        batches = list(_batches(self.pieces[piece], fields, is_wanted))
        if not batches:
            return pl.DataFrame(schema=PUBLISHED)
        return pl.concat(batches).select(_published(fields))


def open_bulk(uri: str) -> BulkTable:
    """Find the newest release in the Delta table at `uri`: a folder, or s3://BUCKET/PATH.

    An S3-compatible server and its credentials come from AWS_ENDPOINT_URL and the other AWS_*
    variables; without AWS_ACCESS_KEY_ID the access is anonymous. Raises WarehouseError if there
    is no such table, or it lacks a field.
    """
    options = _storage_options()
    hint = "check --bulk-uri and the network; AWS_ENDPOINT_URL names an S3-compatible server"
    try:
        delta = DeltaTable(uri, storage_options=options if "://" in uri else None)
        dataset = delta.to_pyarrow_dataset()
    except (DeltaError, OSError, ValueError) as error:
        raise WarehouseError(f"{uri} cannot be read: {first_line(error)}", hint=hint) from error
    if missing := {path[0] for path in PATHS.values()} - set(dataset.schema.names):
        raise WarehouseError(
            f"the table {uri} lacks {', '.join(sorted(missing))}",
            hint="it must be the Materials Project's collection of summaries",
        )
    release = ""
    is_release = None
    if "version" in dataset.schema.names:
        partitions = pl.DataFrame(delta.get_add_actions(flatten=True))["partition.version"]
        release = max(partitions.drop_nulls(), default="")
        is_release = pa.compute.field("version") == release
    files = sorted(dataset.get_fragments(filter=is_release), key=lambda file: str(file.path))
    pieces = list(_split(files))
    return BulkTable(uri, release, delta.version(), pieces)


def _storage_options() -> dict[str, str]:
    """Settings of the object store: the AWS_* variables, or anonymous access."""
    given = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    if "AWS_ACCESS_KEY_ID" not in given:
        given = _PUBLIC | given
    if given.get("AWS_ENDPOINT_URL", "").startswith("http://"):
        given["AWS_ALLOW_HTTP"] = "true"
    return given


def _split(files: Sequence[Any]) -> Iterator[list[Any]]:
    """Pieces of whole row groups, each of one file or several, and of about `PART_ROWS` rows."""
    piece: list[Any] = []
    n_rows = 0
    for file in files:
        for group in file.row_groups:
            if piece and n_rows + group.num_rows > PART_ROWS:
                yield piece
                piece, n_rows = [], 0
            piece.append(file.subset(row_group_ids=[group.id]))
            n_rows += group.num_rows
    if piece:
        yield piece


def _batches(piece: Sequence[Any], fields: Sequence[str], is_wanted: Any) -> Iterator[pl.DataFrame]:
    path = ""
    try:
        for groups in piece:
            path = groups.path
            scanner = groups.scanner(columns=list(fields), filter=is_wanted, batch_readahead=1)
            for batch in scanner.to_batches():
                if batch.num_rows:
                    yield pl.DataFrame(batch)
    except (OSError, pa.ArrowException) as error:
        raise WarehouseError(
            f"{path} cannot be read: {first_line(error)}",
            hint="what came is kept: run the same command later to go on",
        ) from error


def _published(fields: Sequence[str]) -> list[pl.Expr]:
    """Each published column from the fields as Arrow has them: nested in maps and structs."""
    columns = []
    for name, dtype in PUBLISHED.items():
        field, *entry = PATHS[name]
        column = pl.col(field)
        if field not in fields:
            column = pl.lit(None)
        elif name == "composition":
            element = pl.element().struct
            column = column.map.entries().list.eval(
                pl.struct(element=element.field("key"), amount=element.field("value"))
            )
        elif field in _MAPS:
            column = column.map.get(entry[0])
        elif entry:
            column = column.struct.field(entry[0])
        elif name == "last_updated":
            column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        columns.append(column.cast(dtype).alias(name))
    return columns


_MAPS = {"bulk_modulus", "shear_modulus"}
