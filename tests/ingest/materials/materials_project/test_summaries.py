"""Summaries become rows: what is kept, left out and refused, and why."""

import json
from datetime import datetime
from urllib.parse import urlencode

import polars as pl
import pytest

from ingest.materials.materials_project.documents import read_documents
from ingest.materials.materials_project.queries import make_query
from ingest.materials.materials_project.summaries import FIELDS, Terms, shape_summaries
from tests.support.materials_project.documents import (
    EVERY_KIND,
    KEPT,
    NON_COMMERCIAL,
    ORDINARY,
    REASONS,
    cell,
    summary,
)
from warehouse.conventions.elements import ELEMENTS
from warehouse.errors import WarehouseError
from warehouse.storage.staging_area import StagedPart


def shape(*documents, terms=None) -> StagedPart:
    return shape_summaries(*read_documents(documents), terms or Terms())


def row(**changes):
    return shape(summary(149, **changes)).rows.row(0, named=True)


def test_a_summary_keeps_its_names_and_its_nested_fields_become_columns():
    found = row(**cell({"Cu": 3.0, "Au": 1.0}))
    assert found["source"] == "materials_project"
    assert found["material_id"] == "mp-149"
    assert found["formula"] == "AuCu3"
    assert found["composition"] == [
        {"element": "Au", "amount": 1.0},
        {"element": "Cu", "amount": 3.0},
    ]
    assert (found["spacegroup_symbol"], found["spacegroup_number"]) == ("Fm-3m", 225)
    assert (found["bulk_modulus_reuss"], found["bulk_modulus_vrh"]) == (140.0, 145.0)
    assert found["shear_modulus_vrh"] is None
    assert (found["license"], found["database_version"]) == ("CC-BY-4.0", "2021.11.10")


def test_heavy_hydrogen_is_hydrogen():
    part = shape(summary(1, **cell({"D": 2.0, "H": 1.0, "O": 1.0})), summary(2))
    assert part.rows["formula"].to_list() == ["H3O", shape(summary(2)).rows["formula"][0]]
    assert part.rows["composition"][0].to_list()[0] == {"element": "H", "amount": 3.0}


@pytest.mark.parametrize(
    ("written", "meant"),
    [("mp-149", "mp-149"), ("mp-aaaaaaft", "mp-149"), ("mp-ft", "mp-149"), ("mvc-9", "mvc-9")],
)
def test_an_identifier_has_its_familiar_form(written, meant):
    assert row(material_id=written)["material_id"] == meant


@pytest.mark.parametrize(
    "written",
    [
        "2024-05-01T10:00:00",
        "2024-05-01T10:00:00Z",
        "2024-05-01T12:00:00+02:00",
        {"$date": "2024-05-01T10:00:00Z"},
    ],
)
def test_every_form_of_a_time_is_utc(written):
    assert row(last_updated=written)["last_updated"] == datetime(2024, 5, 1, 10)


def test_a_number_written_as_text_is_that_number():
    found = row(
        band_gap="1.5", nsites="3", **{k: v for k, v in cell({"Au": 3.0}).items() if k != "nsites"}
    )
    assert (found["band_gap"], found["nsites"]) == (1.5, 3)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"band_gap": "wide"}, "band_gap: is no number"),
        ({"band_gap": True}, "band_gap: is no number"),
        ({"composition": {"Au": float("nan")}}, "composition: an amount is no number"),
        ({"is_metal": "yes"}, "is_metal: is neither true nor false"),
        ({"nsites": 2.5}, "nsites: is no whole number"),
        ({"nsites": 10**30}, "nsites: is too large"),
        ({"formula_pretty": 7}, "formula_pretty: is no text"),
        ({"last_updated": "yesterday"}, "last_updated: is no time"),
        ({"symmetry": "cubic"}, "symmetry: is no JSON object"),
        ({"composition": "AuCu"}, "composition: is no JSON object"),
        (cell({"Q": 2.0}), "composition: no element has the symbol Q"),
        ({"builder_meta": {}}, "license: missing"),
        ({"builder_meta": None}, "license: missing"),
        ({"builder_meta": {"license": "GPL"}}, "license: GPL is unknown"),
        ({"material_id": None}, "material_id: nullability"),
        ({"symmetry": {"number": 231}}, "spacegroup_number: max"),
    ],
)
def test_what_cannot_be_a_row_is_refused_with_its_document_and_the_reason(changes, reason):
    part = shape(summary(1, **changes), summary(2))
    assert part.rows["material_id"].to_list() == ["mp-2"]
    assert part.refused["reason"].to_list() == [reason]
    assert json.loads(part.refused["row"][0])["formula_pretty"] in {"NaCl2", "ClNa2", 7}


@pytest.mark.parametrize("document", [None, 3, "text", [], [1]])
def test_a_document_that_is_none_is_refused(document):
    part = shape(document, summary(2))
    assert part.rows.height == 1
    assert part.refused["reason"].to_list() == ["document: is no JSON object"]


def test_two_summaries_that_are_alike_are_one():
    part = shape(summary(5), summary(5, material_id="mp-5"), summary(6))
    assert part.rows["material_id"].to_list() == ["mp-5", "mp-6"]
    assert part.left_out == {"a second copy of a row": 1}
    assert part.n_received == 3


def test_two_summaries_with_one_identifier_are_both_refused():
    part = shape(summary(5), summary(5, band_gap=9.0), summary(6))
    assert part.rows["material_id"].to_list() == ["mp-6"]
    assert part.refused["reason"].unique().to_list() == ["primary_key"]


