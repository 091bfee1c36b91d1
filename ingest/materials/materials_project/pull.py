"""Pulls the Materials Project's summaries into `materials`, by its API or from its Delta table.

Parts are staged as they come and enter the table in one commit at the end. A pull that was
interrupted goes on behind its last part, unless the release or the query is another one.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from ingest.materials.materials_project.accounts import Account, close_account
from ingest.materials.materials_project.api import ENDPOINT, PAGE_SIZE, Server
from ingest.materials.materials_project.bulk import BULK_URI, open_bulk
from ingest.materials.materials_project.documents import read_documents
from ingest.materials.materials_project.plans import Say, find_commit, make_plan, open_area
from ingest.materials.materials_project.queries import Query
from ingest.materials.materials_project.summaries import legacy_ids, shape_summaries
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked
from warehouse.storage.commits import Commit
from warehouse.storage.staging_area import StagingArea, read_notes
from warehouse.storage.store import Store
from warehouse.storage.validation import REFUSED_SCHEMA

SHOWN = 10
"""How many identifiers without a row are named."""
IDS = "ids"
"""The note of a page: the identifiers on it, as the server writes them."""
NONE_NON_COMMERCIAL = (
    "no row under CC BY-NC came: none matches, or the key's account has not accepted their terms "
    "(https://next-gen.materialsproject.org); once it has, the same command brings them"
)


def ingest_summaries(
    store: Store,
    query: Query,
    *,
    bulk: bool = False,
    bulk_uri: str | None = None,
    endpoint: str | None = None,
    track: Track = untracked,
    say: Say = lambda text: None,
) -> list[Commit]:
    """Pull by the road that the options name; say how the query was read, and the account."""
    if query.elements or query.chemsys:
        say(f"asked for: {query.tell_chemistry()}")
    if bulk or bulk_uri:
        result = pull_bulk(store, query, bulk_uri or BULK_URI, track=track, say=say)
    else:
        result = pull_api(store, query, Server(endpoint or ENDPOINT, say=say), track=track, say=say)
    if isinstance(result, Commit):
        say("the same query of the same release is here already: nothing was pulled")
        return [result]
    for line in result.lines():
        say(line)
    return [result.commit]


def pull_api(
    store: Store,
    query: Query,
    server: Server,
    *,
    track: Track = untracked,
    say: Say = lambda text: None,
) -> Account | Commit:
    """Pull what matches `query` from the API; the account, or the commit that has it already.

    Raises WarehouseError if the server goes on failing: what came is kept and found again.
    """
    release = server.database_version()
    n_visible = None
    if query.terms.include_non_commercial:
        n_visible = server.page({"_fields": "material_id"}, limit=1).n_matching
    plan = make_plan(query, release, road="api", origin=server.endpoint, n_visible=n_visible)
    if held := find_commit(store, plan):
        return held
    area = open_area(store, plan, say)
    with area.locked(plan):
        requests = list(query.requests())
        counts = [server.page(request, limit=1).n_matching for request in requests]
        deprecated = sum(
            server.page({**request, "deprecated": "true"}, limit=1).n_matching
            for request in requests
        )
        pages = [
            (number, skip, count)
            for number, count in enumerate(counts)
            for skip in range(0, count, PAGE_SIZE)
        ]
        done = area.parts()
        _say_progress(say, len(done), len(pages), "pages")
        missing = [number for number in range(len(pages)) if number not in done]
        for number in track(missing, f"Materials Project {release}"):
            asked, skip, count = pages[number]
            page = server.page(requests[asked], skip=skip, limit=PAGE_SIZE)
            if page.n_matching != count:
                raise _moved(area, f"counts {page.n_matching:,} summaries, and {count:,} before")
            part = shape_summaries(*read_documents(page.documents), query.terms)
            ids = [name for name in map(_identify, page.documents) if name is not None]
            area.write(number, replace(part, notes={**part.notes, IDS: ids}))
        if moved := _find_moved(area, [asked for asked, _, _ in pages]):
            raise _moved(area, f"gives {moved} on two pages of one query, so that others are lost")
        if (now := server.database_version()) != release:
            raise _moved(area, f"has release {now}, and {release} before")
        n_matching = sum(counts) + deprecated
        account = close_account(store, query, plan, area, n_matching, {"deprecated": deprecated})
        if query.terms.include_non_commercial and not account.n_non_commercial:
            say(NONE_NON_COMMERCIAL)
        if (n_asked := len(query.material_ids)) > n_matching:
            say(f"{n_asked - n_matching:,} of {n_asked:,} identifiers match no material")
            say(f"without a row: {_name_missing(query.material_ids, area)}")
    area.remove()
    return account


def pull_bulk(
    store: Store,
    query: Query,
    uri: str,
    *,
    track: Track = untracked,
    say: Say = lambda text: None,
) -> Account | Commit:
    """Pull everything from the Delta table at `uri`; otherwise as `pull_api`."""
    table = open_bulk(uri)
    release = table.database_version or f"Delta version {table.delta_version}"
    plan = make_plan(query, release, road="bulk", origin=uri)
    plan["delta_version"] = table.delta_version
    if held := find_commit(store, plan):
        return held
    area = open_area(store, plan, say)
    with area.locked(plan):
        done = area.parts()
        _say_progress(say, len(done), len(table.pieces), "pieces")
        missing = [number for number in range(len(table.pieces)) if number not in done]
        nothing = pl.DataFrame(schema=REFUSED_SCHEMA)
        for number in track(missing, f"Materials Project {release}"):
            published = table.read(number, fields=query.fields)
            area.write(number, shape_summaries(published, nothing, query.terms))
        account = close_account(store, query, plan, area, table.n_rows, {})
        if absent := set(table.absent) & set(query.fields):
            say(f"NULL, for this release lacks the field: {', '.join(sorted(absent))}")
    area.remove()
    return account


def _identify(document: Any) -> str | None:
    """The identifier as the server writes it."""
    name = document.get("material_id") if isinstance(document, dict) else None
    return name if isinstance(name, str) else None


def _find_moved(area: StagingArea, asked: Sequence[int]) -> str | None:
    """A summary that stands on two pages of one request, of which `asked` gives the number."""
    seen: set[tuple[int, str]] = set()
    for number, path in area.parts().items():
        on_page = {(asked[number], name) for name in read_notes(path)[IDS]}
        if twice := seen & on_page:
            return min(twice)[1]
        seen |= on_page
    return None


def _name_missing(material_ids: Sequence[str], area: StagingArea) -> str:
    """The first few identifiers that no staged row has, be they unknown, left out or refused."""
    asked = legacy_ids(pl.Series(material_ids))
    parts = [
        pl.read_parquet(path, columns=["material_id"], glob=False) for path in area.parts().values()
    ]
    found = [name for part in parts for name in part["material_id"]]
    missing = asked.filter(~asked.is_in(found))
    return ", ".join(missing[:SHOWN]) + (", ..." if missing.len() > SHOWN else "")


def _say_progress(say: Say, n_done: int, n_all: int, unit: str) -> None:
    if n_done:
        say(f"going on: {n_done:,} of {n_all:,} {unit} are here already")


def _moved(area: StagingArea, what: str) -> WarehouseError:
    """The error for a server whose data change during a pull: the parts do not fit together."""
    area.remove()
    return WarehouseError(
        f"the server {what}: its data changed during the pull", hint="run it again from the start"
    )
