"""The API's client against the real server software: faults that pass, and faults that do not."""

import pytest

from ingest.materials.materials_project.answers import parse_answer
from ingest.materials.materials_project.api import Server
from ingest.materials.materials_project.plans import make_plan
from ingest.materials.materials_project.queries import Query
from tests.support.materials_project import proxy as faults
from tests.support.materials_project.documents import KEPT, ORDINARY, REASONS
from tests.support.materials_project.server import KEY
from warehouse.errors import WarehouseError

QUERY = {"_fields": "material_id"}
N_SERVED = len(ORDINARY) + len(KEPT) + len(REASONS)


@pytest.fixture
def waits():
    return []


@pytest.fixture
def server(mp, waits):
    return Server(mp.address, sleep=waits.append)


def test_a_page_has_the_documents_and_how_many_match(server):
    assert server.database_version() == "2021.11.10"
    page = server.page(QUERY, skip=10, limit=20)
    assert (len(page.documents), page.n_matching) == (20, N_SERVED)


@pytest.mark.parametrize(
    "fault",
    [
        *(faults.status(number) for number in (429, 500, 502, 503, 504)),
        faults.html,
        faults.cut_json,
        faults.cut_line,
        faults.reset,
        faults.hang,
        faults.empty_page,
        faults.no_meta,
    ],
)
def test_a_fault_that_passes_is_tried_again(mp, waits, fault):
    # No answer may seem late where none is awaited: other processes may keep all cores busy.
    patience = (10, 1 if fault is faults.hang else 90)
    server = Server(mp.address, timeout=patience, sleep=waits.append)
    mp.plan([fault, fault])
    assert len(server.page(QUERY, skip=50).documents) == N_SERVED - 50
    assert len(waits) == 2
    assert 0 < waits[0] < 3


def test_the_server_is_left_alone_as_long_as_it_asks(mp, server, waits):
    mp.plan([faults.status(429, Retry_After="7"), faults.status(503, Retry_After="0.25")])
    server.page(QUERY)
    assert waits == [7.0, 0.25]


def test_a_long_wait_is_explained(mp, waits):
    said = []
    server = Server(mp.address, sleep=waits.append, say=said.append)
    mp.plan([faults.status(503), faults.status(429, Retry_After="30")])
    server.page(QUERY)
    assert said == [f"{mp.address}: status 429: no; trying again in 30 s"]


def test_a_date_of_retry_after_is_a_time_to_wait_for(mp, server, waits):
    mp.plan([faults.status(429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")])
    server.page(QUERY)
    assert waits == [0]


def test_a_server_that_asks_for_hours_is_not_waited_for(mp, server, waits):
    mp.plan([faults.status(429, Retry_After="7200")])
    with pytest.raises(WarehouseError, match=r"left alone for 7,200 s \(status 429\)"):
        server.page(QUERY)
    assert not waits


@pytest.mark.parametrize(
    ("number", "body", "words"),
    [
        (422, b'{"detail":[{"loc":["query","ids"],"msg":"too long"}]}', "query ids: too long"),
        (403, b'{"message":"Invalid authentication credentials"}', "Invalid authentication"),
        (429, b'{"error":"Your IP is blocked"}', "blocked this address .*Your IP is"),
        (504, b'{"detail":"Server timed out"}', "status 504: Server timed out"),
        (200, b"<title>Sorry</title><p>Maintenance until 18:00</p>", "Sorry Maintenance until"),
    ],
)
def test_the_servers_own_words_reach_the_user(mp, server, number, body, words):
    fault = lambda handler, content: handler.answer(number, body)  # noqa: E731
    mp.plan([fault] * 9)
    with pytest.raises(WarehouseError, match=words):
        server.page(QUERY)
    assert len(mp.pages) == (1 if number < 430 and number != 200 else 8)


def test_the_key_is_not_among_the_servers_words(mp, server):
    mp.plan([lambda handler, content: handler.answer(400, f'{{"detail": "bad {KEY}"}}'.encode())])
    with pytest.raises(WarehouseError) as caught:
        server.page(QUERY)
    assert "bad (the key)" in str(caught.value)


@pytest.mark.parametrize("body", [b"<html>Just a moment...</html>", b'{"error": "blocked"}'])
def test_a_heartbeat_that_fails_stops_nothing_and_is_not_the_keys_fault(mp, waits, body):
    said = []
    server = Server(mp.address, sleep=waits.append, say=said.append)
    mp.heartbeat = lambda handler, content: handler.answer(403, body)
    assert server.database_version() == server.database_version() == "2021.11.10"
    assert len(said) == 1
    assert "403" in said[0]
    assert "key" not in said[0]
    assert not waits


def test_json_with_numbers_that_are_none_is_read():
    assert parse_answer(b'\xef\xbb\xbf{"a": NaN, "b": 1e400}')["b"] == float("inf")


def test_waits_grow_and_end(mp, server, waits):
    mp.plan([faults.status(500)] * 100)
    with pytest.raises(WarehouseError, match="keeps failing: status 500") as caught:
        server.page(QUERY)
    assert "run the same command later to go on" in caught.value.hint
    assert len(waits) == 7
    assert waits[-1] > 4 * waits[0]
    assert sum(waits) < 200


@pytest.mark.parametrize("number", [401, 403])
def test_a_refused_key_names_the_variable(mp, server, waits, number):
    mp.plan([faults.status(number)])
    with pytest.raises(WarehouseError, match=rf"refuses the key \({number}\)") as caught:
        server.page(QUERY)
    assert "MP_API_KEY" in caught.value.hint
    assert not waits


@pytest.mark.parametrize("number", [400, 404, 414, 422, 301])
def test_a_refused_query_is_not_tried_again(mp, server, waits, number):
    mp.plan([faults.status(number, Location=mp.address)])
    with pytest.raises(WarehouseError, match=f"status {number}"):
        server.page(QUERY)
    assert not waits
    assert len(mp.pages) == 1


def test_the_first_contact_does_not_insist(monkeypatch, waits):
    monkeypatch.setenv("MP_API_KEY", KEY)
    server = Server("http://127.0.0.1:9/", sleep=waits.append)
    with pytest.raises(WarehouseError, match="cannot be reached") as caught:
        server.database_version()
    assert "network" in caught.value.hint
    assert len(waits) == 2


@pytest.mark.parametrize("key", ["", "short", "ä" * 32, "a" * 31 + "\n"])
def test_a_key_that_can_be_none_is_an_error_without_it(monkeypatch, key):
    monkeypatch.setenv("MP_API_KEY", key)
    with pytest.raises(WarehouseError, match="MP_API_KEY") as caught:
        Server()
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize("endpoint", ["http://example.org", "ftp://example.org", "example.org"])
def test_the_key_never_travels_in_the_open(monkeypatch, endpoint):
    monkeypatch.setenv("MP_API_KEY", KEY)
    with pytest.raises(WarehouseError, match="in the open"):
        Server(endpoint)


def test_a_password_in_the_address_is_neither_kept_nor_shown(monkeypatch, waits):
    monkeypatch.setenv("MP_API_KEY", KEY)
    address = "http://me:secret@127.0.0.1:1/base?token=secret"
    server = Server(address, sleep=waits.append)
    plan = make_plan(Query(), "2024.1", road="api", origin=address)
    assert plan["origin"] == "http://127.0.0.1:1/base"
    with pytest.raises(WarehouseError) as caught:
        server.database_version()
    assert "secret" not in str(caught.value)
