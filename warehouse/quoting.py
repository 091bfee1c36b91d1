"""Texts, names and files as SQL writes them, where no parameter can be bound."""

import glob
from collections.abc import Iterable
from pathlib import Path


def quote_text(value: str) -> str:
    """`value` as an SQL string."""
    return "'" + value.replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """`name` as that of a column, a table or a view."""
    return '"' + name.replace('"', '""') + '"'


def quote_files(files: Iterable[Path | str]) -> str:
    """A list of `files` for DuckDB, which takes a bare `*`, `?` or `[` in a path for a pattern."""
    return "[" + ", ".join(quote_text(glob.escape(str(file))) for file in files) + "]"
