"""What an answer of the Materials Project's API means: a page, or a fault that may pass or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from warehouse.errors import WarehouseError

KEY_VARIABLE = "MP_API_KEY"
LONGEST_WAIT = 300.0
"""Seconds; a server that asks for more is not waited for."""


class TransientError(Exception):
    """A fault that may pass; `wait` is how many seconds the server asked to be left alone."""

    def __init__(self, cause: str, wait: float | None = None) -> None:
        super().__init__(cause)
        self.wait = wait


@dataclass(frozen=True)
class Page:
    """Some of the summaries that match a query, and how many do in all."""

    documents: list[Any]
    n_matching: int


def judge(status: int, headers: Mapping[str, str], endpoint: str) -> None:
    """Return if an answer with this status has content.

    Raises TransientError if the next one may have, WarehouseError if the user must act first.
    """
    if status == 200:
        return
    if status in {401, 403}:
        raise WarehouseError(
            f"{endpoint} refuses the key ({status})",
            hint=f"put the key of https://materialsproject.org/api into {KEY_VARIABLE}",
        )
    if status != 429 and status < 500:
        raise WarehouseError(
            f"{endpoint} refuses the query (status {status})",
            hint="check the options and --endpoint",
        )
    wait = _retry_after(headers.get("Retry-After"))
    if wait is not None and wait > LONGEST_WAIT:
        raise WarehouseError(
            f"{endpoint} asks to be left alone for {wait:,.0f} s (status {status})",
            hint="what came is kept: run the same command then to go on",
        )
    raise TransientError(f"status {status}", wait)


def read_heartbeat(content: Any) -> str:
    """The release that a heartbeat names."""
    if not isinstance(content, dict) or not isinstance(content.get("db_version"), str):
        raise TransientError("the heartbeat names no database version")
    return str(content["db_version"])


def read_page(content: Any) -> Page:
    """The page in an answer's JSON; raises TransientError if there is none."""
    try:
        documents, n_matching = content["data"], content["meta"]["total_doc"]
    except (KeyError, TypeError):
        raise TransientError("an answer lacks its data") from None
    if not isinstance(documents, list) or not isinstance(n_matching, int):
        raise TransientError("an answer lacks its data")
    return Page(documents, n_matching)


def _retry_after(value: str | None) -> float | None:
    """Seconds, from a number or a date; None if there is none that can be read."""
    if value is None:
        return None
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0)
