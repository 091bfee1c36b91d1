"""Pulls of the Materials Project are killed at random moments, and meet other pulls."""

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.soak import Figure
from tests.soak.processes import DONE, REFUSED, Step, finish, start
from tests.support.materials_project.documents import summary
from tests.support.materials_project.proxy import proxy
from tests.support.materials_project.server import KEY, serve
from tests.support.materials_project.tables import write_table
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

N_ROWS = 60
ROWS_PER_PART = 10
Release = Callable[[int], tuple[Any, ...]]
"""Makes a release ready and gives the arguments of a step that pulls it."""


def run(folder: Path, is_short: bool) -> list[Figure]:
    """Kill pulls by both roads, by the bulk road alone in short form; then let two pulls meet."""
    n_kills, n_meetings = (3, 1) if is_short else (100, 50)
    figures = kill("bulk pull", pull_table, table_releases(folder / "bulk"), folder / "a", n_kills)
    if not is_short:
        with api_releases(folder) as release:
            figures += kill("API pull", pull_server, release, folder / "b", n_kills)
    return figures + meet(folder / "meeting", n_meetings)


def kill(name: str, step: Step, release: Release, folder: Path, n_kills: int) -> list[Figure]:
    """Pull one release after the other, each killed once and then finished."""
    choose = random.Random(0)
    root = folder / "data"
    finish(step, root, *release(1))
    state, n_killed, n_lost, n_left = 1, 0, 0, 0
    for number in range(2, n_kills + 2):
        arguments = release(number)
        n_killed += kill_at_work(choose, step, root, *arguments)
        n_lost += not read_state(root) <= {state, number}
        finished = finish(step, root, *arguments) == DONE
        n_lost += not (finished and read_state(root) == {number})
        n_left += any((root / "staging-area").glob("*/part-*"))
        state = number
    return [
        Figure(f"{name}: kills", n_kills),
        Figure(f"{name}: killed at work", n_killed),
        Figure(f"{name}: lost, half or not gone on with", n_lost, wanted=0),
        Figure(f"{name}: parts left behind", n_left, wanted=0),
    ]


def kill_at_work(choose: random.Random, step: Step, root: Path, *arguments: Any) -> bool:
    """Kill a pull some moments after it has staged some of its parts; whether it was at work."""
    n_parts = choose.randint(1, N_ROWS // ROWS_PER_PART)
    process = start(step, root, *arguments)
    while process.is_alive() and len([*root.glob("staging-area/*/part-*")]) < n_parts:
        time.sleep(0.001)
    process.join(choose.uniform(0, 0.3))
    process.kill()
    process.join()
    if process.exitcode > 0:
        raise RuntimeError(f"{step.__name__} failed before it was killed")
    return bool(process.exitcode)


def meet(folder: Path, n_meetings: int) -> list[Figure]:
    """Two processes pull two releases at once, and readers read: each sees one release, whole."""
    root, release = folder / "data", table_releases(folder)
    finish(pull_table, root, *release(0))
    n_mixed, n_failed, n_reads = 0, 0, 0
    for number in range(1, 2 * n_meetings, 2):
        pulls = [start(pull_table, root, *release(number + side)) for side in (0, 1)]
        while any(pull.is_alive() for pull in pulls):
            n_mixed += len(read_state(root)) != 1
            n_reads += 1
        n_failed += any(pull.exitcode not in (DONE, REFUSED) for pull in pulls)
        n_failed += all(pull.exitcode == REFUSED for pull in pulls)
        n_mixed += not read_state(root) <= {number, number + 1}
    return [
        Figure("pulls at once: meetings of two", n_meetings),
        Figure("pulls at once: reads meanwhile", n_reads),
        Figure("pulls at once: mixed or unreadable", n_mixed, wanted=0),
        Figure("pulls at once: neither done nor explained", n_failed, wanted=0),
    ]


def documents(number: int) -> list[dict[str, Any]]:
    """Summaries that carry `number`."""
    volume = float(number + 1)
    return [summary(index, material_id=f"mp-{index}", volume=volume) for index in range(N_ROWS)]


def read_state(root: Path) -> set[int]:
    """The numbers that the rows carry; a set of none if rows are missing or break the schema."""
    store = Store(Warehouse(root))
    if store.version("materials") is None or store.verify("materials") != N_ROWS:
        return {-1}
    return {round(volume) - 1 for volume in store.read("materials")["volume"]}


def table_releases(folder: Path) -> Release:
    """Each release is a Delta table of its own."""

    def release(number: int) -> tuple[Any, ...]:
        path = folder / f"release-{number}"
        name = f"2026.{number:04d}"
        write_table(documents(number), path, release=name, rows_per_group=ROWS_PER_PART)
        return (str(path),)

    return release


@contextmanager
def api_releases(folder: Path) -> Iterator[Release]:
    """Each release is what a proxy makes of the same server's answers."""
    with serve(documents(0), folder) as address, proxy(address) as server:

        def release(number: int) -> tuple[Any, ...]:
            server.release = f"2026.{number:04d}"
            server.alter = lambda answer: set_volume(answer, number)
            return (server.address,)

        yield release


def set_volume(answer: dict[str, Any], number: int) -> None:
    """Let the summaries of an answer carry `number`."""
    for document in answer["data"]:
        if "volume" in document:
            document["volume"] = float(number + 1)


def pull_table(root: Path, uri: str) -> None:
    """Pull the Delta table at `uri`."""
    from ingest.materials.materials_project import bulk, pull
    from ingest.materials.materials_project.queries import Query

    bulk.PART_ROWS = ROWS_PER_PART
    pull.pull_bulk(Store(Warehouse(root)), Query(), uri)


def pull_server(root: Path, address: str) -> None:
    """Pull all that the server at `address` has."""
    from ingest.materials.materials_project import pull
    from ingest.materials.materials_project.api import Server
    from ingest.materials.materials_project.queries import Query

    os.environ["MP_API_KEY"] = KEY
    pull.PAGE_SIZE = ROWS_PER_PART
    pull.pull_api(Store(Warehouse(root)), Query(), Server(address))
