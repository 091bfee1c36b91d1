"""Tables that are written together change at once for readers, whenever the writing stops."""

import shutil
from pathlib import Path
from unittest import mock

import polars as pl
import pytest
from deltalake import write_deltalake

import warehouse.storage.store as stores
from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.shipped import read_embedded_structures
from ingest.alloys.structures import ingest_structures
from tests.support.alloys import AG_AU, FCC
from tests.support.samples import write_sql
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.settings import SQL_DIR
from warehouse.storage.commits import Provenance
from warehouse.storage.locks import hold_lock
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.upkeep.checks import describe_unfit, describe_untold
from warehouse.upkeep.restore import restore_version

PROVENANCE = Provenance("test", "1")
NAMES = ("1-0-1", "1-0-2", "2-0-2", "2-1-2")
VIEWS = (
    "staging/alloy_structures",
    "staging/lattice_mappings",
    "staging/orbits",
    "staging/supercell_masks",
    "staging/supercell_orbits",
    "checks/alloy_structures_digests",
    "checks/cluster_orbits_digests",
)
ENERGIES = """
select structure_id, supercell_id, occupation, total_energy
from staging.lattice_mappings inner join staging.alloy_structures using (alloy, structure_id)
order by all"""


class StoppedError(Exception):
    """Stands for a kill."""


def stop_after(n_commits):
    """Stop whoever writes after so many commits."""
    left, commit = [n_commits], stores.try_commit

    def commit_or_stop(*arguments, **options):
        if not left[0]:
            raise StoppedError
        left[0] -= 1
        return commit(*arguments, **options)

    return mock.patch.object(stores, "try_commit", commit_or_stop)


def structures(swapped: bool = False) -> pl.DataFrame:
    """Four structures of Ag-Au; or the same names, and two of them for the other's crystal."""
    rows = read_embedded_structures([AG_AU]).filter(pl.col("structure_id").is_in(NAMES))
    other = {"2-0-2": "2-1-2", "2-1-2": "2-0-2"} if swapped else {}
    return rows.with_columns(pl.col("structure_id").replace(other))


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Store:
    store = Store(Warehouse(tmp_path_factory.mktemp("first") / "data"))
    ingest_structures(store, structures(), provenance=PROVENANCE)
    return store


@pytest.fixture
def store(first: Store, tmp_path: Path) -> Store:
    shutil.copytree(first.warehouse.root, tmp_path / "data")
    return Store(Warehouse(tmp_path / "data"))


def look(store: Store, sql: str):
    """What readers find after a build, and what they are told of tables that do not fit."""
    texts = {f"{view}.sql": (SQL_DIR / f"{view}.sql").read_text() for view in VIEWS}
    build_catalog(store, write_sql(store.warehouse.root.parent / "sql", texts))
    with connect(store.warehouse) as connection:
        return connection.execute(sql).fetchall(), describe_unfit(connection)


def test_readers_see_one_set_of_structures_whole_whenever_a_write_stops(store: Store):
    before, _ = look(store, ENERGIES)
    states = []
    # Each goes on where the one before stopped: at the start, with both sets, after the switch.
    for n_commits in (0, 2, 1):
        with stop_after(n_commits), pytest.raises(StoppedError):
            ingest_structures(store, structures(swapped=True), provenance=PROVENANCE)
        seen, told = look(store, ENERGIES)
        # The same crystals have the same energies in both sets, which differ in names alone.
        assert (sorted(row[1:] for row in seen), told) == (sorted(r[1:] for r in before), [])
        assert store.read("lattice_mappings").height == (2 if states else 1) * len(NAMES)
        assert store.read("hull_facets")["structures_digest"].n_unique() == (2 if states else 1)
        states.append(seen == before)
    assert states == [True, True, False]
    ingest_structures(store, structures(swapped=True), provenance=PROVENANCE)
    assert look(store, ENERGIES)[0] != before
    assert store.read("lattice_mappings").height == len(NAMES)
    assert store.read("hull_facets")["structures_digest"].n_unique() == 1


