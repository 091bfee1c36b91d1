"""The Materials Project's server software on loopback, with a database in memory.

`python -m tests.materials_project.server FILE` serves the summaries of a JSON file, prints the
address and goes on until its standard input is closed.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from warehouse.settings import PROJECT_DIR

KEY = "0123456789abcdefghijklmnopqrstuv"


@contextmanager
def serve(documents: Sequence[dict[str, Any]], folder: Path) -> Iterator[str]:
    """Serve `documents` in a process of its own; the server's address."""
    path = folder / "documents.json"
    path.write_text(json.dumps(documents))
    command = [sys.executable, "-W", "ignore", "-m", "tests.materials_project.server", str(path)]
    with subprocess.Popen(
        command, cwd=PROJECT_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


class Cursor:
    """What the server awaits of a cursor."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows

    async def to_list(self) -> list[Any]:
        return self.rows


class Collection:
    """What the server awaits of a collection, from one in memory; hints and limits have no use."""

    def __init__(self, collection: Any) -> None:
        self.collection = collection

    async def count_documents(self, criteria: dict[str, Any], **_: Any) -> int:
        return int(self.collection.count_documents(criteria))

    async def estimated_document_count(self, **_: Any) -> int:
        return int(self.collection.estimated_document_count())

    async def aggregate(self, pipeline: list[dict[str, Any]], **_: Any) -> Cursor:
        return Cursor(list(self.collection.aggregate(pipeline)))


def main(path: Path) -> None:
    """Serve the summaries in `path` until standard input ends."""
    import mongomock
    import uvicorn
    from emmet.api.core.api import MAPI
    from emmet.api.resource.utils import CollectionWithKey
    from emmet.api.routes.materials.summary.resources import summary_resource

    collection = mongomock.MongoClient().db.summary
    collection.insert_many(json.loads(path.read_text()))
    store = CollectionWithKey(Collection(collection))
    app = MAPI(resources={"materials": [summary_resource(store)]}).app
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    threading.Thread(target=_stop_with_input, args=(server,), daemon=True).start()
    threading.Thread(target=_announce, args=(server,), daemon=True).start()
    server.run()


def _announce(server: Any) -> None:
    while not server.started:
        threading.Event().wait(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}/", flush=True)


def _stop_with_input(server: Any) -> None:
    sys.stdin.read()
    server.should_exit = True


if __name__ == "__main__":
    main(Path(sys.argv[1]))
