"""Which alloys the project ships, and when it ingests them."""

from pathlib import Path

import pytest

from ingest.alloys import shipped
from tests.support.alloys import AU_CU
from warehouse.conventions.alloys import Alloy
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

TERNARY = Alloy.parse("ag-au-cu")
TA_W = Alloy.parse("ta-w")


@pytest.mark.parametrize(
    ("alloys", "expected"),
    [
        (None, {("ag-au", "ag-cu", "au-cu"): ("fcc", "pyclupan 0.2.3.post0")}),
        ([AU_CU], {("au-cu",): ("fcc", "pyclupan 0.2.3.post0")}),
        (
            [TA_W, TERNARY],
            {
                ("ag-au-cu",): ("fcc", "pyclupan 0.2.3.post0"),
                ("ta-w",): ("bcc", "tce-lib 1.0.4"),
            },
        ),
    ],
)
def test_what_takes_longer_is_ingested_where_it_is_named(
    alloys, expected, tmp_path: Path, monkeypatch
):
    seen = {}

    def note(store, structures, *, provenance, parent, **options):
        names = tuple(structures["alloy"].unique().sort())
        seen[names] = (parent, f"{provenance.source} {provenance.source_version}")
        return []

    monkeypatch.setattr(shipped, "ingest_structures", note)
    shipped.ingest_alloys(Store(Warehouse(tmp_path)), alloys)
    assert seen == expected