def test_mappings_of_other_structures_are_hidden_and_told_with_what_to_run(store: Store):
    ingest_structures(store, structures(swapped=True), provenance=PROVENANCE)
    restore_version(store, "lattice_mappings", 0)
    rows, told = look(store, ENERGIES)
    assert rows == []
    assert len(told) == 1
    assert "ag-au" in told[0]
    assert "python -m ingest alloys" in told[0]


def test_one_writer_of_an_alloy_at_a_time(store: Store):
    lock = hold_lock(store.warehouse.lock("alloy-ag-au"))
    with lock, pytest.raises(RuntimeError):  # Who holds a lock and asks for it again is told.
        ingest_structures(store, structures(swapped=True), provenance=PROVENANCE)


def test_tables_of_older_code_are_read_told_and_replaced(store: Store):
    tables = ("alloy_structures", "lattice_mappings")
    old = {table: store.read(table).drop("structures_digest") for table in tables}
    for table, rows in old.items():
        shutil.rmtree(store.path(table))
        write_deltalake(store.path(table), rows)
    rows, told = look(store, ENERGIES)
    assert (len(rows), told) == (len(NAMES), [])
    with connect(store.warehouse) as connection:
        (line,) = describe_untold(connection)
    assert "ag-au" in line
    assert "python -m ingest alloys" in line
    with stop_after(1), pytest.raises(StoppedError):
        ingest_structures(store, structures(swapped=True), provenance=PROVENANCE)
    assert look(store, ENERGIES) == (rows, [])
    ingest_structures(store, structures(swapped=True), provenance=PROVENANCE)
    assert look(store, ENERGIES)[0] != rows
    with connect(store.warehouse) as connection:
        assert describe_untold(connection) == []


def test_masks_and_weights_are_of_the_same_orbits_whenever_a_write_stops(store: Store):
    ingest_clusters(store, [0.8], parent=FCC.name)
    scope = {"cluster_space_id": "fcc-0.8"}
    for table in ("supercell_orbits", "supercell_masks", "orbits"):
        rows = store.read(table).with_columns(orbits_digest=pl.lit("old"))
        if table == "orbits":
            rows = rows.with_columns(multiplicity=pl.lit(99))
        store.replace(table, rows, scope=scope, provenance=PROVENANCE)
    sql = """select distinct multiplicity, m.orbits_digest, o.orbits_digest
        from staging.orbits
        inner join raw.supercell_masks as m using (cluster_space_id)
        inner join staging.supercell_masks as seen using (cluster_space_id, supercell_id)
        inner join raw.supercell_orbits as o using (cluster_space_id, supercell_id, orbit_index)
        where orbit_index = 2 and seen.site_masks = m.site_masks
            and (cluster_space_id, m.orbits_digest) in
                (select cluster_space_id, orbits_digest from raw.orbits)
            and o.orbits_digest = m.orbits_digest"""
    for n_commits in range(10):
        try:
            with stop_after(n_commits):
                ingest_clusters(store, [0.8], parent=FCC.name)
        except StoppedError:
            (row,), told = look(store, sql)
            assert told == []
            assert (row[0] == 99) == (row[1] == "old")
        else:
            break
    assert n_commits > 1
    assert set(store.read("supercell_orbits")["orbits_digest"]) != {"old"}
    assert store.read("supercell_masks")["supercell_id"].is_duplicated().sum() == 0


def test_no_refused_row_is_lost_when_a_write_stops(store: Store):
    refused = pl.DataFrame({"row": ['{"structure_id": "bad"}'], "reason": ["first"]})
    later = refused.with_columns(reason=pl.lit("second"))
    rows, scope = structures(), {"alloy": "ag-au"}

    def write(refused):
        store.replace(
            "alloy_structures", rows, scope=scope, provenance=PROVENANCE, rejected=refused
        )

    write(refused)
    with stop_after(1), pytest.raises(StoppedError):
        write(later)
    assert set(store.read("quarantine")["reason"]) == {"first", "second"}
    write(later)
    assert set(store.read("quarantine")["reason"]) == {"second"}
