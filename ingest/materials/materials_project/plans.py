"""The plan of a pull: what is asked of which release, and what is there of it already."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ingest.materials.matbench import SOURCES as MATBENCH
from ingest.materials.materials_project.answers import hide_secrets
from ingest.materials.materials_project.queries import Query
from ingest.materials.materials_project.summaries import SOURCE
from warehouse.storage.commits import Commit
from warehouse.storage.staging_area import StagingArea
from warehouse.storage.store import Store
from warehouse.tables import Materials

Say = Callable[[str], None]
OTHERS = {source.name for source in MATBENCH}


def make_plan(
    query: Query, release: str, *, road: str, origin: str, n_visible: int | None = None
) -> dict[str, Any]:
    """What is pulled: staged parts and commits of the same plan hold the same rows.

    `n_visible` tells what a key may see from what it may once terms are accepted. The plan is
    kept on disk: no password in `origin` comes into it.
    """
    seen = {} if n_visible is None else {"n_visible": n_visible}
    return seen | {
        "source": SOURCE,
        "database_version": release,
        "road": road,
        "origin": hide_secrets(origin),
        "query": query.describe(),
        "columns": len(Materials.column_names()),
    }


def find_commit(store: Store, plan: Mapping[str, Any]) -> Commit | None:
    """The commit that made the rows of this source, if it did the same plan."""
    wanted = json.dumps(plan, sort_keys=True)
    for version in store.history("materials"):
        # A commit of another kind, such as a restored version, may have changed these rows too.
        if version.provenance.get("source") in OTHERS:
            continue
        done: Any = version.provenance.get("parameters", {})
        if json.dumps(done.get("plan"), sort_keys=True) != wanted:
            return None
        StagingArea.of(store.warehouse, plan).remove()  # Its process was killed before it could.
        n_rows = int(version.provenance["n_rows"])
        return Commit("materials", version.version, n_rows, 0, is_new=False, scope=SOURCE)
    return None


def open_area(store: Store, plan: Mapping[str, Any], say: Say) -> StagingArea:
    """The staging area of the plan; those of other releases on the same road are deleted."""
    area = StagingArea.of(store.warehouse, plan)
    for other, its_plan in area.neighbours():
        if not all(its_plan.get(name) == plan[name] for name in ("source", "road", "origin")):
            continue
        is_same_query = its_plan.get("query") == plan["query"]
        if is_same_query and its_plan.get("n_visible") != plan.get("n_visible"):
            other.remove()  # The key may see something else by now.
        elif its_plan.get("database_version") != plan["database_version"]:
            say(
                f"release {plan['database_version']} has replaced "
                f"{its_plan.get('database_version')}: begun anew"
            )
            other.remove()
    return area
