"""Folder trees of VASP runs as other programs leave them: the final run counts, all is told."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from ingest.alloys.sources.read import read_source
from ingest.alloys.sources.vasp.outcar import read_outcar
from tests.ingest.exports import AG_AU, vasprun
from warehouse.conventions.alloys import Alloy
from warehouse.crystals.vasp_tree import survey_tree

ALLOY = Alloy.parse("ag-au")
ROW = AG_AU.to_dicts()[3]


def plant(folder: Path, *files: str) -> Path:
    """Write the same run to each of `files`, or what belongs there by its name."""
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".gz"):
            path.write_bytes(gzip.compress(vasprun(ROW).encode()))
        else:
            path.write_text(vasprun(ROW))
    return folder


@pytest.mark.parametrize(
    ("files", "runs"),
    [
        (["a/relax/vasprun.xml", "a/static/vasprun.xml"], {"a": "a/static/vasprun.xml"}),
        (["a/vasprun.xml.relax1.gz", "a/vasprun.xml.relax2.gz"], {"a": "a/vasprun.xml.relax2.gz"}),
        (["a/vasprun.xml.relax1.gz", "a/vasprun.xml.gz"], {"a": "a/vasprun.xml.gz"}),
        (["relax/a/vasprun.xml", "static/a/vasprun.xml"], {"a": "static/a/vasprun.xml"}),
        (["a/1_relax/vasprun.xml", "a/2_static/OUTCAR", "a/3_dos/vasprun.xml"],
         {"a": "a/2_static/OUTCAR"}),
        (["S/0/calctype.default/run.0/vasprun.xml", "S/0/calctype.default/run.final/vasprun.xml"],
         {"S/0": "S/0/calctype.default/run.final/vasprun.xml"}),
        (["7/OUTCAR.relax.gz", "7/OUTCAR.static.gz"], {"7": "7/OUTCAR.static.gz"}),
        (["j_hdf5/j/vasprun.xml", "k_hdf5/k/vasprun.xml"],
         {"j": "j_hdf5/j/vasprun.xml", "k": "k_hdf5/k/vasprun.xml"}),
        (["a/OUTCAR", "a/vasprun.xml"], {"a": "a/vasprun.xml"}),
        (["0/vasprun.xml", "1/vasprun.xml"], {"0": "0/vasprun.xml", "1": "1/vasprun.xml"}),
    ],
    ids=["relax and static", "custodian", "custodian, then static", "steps above", "numbered",
         "CASM", "ATAT", "pyiron", "both files", "numbers are no steps"],
)  # fmt: skip
def test_the_final_run_of_each_structure_is_taken(tmp_path: Path, files, runs):
    plant(tmp_path, *files)
    found = survey_tree(tmp_path)
    assert {name: str(run.path.relative_to(tmp_path)) for name, run in found.runs.items()} == runs
    assert found.passed_over.keys() == set(files) - set(runs.values())


def test_every_folder_is_told_of(tmp_path: Path):
    plant(tmp_path, "a/static/vasprun.xml")
    for name in ("a/POSCAR", "begun/POSCAR", "notes/readme.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    (tmp_path / "linked").symlink_to(tmp_path / "a")
    found = read_source(tmp_path, ALLOY)
    assert found.rows["structure_id"].to_list() == ["a"]
    told = {json.loads(row)["structure_id"]: reason for row, reason in found.rejected.rows()}
    assert told["begun"].startswith("no vasprun.xml beside the POSCAR")
    assert told["a"].startswith("passed over: no vasprun.xml beside")
    assert told["notes"] == "passed over: it holds no results of VASP"
    assert told["linked"].startswith("passed over: it is a link")
    assert len(told) == 4


def test_an_outcar_tells_what_ase_reads_in_it():
    import ase.test
    from ase.io import read

    path = Path(ase.test.__file__).parent / "testdata" / "vasp" / "OUTCAR_example_1"
    run, expected = read_outcar(path), read(path, format="vasp-out")
    assert run.symbols == expected.get_chemical_symbols()
    assert run.energy == pytest.approx(expected.get_potential_energy(force_consistent=True))
    np.testing.assert_allclose(run.forces, expected.get_forces(apply_constraint=False), atol=1e-6)
    np.testing.assert_allclose(run.fractions @ run.cell, expected.positions, atol=1e-6)


def test_a_structure_of_atat_needs_no_run(tmp_path: Path):
    (tmp_path / "3").mkdir()
    (tmp_path / "3" / "energy").write_text("-5.5\n")
    (tmp_path / "3" / "str_relax.out").write_text(
        "4 0 0\n0 4 0\n0 0 4\n0 .5 .5\n.5 0 .5\n.5 .5 0\n0 0 0 Ag\n"
    )
    row = read_source(tmp_path, ALLOY).rows.row(0, named=True)
    assert (row["structure_id"], row["total_energy"], row["symbols"]) == ("3", -5.5, ["Ag"])
    assert row["volume"] == pytest.approx(16)
