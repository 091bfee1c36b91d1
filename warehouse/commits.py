"""What is kept about each write to a table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Provenance:
    """Where rows come from; stored with the commit that writes them."""

    source: str
    source_version: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Commit:
    """What a write did: rows now in the scope that was written, or added by an insert."""

    table: str
    version: int
    n_rows: int
    n_quarantined: int
    is_new: bool
    scope: str = ""


@dataclass(frozen=True)
class Version:
    """One entry of a table's history."""

    version: int
    committed_at: datetime
    provenance: Mapping[str, str]
