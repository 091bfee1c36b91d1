"""Expansions of alloys with sublattices and vacancies, from planted energies to predictions."""

from pathlib import Path

import numpy as np
import pytest
from ase.io import write
from mchammer.calculators import ClusterExpansionCalculator
from mchammer.ensembles import CanonicalEnsemble

from analysis import load_model
from analysis.cluster_expansion.data import read_dataset
from analysis.cluster_expansion.export.icet_model import build_icet_model
from analysis.cluster_expansion.export.structures import list_hull, read_structures
from analysis.cluster_expansion.export.supercell_size import describe_supercell
from analysis.cluster_expansion.figures.accuracy import draw_hull
from analysis.cluster_expansion.figures.interactions import draw_shells
from analysis.cluster_expansion.models.methods import make_model
from analysis.cluster_expansion.settings import ClusterExpansionSettings
from analysis.fitted_expansion import read_stored_expansion
from analysis.studies import run_study
from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.enumeration import ingest_derivative_structures
from tests.support.sublattices import (
    CASES,
    CUTOFFS,
    ingest_case,
    planted_cells,
    planted_energy,
    relaxed,
    sublattice_catalog,
)
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.conventions.alloys import Alloy
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

LAYERED = Alloy.parse("x-li_ni_o")


def space_of(name: str) -> str:
    sql = "select distinct cluster_space_id from features.cluster_vectors where alloy = ?"
    ((space,),) = sublattice_catalog().execute(sql, [name]).fetchall()
    return str(space)


@pytest.mark.parametrize("name", CASES)
def test_planted_pairs_are_found_and_end_members_are_exact(name):
    # All pairs that count are within the shortest cutoff, so energies of new cells are theirs.
    case = CASES[name]
    connection, space = sublattice_catalog(), space_of(name)
    lengths = connection.execute(
        "select any_value(lattice_parameter) from staging.lattice_mappings where alloy = ?", [name]
    ).fetchall()
    cutoff = 1.02 * case.reach / lengths[0][0]
    dataset, orbits = read_dataset(connection, name, space, cutoffs=(cutoff,))
    model = make_model("least_squares", orbits, []).fit(dataset.X, dataset.y)
    np.testing.assert_allclose(model.predict(dataset.X), dataset.y, atol=1e-10)
    members = np.array(
        connection.execute(
            "select cluster_vector from marts.cluster_expansion_training "
            "where alloy = ? and cluster_space_id = ? and is_end_member",
            [name, space],
        ).fetchnumpy()["cluster_vector"].tolist()
    )  # fmt: skip
    assert len(members) >= len(Alloy.parse(name).end_members)
    energies = members[:, orbits["orbit_index"]] @ model.parameters_
    np.testing.assert_allclose(energies, 0, atol=1e-12)


@pytest.fixture(scope="module")
def layered(tmp_path_factory) -> Path:
    """A warehouse with the fitted study of lithium and vacancies between layers of NiO₂."""
    root = tmp_path_factory.mktemp("layered")
    store = Store(Warehouse(root))
    _, parent = ingest_case(store, LAYERED.name)
    ingest_derivative_structures(store, 8, parent=parent.name)
    ingest_clusters(store, CUTOFFS[:1], parent=parent.name)
    build_catalog(store)
    space = f"{parent.name}-{CUTOFFS[0]:g}"
    settings = ClusterExpansionSettings(space, ("ridge", "weighted_ridge"), ())
    run_study(Warehouse(root), "cluster_expansion", LAYERED.name, settings)
    return root


