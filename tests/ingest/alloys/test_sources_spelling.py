"""The same structures as other people and programs write them, and one bad one among them."""

import json
import os
from pathlib import Path

import pytest

from ingest.alloys.mapping.mapping_report import describe_source
from ingest.alloys.sources.energies import EnergyChoice
from ingest.alloys.sources.read import read_source
from tests.ingest.exports import AG_AU, to_atoms, write_csv, write_extxyz, write_vasp
from warehouse.conventions.alloys import Alloy
from warehouse.errors import WarehouseError

ALLOY = Alloy.parse("ag-au")
ROWS = AG_AU.to_dicts()
NAMES = [row["structure_id"] for row in ROWS]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Ag", "Zz", "'Zz' is not known"),
        ("energy=-", "energy=abc", "which is no plain number"),
        ("1\n", "999999999999\n", "its header says 999999999999 atoms"),
        ("1\n", "two\n", "is no count of atoms"),
    ],
)
def test_a_bad_frame_is_refused_alone(tmp_path: Path, old, new, reason):
    path = write_extxyz(tmp_path, ROWS)
    path.write_text(path.read_text().replace(old, new, 1))
    found = read_source(path, ALLOY)
    assert found.rows.height == len(ROWS) - 1
    assert reason in found.rejected["reason"].item()


@pytest.mark.parametrize("key", ["config_id", "name", "structure_id"])
def test_frames_keep_the_names_that_they_have(tmp_path: Path, key):
    path = write_extxyz(tmp_path, ROWS)
    path.write_text(path.read_text().replace("structure_id=", f"{key}="))
    assert read_source(path, ALLOY).rows["structure_id"].to_list() == NAMES


def test_an_energy_of_another_name_is_offered_and_can_be_chosen(tmp_path: Path):
    path = write_extxyz(tmp_path, ROWS)
    path.write_text(path.read_text().replace(" energy=", " REF_energy="))
    with pytest.raises(WarehouseError, match="choose with --energy: REF_energy"):
        read_source(path, ALLOY)
    rows = read_source(path, ALLOY, choice=EnergyChoice("REF_energy")).rows
    assert rows["total_energy"].to_list() == [row["total_energy"] for row in ROWS]
    assert rows["energy_kind"].unique().to_list() == ["REF_energy"]


@pytest.mark.parametrize(
    ("separator", "encoding", "point"),
    [(";", "utf-8", ","), ("\t", "utf-16", "."), (",", "utf-8-sig", "."), ("|", "latin-1", ",")],
)
def test_a_table_may_be_written_in_many_ways(tmp_path: Path, separator, encoding, point):
    path = write_csv(tmp_path, ROWS)
    header, *lines = path.read_text().splitlines()
    cells = [
        separator.join(
            part.replace(".", point) if place == 1 else part
            for place, part in enumerate(line.split(","))
        )
        for line in lines
    ]
    titles = separator.join(f" {title.title()} " for title in header.split(","))
    path.write_bytes("\n".join([titles, "", *cells, ""]).encode(encoding))
    rows = read_source(path, ALLOY).rows
    assert rows["structure_id"].to_list() == NAMES
    assert rows["total_energy"].to_list() == [row["total_energy"] for row in ROWS]


def test_names_in_latin_1_and_pipes_are_told(tmp_path: Path):
    path = write_vasp(tmp_path / os.fsdecode(b"m\xfcde"), ROWS)
    (path / "1-0-1").rename(path / os.fsdecode(b"\xfcber"))
    (path / "piped").mkdir()
    os.mkfifo(path / "piped" / "vasprun.xml")
    found = read_source(path.parent, ALLOY)
    assert "runs/über" in found.rows["structure_id"]
    assert found.rows["source"].unique().to_list() == ["müde"]
    told = {json.loads(row)["structure_id"]: reason for row, reason in found.rejected.rows()}
    assert "is a pipe (FIFO)" in told["runs/piped"]


def test_elements_that_a_comment_alone_tells_are_in_doubt(tmp_path: Path):
    path = write_csv(tmp_path, ROWS)
    file = tmp_path / "POSCAR"
    to_atoms(ROWS[0]).write(file, format="vasp", vasp5=False)
    path.write_text(path.read_text().replace(f"{NAMES[0]}.cif", "POSCAR"))
    found = read_source(path, ALLOY)
    assert found.rows.height == len(ROWS)
    (doubt,) = found.doubts
    assert "comment" in doubt
    assert found.doubts[doubt] == NAMES[:1]
    assert f"1 in doubt: {doubt} ({NAMES[0]})" in describe_source("index", found, ALLOY)
    _, *others = file.read_text().splitlines()
    file.write_text("\n".join(["no element", *others]))
    refused = read_source(path, ALLOY).rejected["reason"].item()
    assert "a POSCAR without elements" in refused
