"""A Materials Project on loopback for the tests of its pulls."""

from collections.abc import Iterator

import pytest

from tests.support.folders import temporary_folder
from tests.support.materials_project.documents import EVERY_KIND
from tests.support.materials_project.proxy import Proxy, proxy
from tests.support.materials_project.server import KEY, serve


@pytest.fixture(scope="session")
def mp_server() -> Iterator[str]:
    """Address of a server that has `EVERY_KIND`."""
    with serve(EVERY_KIND, temporary_folder()) as address:
        yield address


@pytest.fixture
def mp(mp_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy before that server, and a key for it."""
    monkeypatch.setenv("MP_API_KEY", KEY)
    with proxy(mp_server) as server:
        yield server
