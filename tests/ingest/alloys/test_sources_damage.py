"""Bad input: each has its own clear message, the rest is ingested, nothing is lost."""

import gzip
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import write

from ingest.alloys.mapping.mapping_report import describe_alloy
from ingest.alloys.own_structures import ingest_source
from ingest.alloys.sources.read import read_source
from tests.ingest.exports import AG_AU, to_atoms, vasprun, write_csv, write_extxyz, write_vasp
from warehouse.conventions.alloys import Alloy
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

ROWS = AG_AU.to_dicts()
PURE = [row for row in ROWS if len(row["symbols"]) == 1]
ALLOY = Alloy.parse("ag-au")


def with_energy(atoms: Atoms, energy: float | None, name: str = "bad") -> Atoms:
    atoms = atoms.copy()
    atoms.calc = None if energy is None else SinglePointCalculator(atoms, energy=energy)
    atoms.info["structure_id"] = name
    return atoms


def cubic(symbols: str = "AgAu3", lattice: str = "fcc", a: float = 4.1) -> Atoms:
    atoms = bulk("Au", lattice, a=a, cubic=True)
    atoms.symbols[0] = "Ag"
    return atoms


def vacancy() -> Atoms:
    atoms = cubic() * (2, 2, 1)
    del atoms[3]
    return atoms


def ghost() -> Atoms:
    atoms = cubic()
    atoms.symbols[1] = "X"
    return atoms


def ternary() -> Atoms:
    atoms = cubic()
    atoms.symbols[1] = "Cu"
    return atoms


def ingest_with(folder: Path, *atoms: Atoms) -> Store:
    """A store of the good structures and of `atoms`."""
    path = write_extxyz(folder, ROWS)
    write(path, atoms, append=True)
    store = Store(Warehouse(folder / "warehouse"))
    ingest_source(store, path, ALLOY)
    return store


@pytest.mark.parametrize(
    ("atoms", "energy", "reason"),
    [
        (cubic(), float("nan"), "its energy is nan"),
        (cubic(), None, "its energy is missing"),
        (ternary(), -1.0, "Cu in a structure of Ag and Au"),
        (Atoms("AgAu", positions=[[0, 0, 0], [0, 0, 3]]), -1.0, "not a crystal: 2 atoms"),
        (ghost(), -1.0, "vacancies: a site without an atom"),
        (vacancy(), -1.0, "vacancies: 15 atoms on the 16 sites"),
        (cubic() * (65, 2, 2), -1.0, "1040 atoms, and a cell here has at most 1,024"),
        (cubic(lattice="bcc", a=3.3), -1.0, "another lattice: its strain from fcc is above 0.25"),
        (cubic(lattice="diamond", a=5.6), -1.0, "another lattice"),
        (cubic(lattice="sc", a=2.6), -1.0, "another lattice: its strain from fcc is above 0.25"),
    ],
)
def test_a_bad_structure_waits_in_quarantine_with_its_reason(tmp_path: Path, atoms, energy, reason):
    store = ingest_with(tmp_path, with_energy(atoms, energy))
    quarantine = store.read("quarantine")
    assert quarantine.height == 1
    assert json.loads(quarantine["row"].item())["structure_id"] == "bad"
    assert reason in quarantine["reason"].item()
    assert store.read("lattice_mappings").height == len(ROWS)
    summary, *reasons = describe_alloy(store, "ag-au")
    assert summary == "ag-au on fcc: 10 mapped, 0 of them flagged, 1 quarantined"
    assert any(reason in line and line.endswith("(bad)") for line in reasons)


def test_two_structures_of_one_name_are_both_refused(tmp_path: Path):
    twins = [with_energy(cubic(), -1.0), with_energy(cubic(), -2.0)]
    store = ingest_with(tmp_path, *twins)
    assert (
        store.read("quarantine")["reason"].to_list()
        == ["another structure of the source has the same structure_id"] * 2
    )
    assert store.read("lattice_mappings").height == len(ROWS)


