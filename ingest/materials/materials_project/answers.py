"""What an answer of the Materials Project's API means: a page, or a fault that may pass or not."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson

from warehouse.errors import WarehouseError

KEY_VARIABLE = "MP_API_KEY"
LONGEST_WAIT = 300.0
"""Seconds; a server that asks for more is not waited for."""


MOST_WORDS = 200
"""Characters of what a server says that are passed on."""
_BLOCKED = re.compile(r"\bblocked\b", re.IGNORECASE)


class TransientError(Exception):
    """A fault that may pass.

    `wait` is how many seconds the server asked to be left alone, `is_answer` whether it spoke.
    """

    def __init__(self, cause: str, wait: float | None = None, *, is_answer: bool = True) -> None:
        super().__init__(cause)
        self.wait = wait
        self.is_answer = is_answer


@dataclass(frozen=True)
class Page:
    """Some of the summaries that match a query, and how many do in all."""

    documents: list[Any]
    n_matching: int


def hide_secrets(address: str) -> str:
    """`address` without user, password and query, which may be a key."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def judge_page(status: int, headers: Mapping[str, str], endpoint: str, words: str = "") -> None:
    """Return if an answer with this status has content; `words` are what else the server says.

    Raises TransientError if the next one may have, WarehouseError if the user must act first.
    """
    if status == 200:
        return
    said = f": {words}" if words else ""
    if status == 403 and "html" in headers.get("Content-Type", ""):
        raise WarehouseError(
            f"{endpoint} is closed to this address (403){said}",
            hint="try from another network; what came is kept",
        )
    if status in {401, 403}:
        raise WarehouseError(
            f"{endpoint} refuses the key ({status}){said}",
            hint=f"put the key of https://materialsproject.org/api into {KEY_VARIABLE}",
        )
    if status != 429 and status < 500:
        raise WarehouseError(
            f"{endpoint} refuses the query (status {status}){said}",
            hint="check the options and --endpoint",
        )
    if status == 429 and _BLOCKED.search(words):
        raise WarehouseError(
            f"{endpoint} has blocked this address (status 429){said}",
            hint="what came is kept: run the same command when the block has ended",
        )
    wait = _retry_after(headers.get("Retry-After"))
    if wait is not None and wait > LONGEST_WAIT:
        raise WarehouseError(
            f"{endpoint} asks to be left alone for {wait:,.0f} s (status {status}){said}",
            hint="what came is kept: run the same command then to go on",
        )
    raise TransientError(f"status {status}{said}", wait)


def judge_heartbeat(
    status: int, headers: Mapping[str, str], endpoint: str, words: str = ""
) -> None:
    """As `judge_page`, of a request without the key, whose refusal says nothing of pages."""
    if status == 200:
        return
    said = f"status {status}: {words}" if words else f"status {status}"
    if status >= 500:
        raise TransientError(said)
    raise WarehouseError(said, hint=f"see {endpoint}")


def parse_answer(content: bytes, words: str = "") -> Any:
    """The JSON of an answer, with NaN and Infinity; raises TransientError if it is none."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        said = f": {words}" if words else ""
        raise TransientError(f"an answer was no JSON, or was cut{said}") from None


def read_words(content: bytes) -> str:
    """What a server says for people in an answer that is no page of summaries, on one line."""
    text = content.decode("utf-8", errors="replace")
    try:
        said = _say(json.loads(text))
    except (ValueError, RecursionError):
        if text.lstrip().startswith(("{", "[")):
            return ""
        text = re.sub(r"(?is)<(script|style)\b.*?</\1>", " ", text)
        said = re.sub(r"(?s)<[^>]*>", " ", text)
    said = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    return said if len(said) <= MOST_WORDS else f"{said[:MOST_WORDS]}..."


def _say(content: Any) -> str:
    """The error in JSON, as FastAPI, Kong and the Materials Project write it."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "; ".join(filter(None, map(_say, content)))
    if not isinstance(content, dict):
        return ""
    if isinstance(content.get("msg"), str):
        place = content.get("loc")
        where = " ".join(map(str, place)) if isinstance(place, list) else ""
        return f"{where}: {content['msg']}" if where else content["msg"]
    return next(
        (_say(content[name]) for name in ("error", "detail", "message") if name in content), ""
    )


def read_heartbeat(content: Any) -> str:
    """The release that a heartbeat names."""
    if not isinstance(content, dict) or not isinstance(content.get("db_version"), str):
        raise TransientError("it names no database version")
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
