"""Structures and models in other programs' files, read back by ASE, icet and mchammer."""

import re
import shutil

import numpy as np
import polars as pl
import pytest
from ase import Atoms
from ase.io import read, write
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.cluster_expansion.export.icet_model import build_icet_model, write_icet_model
from analysis.cluster_expansion.export.structures import (
    list_hull,
    read_structures,
    write_structures,
)
from analysis.cluster_expansion.export.supercell_size import (
    describe_supercell,
    suggest_cutoffs,
)
from analysis.cluster_expansion.models.methods import METHODS
from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.enumeration import ingest_derivative_structures
from ingest.alloys.parents import get_parent
from tests.sql.test_many_elements import TERNARY, shipped, shipped_catalog
from tests.support.alloys import AG_AU, AU_CU, FCC, PROVENANCE, build, encode, ideal_atoms
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.conventions.alloys import Alloy
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import TABLES


@pytest.fixture(scope="module")
def enumerated(fitted, tmp_path_factory):
    """The fitted warehouse with derivative structures up to 5 atoms."""
    root = tmp_path_factory.mktemp("exports") / "data"
    shutil.copytree(fitted, root)
    store = Store(Warehouse(root))
    ingest_derivative_structures(store, 5)
    ingest_clusters(store, [1.5, 1.0])
    build_catalog(store)
    return root


@pytest.fixture(scope="module")
def catalog(enumerated):
    with connect(Warehouse(enumerated)) as connection:
        yield connection


def names_of(connection, kind):
    sql = f"select structure_id from marts.ideal_structures where {kind} order by all"
    return [name for (name,) in connection.sql(sql).fetchall()]


def test_ideal_structures_are_the_decorations_that_they_go_by(catalog):
    names = names_of(catalog, "alloy = 'au-cu' and structure_id = decoration_id")
    assert len(names) == 2 + 2 + 6 + 19 + 28
    for name, atoms in zip(names, read_structures(catalog, AU_CU, names), strict=True):
        share = atoms.symbols.count("Cu") / len(atoms)
        lattice_parameter = (4 * atoms.get_volume() / len(atoms)) ** (1 / 3)
        # Vegard's rule between gold and copper of the source, 4.15598 and 3.63216 Å.
        assert lattice_parameter == pytest.approx(4.155978 - 0.523813 * share, abs=1e-5)
        atoms.set_cell(atoms.cell / lattice_parameter, scale_atoms=True)
        entries, occupation = encode(atoms, "Cu", FCC)
        assert f"fcc-{'-'.join(map(str, entries))}:{occupation}" == name


def test_ideal_structures_of_three_elements_match_the_relaxed_ones():
    from pymatgen.analysis.structure_matcher import StructureMatcher
    from pymatgen.io.ase import AseAtomsAdaptor

    names = shipped()["structure_id"].to_list()[::4]
    forms = [
        map(AseAtomsAdaptor.get_structure, read_structures(shipped_catalog(), TERNARY, names, form))
        for form in ("ideal", "relaxed")
    ]
    matcher = StructureMatcher(
        primitive_cell=False, ltol=0.3, angle_tol=12
    )  # Some strain by a tenth.
    assert all(matcher.fit(ideal, relaxed) for ideal, relaxed in zip(*forms, strict=True))


def test_relaxed_structures_are_those_of_the_source(catalog):
    (atoms,) = read_structures(catalog, AU_CU, ["2-1-1"])
    (ideal,) = read_structures(catalog, AU_CU, ["2-1-1"], "ideal")
    (same,) = read_structures(catalog, AU_CU, [atoms.info["decoration_id"]], "relaxed")
    assert atoms == same != ideal
    # L1₀ relaxes to c/a = 3.644 / (2.029 √2) in the cell of two atoms.
    assert sorted(atoms.cell.lengths()) == pytest.approx([2.8699, 2.8699, 3.6441], abs=1e-4)
    assert atoms.info["formation_energy_per_atom"] == pytest.approx(-0.0582, abs=1e-4)