def test_equal_decorations_of_different_energies_are_kept_and_flagged(tmp_path: Path):
    again = next(row for row in ROWS if row["structure_id"] == "2-1-2")
    twin = with_energy(to_atoms(again), again["total_energy"] + 0.01, "twin")
    same = next(row for row in ROWS if row["structure_id"] == "2-0-2")
    copy = with_energy(to_atoms(same), same["total_energy"] - 1e-5, "copy")
    store = ingest_with(tmp_path, twin, copy)
    flagged = store.read("lattice_mappings").filter(pl.col("warnings").list.len() > 0)
    other = "equal_decoration_other_energy"
    assert dict(flagged.select("structure_id", "warnings").rows()) == {
        "2-0-2": ["repeats_decoration"],
        "2-1-2": [other],
        "twin": ["repeats_decoration", other],
    }
    assert describe_alloy(store, "ag-au") == [
        "ag-au on fcc: 12 mapped, 3 of them flagged, 0 quarantined",
        "  2 flagged: repeats_decoration (2-0-2, twin)",
        "  2 flagged: equal_decoration_other_energy (2-1-2, twin)",
    ]


def break_off(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


@pytest.mark.parametrize("compressed", [False, True])
def test_a_truncated_run_is_refused_and_the_others_are_read(tmp_path: Path, compressed):
    path = write_vasp(tmp_path, ROWS, compressed=compressed)
    name = "vasprun.xml.gz" if compressed else "vasprun.xml"
    break_off(path / "2-1-2" / name)
    found = read_source(path, ALLOY)
    assert found.rows.height == len(ROWS) - 1
    assert found.rejected.height == 1
    assert json.loads(found.rejected["row"].item())["structure_id"] == "2-1-2"
    assert found.rejected["reason"].item().startswith(name)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "breaks off or is damaged: no element found"),
        ("<modeling></modeling>", "cannot be used: no calculation in <modeling>"),
        ("notes", "breaks off or is damaged: syntax error"),
        (vasprun(ROWS[0], nelm=1), "its electrons did not converge"),
    ],
)
def test_a_run_without_a_result_says_why(tmp_path: Path, text, reason):
    path = write_vasp(tmp_path, ROWS)
    (path / "2-1-2" / "vasprun.xml").write_text(text)
    assert reason in read_source(path, ALLOY).rejected["reason"].item()


def test_a_folder_with_input_only_is_a_run_without_a_result(tmp_path: Path):
    path = write_vasp(tmp_path, ROWS)
    (path / "2-1-2" / "vasprun.xml").unlink()
    reason = read_source(path, ALLOY).rejected["reason"].item()
    assert reason == "no vasprun.xml beside the POSCAR or CONTCAR, and no OUTCAR"


def test_an_unfinished_relaxation_is_kept_and_said(tmp_path: Path):
    path = write_vasp(tmp_path, PURE)
    (path / "1-0-1" / "vasprun.xml").write_text(unfinished(PURE[0]))
    rows = read_source(path, ALLOY).rows
    assert rows["relaxation"].to_list() == ["unfinished", "finished"]


def unfinished(row) -> str:
    """A relaxation of two steps that was allowed no more."""
    text = vasprun(row, nsw=2)
    start, end = text.index(" <calculation>"), text.index(' <structure name="finalpos">')
    return text[:end] + text[start:end] + text[end:]


def test_a_damaged_frame_is_refused_alone(tmp_path: Path):
    path = write_extxyz(tmp_path, ROWS)
    path.write_text(path.read_text().rstrip().rpartition("\n")[0] + "\n")
    found = read_source(path, ALLOY)
    assert found.rows.height == len(ROWS) - 1
    assert found.rejected["reason"].item() == "frame 10: its header says 3 atoms, and 2 follow"


