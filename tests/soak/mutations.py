"""Summaries with random damage: each becomes a row, is left out, or is refused with the reason."""

import copy
import json
import random
import traceback
from pathlib import Path
from typing import Any

from ingest.materials.materials_project.documents import read_documents
from ingest.materials.materials_project.summaries import FIELDS, SOURCE, Terms, shape_summaries
from tests.soak import Figure
from tests.support.materials_project.documents import EVERY_KIND, RELEASE
from warehouse.storage.commits import Provenance
from warehouse.storage.part_commits import commit_parts
from warehouse.storage.staging_area import StagingArea
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**63, -(2**63) - 1, 10**400, 0.0, -0.0, 1e-320, 1e308,
    float("inf"), float("-inf"), float("nan"), "", " ", "0", "1e5", "nan", "Infinity", "null",
    "\x00", "\ud800", "'; drop table materials; --", "é" * 10_000, "日本語", "mp-149", "2024-13-45",
    "9999-12-31T23:59:59.999999+00:00", "0001-01-01T00:00:00+23:59", [], [None], [[[]]], {},
    {"": None}, {"$date": 5}, {"voigt": "x"}, {"Fe": "2"}, {"Fe": -1}, {"Xx": 1}, {"Fe": None},
    {"license": "BY-C"}, {"number": 1.5}, {"symbol": ["P1"]},
]  # fmt: skip
PER_PART = 50


def run(folder: Path, is_short: bool) -> list[Figure]:
    """Damage summaries at random places, and ingest them in parts."""
    choose = random.Random(0)
    mutants = [mutate(choose) for _ in range(200 if is_short else 1_000)]
    store = Store(Warehouse(folder / "data"))
    area = StagingArea.of(store.warehouse, {})
    n_left_out, n_traces = 0, 0
    with area.locked({}):
        for number, first in enumerate(range(0, len(mutants), PER_PART)):
            try:
                documents = read_documents(mutants[first : first + PER_PART])
                part = shape_summaries(*documents, Terms())
                area.write(number, part)
                n_left_out += sum(part.left_out.values())
            except Exception:
                traceback.print_exc()
                n_traces += 1
        provenance = Provenance(SOURCE, RELEASE)
        outcome = commit_parts(
            store, "materials", area, scope={"source": SOURCE}, provenance=provenance
        )
    n_traced = outcome.n_rows + outcome.refused.height + n_left_out
    n_reasons = outcome.refused["reason"].n_unique()
    return [
        Figure("mutated summaries", len(mutants)),
        Figure("mutated summaries: still rows", store.verify("materials")),
        Figure("mutated summaries: different reasons to refuse", n_reasons),
        Figure(
            "mutated summaries: refused without a reason", count_without_reason(store), wanted=0
        ),
        Figure("mutated summaries: lost without trace", len(mutants) - n_traced, wanted=0),
        Figure("mutated summaries: stack traces", n_traces, wanted=0),
    ]


def mutate(choose: random.Random) -> Any:
    """A summary with one to three random changes, anywhere in it."""
    document = copy.deepcopy(choose.choice(EVERY_KIND))
    document["material_id"] = f"mp-{choose.randrange(10**7)}"
    for _ in range(choose.randint(1, 3)):
        place = document
        name = choose.choice([*document, *FIELDS])
        if isinstance(place.get(name), dict) and place[name] and choose.random() < 0.6:
            place, name = place[name], choose.choice([*place[name]])
        if choose.random() < 0.1:
            place.pop(name, None)
        else:
            place[name] = copy.deepcopy(choose.choice(VALUES))
    return document if choose.random() < 0.97 else choose.choice(VALUES)


def count_without_reason(store: Store) -> int:
    """Refused rows that are no JSON, or have no reason."""
    refused = store.read("quarantine")
    return sum(
        not (reason and json.dumps(json.loads(row)))
        for row, reason in zip(refused["row"], refused["reason"], strict=True)
    )