@pytest.mark.parametrize("file_format", ["poscar", "cif", "extxyz"])
def test_a_hull_is_read_back_as_it_was(catalog, tmp_path, file_format):
    names = list_hull(catalog, AU_CU, "predicted")
    structures = read_structures(catalog, AU_CU, names)
    write_structures(structures, file_format, tmp_path / "hull")
    if file_format == "extxyz":
        found = dict(zip(names, read(tmp_path / "hull", ":"), strict=True))
        assert [atoms.info["structure_id"] for atoms in found.values()] == names
    else:
        found = {path.stem.replace("_", ":"): read(path) for path in (tmp_path / "hull").iterdir()}
    assert found.keys() == set(names)
    for name, atoms in zip(names, structures, strict=True):
        assert sorted(found[name].symbols) == sorted(atoms.symbols)
        assert found[name].get_volume() == pytest.approx(atoms.get_volume(), rel=1e-6)
        np.testing.assert_allclose(
            np.sort(found[name].get_all_distances(mic=True), axis=None),
            np.sort(atoms.get_all_distances(mic=True), axis=None),
            atol=1e-5,
        )


def test_the_hull_of_the_data_is_relaxed(catalog):
    names = list_hull(catalog, AU_CU, "data")
    assert names == ["1-0-2", "3-2-4", "5-3-13", "2-1-1", "4-6-1", "1-0-0"]
    (atoms,) = read_structures(catalog, AU_CU, ["2-1-1"])
    assert read_structures(catalog, AU_CU, names)[3] == atoms


@pytest.mark.parametrize(
    ("alloy", "name", "geometry", "words"),
    [
        (AU_CU, "9-9-9", None, "there is no structure '9-9-9' of au-cu"),
        (AU_CU, "2-1-9", None, r"\ndid you mean .*2-1-1.*\? names are in marts.ideal_structures"),
        (AG_AU, "2-1-1", None, "there is no structure '2-1-1' of ag-au"),
        (AU_CU, "fcc-1-0-2-0-0-1:1", None, "there is no structure"),
        (AU_CU, "fcc-1-0-1-0-0-2:1", "relaxed", "no calculated structure of au-cu"),
    ],
)
def test_structures_that_are_not_there_are_named(catalog, alloy, name, geometry, words):
    with pytest.raises(WarehouseError, match=words):
        read_structures(catalog, alloy, [name], geometry)


def test_a_hull_needs_a_model(unfitted):
    with connect(Warehouse(unfitted)) as connection, pytest.raises(WarehouseError) as caught:
        list_hull(connection, AG_AU, "predicted")
    assert "python -m analysis cluster-expansion --alloy ag-au" in caught.value.hint


def planted(store: Store, alloy: str, parent: str, cutoffs: list[float]) -> None:
    """Derivative structures of an alloy with a = 4 Å, and a model with random parameters."""
    ingest_derivative_structures(store, 4, parent=parent)
    ingest_clusters(store, cutoffs, parent=parent)
    orbits = store.read("orbits")
    names = {"study": "cluster_expansion", "dataset": alloy, "model": "random", "run_id": "0"}
    values = np.random.default_rng(0).normal(size=orbits.height)
    of_structure = {"alloy": alloy, "structure_id": "any", "structures_digest": "0"}
    rows = {
        "alloy_structures": [
            {
                **of_structure,
                "source": "test",
                "cell": (4.0 * np.eye(3)).tolist(),
                "positions": [[0.0, 0.0, 0.0]],
                "symbols": [Alloy.parse(alloy).elements[0]],
                "total_energy": 0.0,
                "volume": 64.0,
                "calculator": "none",
            }
        ],
        "lattice_mappings": [
            {
                **of_structure,
                "parent_lattice": parent,
                "lattice_parameter": 4.0,
                "supercell_id": f"{parent}-1-0-1-0-0-1",
                "occupation": 0,
                "decoration_id": f"{parent}-1-0-1-0-0-1:0",
                "volumetric_strain": 0.0,
                "strain": 0.0,
                "mean_displacement": 0.0,
                "max_displacement": 0.0,
                "warnings": [],
            }
        ],
        "models": [
            {
                **names,
                "feature_space": orbits["cluster_space_id"][0],
                "hyperparameters": "{}",
                "is_selected": True,
                "lineage": "{}",
            }
        ],
        "model_parameters": [
            {**names, "feature": str(index), "parameter": value, "scale": None}
            for index, value in enumerate(values)
        ],
    }
    for table, part in rows.items():
        frame = pl.DataFrame(part, schema=TABLES[table].create_empty().schema)
        store.insert(table, frame, provenance=PROVENANCE)


