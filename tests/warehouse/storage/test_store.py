"""Writes to tables: what enters, what is kept out, what is remembered."""

import json
import math
import threading
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.support.samples import PROVENANCE, material, materials
from warehouse.errors import WarehouseError
from warehouse.storage import store as store_module
from warehouse.storage.store import Provenance, Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import TABLES, AlloyStructures, Materials

SCOPE = {"source": "mp"}


def ids(store: Store) -> list[str]:
    return store.read("materials")["material_id"].to_list()


finite = st.floats(allow_nan=False, allow_infinity=False)
symbols = st.from_regex(r"\A[A-Z][a-z]?\Z")
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
material_rows = st.fixed_dictionaries(
    {
        "source": texts,
        "material_id": texts,
        "formula": texts,
        "composition": st.lists(
            st.fixed_dictionaries(
                {"element": symbols, "amount": st.floats(1e-9, 1e9)},
            ),
            min_size=1,
            max_size=3,
        ),
        "nsites": st.none() | st.integers(1, 2**62),
        "band_gap": st.none() | st.floats(0, 100),
        "is_metal": st.none() | st.booleans(),
        "formation_energy_per_atom": st.none() | finite,
        "license": st.text(st.characters(exclude_categories=["Cs"])),
    }
)


@given(st.lists(material_rows, max_size=4, unique_by=lambda r: (r["source"], r["material_id"])))
@settings(max_examples=25)
def test_what_is_written_is_read(tmp_path_factory, rows):
    store = Store(Warehouse(tmp_path_factory.mktemp("data")))
    frame = materials(*rows)

    commit = store.replace("materials", frame, provenance=PROVENANCE)

    assert (commit.n_rows, commit.n_quarantined) == (len(rows), 0)
    assert_frame_equal(store.read("materials"), frame.sort("source", "material_id"))
    assert not store.replace("materials", frame, provenance=PROVENANCE).is_new


def test_nested_lists_and_nulls_survive(store):
    row = {
        "alloy": "au-cu",
        "structure_id": "1",
        "source": "s",
        "cell": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        "positions": [[0.0, 0.0, 0.0]],
        "symbols": ["Au"],
        "total_energy": -3.2,
        "volume": 16.0,
        "max_force": None,
        "stress": None,
        "calculator": "VASP",
    }
    frame = pl.DataFrame([row], schema=AlloyStructures.create_empty().schema)

    store.replace("alloy_structures", frame, provenance=PROVENANCE)

    assert store.read("alloy_structures").select(*row).to_dicts() == [row]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_that_was_never_written_is_empty(store, table):
    assert store.read(table).columns == TABLES[table].column_names()
    assert (store.version(table), store.files(table), store.history(table)) == (None, [], [])


def test_equal_rows_in_another_order_make_no_new_version(store):
    rows = materials(material("a"), material("b", nsites=None))
    first = store.replace("materials", rows, provenance=PROVENANCE)
    second = store.replace("materials", rows.reverse(), provenance=Provenance("other", "9"))
    assert (first.version, first.is_new) == (0, True)
    assert (second.version, second.n_rows, second.is_new) == (0, 2, False)


def test_a_scope_replaces_only_its_part(store):
    before = materials(material("a"), material("b"), material("o", source="o'neill"))
    store.replace("materials", before, provenance=PROVENANCE)

    store.replace("materials", materials(material("c")), scope=SCOPE, provenance=PROVENANCE)
    assert ids(store) == ["c", "o"]

    store.replace("materials", before.clear(), scope={"source": "o'neill"}, provenance=PROVENANCE)
    assert ids(store) == ["c"]


def test_rows_outside_the_scope_are_a_bug(store):
    with pytest.raises(ValueError, match="outside the scope"):
        store.replace(
            "materials", materials(material(source="oqmd")), scope=SCOPE, provenance=PROVENANCE
        )


def test_an_insert_adds_new_keys_and_leaves_old_rows(store):
    store.insert("materials", materials(material("a", nsites=1)), provenance=PROVENANCE)

    rows = materials(material("a", nsites=99), material("b"))
    commit = store.insert("materials", rows, provenance=PROVENANCE)

    assert (commit.n_rows, commit.is_new) == (1, True)
    assert store.read("materials")["nsites"].to_list() == [1, 2]
    assert not store.insert("materials", rows, provenance=PROVENANCE).is_new


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"band_gap": -0.1}, "band_gap: min"),
        ({"band_gap": math.nan}, "band_gap: nan"),
        ({"formation_energy_per_atom": math.inf}, "formation_energy_per_atom: inf"),
        ({"license": None}, "license: nullability"),
        ({"material_id": None}, "material_id: nullability"),
        ({"composition": []}, "composition: min_length"),
        ({"composition": [{"element": "au", "amount": 1.0}]}, "inner_element_regex"),
        ({"nsites": 0, "formula": ""}, "formula: min_length; nsites: min"),
    ],
)
def test_a_row_that_breaks_the_schema_is_quarantined_and_the_rest_enters(store, changes, reason):
    commit = store.replace(
        "materials", materials(material("good"), material(**changes)), provenance=PROVENANCE
    )

    assert ids(store) == ["good"]
    assert (commit.n_rows, commit.n_quarantined) == (1, 1)
    (refused,) = store.read("quarantine").to_dicts()
    assert refused["table_name"] == "materials"
    assert reason in refused["reason"]
    assert json.loads(refused["row"])["is_metal"] is True


