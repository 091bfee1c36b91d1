"""The Materials Project's server software on loopback, with a database in memory.

`python -m tests.support.materials_project.server FILE` serves the summaries of a JSON file, prints
the address and goes on until its standard input is closed.
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
    with serve_by("tests.support.materials_project.server", str(path)) as address:
        yield address


@contextmanager
def serve_by(module: str, *arguments: str) -> Iterator[str]:
    """Let a module that ends in `run` serve in a process of its own; the server's address."""
    command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
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


STAGES = {"$match", "$sort", "$project", "$skip", "$limit"}


class Collection:
    """What the server awaits of a collection, over a list; hints and time limits have no use.

    It knows the pipelines that the server makes, and no others. Which documents meet criteria is
    asked of mongomock, once; a page is cut out before its documents are projected.
    """

    def __init__(self, documents: Sequence[dict[str, Any]]) -> None:
        self.documents = documents
        self._found: dict[str, Sequence[dict[str, Any]]] = {"{}": documents}

    async def count_documents(self, criteria: dict[str, Any], **_: Any) -> int:
        return len(self._find(criteria))

    async def estimated_document_count(self, **_: Any) -> int:
        return len(self.documents)

    async def aggregate(self, pipeline: list[dict[str, Any]], **_: Any) -> Cursor:
        stages = dict(stage for each in pipeline for stage in each.items())
        if len(stages) != len(pipeline) or stages.keys() - STAGES:
            raise NotImplementedError(f"a pipeline of another kind: {pipeline}")
        found, first = self._find(stages.get("$match", {})), stages.get("$skip", 0)
        for name, direction in stages.get("$sort", {}).items():
            found = sorted(found, key=lambda each: each[name], reverse=direction < 0)
        page = found[first : first + stages.get("$limit", len(found))]
        names = [name for name, is_wanted in stages["$project"].items() if is_wanted]
        if any("." in name for name in names):
            raise NotImplementedError(f"a projection into fields: {names}")
        return Cursor([project(document, names) for document in page])

    def _find(self, criteria: dict[str, Any]) -> Sequence[dict[str, Any]]:
        from mongomock.filtering import filter_applies

        key = repr(criteria)
        if key not in self._found:
            self._found[key] = [each for each in self.documents if filter_applies(criteria, each)]
        return self._found[key]


def project(document: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Those of the document's fields that are named; all if none is."""
    return {name: document[name] for name in names or document if name in document}


def run(documents: Sequence[dict[str, Any]]) -> None:
    """Print the address and serve `documents` until standard input ends."""
    import uvicorn
    from emmet.api.core.api import MAPI
    from emmet.api.resource.utils import CollectionWithKey
    from emmet.api.routes.materials.summary.resources import summary_resource

    store = CollectionWithKey(Collection(documents))
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
    run(json.loads(Path(sys.argv[1]).read_text()))
