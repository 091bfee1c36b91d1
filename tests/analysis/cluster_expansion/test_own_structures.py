"""Energies of structures in files: as icet has them, and told with all that belongs to them."""

import json
from dataclasses import replace

import numpy as np
import pytest
from ase import Atoms
from ase.build import make_supercell
from ase.io import write
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.cluster_expansion.export.icet_model import build_icet_model
from analysis.cluster_expansion.own_structures import known_model
from analysis.cluster_expansion.own_structures.known_model import read_known_model
from analysis.cluster_expansion.own_structures.learned_noise import leave_doubt_out
from analysis.cluster_expansion.own_structures.predict import predict_files, predict_structure
from analysis.cluster_expansion.own_structures.sources import list_asked
from tests.support.alloys import AU_CU
from warehouse.catalog.connection import connect
from warehouse.crystals.bounds import ReadingError
from warehouse.errors import WarehouseError
from warehouse.storage.warehouse import Warehouse


@pytest.fixture(scope="module")
def known(fitted):
    with connect(Warehouse(fitted)) as connection:
        return read_known_model(connection, AU_CU)


def test_a_model_whose_structures_are_gone_is_told(connection, monkeypatch):
    monkeypatch.setattr(known_model, "_FITTED", f"from ({known_model._FITTED}) limit 0")
    with pytest.raises(WarehouseError, match="was fitted to are gone"):
        read_known_model(connection, AU_CU)


@pytest.mark.parametrize("supercell", [[1, 1, 3], [2, 2, 2], [1, 2, 20], [4, 4, 5]])
def test_an_energy_is_icets_whatever_the_cells_size_and_setting(connection, known, supercell):
    expansion = build_icet_model(connection, AU_CU, known.model)
    primitive = expansion.get_cluster_space_copy().primitive_structure
    atoms = make_supercell(primitive, np.diag(supercell))
    generator = np.random.default_rng(len(atoms))
    atoms.symbols[:] = generator.choice(["Au", "Cu"], len(atoms))
    expected = expansion.predict(atoms)
    atoms.rotate(37, [1, 2, 3], rotate_cell=True)
    atoms.positions += generator.normal(scale=0.05, size=(len(atoms), 3))
    answer = predict_structure(known, atoms)
    assert answer.formation_energy_per_atom == pytest.approx(expected, abs=1e-12)
    assert answer.formation_energy == pytest.approx(len(atoms) * expected, abs=1e-9)


def test_an_answer_tells_what_is_known_of_a_structure(connection, known, tmp_path):
    names = ["2-1-1", "1-0-0"]
    rows = connection.execute(
        "select structure_id, cell, positions, symbols, total_energy, formation_energy_per_atom, "
        "energy_above_hull from staging.alloy_structures inner join marts.ground_states "
        "using (alloy, structure_id) where structure_id in (select unnest(?)) order by 1 desc",
        [names],
    ).fetchall()
    frames = [Atoms(row[3], positions=row[2], cell=row[1], pbc=True) for row in rows]
    frames[0] *= (2, 3, 6)
    write(tmp_path / "two.xyz", frames, format="extxyz")
    ordered, pure = predict_files(known, [tmp_path / "two.xyz"])
    assert ordered.name.endswith("two.xyz 1")
    assert [(one.structure_id, one.formation_energy_per_atom) for one in ordered.calculated] == [
        ("2-1-1", rows[0][5])
    ]
    # It is near the hull, as the data are, and its interval holds the calculated energy.
    assert ordered.lower < rows[0][5] < ordered.upper
    off = ordered.formation_energy_per_atom - rows[0][5]
    assert ordered.energy_above_data_hull == pytest.approx(rows[0][6] + off, abs=1e-9)
    assert ordered.total_energy == pytest.approx(36 * rows[0][4] + 72 * off, abs=1e-6)
    total = sum(term.energy for term in ordered.contributions)
    assert total * ordered.formation_energy_per_atom > 0
    assert (pure.lower, pure.formation_energy_per_atom, pure.upper) == (0, 0, 0)
    assert pure.total_energy == pytest.approx(rows[1][4])
    long = replace(pure, decoration_id=f"fcc-4:{'1' * 300}")
    assert "decoration        fcc-4:111" in long.text
    assert max(map(len, long.text.splitlines())) < 200


def test_files_without_an_answer_are_told_each_and_the_others_answered(fitted, tmp_path):
    primitive = 'Lattice="0 2 2 2 0 2 2 2 0" Properties=species:S:1:pos:R:3\n'
    (tmp_path / "good.xyz").write_text(f"1\n{primitive}Au 0 0 0\n")
    (tmp_path / "nickel.xyz").write_text(f"1\n{primitive}Ni 0 0 0\n1\n{primitive}Cu 0 0 0\n")
    (tmp_path / "broken.cif").write_text("nothing")
    (tmp_path / "other.xyz").write_text(
        '2\nLattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3\nAu 0 0 0\nCu 0 0 0.4\n'
    )
    files = [str(tmp_path / name) for name in ("good.xyz", "nickel.xyz", "broken.cif", "other.xyz")]
    command = ["cluster-expansion", "--predict", *files, "--warehouse", str(fitted)]
    done = CliRunner().invoke(app, [*command, "--format", "json"])
    answers = json.loads(done.stdout)["structures"]
    assert [answer["reason"] is None for answer in answers] == [True, False, True, False, False]
    assert "Ni in a structure of Au and Cu" in done.stderr
    assert "broken.cif: " in done.stderr
    assert "another lattice" in done.stderr
    assert "3 of 5 structures have no answer" in done.stderr
    assert done.exit_code == 1
    assert "Au, 1 atoms" in CliRunner().invoke(app, [*command, "--format", "text"]).stdout
    assert CliRunner().invoke(app, [*command, "--refit", "all"]).exit_code == 2


