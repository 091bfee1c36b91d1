"""Pages of summaries from the Materials Project's API, by its own client, in spite of faults.

A fault that may pass (the server is busy or fails, the line breaks, an answer is cut) is tried
again, ever later; one that will not pass is an error that says what to do. The key stands in one
header of requests that are never redirected, and in no message.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from requests.adapters import HTTPAdapter
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from ingest.materials.materials_project.answers import (
    KEY_VARIABLE,
    Page,
    TransientError,
    judge,
    read_heartbeat,
    read_page,
)
from warehouse.errors import WarehouseError, first_line

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
        self.endpoint = endpoint.rstrip("/") + "/"
        self._key = _read_key(self.endpoint)
        self._attempts, self._timeout, self._sleep, self._say = attempts, timeout, sleep, say
        self._session: requests.Session | None = None

    def database_version(self) -> str:
        """The release that the server has now; a first contact, which does not insist long."""
        try:
            return self._retrying(FIRST_ATTEMPTS)(
                lambda: read_heartbeat(self._request(requests, "heartbeat", {}))
            )
        except TransientError as fault:
            raise WarehouseError(
                f"{self.endpoint} cannot be reached: {fault}",
                hint="check the network and --endpoint, or see https://status.materialsproject.org",
            ) from None

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
        """The session of the Materials Project's client, whose constructor may hang."""
        if self._session is None:
            opened: list[requests.Session | Exception] = []
            thread = threading.Thread(
                target=lambda: opened.append(self._make_client()), daemon=True
            )
            thread.start()
            thread.join(timeout=sum(self._timeout))
            session = opened[0] if opened else TimeoutError("no answer in time")
            if isinstance(session, Exception):
                raise TransientError(first_line(session))
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=0))
            self._session = session
        return self._session

    def _make_client(self) -> requests.Session | Exception:
        from mp_api.client import MPRester
        from mp_api.client.core.exceptions import MPRestError

        try:
            return MPRester(
                self._key,
                endpoint=self.endpoint,
                use_document_model=False,
                mute_progress_bars=True,
            ).session
        except (MPRestError, requests.RequestException, KeyError, ValueError) as error:
            return error

    def _request(self, sender: Any, path: str, params: Mapping[str, str]) -> Any:
        """The answer, parsed; raises TransientError if it may be better next time."""
        try:
            answer = sender.get(
                self.endpoint + path,
                params=dict(params),
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.Timeout:
            raise TransientError("no answer in time") from None
        except requests.RequestException as error:
            raise TransientError(f"the connection broke ({type(error).__name__})") from None
        judge(answer.status_code, answer.headers, self.endpoint)
        try:
            return orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            raise TransientError("an answer was no JSON, or was cut") from None


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
            f"--endpoint {endpoint} would carry the key in the open", hint="use an https:// address"
        )
    return key


def _wait(state: RetryCallState) -> float:
    """Seconds until the next attempt: what the server asks for, or ever longer."""
    fault = state.outcome.exception() if state.outcome else None
    asked = fault.wait if isinstance(fault, TransientError) else None
    return _BACK_OFF(state) if asked is None else asked
