"""A proxy on loopback that passes requests on, or answers some of them with a fault."""

import http.client
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Fault = Callable[["Handler", bytes], None]
"""Answers a request in its own way, given the true answer's content."""


class Proxy(ThreadingHTTPServer):
    """Passes on to `target`; the faults of `planned` come first, one per page.

    `release` takes the place of the server's own; `groups` are those of the user; `alter` changes
    all pages; `heartbeat` answers in its stead.
    """

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.target = urlsplit(target)
        self.planned: list[Fault | None] = []
        self.requests: list[str] = []
        self.release: str | None = None
        self.groups = ""
        self.alter: Callable[[dict[str, Any]], None] | None = None
        self.heartbeat: Fault | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def plan(self, faults: Sequence[Fault | None]) -> None:
        """Answer the next requests with these faults; None passes one on."""
        self.planned, self.requests = list(faults), []

    @property
    def pages(self) -> list[str]:
        """The requests for summaries since the last plan, but for mere counts."""
        return [
            path for path in self.requests if "summary" in path and "_limit=1&" not in path + "&"
        ]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Proxy
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        status, content = self.fetch()
        if "heartbeat" in self.path and self.server.release:
            content = json.dumps(
                {**json.loads(content), "db_version": self.server.release}
            ).encode()
        if "heartbeat" in self.path and self.server.heartbeat:
            self.server.heartbeat(self, content)
            return
        is_page = "summary" in self.path
        if is_page and self.server.alter:
            answer = json.loads(content)
            self.server.alter(answer)
            content = json.dumps(answer).encode()
        fault = self.server.planned.pop(0) if is_page and self.server.planned else None
        if fault is None:
            self.answer(status, content)
        else:
            fault(self, content)

    def fetch(self) -> tuple[int, bytes]:
        target = self.server.target
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=60)
        connection.request("GET", self.path, headers={"x-consumer-groups": self.server.groups})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def answer(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def status(number: int, **headers: str) -> Fault:
    """An answer with another status."""
    return lambda handler, content: handler.answer(number, b'{"detail": "no"}', **headers)


def html(handler: Handler, content: bytes) -> None:
    """A page for people, as a gateway sends it."""
    handler.answer(200, b"<html><body>Back soon</body></html>", Content_Type="text/html")


def cut_json(handler: Handler, content: bytes) -> None:
    """Half the JSON, under its own length."""
    handler.answer(200, content[: len(content) // 2])


def cut_line(handler: Handler, content: bytes) -> None:
    """Half the bytes that were announced, then the end of the connection."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])
    handler.close_connection = True


def reset(handler: Handler, content: bytes) -> None:
    """A connection that is reset."""
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()
    handler.close_connection = True


def hang(handler: Handler, content: bytes) -> None:
    """No answer for longer than a client waits."""
    time.sleep(5)
    handler.close_connection = True


def empty_page(handler: Handler, content: bytes) -> None:
    """A page without summaries, though there are some."""
    answer = json.loads(content)
    handler.answer(200, json.dumps({**answer, "data": []}).encode())


def no_meta(handler: Handler, content: bytes) -> None:
    """JSON of another kind."""
    handler.answer(200, b'{"message": "hello"}')


def changed(change: Callable[[dict[str, Any]], None]) -> Fault:
    """The true answer, changed."""

    def fault(handler: Handler, content: bytes) -> None:
        answer = json.loads(content)
        change(answer)
        handler.answer(200, json.dumps(answer).encode())

    return fault


@contextmanager
def proxy(target: str) -> Iterator[Proxy]:
    """A proxy before `target` that runs in a thread."""
    with Proxy(target) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