@pytest.mark.parametrize(
    ("alloy", "parent", "cutoffs"),
    [
        ("au-cu", "fcc", [1.8, 1.8, 1.8]),  # At 4 Å icet orders two of these orbits otherwise.
        ("ag-au", "fcc", [1.3, 1.0]),  # The second element is the heavier one.
        ("cd-mg", "hcp", [1.7, 1.5]),
    ],
)
def test_icet_predicts_from_the_file_what_sql_predicts(store, tmp_path, alloy, parent, cutoffs):
    from icet import ClusterExpansion

    planted(store, alloy, parent, cutoffs)
    connection = build(store)
    write_icet_model(connection, Alloy.parse(alloy), "random", tmp_path / "model.ce")
    model = ClusterExpansion.read(str(tmp_path / "model.ce"))
    lattice = get_parent(parent)
    rows = connection.sql(
        "select hermite_normal_form, occupation, predicted_formation_energy_per_atom "
        "from marts.derivative_predictions inner join staging.supercells using (supercell_id)"
    ).fetchall()
    assert len(rows) == (29 if parent == "fcc" else 13)
    for entries, occupation, expected in rows:
        atoms = ideal_atoms(entries, occupation, Alloy.parse(alloy).elements, lattice)
        atoms.set_cell(atoms.cell * 4.0, scale_atoms=True)
        assert model.predict(atoms) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("parent", "cutoffs"), [("fcc", [1.0]), ("hcp", [1.2])])
def test_twelve_nearest_neighbours_make_six_clusters_per_atom(store, parent, cutoffs):
    planted(store, "au-cu", parent, cutoffs)
    sql = """
        select sum(clusters_per_atom)
        from marts.effective_cluster_interactions
        where cluster_order = 2
        group by round(cluster_diameter, 6)
        order by min(cluster_diameter)
    """
    assert build(store).sql(sql).fetchall()[0] == (6,)


def test_a_model_says_which_supercell_it_needs_and_which_clusters_fit_one(catalog, tmp_path):
    expansion = build_icet_model(catalog, AU_CU, "selected")
    assert expansion.metadata["model"] in METHODS
    assert expansion.metadata["fitted_to"] == "fitted to 109 structures outside the locked test"
    n = int(re.search(r": (\d+) × ", describe_supercell(expansion))[1])
    space, primitive = expansion.get_cluster_space_copy(), expansion.primitive_structure
    assert not space.is_supercell_self_interacting(primitive.repeat(n))
    assert space.is_supercell_self_interacting(primitive.repeat(n - 1))
    a = expansion.metadata["lattice_parameter"]
    # Half the shortest repeat, 3 a / √2, is above the second-neighbour distance a.
    write(tmp_path / "POSCAR", primitive.repeat(3))
    assert "--cutoffs 1.06,1" in suggest_cutoffs(expansion, AU_CU, a, tmp_path / "POSCAR")
    write(tmp_path / "POSCAR", primitive.repeat(n))
    assert "no cluster" in suggest_cutoffs(expansion, AU_CU, a, tmp_path / "POSCAR")