POSCAR = "x\n1\n0 2 2\n2 0 2\n2 2 0\n{}\n1\nDirect\n0 0 0\n"


def answers_of(fitted, *paths):
    command = ["cluster-expansion", "--predict", *map(str, paths), "--format", "json"]
    done = CliRunner().invoke(app, [*command, "--warehouse", str(fitted)])
    return done, json.loads(done.stdout)["structures"] if done.stdout else []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("index.csv", "Name; File\ngold;cells/POSCAR_1\nlost;cells/none\n"),
        ("a.json", '[{"file": "cells/POSCAR_1", "name": "gold"}, {"file": "cells/none"}]'),
        ("b.json", '{"file": ["cells/POSCAR_1", "cells/none"], "name": ["gold", "lost"]}'),
    ],
)
def test_an_index_stands_for_the_files_that_it_names(fitted, tmp_path, name, text):
    (tmp_path / "cells").mkdir()
    (tmp_path / "cells" / "POSCAR_1").write_text(POSCAR.format("Au"))
    (tmp_path / name).write_text(text)
    done, (gold, lost) = answers_of(fitted, tmp_path / name)
    assert (gold["frame"], gold["formula"], gold["reason"]) == ("gold", "Au", None)
    assert "none" in lost["file"]
    assert "1 of 2 structures have no answer" in done.stderr


def test_every_file_of_a_folder_is_accounted_for(fitted, tmp_path):
    (tmp_path / "notes.md").write_text("cells")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one.vasp").write_text(POSCAR.format("Cu"))
    (tmp_path / "POSCAR").write_text(POSCAR.format("Au"))
    done, answers = answers_of(fitted, tmp_path)
    assert done.exit_code == 0
    assert [answer["formula"] for answer in answers] == ["Au", "Cu", ""]
    assert "notes.md: passed over: by its name it is no structure" in done.stderr


def test_of_runs_in_a_folder_the_final_ones_are_asked_about(tmp_path):
    for name in ("a/relax/vasprun.xml", "a/static/vasprun.xml", "b/CONTCAR", "b/POSCAR", "c/INCAR"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = {str(asked.path.relative_to(tmp_path)): asked for asked in list_asked(tmp_path)}
    assert found["a/static/vasprun.xml"].name == "a"
    assert found["b/CONTCAR"].name == "b"
    assert "static" in found["a/relax/vasprun.xml"].passed_over
    assert found["c"].passed_over == "it holds no structure"
    assert len(found) == 4


def test_what_names_no_files_is_no_index(tmp_path):
    (tmp_path / "index.csv").write_text("name,energy\na,1\n")
    with pytest.raises(ReadingError, match="no column file, but name, energy"):
        list(list_asked(tmp_path / "index.csv"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReadingError, match="folder without files"):
        list(list_asked(tmp_path / "empty"))
    (tmp_path / "structure.json").write_text('{"lattice": [1, 2]}')
    (asked,) = list_asked(tmp_path / "structure.json")
    assert asked.path.name == "structure.json"


def test_doubt_that_draws_tell_of_is_not_counted_twice():
    # One orbit, draws of variance 4e-6 (eV/atom)²; the error of 3 meV/atom is of doubt and noise.
    draws, vectors = np.array([[0.0], [0.002 * 2**0.5]]), np.ones((5, 1))
    assert leave_doubt_out(0.003, draws, vectors) == pytest.approx((9e-6 - 4e-6) ** 0.5)
    assert leave_doubt_out(0.001, draws, vectors) == 0
    assert leave_doubt_out(0.003, np.empty((0, 1)), vectors) == 0.003


def test_a_model_without_draws_says_that_its_likeness_is_not_known(fitted, tmp_path):
    with connect(Warehouse(fitted)) as connection:
        lasso = read_known_model(connection, AU_CU, "lasso")
    path = tmp_path / "POSCAR"
    path.write_text(
        "x\n1\n0 4 4\n4 0 4\n2 2 0\nAu Cu\n1 3\nDirect\n0 0 0\n0 0 .5\n.5 0 0\n.5 0 .5\n"
    )
    (answer,) = predict_files(lasso, [path])
    assert answer.formula == "AuCu3"
    assert answer.uncertainty_rank is None
    assert "not known" in answer.text
    assert answer.upper - answer.lower == pytest.approx(2 * 1.644854 * lasso.noise.overall)