def test_a_file_with_vacancies_is_predicted(layered: Path):
    model = load_model("cluster_expansion", "Li-X_Ni_O", warehouse=layered)
    # A relaxed supercell without the vacant sites, and the ideal cell with atoms X on them.
    ideal = planted_cells(LAYERED.name)[5]
    write(layered / "a.xyz", relaxed(ideal.repeat((2, 1, 1)), 0.0, seed=3))
    write(layered / "b.xyz", ideal)
    large, small = model.predict_files([str(layered / "a.xyz"), str(layered / "b.xyz")])
    assert (large.n_sites, large.n_atoms) == (2 * len(ideal), 2 * (ideal.numbers > 0).sum())
    assert large.formation_energy_per_atom == pytest.approx(small.formation_energy_per_atom)
    assert large.decoration_id == small.decoration_id
    assert {known.structure_id for known in small.calculated} >= {"6"}
    per_site = planted_energy(ideal, CASES[LAYERED.name].reach) / len(ideal)
    assert small.total_energy / len(ideal) == pytest.approx(per_site, abs=0.01)
    assert "meV/site" in small.text


def test_icet_runs_the_model_of_a_crystal_with_vacancies_and_inert_sites(layered: Path):
    model = load_model("cluster_expansion", "Li-X_Ni_O", warehouse=layered)
    with connect(Warehouse(layered)) as connection:
        expansion = build_icet_model(connection, LAYERED, "selected")
        parent = read_stored_expansion(connection, LAYERED).parent
    assert expansion.metadata["unit"] == "eV/site"
    atoms = parent.atoms(expansion.metadata["lattice_parameter"])
    atoms.symbols[:] = [LAYERED.sublattices[number][-1] for number in parent.sublattices]
    atoms = atoms.repeat((2, 2, 3))
    lithium = np.flatnonzero(atoms.symbols == "Li")
    atoms.symbols[lithium[::2]] = "X"
    write(layered / "c.vasp", atoms[atoms.numbers > 0], sort=True)
    (answer,) = model.predict_files([str(layered / "c.vasp")])
    assert expansion.predict(atoms) == pytest.approx(answer.formation_energy_per_atom, abs=1e-9)
    # mchammer exchanges lithium with vacancies alone.
    calculator = ClusterExpansionCalculator(atoms, expansion)
    ensemble = CanonicalEnsemble(atoms, calculator, temperature=5000, random_seed=0)
    ensemble.run(50)
    after = ensemble.structure
    assert (after.numbers != atoms.numbers).any()
    assert {*np.flatnonzero(after.numbers != atoms.numbers)} <= {*lithium}
    total = calculator.calculate_total(occupations=after.numbers)
    assert total / len(after) == pytest.approx(expansion.predict(after), abs=1e-9)
    assert "sites) are enough" in describe_supercell(expansion)


def test_scores_of_sites_that_may_be_vacant_are_per_site(layered: Path):
    sql = "select distinct unit from marts.metrics union select distinct unit from marts.curves"
    with connect(Warehouse(layered)) as connection:
        units = {unit for (unit,) in connection.execute(sql).fetchall()}
    assert units == {"meV/site", "1"}


def test_ground_states_are_exported_without_their_vacancies(layered: Path):
    with connect(Warehouse(layered)) as connection:
        names = list_hull(connection, LAYERED, "predicted")
        structures = read_structures(connection, LAYERED, names)
    first, *_, last = (atoms.get_chemical_formula("hill", empirical=True) for atoms in structures)
    assert (first, last) == ("NiO2", "LiNiO2")
    lithium = [atoms.symbols.count("Li") / atoms.symbols.count("Ni") for atoms in structures]
    assert lithium == sorted(lithium)


def test_two_sublattices_of_two_species_are_a_square():
    figure = draw_hull(sublattice_catalog(), Alloy.parse("c-n_ti-w"))
    layout = figure.plot.layout
    assert (layout.xaxis.title.text, layout.yaxis.title.text) == ("share of N", "share of W")
    assert set(figure.plot.data[0].x) <= {0, 0.25, 0.5, 0.75, 1}


def test_the_page_draws_the_share_of_the_active_species(layered: Path):
    with connect(Warehouse(layered)) as connection:
        hull = draw_hull(connection, LAYERED)
        assert hull.plot.layout.xaxis.title.text == "share of Li"
        assert draw_shells(connection, LAYERED) is None  # Those of L1₀ and L1₂.
