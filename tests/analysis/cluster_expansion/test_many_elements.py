"""The study of three elements, on the cells of Ag-Au-Cu of up to four atoms."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from ase.build import bulk
from ase.io import read, write
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from typer.testing import CliRunner

from analysis import load_model
from analysis.__main__ import app
from analysis.cluster_expansion.data import read_dataset
from analysis.cluster_expansion.export.icet_model import build_icet_model
from analysis.cluster_expansion.export.structures import list_hull, read_structures
from analysis.cluster_expansion.figures.many_elements import draw_triangle
from analysis.cluster_expansion.figures.validation import draw_coverage
from analysis.cluster_expansion.models.methods import BY_CONCENTRATION, make_model
from analysis.cluster_expansion.models.reaches import learn_reaches
from analysis.cluster_expansion.models.rows import posterior_variance
from analysis.cluster_expansion.own_structures.known_model import read_known_model
from analysis.cluster_expansion.own_structures.predict import predict_structure
from analysis.cluster_expansion.page import draw_questions
from analysis.cluster_expansion.settings import ClusterExpansionSettings
from analysis.datasets import read_rows
from analysis.fitted_expansion import read_stored_expansion
from analysis.studies import run_study
from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.enumeration import ingest_derivative_structures
from ingest.alloys.shipped import read_embedded_structures
from ingest.alloys.structures import ingest_structures
from tests.support.alloys import PROVENANCE
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.conventions.alloys import Alloy
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

TERNARY = Alloy.parse("ag-au-cu")
SETTINGS = ClusterExpansionSettings(
    "fcc_3-1.3-0.8", ("ridge", "weighted_ridge", "concentration_ridge"), ()
)


@pytest.fixture(scope="module")
def ternary(tmp_path_factory) -> Path:
    """A warehouse with the fitted study."""
    root = tmp_path_factory.mktemp("ternary")
    store = Store(Warehouse(root))
    rows = read_embedded_structures([TERNARY])
    few = rows.filter(pl.col("symbols").list.len() < 5)
    ingest_structures(store, few, provenance=PROVENANCE)
    ingest_clusters(store, [1.3, 0.8], parent="fcc_3")
    build_catalog(store)
    run_study(Warehouse(root), "cluster_expansion", TERNARY.name, SETTINGS)
    return root


def test_an_element_alone_has_no_formation_energy(ternary: Path):
    with connect(Warehouse(ternary)) as connection:
        pure = connection.sql(
            "select structure_id from features.formation_energies where n_atoms = 1"
        ).fetchall()
    model = load_model("cluster_expansion", TERNARY.name, warehouse=ternary)
    energies = model.predict([name for (name,) in pure])["predicted_formation_energy_per_atom"]
    assert len(energies) == 3
    assert energies.abs().max() < 1e-12


def test_interactions_are_of_one_cluster(ternary: Path):
    with connect(Warehouse(ternary)) as connection:
        counts = connection.sql(
            """
            select point_functions, clusters_per_atom
            from marts.effective_cluster_interactions as interactions
            inner join staging.orbits as orbits using (cluster_space_id, orbit_index)
            where is_selected and interactions.cluster_order in (1, 2)
            order by orbit_index limit 5
            """
        ).fetchall()
    # An atom has one point, and half of fcc's 12 nearest neighbours; two functions of a pair have
    # two ways to sit on it.
    assert counts == [([0], 1), ([1], 1), ([0, 0], 6), ([0, 1], 12), ([1, 1], 6)]


def test_a_file_is_predicted_as_the_same_structure_is_by_name(ternary: Path):
    # L1₀ of each two elements is in the data; a supercell of it has the same energy per atom.
    model = load_model("cluster_expansion", TERNARY.name, warehouse=ternary)
    noises = []
    for one, other in (("Ag", "Au"), ("Ag", "Cu"), ("Au", "Cu")):
        atoms = bulk(one, "fcc", a=4.0, cubic=True)
        atoms.symbols[atoms.positions[:, 2] > 1] = other
        write(ternary / "POSCAR", atoms.repeat((1, 2, 1)), format="vasp")
        (answer,) = model.predict_files([str(ternary / "POSCAR")])
        (known,) = answer.calculated
        by_name = model.predict([known.structure_id])["predicted_formation_energy_per_atom"].item()
        assert answer.formation_energy_per_atom == pytest.approx(by_name, abs=1e-12)
        assert answer.lower < by_name < answer.upper
        noises.append(answer.noise)
        # A structure on the hull of the data is above it by what the model errs.
        error = by_name - known.formation_energy_per_atom
        assert answer.energy_above_data_hull >= error - 1e-12
    # Silver and gold, of one size, relax the least.
    assert noises[0] < 0.5 * min(noises[1:])


def test_every_figure_of_three_elements_is_drawn(ternary: Path):
    with connect(Warehouse(ternary)) as connection:
        drawn = {
            figure.title: figure
            for _, figures in draw_questions(connection, TERNARY)
            for figure in figures
        }
        triangle = draw_triangle(connection, TERNARY)
    assert len(drawn) >= 9
    reading = drawn["Interactions and how sure they are"].reading
    assert "Ag–Cu" in reading
    assert "Ag and Au 0." in reading
    assert "AgAu (-61." in triangle.reading
    # Two thirds of the compositions lie on the sides, where markers were cut in half.
    assert [trace.cliponaxis for trace in triangle.plot.data] == [False, False]


@pytest.fixture(scope="module")
def enumerated(ternary: Path) -> Path:
    """The same with all cells of up to five atoms."""
    store = Store(Warehouse(ternary))
    ingest_derivative_structures(store, 5, parent="fcc_3")
    ingest_clusters(store, [1.3, 0.8], parent="fcc_3")
    build_catalog(store)
    return ternary


def test_the_predicted_hull_of_three_elements_is_pymatgens(enumerated: Path, tmp_path: Path):
    with connect(Warehouse(enumerated)) as connection:
        names = list_hull(connection, TERNARY, "predicted")
        every = read_rows(
            connection,
            "select decoration_id from marts.derivative_predictions where alloy = 'ag-au-cu'",
        )["decoration_id"].to_list()
        structures = read_structures(connection, TERNARY, every)
        (relaxed,) = read_structures(connection, TERNARY, names[1:2], "relaxed")
    assert relaxed.info["decoration_id"] == names[1]
    assert "formation_energy_per_atom" in relaxed.info
    energies = [atoms.info["predicted_formation_energy_per_atom"] for atoms in structures]
    entries = [
        PDEntry(atoms.get_chemical_formula(), len(atoms) * energy, name)
        for atoms, energy, name in zip(structures, energies, every, strict=True)
    ]
    diagram = PhaseDiagram(entries)
    wanted = {e.name for e in entries if diagram.get_e_above_hull(e) < 1e-8}
    assert len(every) > 250
    assert set(names) == wanted
    assert len(wanted) > 5
    write(tmp_path / "asked.xyz", structures[::50])
    model = load_model("cluster_expansion", TERNARY.name, warehouse=enumerated)
    answers = model.predict_files([str(tmp_path / "asked.xyz")])
    above = [answer.energy_above_predicted_hull for answer in answers]
    assert above == pytest.approx([diagram.get_e_above_hull(e) for e in entries[::50]], abs=1e-8)
    assert "of the predictions, meV/atom" in answers[0].text
    files = tmp_path / "hull.xyz"
    command = ["export", "--hull", "predicted", "--alloy", "ag-au-cu", "--output", str(files)]
    done = CliRunner().invoke(app, [*command, "--warehouse", str(enumerated)])
    assert done.exit_code == 0
    assert f"{len(names)} structures of ag-au-cu, extxyz; predicted by " in done.stdout
    first, *_, last = read(files, ":")
    assert (first.get_chemical_formula(), last.get_chemical_formula()) == ("Ag", "Au")


def test_where_nothing_is_enumerated_the_command_that_does_it_is_told(ternary: Path):
    with connect(Warehouse(ternary)) as connection, pytest.raises(WarehouseError) as refused:
        list_hull(connection, Alloy.parse("ag-cu-ni"), "predicted")
    assert "has no structures" in str(refused.value)
    assert "--alloy ag-cu-ni" in (refused.value.hint or "")


def test_icet_predicts_the_cells_of_three_elements_as_the_model_does(ternary: Path):
    model = load_model("cluster_expansion", TERNARY.name, "ridge", warehouse=ternary)
    with connect(Warehouse(ternary)) as connection:
        expansion = build_icet_model(connection, TERNARY, "ridge")
        rows = read_rows(
            connection,
            "select structure_id, cluster_vector, lattice_parameter from features.cluster_vectors "
            "inner join marts.ideal_structures using (alloy, structure_id) "
            "where cluster_space_id = ? order by structure_id",
            [model.cluster_space_id],
        )
        names = rows["structure_id"].to_list()
        structures = read_structures(connection, TERNARY, names, "ideal")
    energies = model.predict_vectors(rows["cluster_vector"].to_list())
    a = expansion.metadata["lattice_parameter"]
    for atoms, own, energy in zip(structures, rows["lattice_parameter"], energies, strict=True):
        atoms.set_cell(atoms.cell * a / own, scale_atoms=True)
        assert expansion.predict(atoms) == pytest.approx(energy, abs=1e-9)
    assert expansion.metadata["unit"] == "eV/atom"


def test_intervals_are_judged_for_the_structures_of_each_elements(ternary: Path):
    with connect(Warehouse(ternary)) as connection:
        rows = read_rows(
            connection,
            "select series, value, n from marts.curves where curve = 'held_out_of' "
            "and model = 'weighted_ridge' order by series",
        )
        overall = read_rows(
            connection,
            "select value, n from marts.curves where curve = 'held_out' and setting = 0.9 "
            "and series = 'parameters and noise' and model = 'weighted_ridge'",
        ).row(0)
        figure = draw_coverage(connection, TERNARY)
    assert rows["series"].to_list() == ["0_1", "0_1_2", "0_2", "1_2"]
    assert (rows["n"].sum(), (rows["n"] * rows["value"]).sum()) == pytest.approx(
        (overall[1], overall[0] * overall[1])
    )
    of_two = rows.row(0)
    assert f"Ag, Au {100 * of_two[1]:.0f} % (n = {of_two[2]})" in figure.reading


def test_interactions_that_change_predict_by_name_as_the_fit_did(ternary: Path):
    model = load_model("cluster_expansion", TERNARY.name, BY_CONCENTRATION, warehouse=ternary)
    with connect(Warehouse(ternary)) as connection:
        fitted = read_rows(
            connection,
            "select sample_id, prediction from staging.predictions "
            "where model = ? and split = 'training' order by sample_id",
            [BY_CONCENTRATION],
        )
        names = fitted["sample_id"].to_list()
        vectors = read_rows(
            connection,
            "select cluster_vector from features.cluster_vectors where alloy = ? "
            "and structure_id in (select unnest(?)) order by structure_id",
            [TERNARY.name, names],
        )
        with pytest.raises(WarehouseError, match="change with the concentration"):
            read_stored_expansion(connection, TERNARY, BY_CONCENTRATION)
        with pytest.raises(WarehouseError, match="change with the concentration"):
            build_icet_model(connection, TERNARY, BY_CONCENTRATION)
    predicted = model.predict(names)["predicted_formation_energy_per_atom"]
    assert len(model.slopes) > 0
    assert (predicted - fitted["prediction"]).abs().max() < 1e-12
    by_vector = model.predict_vectors(vectors["cluster_vector"].to_list())
    assert abs(by_vector - fitted["prediction"].to_numpy()).max() < 1e-12


def test_interactions_that_change_predict_files_with_intervals(ternary: Path):
    # The deviation by the draws is that of a Gaussian process with the learned prior.
    model = load_model("cluster_expansion", TERNARY.name, BY_CONCENTRATION, warehouse=ternary)
    with connect(Warehouse(ternary)) as connection:
        dataset, orbits = read_dataset(connection, TERNARY.name, model.cluster_space_id)
        known = read_known_model(connection, TERNARY, BY_CONCENTRATION)
        train = ~dataset.samples["is_locked_test"].to_numpy()
        names = dataset.samples["structure_id"].filter(~train)[:6].to_list()
        structures = read_structures(connection, TERNARY, names, "ideal")
    X, y = dataset.X[train], dataset.y[train]
    fitted = make_model(BY_CONCENTRATION, orbits, []).fit(X, y)
    prior = fitted.estimator_.prior_variance_, fitted.estimator_.noise_
    asked = dataset.X[[dataset.samples["structure_id"].to_list().index(name) for name in names]]
    variances = posterior_variance(fitted.rows(X, y)[0], *prior, fitted.columns(asked))
    noises = fitted.row_noise(asked) * fitted.estimator_.noise_
    (reaches,) = learn_reaches(fitted, X, y)
    assert known.slopes.shape == (2, orbits.height)
    for number, energy in enumerate(fitted.predict(asked)):
        answer = predict_structure(known, structures[number])
        deviation, noise = np.sqrt([variances[number], noises[number]]) * fitted.target_scale_
        assert answer.formation_energy_per_atom == pytest.approx(energy, abs=1e-9)
        assert answer.noise == pytest.approx(noise)
        assert answer.parameter_std == pytest.approx(deviation, rel=0.35)
        width = reaches.at(fitted.shares(asked[[number]]))[0] * np.hypot(
            answer.parameter_std, answer.noise
        )
        assert answer.upper - energy == pytest.approx(width, rel=1e-6)


def test_what_intervals_hold_is_told_of_interactions_that_change(ternary: Path):
    with connect(Warehouse(ternary)) as connection:
        rows = read_rows(
            connection,
            "select model, value, n from marts.curves where curve = 'held_out' and setting = 0.9 "
            "and series = 'parameters and noise' order by model",
        )
        drawn = read_rows(
            connection,
            "select model, origin, count(distinct draw), count(distinct feature) "
            "from staging.parameter_draws where model = ? group by all",
            [BY_CONCENTRATION],
        )
        n_orbits = read_dataset(connection, TERNARY.name, SETTINGS.cluster_space)[1].height
    assert rows["model"].to_list() == [BY_CONCENTRATION, "weighted_ridge"]
    assert rows["n"].n_unique() == 1
    assert rows["value"].min() > 0.7
    assert drawn.row(0) == (BY_CONCENTRATION, "posterior", 100, 3 * n_orbits)
