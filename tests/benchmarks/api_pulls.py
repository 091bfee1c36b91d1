"""Pulls by the API, against searches by the Materials Project's own client on the same server.

The server is the Materials Project's own software on loopback, so that the clients set the pace.
Each search has a filter that all documents meet: without one, the client reads another source.
`python -m tests.benchmarks.api_pulls` serves until its standard input ends.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.benchmarks.harness import Setup, Work, make_row, measure
from tests.support.materials_project.server import KEY, run, serve_by
from warehouse.storage.warehouse import Warehouse

N_DOCUMENTS = 20_000
N_STRUCTURES = 1_000
"""Distinct structures of the documents."""
_SERVERS = ExitStack()


def pull_of_ours(warehouse: Path) -> Work:
    """Pull all documents into a new warehouse."""
    from ingest.materials.materials_project.api import Server
    from ingest.materials.materials_project.pull import pull_api
    from ingest.materials.materials_project.queries import Query
    from tests.benchmarks.pulls import FOLDER
    from warehouse.storage.store import Store

    address, numbers = _serve(), iter(range(10**9))

    def work() -> int:
        store = Store(Warehouse(warehouse / FOLDER / f"api-{os.getpid()}-{next(numbers)}"))
        return int(getattr(pull_api(store, Query(), Server(address)), "n_written", 0))

    return work


def search_by_default(warehouse: Path) -> Work:
    """The client as it is by default: all fields, as validated documents."""
    return _search({}, {})


def search_same_fields(warehouse: Path) -> Work:
    """The client, asked for the fields that ours asks for, as validated documents."""
    return _search({}, _same_fields())


def search_without_models(warehouse: Path) -> Work:
    """The client, asked for the same fields as dictionaries, which it does not validate."""
    return _search({"use_document_model": False}, _same_fields())


PEERS: tuple[tuple[str, Setup], ...] = (
    ("pull_api_vs_mp_api", search_by_default),
    ("pull_api_vs_mp_api_same_fields", search_same_fields),
    ("pull_api_vs_mp_api_dictionaries", search_without_models),
)


def run_all(warehouse: Path) -> Iterator[dict[str, Any]]:
    """Every row, as it is measured; ours is the same in all."""
    ours = measure(pull_of_ours, warehouse, repeats=5)
    for name, peer in PEERS:
        yield make_row(name, ours, measure(peer, warehouse, repeats=2), "summaries/s")


def _search(options: dict[str, Any], choice: dict[str, Any]) -> Work:
    from mp_api.client import MPRester

    client = MPRester(KEY, endpoint=_serve(), mute_progress_bars=True, **options)
    return lambda: len(client.materials.summary.search(deprecated=False, **choice))


def _same_fields() -> dict[str, Any]:
    from ingest.materials.materials_project.summaries import FIELDS

    return {"fields": list(FIELDS)}


def _serve() -> str:
    """A server for as long as this process lives; its address."""
    os.environ["MP_API_KEY"] = KEY
    return _SERVERS.enter_context(serve_by("tests.benchmarks.api_pulls"))


def make_documents() -> Iterator[dict[str, Any]]:
    """Summaries; some have the same structure."""
    from tests.support.materials_project.documents import alpha_id
    from tests.support.materials_project.structures import describe_materials

    documents = list(describe_materials(N_STRUCTURES))
    for number in range(N_DOCUMENTS):
        yield documents[number % N_STRUCTURES] | {"material_id": alpha_id(number)}


if __name__ == "__main__":
    run(list(make_documents()))