def test_rows_that_share_a_key_are_all_refused(store):
    rows = materials(material("a", nsites=1), material("a", nsites=2), material("b"))
    store.replace("materials", rows, provenance=PROVENANCE)
    assert ids(store) == ["b"]
    assert store.read("quarantine")["reason"].to_list() == ["primary_key", "primary_key"]


def test_the_quarantine_shows_the_last_write_of_each_scope(store):
    def write(source, **changes):
        rows = materials(material(source=source, **changes))
        store.replace("materials", rows, scope={"source": source}, provenance=PROVENANCE)

    write("mp", nsites=0)
    write("oqmd", nsites=-1)
    assert store.read("quarantine").height == 2
    write("mp")
    (refused,) = store.read("quarantine").to_dicts()
    assert json.loads(refused["scope"]) == {"source": "oqmd"}


def test_what_inserts_refuse_adds_up(store):
    for nsites in (0, -1, -1):
        rows = materials(material(f"m{nsites}", nsites=nsites))
        store.insert("materials", rows, provenance=PROVENANCE)
    assert store.read("quarantine")["row_index"].to_list() == [0, 1]


def test_rows_that_the_caller_rejected_are_quarantined_too(store):
    rejected = pl.DataFrame({"row": ['{"formula": "Xx"}'], "reason": ["unknown element"]})
    commit = store.replace(
        "materials", materials(material(nsites=0)), rejected=rejected, provenance=PROVENANCE
    )
    assert commit.n_quarantined == 2
    assert store.read("quarantine")["reason"].to_list() == ["unknown element", "nsites: min"]


def test_a_missing_column_is_a_bug(store):
    with pytest.raises(pl.exceptions.ColumnNotFoundError, match="license"):
        store.replace("materials", materials(material()).drop("license"), provenance=PROVENANCE)


def test_the_history_says_where_rows_come_from(store):
    store.replace("materials", materials(material("a")), provenance=PROVENANCE)
    store.replace("materials", materials(material("b"), material("c")), provenance=PROVENANCE)

    newest, oldest = store.history("materials")

    assert (newest.version, oldest.version) == (1, 0)
    assert newest.provenance["source"] == "example.org"
    assert newest.provenance["source_version"] == "2024.1"
    assert newest.provenance["parameters"] == {"query": "is_metal"}
    assert (oldest.provenance["n_rows"], newest.provenance["n_rows"]) == (1, 2)
    assert newest.provenance["code_version"]


def test_an_unknown_table_is_named_with_those_there_are(store):
    with pytest.raises(WarehouseError, match="no table 'material'") as caught:
        store.read("material")
    assert "materials, elements" in caught.value.hint


def test_a_write_between_reading_and_writing_is_not_lost(store, monkeypatch):
    """Another process commits after this one has read: this one decides anew."""
    store.replace("materials", materials(material("a")), provenance=PROVENANCE)
    first_try = store_module.try_commit
    rival = Store(store.warehouse)

    def interfere(*arguments, **how):
        monkeypatch.setattr(store_module, "try_commit", first_try)
        rival.insert("materials", materials(material("b", nsites=7)), provenance=PROVENANCE)
        return first_try(*arguments, **how)

    monkeypatch.setattr(store_module, "try_commit", interfere)
    rows = materials(material("b"), material("c"))
    commit = store.insert("materials", rows, provenance=PROVENANCE)

    assert (commit.version, commit.n_rows) == (2, 1)
    assert ids(store) == ["a", "b", "c"]
    assert store.read("materials")["nsites"].to_list() == [2, 7, 2]


def test_a_rival_that_replaced_the_scope_is_replaced_in_turn(store, monkeypatch):
    store.replace("materials", materials(material("a")), provenance=PROVENANCE)
    first_try = store_module.try_commit
    rival = Store(store.warehouse)

    def interfere(*arguments, **how):
        monkeypatch.setattr(store_module, "try_commit", first_try)
        rival.replace("materials", materials(material("b")), scope=SCOPE, provenance=PROVENANCE)
        return first_try(*arguments, **how)

    monkeypatch.setattr(store_module, "try_commit", interfere)
    store.replace("materials", materials(material("c")), scope=SCOPE, provenance=PROVENANCE)

    assert ids(store) == ["c"]


def test_writers_at_the_same_time_take_turns(store):
    """Four first writers of a table and of its quarantine: every row arrives, once."""
    barrier = threading.Barrier(4)

    def write(number):
        rows = [material("shared"), material(f"m{number}"), material("bad", nsites=-number)]
        barrier.wait()
        return Store(store.warehouse).insert("materials", materials(*rows), provenance=PROVENANCE)

    with ThreadPoolExecutor(4) as pool:
        commits = list(pool.map(write, range(4)))

    assert ids(store) == ["m0", "m1", "m2", "m3", "shared"]
    assert sorted(commit.version for commit in commits) == [0, 1, 2, 3]
    assert store.read("quarantine").height == 4
    assert Materials.is_valid(store.read("materials"))
