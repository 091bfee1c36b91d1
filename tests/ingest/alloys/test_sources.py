"""Structures of one's own, from every kind of source: the same tables as from the shipped ones."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ingest.alloys.own_structures import ingest_source
from ingest.alloys.shipped import SHIPPED, ingest_alloys
from ingest.alloys.sources.read import read_source
from ingest.alloys.sources.vasp.reading import read_vasp_run
from ingest.alloys.structures import ingest_structures
from tests.ingest.exports import AG_AU, EXPORTS, to_atoms, vasprun, write_extxyz, write_vasp
from tests.support.alloys import PROVENANCE
from tests.support.folders import temporary_folder
from warehouse.conventions.alloys import Alloy
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

ROWS = AG_AU.to_dicts()
ALLOY = Alloy.parse("ag-au")
NOT_IN_AN_INDEX = {"max_force", "stress"}
TOLD_BY_SOME = {
    *("functional", "settings", "energy_kind", "relaxation", "initial_cell", "initial_positions")
}
"""What one kind of source tells and another does not; NULL of the shipped structures."""


@cache
def embedded_store() -> Store:
    store = Store(Warehouse(temporary_folder()))
    ingest_structures(store, AG_AU, provenance=PROVENANCE)
    return store


def assert_equal(ours: pl.DataFrame, expected: pl.DataFrame, *, but_for: set[str]) -> None:
    """Rows are equal, their lengths to 1e-6 Å: extxyz and CIF keep eight decimals or fewer."""
    assert ours.columns == expected.columns
    for name in set(ours.columns) - but_for:
        if ours[name].dtype.base_type() in (pl.String, pl.Int64):
            assert ours[name].to_list() == expected[name].to_list(), name
            continue
        for one, other in zip(ours[name], expected[name], strict=True):
            if isinstance(one, pl.Series):
                one, other = one.to_list(), other.to_list()
            if ours[name].dtype == pl.List(pl.String):
                assert one == other, name
            else:
                np.testing.assert_allclose(one, other, rtol=0, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("kind", EXPORTS)
def test_every_source_gives_the_tables_of_the_shipped_structures(kind, tmp_path: Path):
    path = EXPORTS[kind](tmp_path, ROWS)
    store = Store(Warehouse(tmp_path / "warehouse"))
    ingest_source(store, path, ALLOY)
    assert store.read("quarantine").is_empty()
    # CIF has no orientation: an index of CIFs has the cells and positions of another setting.
    turned = {"cell", "positions", *NOT_IN_AN_INDEX} if "index" in kind else set()
    assert_equal(
        store.read("alloy_structures"),
        embedded_store().read("alloy_structures"),
        but_for={"source", "calculator", "structures_digest", *TOLD_BY_SOME, *turned},
    )
    mappings = store.read("lattice_mappings")
    expected = embedded_store().read("lattice_mappings")
    turned = {"supercell_id", "occupation", "site_species"} if "index" in kind else set()
    assert_equal(mappings, expected, but_for={"structures_digest", *turned})
    assert (mappings["decoration_id"] == expected["decoration_id"]).all()


def test_a_source_is_named_after_its_file(tmp_path: Path):
    path = write_extxyz(tmp_path, ROWS)
    store = Store(Warehouse(tmp_path / "warehouse"))
    ingest_source(store, path, ALLOY)
    assert store.read("alloy_structures")["source"].unique().to_list() == ["set.extxyz"]
    provenance = store.history("alloy_structures")[0].provenance
    assert provenance["parameters"]["path"] == str(path)


def test_frames_without_names_are_numbered(tmp_path: Path):
    from ase.io import write

    write(tmp_path / "set.extxyz", [to_atoms(row) for row in ROWS])
    found = read_source(tmp_path / "set.extxyz", ALLOY)
    assert found.rows["structure_id"].to_list() == [str(n + 1) for n in range(len(ROWS))]


def test_a_run_is_named_by_its_place_in_the_tree(tmp_path: Path):
    for place in ("small/a", "small/b", "."):
        folder = tmp_path / place
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "vasprun.xml").write_text(vasprun(ROWS[0]))
    found = read_source(tmp_path, ALLOY)
    assert found.rows["structure_id"].to_list() == ["small/a", "small/b", tmp_path.name]


def test_the_energy_of_a_run_is_the_free_energy(tmp_path: Path):
    (tmp_path / "vasprun.xml").write_text(vasprun(ROWS[0]))
    row = read_vasp_run(tmp_path / "vasprun.xml", "1")
    # The file's e_0_energy is 1e-4, as in files of VASP 5.
    assert row["total_energy"] == ROWS[0]["total_energy"]
    assert row["calculator"] == "VASP 6.3.0 PBE"


def test_a_file_of_vasp_itself(tmp_path: Path):
    import ase.test

    folder = Path(ase.test.__file__).parent / "testdata" / "vasp"
    row = read_vasp_run(folder / "vasprun_pstress.xml", "diamond")
    # The last <energy> and <stress> of the file; two carbon atoms in a cell of 11.37 Å³.
    assert row["total_energy"] == -20.23985977
    assert row["symbols"] == ["C", "C"]
    assert row["volume"] == pytest.approx(11.37482325)
    assert row["stress"][:3] == [-165.9956258] * 3
    assert row["max_force"] == 0


def test_species_may_be_swapped_and_their_bits_stay(tmp_path: Path):
    path = write_extxyz(tmp_path, ROWS)
    tables = []
    for text in ("Ag,Au", " au, AG"):
        store = Store(Warehouse(tmp_path / text.strip()))
        ingest_source(store, path, Alloy.parse(text))
        tables.append(store.read("lattice_mappings"))
    assert tables[0].equals(tables[1])
    gold = tables[0].filter(pl.col("structure_id") == "1-0-2")
    assert gold["occupation"].item() == 1


def test_ingesting_again_maps_nothing_again(tmp_path: Path, monkeypatch):
    path = write_vasp(tmp_path, ROWS)
    store = Store(Warehouse(tmp_path / "warehouse"))
    seen: list[str] = []

    def watch(items, description):
        seen.append(description)
        return items

    monkeypatch.setattr("ingest.alloys.structures.code_version", lambda: "1 (abc)")
    monkeypatch.setattr("warehouse.storage.commits.code_version", lambda: "1 (abc)")
    first = ingest_source(store, path, ALLOY, track=watch)
    again = ingest_source(store, path, ALLOY, track=watch)
    assert seen == ["read the VASP runs in runs", "map ag-au on fcc", "read the VASP runs in runs"]
    assert not any(commit.is_new for commit in again)
    assert again[-1].n_rows == first[-1].n_rows == len(ROWS)
    # Another code, fewer structures: each has all mapped again.
    monkeypatch.setattr("ingest.alloys.structures.code_version", lambda: "2 (def)")
    ingest_source(store, path, ALLOY, track=watch)
    (path / "3-1-5" / "vasprun.xml").write_text("")
    ingest_source(store, path, ALLOY, track=watch)
    assert [text for text in seen if text.startswith("map")] == ["map ag-au on fcc"] * 3


def test_shipped_structures_do_not_displace_those_of_the_user(tmp_path: Path, monkeypatch):
    AG_AU.write_parquet(tmp_path / "shipped.parquet")
    monkeypatch.setattr("ingest.alloys.shipped.EMBEDDED_STRUCTURES", tmp_path / "shipped.parquet")
    only = (replace(SHIPPED[0], by_default=(ALLOY,)),)
    monkeypatch.setattr("ingest.alloys.shipped.SHIPPED", only)
    store = Store(Warehouse(tmp_path / "warehouse"))
    ingest_source(store, write_extxyz(tmp_path, ROWS), ALLOY)
    assert not any(commit.table == "lattice_mappings" for commit in ingest_alloys(store))
    assert store.read("alloy_structures")["source"].unique().to_list() == ["set.extxyz"]
    ingest_alloys(store, [ALLOY])
    assert store.read("alloy_structures")["source"].unique().to_list() == ["pyclupan"]
