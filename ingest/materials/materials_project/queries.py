"""What a pull asks the Materials Project for: which materials, which fields, on which terms."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl

from ingest.materials.materials_project.summaries import FIELDS, NEEDED, Terms, legacy_ids
from warehouse.conventions.elements import ELEMENTS
from warehouse.conventions.formulas import ISOTOPES
from warehouse.errors import WarehouseError, first_line

MOST_PER_REQUEST = 200
"""Identifiers or chemical systems."""
LONGEST_LIST = 2000
"""Characters of such a list in an address: with the fields it stays below 4,000, which servers and
what stands before them take."""
ORDER = "material_id"
"""Pages are cut from rows in this order: without one a server may give a row twice, and another
one never."""
SHOWN_SYSTEMS = 10
"""How many chemical systems are named."""
_ID = re.compile(r"[a-z]+-[a-z0-9]+")


@dataclass(frozen=True)
class Query:
    """What is wanted; without a choice of materials it is all of them."""

    chemsys: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    material_ids: tuple[str, ...] = ()
    fields: tuple[str, ...] = FIELDS
    terms: Terms = field(default_factory=Terms)

    @property
    def is_everything(self) -> bool:
        """Whether what no longer comes is to leave the table."""
        return not (self.chemsys or self.elements or self.material_ids or self.terms.since)

    def tell_chemistry(self) -> str:
        """The elements and systems as they were read, D and T as hydrogen."""
        parts = [f"what has all of {', '.join(self.elements)}"] if self.elements else []
        if self.chemsys:
            named = ", ".join(self.chemsys[:SHOWN_SYSTEMS])
            n_more = len(self.chemsys) - SHOWN_SYSTEMS
            more = f" and {n_more:,} more" if n_more > 0 else ""
            parts.append(f"the chemical systems {named}{more}")
        return " of ".join(parts)

    def describe(self) -> dict[str, Any]:
        """What was asked for, to be kept with the commit; of identifiers their digest."""
        ids = "\n".join(sorted(self.material_ids)).encode()
        return {
            "chemsys": list(self.chemsys),
            "elements": list(self.elements),
            "material_ids": hashlib.sha256(ids).hexdigest() if ids else None,
            "fields": sorted(self.fields),
            "since": self.terms.since,
            "include_non_commercial": self.terms.include_non_commercial,
        }

    def requests(self) -> Iterator[dict[str, str]]:
        """Parameters of the requests that together match all that is wanted."""
        base = {"_fields": ",".join(self.fields), "_sort_fields": ORDER}
        if self.elements:
            base["elements"] = ",".join(self.elements)
        for systems in _batches("chemsys", self.chemsys):
            for ids in _batches("material_ids", self.material_ids):
                yield base | systems | ids


def _batches(name: str, wanted: Sequence[str]) -> Iterator[dict[str, str]]:
    """The parameter `name` with some of the `wanted` at a time; once without it if there are none.

    What one address may hold is limited.
    """
    batch: list[str] = []
    length = 0
    for each in wanted:
        more = len(quote(each)) + len(quote(","))
        if batch and (len(batch) == MOST_PER_REQUEST or length + more > LONGEST_LIST):
            yield {name: ",".join(batch)}
            batch, length = [], 0
        batch.append(each)
        length += more
    yield {name: ",".join(batch)} if batch else {}


def make_query(
    chemsys: str | None = None,
    elements: str | None = None,
    material_ids: Path | None = None,
    fields: str | None = None,
    since: str | None = None,
    *,
    include_non_commercial: bool = False,
) -> Query:
    """Read a query as the command line has it; raises WarehouseError for what cannot be meant."""
    systems = tuple("-".join(sorted(_symbols(name, "-"))) for name in _split(chemsys))
    return Query(
        chemsys=tuple(dict.fromkeys(systems)),
        elements=tuple(sorted(_symbols(elements or "", ","))),
        material_ids=_read_ids(material_ids) if material_ids else (),
        fields=_choose(_split(fields)) if fields else FIELDS,
        terms=Terms(include_non_commercial, _read_date(since) if since else None),
    )


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _symbols(text: str, separator: str) -> set[str]:
    parts = (part.strip() for part in text.split(separator))
    symbols = {ISOTOPES.get(part, part) for part in parts if part}
    if unknown := symbols - ELEMENTS:
        raise WarehouseError(
            f"no element has the symbol {', '.join(sorted(unknown))}",
            hint="write --chemsys Au-Cu or --elements Au,Cu",
        )
    return symbols


def _choose(names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if name not in FIELDS:
            near = get_close_matches(name, FIELDS, n=3)
            meant = f"did you mean {' or '.join(near)}?" if near else f"take of {', '.join(FIELDS)}"
            raise WarehouseError(f"the summaries have no field {name!r}", hint=meant)
    return tuple(field for field in FIELDS if field in {*names, *NEEDED})


def _read_ids(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise WarehouseError(
            f"{path} cannot be read: {first_line(error)}", hint="name a file with one id per line"
        ) from error
    ids = tuple(dict.fromkeys(lines))
    wrong = [name for name in ids if not _ID.fullmatch(name)]
    if wrong or not ids:
        what = f"has {wrong[0]!r}, which is no identifier" if wrong else "has no identifier"
        raise WarehouseError(f"{path} {what}", hint="write one per line, such as mp-149")
    # One material may stand there in two spellings, mp-149 and mp-aaaaaaft: the first one is kept.
    written = pl.DataFrame({"id": ids, "form": legacy_ids(pl.Series(ids))})
    return tuple(written.unique("form", keep="first", maintain_order=True)["id"])


def _read_date(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        return moment.isoformat(sep=" ")
    except ValueError as error:
        raise WarehouseError(
            f"--since {text!r} is no date", hint="write it like --since 2025-09-30"
        ) from error
