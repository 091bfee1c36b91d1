"""`python -m ingest alloys --from`, as a user types it."""

from pathlib import Path

import polars as pl
import pytest
from ase.build import bulk
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import write
from typer.testing import CliRunner

from ingest.__main__ import app
from ingest.alloys.shipped import read_embedded_structures
from tests.ingest.exports import AG_AU, write_extxyz
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.conventions.alloys import Alloy
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse


def run(*arguments: object):
    return CliRunner().invoke(app, ["alloys", *map(str, arguments)])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Ten good structures and a bcc one."""
    path = write_extxyz(tmp_path, AG_AU.to_dicts())
    atoms = bulk("Au", "bcc", a=3.3, cubic=True)
    atoms.symbols[0] = "Ag"
    atoms.calc = SinglePointCalculator(atoms, energy=-6.0)
    atoms.info["structure_id"] = "b2"
    write(path, atoms, append=True)
    return path


def test_it_says_what_became_of_the_structures(tmp_path: Path, source: Path):
    done = run("--from", source, "--species", "Au,Ag", "--warehouse", tmp_path / "data")
    assert done.exit_code == 0, done.output
    *_, mapped, summary, reason = done.output.splitlines()
    assert mapped == f"{'lattice_mappings ag-au':<34}{10:>9} rows  version 0, 1 in quarantine"
    assert summary == "  ag-au on fcc: 10 mapped, 0 of them flagged, 1 quarantined"
    assert reason == "    1 quarantined: another lattice: its strain from fcc is above 0.25 (b2)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--species", "Au,Au"], "Au twice"),
        ([], "--from needs --species"),
        (
            ["--species", "Au,Ag", "--alloy", "ag-au"],
            "--from needs --species or --sites, and",
        ),
        (["--species", "Au,Ag", "--parent", "diamond"], "there is no parent lattice 'diamond'"),
        (["--species", "Au,Ag", "--parent", "zinc.cif"], "there is no file zinc.cif of a parent"),
        (["--species", "Au,Ag", "--parent", "hcp"], "ag-au: none of 11 structures"),
        (["--species", "Au,Ag", "--reference", "Ag:-2.7"], "--reference 'Ag:-2.7' is not an"),
        (["--species", "Au,Cu"], "no structure of pure Cu among 1 structures"),
    ],
)
def test_what_a_user_can_mend_is_two_lines(tmp_path: Path, source: Path, options, message):
    done = run("--from", source, *options, "--warehouse", tmp_path / "data")
    assert done.exit_code == 1
    problem, hint = done.stderr.splitlines()
    assert problem.startswith("Error: ")
    assert message in problem
    assert hint.startswith("  Try: ")


def test_options_of_a_source_need_a_source(tmp_path: Path):
    done = run("--species", "Au,Cu", "--warehouse", tmp_path)
    assert done.exit_code == 1
    assert "are about structures of your own" in done.stderr


def test_energies_that_are_zero_or_of_other_units_are_told_and_reported(tmp_path: Path):
    cells = read_embedded_structures([Alloy.parse("ag-au")]).filter(
        pl.col("symbols").list.unique().list.len() > 1
    )
    source = write_extxyz(tmp_path, cells.to_dicts())
    references = ["--reference", "Ag=0", "--reference", "Au=-13.08"]
    data = tmp_path / "data"
    done = run("--from", source, "--species", "Ag,Au", *references, "--warehouse", data)
    assert done.exit_code == 0, done.output
    silver, gold = [line for line in done.output.splitlines() if "WRONG ENERGIES" in line]
    assert "the energy of Ag is 0.000 eV/atom; the other structures lead to -2.7" in silver
    assert "the energy of Au is -13.080 eV/atom, perhaps 4 times what it should be" in gold


def test_a_report_that_fails_leaves_a_catalog_of_all_that_was_written(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
):
    warehouse = Warehouse(tmp_path / "data")
    build_catalog(Store(warehouse))

    def fail(*_: object) -> None:
        raise OverflowError

    monkeypatch.setattr("ingest.alloys.mapping.mapping_report.describe_alloy", fail)
    done = run("--from", source, "--species", "Au,Ag", "--warehouse", warehouse.root)
    assert isinstance(done.exception, OverflowError)
    with connect(warehouse) as connection:
        (counted,) = connection.execute("select count(*) from staging.lattice_mappings").fetchall()
    assert counted == (10,)