def test_a_missing_structure_file_and_energy_of_an_index(tmp_path: Path):
    path = write_csv(tmp_path, ROWS)
    (tmp_path / "2-1-2.cif").unlink()
    (tmp_path / "3-1-5.cif").write_text("nothing\n")
    index = pl.read_csv(path).with_columns(
        total_energy=pl.col("structure_id").replace_strict(
            {"3-2-6": None, "3-0-5": "-7,1"}, default=pl.col("total_energy").cast(pl.String)
        )
    )
    index.write_csv(path)
    found = read_source(path, ALLOY)
    assert found.rows.height == len(ROWS) - 4
    reasons = found.rejected.with_columns(pl.col("row").str.json_path_match("$.structure_id"))
    of_row = dict(reasons.iter_rows())
    assert of_row.pop("3-0-5") == "its energy is '-7,1', which is no plain number"
    first, second, third = of_row.values()
    assert first.startswith("2-1-2.cif is no structure that can be read")
    assert second.startswith("3-1-5.cif is no structure that can be read")
    assert third == "its energy is missing"


def junk(folder: Path, name: str, content: bytes = b"nothing\n") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "none", "none does not exist"),
        (lambda folder: folder, "has no VASP run"),
        (lambda folder: junk(folder, "a.txt"), "a.txt holds no structures that can be read"),
        (lambda folder: junk(folder, "a.extxyz"), "a.extxyz holds no structures"),
        (lambda folder: junk(folder, "a.extxyz", b""), "a.extxyz"),
        (lambda folder: junk(folder, "a.db"), "a.db holds no structures"),
        (lambda folder: junk(folder, "a.json"), "a.json holds no structures"),
        (lambda folder: junk(folder, "a.parquet"), "a.parquet is no table"),
        (lambda folder: junk(folder, "a.csv"), "a.csv has no column file, total_energy; it has no"),
        (
            lambda folder: junk(folder, "a.csv", b"file,total_energy\na.cif,low\n"),
            "that can be used: a.cif is no structure",
        ),
        (lambda folder: junk(folder, "a.csv", b"file,total_energy\n"), "it is empty"),
        (
            lambda folder: junk(folder, "vasprun.xml.gz", gzip.compress(b"<modeling>")),
            "has no structure of Ag and Au that can be used: vasprun.xml.gz breaks off",
        ),
    ],
)
def test_what_is_no_source_is_told_in_one_message(tmp_path: Path, make, message):
    store = Store(Warehouse(tmp_path / "warehouse"))
    with pytest.raises(WarehouseError) as caught:
        ingest_source(store, make(tmp_path), ALLOY)
    assert message in caught.value.message
    assert store.version("alloy_structures") is None


def test_a_wrong_parent_changes_nothing(tmp_path: Path):
    path = write_extxyz(tmp_path, ROWS)
    store = Store(Warehouse(tmp_path / "warehouse"))
    ingest_source(store, path, ALLOY)
    with pytest.raises(WarehouseError, match="none of 10 structures fits bcc; the first one: ano"):
        ingest_source(store, path, ALLOY, parent="bcc")
    assert store.read("lattice_mappings")["parent_lattice"].unique().to_list() == ["fcc"]
    assert store.version("lattice_mappings") == 0


def test_a_nan_in_the_positions_is_refused(tmp_path: Path):
    atoms = cubic()
    atoms.positions[0] = np.nan
    store = ingest_with(tmp_path, with_energy(atoms, -1.0))
    assert store.read("lattice_mappings").height == len(ROWS)
    assert store.read("quarantine").height == 1


def test_a_folder_without_runs_names_the_source_that_it_holds(tmp_path):
    (tmp_path / "index.csv").write_text("file,total_energy\n")
    with pytest.raises(WarehouseError, match="has no VASP run") as caught:
        read_source(tmp_path, Alloy.parse("ag-au"))
    assert caught.value.hint == f"it holds index.csv: say --from {tmp_path / 'index.csv'}"