def test_structures_of_two_alloys_do_not_mix_in_one_folder(tmp_path):
    gold, silver = (
        [Atoms(name, cell=[3, 3, 3], pbc=True, info={"structure_id": str(n)}) for n in range(2)]
        for name in ("Au", "Ag")
    )
    write_structures(gold, "poscar", tmp_path / "hull")
    write_structures(gold, "poscar", tmp_path / "hull")
    with pytest.raises(WarehouseError, match=r"another alloy: Au in 0\.vasp"):
        write_structures(silver, "poscar", tmp_path / "hull")


def test_mchammer_runs_the_fitted_model(catalog, tmp_path):
    from icet import ClusterExpansion
    from mchammer.calculators import ClusterExpansionCalculator
    from mchammer.ensembles import CanonicalEnsemble

    ((name,),) = catalog.sql(
        "select distinct model from marts.effective_cluster_interactions where is_selected"
    ).fetchall()
    write_icet_model(catalog, AU_CU, name, tmp_path / "model.ce")
    model = ClusterExpansion.read(str(tmp_path / "model.ce"))
    atoms = model.primitive_structure.repeat(4)
    atoms.symbols[::2] = "Cu"
    calculator = ClusterExpansionCalculator(atoms, model)
    ensemble = CanonicalEnsemble(atoms, calculator, temperature=300, random_seed=0)
    ensemble.run(300)
    after = ensemble.structure
    assert after.symbols.count("Cu") == len(after) // 2 == 32
    assert (after.numbers != atoms.numbers).any()
    total = calculator.calculate_total(occupations=after.numbers)
    assert total / len(after) == pytest.approx(model.predict(after), abs=1e-9)


def export(warehouse, *arguments):
    words = ["export", "--warehouse", warehouse, *arguments]
    return CliRunner().invoke(app, list(map(str, words)), prog_name="python -m analysis")


def test_the_command_writes_a_hull(enumerated, tmp_path):
    done = export(enumerated, "--hull", "data", "--format", "cif", "--output", tmp_path / "hull")
    assert done.exit_code == 0, done.stderr
    assert len(list((tmp_path / "hull").glob("*.cif"))) == 6
    assert done.stdout == f"{tmp_path / 'hull'}: 6 structures of au-cu, cif\n"


def test_a_structure_cannot_name_a_place_outside_the_folder(tmp_path):
    up = ".."
    names = [f"{up}/{up}/x", str(tmp_path / "absolute"), "1/1-0-1", "1_1-0-1"]
    structures = [Atoms("Au", cell=[3, 3, 3], pbc=True, info={"structure_id": n}) for n in names]
    write_structures(structures, "poscar", tmp_path / "hull")
    assert [path.name for path in tmp_path.iterdir()] == ["hull"]
    assert len(list((tmp_path / "hull").iterdir())) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "give one of --structure, --hull and --model"),
        (["--hull", "data", "--model", "lasso"], 2, "give one of"),
        (["--model", "lasso", "--format", "cif"], 2, "icet's format"),
        (["--hull", "data", "--format", "icet"], 2, "icet's format"),
        (["--model", "rigde"], 1, "there is no fitted cluster expansion 'rigde' of au-cu"),
    ],
)
def test_wrong_words_are_answered(enumerated, tmp_path, arguments, code, words):
    done = export(enumerated, *arguments, "--output", tmp_path / "file")
    assert done.exit_code == code
    assert words in done.stderr
    assert isinstance(done.exception, SystemExit)  # no bug, whose traceback a user would see


def test_a_folder_that_is_not_there_is_named(catalog, tmp_path):
    target = tmp_path / "missing" / "file"
    with pytest.raises(WarehouseError, match="cannot be written: No such file"):
        write_structures(read_structures(catalog, AU_CU, ["2-1-1"]), "poscar", target)
    with pytest.raises(WarehouseError, match="there is no fitted cluster expansion"):
        build_icet_model(catalog, AG_AU, "lasso")
