"""The plan of a pull: what is asked of which release, and what is there of it already."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ingest.materials.matbench import SOURCES as MATBENCH
from ingest.materials.materials_project.queries import Query
from ingest.materials.materials_project.summaries import SOURCE
from warehouse.storage.commits import Commit
from warehouse.storage.staging_area import StagingArea
from warehouse.storage.store import Store
from warehouse.tables import Materials

Say = Callable[[str], None]
OTHERS = {source.name for source in MATBENCH}


def make_plan(query: Query, release: str, *, road: str, origin: str) -> dict[str, Any]:
    """What is pulled: staged parts and commits of the same plan hold the same rows."""
    return {
        "source": SOURCE,
        "database_version": release,
        "road": road,
        "origin": origin,
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
        is_old = its_plan.get("database_version") != plan["database_version"]
        if is_old and all(
            its_plan.get(name) == plan[name] for name in ("source", "road", "origin")
        ):
            say(
                f"release {plan['database_version']} has replaced "
                f"{its_plan.get('database_version')}: begun anew"
            )
            other.remove()
    return area
