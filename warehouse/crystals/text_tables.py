"""Tables of text as people write them: commas, semicolons, tabs; UTF-16; decimal commas; blanks."""

import csv
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import polars as pl

from warehouse.crystals.bounds import ReadingError, check_regular, read_text

INDEXES = (".csv", ".tsv", ".parquet")
"""Endings of tables that name structure files."""
NAME_COLUMNS = ("structure_id", "config_id", "name", "id")
LARGEST_PARQUET = 1_000_000_000
SEPARATORS = (",", ";", "\t", "|")
MOST_BYTES = 300_000_000
DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+([eE][-+]?\d+)?")
LONGEST_CELL = 100_000


def read_index_table(path: Path) -> pl.DataFrame:
    """A table beside structure files: text, however it is written, or Parquet; names in lower case.

    Raises ReadingError, and what polars and the file system raise, if it cannot be read.
    """
    if path.suffix.lower() != ".parquet":
        return read_text_table(path)
    if check_regular(path) > LARGEST_PARQUET:
        raise ReadingError("is too large for an index")
    try:
        table = pl.read_parquet(path, glob=False)
    except pl.exceptions.PolarsError as error:
        raise ReadingError(str(error).partition("\n")[0]) from error
    return table.rename({name: name.strip().lower() for name in table.columns})


def read_text_table(path: Path, rename: Callable[[str], str] = str.lower) -> pl.DataFrame:
    """A table whose columns are texts, stripped of blanks, their names as `rename` makes them.

    The separator is the one that parts the header into most names. Where it is no comma, 2,5 is
    a number with a decimal comma. Raises ReadingError if a row has more cells than the header.
    """
    text = read_text(path, MOST_BYTES).replace("\r\n", "\n").replace("\r", "\n")
    lines = text.splitlines()
    header = next((line for line in lines if line.strip()), "")
    separator = max(SEPARATORS, key=header.count)
    csv.field_size_limit(LONGEST_CELL)
    try:
        rows = [
            [cell.strip() for cell in row]
            for row in csv.reader(StringIO(text), delimiter=separator, skipinitialspace=True)
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise ReadingError(f"{error}") from error
    if not rows:
        raise ReadingError("it is empty")
    names = [rename(name.strip()) for name in rows[0]]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ReadingError(f"two columns of it have the same name, {twice!r}")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) > len(names) and any(row[len(names) :]):
            raise ReadingError(f"row {number} has {len(row)} cells, and the header {len(names)}")
    columns = {
        name: [_plain(row[place], separator) if place < len(row) else None for row in rows[1:]]
        for place, name in enumerate(names)
    }
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))


def _plain(cell: str, separator: str) -> str | None:
    """A cell as polars would read it: NULL if empty, with a point in a decimal number."""
    if separator != "," and DECIMAL_COMMA.fullmatch(cell):
        return cell.replace(",", ".")
    return cell or None
