"""Pure elements: needed by every set, given as structures or as energies."""

from pathlib import Path

import polars as pl
import pytest

from ingest.alloys.own_structures import ingest_source
from ingest.alloys.references import complete_end_members, parse_references
from ingest.alloys.shipped import read_embedded_structures
from tests.ingest.exports import AG_AU, write_extxyz
from tests.support.alloys import FCC, build, query
from warehouse.conventions.alloys import Alloy
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

ROWS = AG_AU.to_dicts()
ALLOY = Alloy.parse("ag-au")
ENERGIES = {
    row["symbols"][0]: row["total_energy"] for row in ROWS if row["symbols"] in (["Ag"], ["Au"])
}
MIXED = [row for row in ROWS if len(set(row["symbols"])) == 2]
SILVER = [row for row in ROWS if row["symbols"] == ["Ag"]]
PURE = {**ENERGIES, "Cu": -3.72739253}
ENERGY_VIEW = (
    "select structure_id, formation_energy_per_atom as energy from features.formation_energies"
)


def ingest(folder: Path, rows, references=None) -> Store:
    folder.mkdir(exist_ok=True)
    store = Store(Warehouse(folder / "warehouse"))
    ingest_source(store, write_extxyz(folder, rows), ALLOY, references=references)
    return store


def formation_energies(store: Store) -> dict[str, float]:
    with build(store) as connection:
        return dict(query(ENERGY_VIEW, connection).rows())


@pytest.mark.parametrize(
    ("rows", "references"),
    [(MIXED, ENERGIES), ([*MIXED, *SILVER], {"Au": ENERGIES["Au"]})],
    ids=["both", "one"],
)
def test_given_energies_do_what_pure_structures_do(tmp_path: Path, rows, references):
    given = formation_energies(ingest(tmp_path / "given", rows, references))
    calculated = formation_energies(ingest(tmp_path / "calculated", ROWS))
    assert {name for name in given if name.startswith("reference-")} == {
        f"reference-{element}" for element in references
    }
    for name, energy in given.items():
        assert energy == pytest.approx(calculated.get(name, 0.0), abs=1e-12)
    assert given[f"reference-{next(iter(references))}"] == 0


def test_a_given_element_sits_on_the_ideal_lattice_of_the_alloy(tmp_path: Path):
    mappings = ingest(tmp_path, MIXED, ENERGIES).read("lattice_mappings")
    rows = mappings.filter(pl.col("structure_id").str.starts_with("reference-"))
    assert rows["occupation"].to_list() == [0, 1]
    assert rows["supercell_id"].unique().to_list() == ["fcc-1-0-1-0-0-1"]
    assert rows["strain"].max() < 1e-9
    # Volumes of the mixed cells on a line: pure silver and gold calculated have 4.1475, 4.1536 Å.
    assert mappings["lattice_parameter"].unique().item() == pytest.approx(4.150, abs=0.01)


@pytest.mark.parametrize(
    ("rows", "references", "message", "hint"),
    [
        (
            MIXED,
            {},
            "no structure of pure Ag or Au among 8",
            "--reference Ag=ENERGY --reference Au",
        ),
        ([*MIXED, *SILVER], {}, "no structure of pure Au among 9", "add pure Au"),
        (ROWS, ENERGIES, "pure Ag is given by --reference and by the structure 1-0-1", "leave one"),
        (ROWS, {"Cu": -3.7}, "--reference Cu: the alloy is Ag and Au", "pure Ag or Au"),
    ],
)
def test_pure_elements_are_given_once_each(tmp_path: Path, rows, references, message, hint):
    with pytest.raises(WarehouseError) as caught:
        ingest(tmp_path, rows, references)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert Store(Warehouse(tmp_path / "warehouse")).version("alloy_structures") is None


def test_a_given_element_of_three_has_the_volume_that_the_others_leave():
    alloy = Alloy.parse("ag-au-cu")
    rows = read_embedded_structures([alloy]).filter(pl.col("symbols") != ["Cu"])
    complete = complete_end_members(rows, alloy, FCC, {"Cu": -3.7})
    given = complete.row(-1, named=True)
    assert (given["structure_id"], given["symbols"]) == ("reference-Cu", ["Cu"])
    assert given["total_energy"] == -3.7
    # Calculated copper has 11.98 Å³; mixed cells are wider than Zen's law has it.
    assert given["volume"] == pytest.approx(11.98, abs=0.3)


def test_own_structures_of_three_elements_need_three_references(tmp_path: Path):
    alloy = Alloy.parse("Cu,Ag,Au")
    rows = read_embedded_structures([alloy]).filter(
        (pl.col("symbols").list.len() < 4) & (pl.col("symbols") != ["Cu"])
    )
    path, store = write_extxyz(tmp_path, rows.to_dicts()), Store(Warehouse(tmp_path / "warehouse"))
    with pytest.raises(WarehouseError, match="no structure of pure Cu among 28") as caught:
        ingest_source(store, path, alloy)
    assert "--reference Cu=ENERGY" in caught.value.hint
    ingest_source(store, path, alloy, references={"Cu": -3.72739253})
    energies = formation_energies(store)
    for ternary in rows.filter(pl.col("symbols").list.n_unique() == 3).to_dicts():
        by_hand = (ternary["total_energy"] - sum(PURE.values())) / 3
        assert energies[ternary["structure_id"]] == pytest.approx(by_hand, abs=1e-12)
    pure = {name for name, energy in energies.items() if energy == 0}
    assert pure == {"1-0-1", "1-0-2", "reference-Cu"}


def test_references_are_read():
    assert parse_references(["Au=-3.22", "cu=-3.73"]) == {"Au": -3.22, "Cu": -3.73}


@pytest.mark.parametrize("text", ["Au", "Au=", "Au=low", "Au=nan", "Au=inf"])
def test_references_without_an_energy_are_refused(text):
    with pytest.raises(WarehouseError, match="is not an energy"):
        parse_references([text])


def test_a_reference_comes_once():
    with pytest.raises(WarehouseError, match="the second one of Au"):
        parse_references(["Au=-3.22", "Au=-3.23"])
