"""Summaries as the Materials Project's API sends them become a frame of published columns.

A document may hold anything: what has not the type that its field has is refused with the reason,
never guessed. A number that is written as a string is that number. Documents whose values have the
very types of their fields, nearly all, are read column by column; halving finds the others.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import NoneType
from typing import Any

import polars as pl

from ingest.materials.materials_project.summaries import PATHS, PUBLISHED
from warehouse.storage.validation import REFUSED_SCHEMA

_INT64 = 2**63
ORIGINS = "origins_last_updated"
_FEW = 16
"""As many documents are read one by one if they cannot be read together."""


def read_documents(documents: Sequence[Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read documents of the API, as parsed from its JSON.

    Returns those that could be read, with the columns of `summaries.PUBLISHED`, and those that
    could not: `row`, the document as JSON, and `reason`, the field and what is wrong with it.
    """
    together = _read_together(documents)
    if together is not None:
        return together, pl.DataFrame(schema=REFUSED_SCHEMA)
    if len(documents) <= _FEW:
        return _read_one_by_one(documents)
    middle = len(documents) // 2
    halves = [read_documents(half) for half in (documents[:middle], documents[middle:])]
    published, rejected = zip(*halves, strict=True)
    return pl.concat(published), pl.concat(rejected)


def _read_together(documents: Sequence[Any]) -> pl.DataFrame | None:
    """Read documents column by column; None unless each value has just the type of its field."""
    if set(map(type, documents)) - {dict}:
        return None
    fields = {path[0]: [each.get(path[0]) for each in documents] for path in PATHS.values()}
    columns = []
    try:
        for name, dtype in PUBLISHED.items():
            field, *entry = PATHS[name]
            values = fields[field]
            if entry:
                if set(map(type, values)) - {dict, NoneType}:
                    return None
                values = [None if each is None else each.get(entry[0]) for each in values]
            if set(map(type, values)) - _known_types(name, dtype):
                return None
            if name == ORIGINS:
                values = [None if each is None else _newest(each) for each in values]
            elif dtype == PUBLISHED["composition"]:
                columns.append(_read_compositions(values).alias(name))
                continue
            elif dtype == PUBLISHED["last_updated"]:
                values = [None if each is None else _time(each) for each in values]
            columns.append(pl.Series(name, values, dtype, strict=True))
    except (TypeError, ValueError, OverflowError):
        return None
    return pl.DataFrame(columns)


def _known_types(name: str, dtype: pl.DataType) -> set[type]:
    """What values of a column may be to be read together."""
    return {list, NoneType} if name == ORIGINS else _TYPES[dtype]


def _read_compositions(values: Sequence[dict[str, Any] | None]) -> pl.Series:
    """Lists of elements and amounts; raises TypeError or ValueError for an odd one."""
    known = [each for each in values if each is not None]
    amounts = [amount for each in known for amount in each.values()]
    if not all(known) or set(map(type, amounts)) - {float}:
        raise TypeError("a composition is empty or has other than numbers")
    entries = pl.DataFrame(
        {
            "number": [n for n, each in enumerate(values) if each is not None for _ in each],
            "element": [element for each in known for element in each],
            "amount": amounts,
        },
        schema={"number": pl.Int64, "element": pl.String, "amount": pl.Float64},
    )
    lists = entries.group_by("number").agg(composition=pl.struct("element", "amount"))
    numbers = pl.DataFrame({"number": range(len(values))}, schema={"number": pl.Int64})
    return numbers.join(lists, on="number", how="left", maintain_order="left")["composition"]


def _read_one_by_one(documents: Sequence[Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read documents that may hold anything."""
    rows, rejected = [], []
    for document in documents:
        try:
            rows.append(_read_document(document))
        except ValueError as error:
            rejected.append((json.dumps(document), str(error)))
    published = pl.DataFrame(rows, schema=PUBLISHED, orient="row", strict=True)
    return published, pl.DataFrame(rejected, schema=REFUSED_SCHEMA, orient="row")


def _read_document(document: Any) -> list[Any]:
    """Values of the published columns; raises ValueError with the field that cannot be read."""
    if not isinstance(document, dict):
        raise ValueError("document: is no JSON object")
    values = []
    for column, path, read in _READERS:
        value: Any = document
        for name in path:
            if value is None:
                break
            if not isinstance(value, dict):
                raise ValueError(f"{path[0]}: is no JSON object")
            value = value.get(name)
        try:
            values.append(None if value is None else read(value))
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"{column}: {error}") from error
    return values


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("is no text")
    value.encode()  # A lone surrogate is no text either.
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError("is no number")
    if isinstance(value, float):
        return value
    try:
        return float(value)
    except ValueError as error:
        raise ValueError("is no number") from error


def _whole_number(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        whole = value
    else:
        number = _number(value)
        if not math.isfinite(number):
            return None
        whole = int(number)
        if whole != number:
            raise ValueError("is no whole number")
    if not -_INT64 <= whole < _INT64:
        raise ValueError("is too large")
    return whole


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("is neither true nor false")
    return value


def _time(value: Any) -> datetime:
    """A time in UTC, from ISO 8601 or MongoDB's form `{"$date": ...}`; without a zone it is UTC."""
    if isinstance(value, dict) and value.keys() == {"$date"}:
        value = value["$date"]
    try:
        time = datetime.fromisoformat(_text(value))
    except (TypeError, ValueError) as error:
        raise ValueError("is no time") from error
    return time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None)


def _newest(value: Any) -> datetime | None:
    """The newest time of a list of origins, each with its `last_updated`."""
    if not isinstance(value, list):
        raise TypeError("is no list")
    times = [each.get("last_updated") for each in value if isinstance(each, dict)]
    return max((_time(each) for each in times if each is not None), default=None)


def _composition(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, dict):
        raise TypeError("is no JSON object")
    return [{"element": _text(name), "amount": _number(value[name])} for name in value]


_READERS_BY_TYPE: Mapping[pl.DataType, Callable[[Any], Any]] = {
    pl.String(): _text,
    pl.Float64(): _number,
    pl.Int64(): _whole_number,
    pl.Boolean(): _truth,
    PUBLISHED["last_updated"]: _time,
    PUBLISHED["composition"]: _composition,
}
_TYPES: Mapping[pl.DataType, set[type]] = {
    pl.String(): {str, NoneType},
    pl.Float64(): {float, NoneType},
    pl.Int64(): {int, NoneType},
    pl.Boolean(): {bool, NoneType},
    PUBLISHED["last_updated"]: {str, NoneType},
    PUBLISHED["composition"]: {dict, NoneType},
}
_READERS = [
    (name, PATHS[name], _newest if name == ORIGINS else _READERS_BY_TYPE[dtype])
    for name, dtype in PUBLISHED.items()
]