def test_nothing_is_lost_of_every_kind():
    part = shape(*EVERY_KIND)
    assert part.rows.height == len(ORDINARY) + len(KEPT)
    assert part.left_out == {"deprecated": 2, "non-commercial licence": 2}
    assert dict(part.refused["reason"].value_counts().iter_rows()) == REASONS
    assert part.n_received == len(EVERY_KIND)


def test_non_commercial_rows_come_when_asked_for():
    found = shape(summary(1, **NON_COMMERCIAL), terms=Terms(include_non_commercial=True))
    assert found.rows["license"].to_list() == ["CC-BY-NC-4.0"]


def test_a_number_that_is_none_costs_only_itself():
    odd = {"density": float("nan"), "band_gap": "inf", "bulk_modulus": {"vrh": float("inf")}}
    part = shape(summary(1, **odd), summary(2, num_magnetic_sites=float("nan")))
    assert part.rows["material_id"].to_list() == ["mp-1", "mp-2"]
    columns = ["density", "band_gap", "bulk_modulus_vrh"]
    assert part.rows.select(columns).row(0) == (None, None, None)
    assert part.rows["volume"].null_count() == 0
    assert part.notes == {"not_finite": dict.fromkeys(sorted(columns), 1)}


def test_since_asks_when_a_row_was_calculated_not_when_it_was_built():
    built = "2026-04-12T22:43:09Z"
    dates = ["2021-02-06T23:00:41.318000Z", "2026-03-01T00:00:00Z"]
    part = shape(
        *(
            summary(n, last_updated=built, origins=[{"name": "structure", "last_updated": date}])
            for n, date in enumerate(dates, 1)
        ),
        terms=make_query(since="2025-01-01").terms,
    )
    assert part.rows["material_id"].to_list() == ["mp-2"]
    assert part.rows["origins_last_updated"].to_list() == [datetime(2026, 3, 1)]


def test_since_leaves_out_what_is_older():
    dates = ["2024-01-01T00:00:00", "2024-06-30T23:59:59", "2024-07-01T00:00:00", None]
    documents = [summary(number, last_updated=date) for number, date in enumerate(dates)]
    part = shape(*documents, terms=make_query(since="2024-07-01").terms)
    assert part.rows["material_id"].to_list() == ["mp-2", "mp-3"]
    assert part.left_out == {"older than 2024-07-01": 2}
    assert make_query(since="2024-07-01T02:00+02:00").terms.since == "2024-07-01 00:00:00"


def test_a_query_always_asks_for_what_makes_a_row():
    fields = make_query(fields="band_gap").fields
    assert set(fields) == {
        "band_gap",
        "material_id",
        "composition",
        "nsites",
        "deprecated",
        "builder_meta",
        "last_updated",
    }
    assert make_query().fields == FIELDS


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"fields": "bandgap"}, "no field 'bandgap'", "did you mean band_gap"),
        ({"fields": "xyzzy"}, "no field 'xyzzy'", "take of "),
        ({"chemsys": "Au-Xx"}, "symbol Xx", "--chemsys Au-Cu"),
        ({"elements": "Au,cu"}, "symbol cu", "--elements Au,Cu"),
        ({"since": "summer"}, "'summer' is no date", "--since 2025-09-30"),
    ],
)
def test_an_option_that_cannot_be_meant_is_an_error(options, message, hint):
    with pytest.raises(WarehouseError, match=message) as caught:
        make_query(**options)
    assert hint in caught.value.hint


def test_identifiers_come_from_a_file_and_are_checked(tmp_path):
    path = tmp_path / "ids.txt"
    path.write_text("mp-149\nmp-2\nmp-149\n")
    assert make_query(material_ids=path).material_ids == ("mp-149", "mp-2")
    path.write_text("mp-149\nsilicon!\n")
    with pytest.raises(WarehouseError, match="silicon!"):
        make_query(material_ids=path)
    with pytest.raises(WarehouseError, match="cannot be read"):
        make_query(material_ids=tmp_path / "none")


def test_many_identifiers_go_into_few_requests(tmp_path):
    path = tmp_path / "ids.txt"
    path.write_text("\n".join(f"mp-{number}" for number in range(1_001)))
    requests = list(make_query(material_ids=path).requests())
    assert [request["material_ids"].count(",") + 1 for request in requests] == [200] * 5 + [1]


def test_no_list_makes_an_address_too_long(tmp_path):
    path = tmp_path / "ids.txt"
    path.write_text("\n".join(f"mp-{'a' * 20}{chr(98 + n % 20)}{n:04}" for n in range(500)))
    elements = sorted(ELEMENTS)[:40]
    chemsys = ",".join(f"{a}-{b}" for a in elements for b in elements if a < b)
    for query in (make_query(material_ids=path), make_query(chemsys=chemsys)):
        requests = list(query.requests())
        assert max(len(urlencode(request)) for request in requests) < 4000
        name = "chemsys" if query.chemsys else "material_ids"
        asked = [each for request in requests for each in request[name].split(",")]
        assert tuple(asked) == query.chemsys + query.material_ids


def test_the_frame_of_no_documents_has_all_columns():
    part = shape()
    assert (part.rows.height, part.n_received) == (0, 0)
    assert part.rows.schema == shape(summary(1)).rows.schema
    assert part.refused.schema == pl.Schema({"row": pl.String, "reason": pl.String})
