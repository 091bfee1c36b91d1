"""Pages of summaries from the Materials Project's API, by its own client, in spite of faults.

A fault that may pass (the server is busy or fails, the line breaks, an answer is cut) is tried
again, ever later; one that will not pass is an error that says what to do. The key stands in one
header of requests that are never redirected, and in no message.
"""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from ingest.materials.materials_project.answers import (
    KEY_VARIABLE,
    Page,
    TransientError,
    hide_secrets,
    judge_heartbeat,
    judge_page,
    parse_answer,
    read_heartbeat,
    read_page,
    read_words,
)
from warehouse.errors import WarehouseError

ENDPOINT = "https://api.materialsproject.org/"
PAGE_SIZE = 1000
"""Summaries on a page: the most that the server gives."""
ATTEMPTS = 8
FIRST_ATTEMPTS = 3
TIMEOUT = (10, 90)
"""Seconds to wait for a connection, and for the next bytes of an answer."""
LONG_WAIT = 4.0
"""Seconds; longer waits are told."""
_BACK_OFF = wait_exponential_jitter(multiplier=0.5, max=60, jitter=1)


class Server:
    """The API at one endpoint, with the user's key."""

    def __init__(
        self,
        endpoint: str = ENDPOINT,
        *,
        attempts: int = ATTEMPTS,
        timeout: tuple[float, float] = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._url = endpoint.rstrip("/") + "/"
        self.endpoint = hide_secrets(self._url)
        self._key = _read_key(self._url)
        self._attempts, self._timeout, self._sleep, self._say = attempts, timeout, sleep, say
        self._session: requests.Session | None = None
        self._has_heartbeat = True

    def database_version(self) -> str:
        """The release that the server has now; a first contact, which does not insist long.

        The heartbeat names it. Where that fails, and says so, a summary does: the heartbeat is
        asked for without the key and without a client's name, so that it may be refused alone.
        """
        if self._has_heartbeat:
            try:
                return self._retrying(FIRST_ATTEMPTS)(self._ask_heartbeat)
            except TransientError as fault:
                if not fault.is_answer:
                    raise WarehouseError(
                        f"{self.endpoint} cannot be reached: {fault}",
                        hint="check the network and --endpoint, or see "
                        "https://status.materialsproject.org",
                    ) from None
                cause = str(fault)
            except WarehouseError as refusal:
                cause = refusal.message
            self._has_heartbeat = False
            self._say(f"no release from the heartbeat ({cause}): a summary is asked for it")
        query = {"_fields": "builder_meta", "_sort_fields": "material_id"}
        for document in self.page(query, limit=1).documents:
            built = document.get("builder_meta") if isinstance(document, dict) else None
            if isinstance(built, dict) and isinstance(built.get("database_version"), str):
                return str(built["database_version"])
        return "unknown"

    def _ask_heartbeat(self) -> str:
        return read_heartbeat(self._request(requests, "heartbeat", {}, judge_heartbeat))

    def page(self, query: Mapping[str, str], *, skip: int = 0, limit: int = PAGE_SIZE) -> Page:
        """At most `limit` of the summaries that match `query`, from number `skip` on.

        Raises WarehouseError if the server refuses the query or the key, or goes on failing.
        """
        params = {**query, "_skip": str(skip), "_limit": str(limit)}

        def ask() -> Page:
            page = read_page(self._request(self._client(), "materials/summary/", params))
            n_wanted = max(min(limit, page.n_matching - skip), 0)
            if len(page.documents) != n_wanted:
                raise TransientError(
                    f"a page had {len(page.documents)} summaries instead of {n_wanted}"
                )
            return page

        try:
            return self._retrying(self._attempts)(ask)
        except TransientError as fault:
            raise WarehouseError(
                f"{self.endpoint} keeps failing: {fault}",
                hint="what came is kept: run the same command later to go on",
            ) from None

    def _retrying(self, attempts: int) -> Retrying:
        """Does work again after a TransientError, later and later."""
        return Retrying(
            stop=stop_after_attempt(min(attempts, self._attempts)),
            wait=_wait,
            retry=retry_if_exception_type(TransientError),
            sleep=self._sleep,
            before_sleep=self._explain_wait,
            reraise=True,
        )

    def _explain_wait(self, state: RetryCallState) -> None:
        """Say why nothing happens for a while."""
        fault = state.outcome.exception() if state.outcome else None
        if state.upcoming_sleep >= LONG_WAIT:
            self._say(f"{self.endpoint}: {fault}; trying again in {state.upcoming_sleep:.0f} s")

    def _client(self) -> requests.Session:
        """The session of the Materials Project's client: its key and its name in the headers."""
        if self._session is None:
            from mp_api.client.core.client import BaseRester

            # Its constructors ask the heartbeat, and fail with it.
            open_session: Any = BaseRester._create_session
            session = open_session(self._key, include_user_agent=True, headers={})
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=0))
            self._session = session
        return self._session

    def _request(
        self,
        sender: Any,
        path: str,
        params: Mapping[str, str],
        judge: Callable[..., None] = judge_page,
    ) -> Any:
        """The answer, parsed; raises TransientError if it may be better next time."""
        try:
            answer = sender.get(
                self._url + path,
                params=dict(params),
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.Timeout:
            raise TransientError("no answer in time", is_answer=False) from None
        except requests.RequestException as error:
            cause = f"the connection broke ({type(error).__name__})"
            raise TransientError(cause, is_answer=False) from None
        words = "" if _looks_whole(answer) else read_words(answer.content)
        words = words.replace(self._key, "(the key)")
        judge(answer.status_code, answer.headers, self.endpoint, words)
        return parse_answer(answer.content, words)


def _looks_whole(answer: requests.Response) -> bool:
    """Whether an answer is no fault at first sight."""
    return answer.status_code == 200 and answer.content.lstrip()[:1] == b"{"


def _read_key(endpoint: str) -> str:
    """The user's key; raises WarehouseError if there is none or it would travel in the open."""
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if len(key) != 32 or not (key.isascii() and key.isalnum()):
        seen = "is not set" if not key else f"has {len(key)} characters instead of 32 plain ones"
        raise WarehouseError(
            f"{KEY_VARIABLE} {seen}",
            hint=f"export {KEY_VARIABLE}=... with the key of https://materialsproject.org/api",
        )
    address = urlsplit(endpoint)
    is_local = address.hostname in {"127.0.0.1", "localhost", "::1"}
    if address.scheme != "https" and not (address.scheme == "http" and is_local):
        raise WarehouseError(
            f"--endpoint {hide_secrets(endpoint)} would carry the key in the open",
            hint="use an https:// address",
        )
    return key


def _wait(state: RetryCallState) -> float:
    """Seconds until the next attempt: what the server asks for, or ever longer."""
    fault = state.outcome.exception() if state.outcome else None
    asked = fault.wait if isinstance(fault, TransientError) else None
    return _BACK_OFF(state) if asked is None else asked
