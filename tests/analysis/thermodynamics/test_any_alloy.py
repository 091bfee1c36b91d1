"""Simulations of three elements, and of vacancies beside inert sites, from a fit to the page."""

import re

import numpy as np
import polars as pl
import pytest
from ase.build import bulk
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.cluster_expansion.settings import ClusterExpansionSettings
from analysis.datasets import read_rows
from analysis.studies import run_study
from analysis.thermodynamics.cells import find_variants
from analysis.thermodynamics.data import drop_orbits, read_expansion
from analysis.thermodynamics.diagram import choose_temperatures
from analysis.thermodynamics.given import add_phase, name_structure
from analysis.thermodynamics.ordered import find_shares, read_ordered_phases
from analysis.thermodynamics.page import write_thermodynamics_page
from analysis.thermodynamics.results import run_monte_carlo
from analysis.thermodynamics.settings import MonteCarloSettings
from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.shipped import read_embedded_structures
from ingest.alloys.structures import ingest_structures
from tests.support.alloys import PROVENANCE
from tests.support.sublattices import ingest_case
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.conventions.alloys import Alloy
from warehouse.crystals.orbit_clusters import count_correlations, expand_orbits
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

TERNARY, LAYERED = Alloy.parse("ag-au-cu"), Alloy.parse("x-li_ni_o")
CUBE = 4 * np.eye(3, dtype=int)
SMALL = MonteCarloSettings(
    composition="Ag=0.25,Au=0.5,Cu=0.25",
    temperatures=(300.0, 1500.0, 300.0),
    sites=64,
    sweeps=50,
    equilibration=10,
    longest=1,
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> Warehouse:
    """Fits of both alloys."""
    store = Store(Warehouse(tmp_path_factory.mktemp("any") / "data"))
    rows = read_embedded_structures([TERNARY])
    few = rows.filter(pl.col("symbols").list.len() < 5)
    ingest_structures(store, few, provenance=PROVENANCE)
    ingest_clusters(store, [1.3, 0.8], parent="fcc_3")
    _, parent = ingest_case(store, LAYERED.name)
    ingest_clusters(store, [1.4], parent=parent.name)
    build_catalog(store)
    for alloy, space in ((TERNARY, "fcc_3-1.3-0.8"), (LAYERED, f"{parent.name}-1.4")):
        settings = ClusterExpansionSettings(space, ("ridge",), ())
        run_study(store.warehouse, "cluster_expansion", alloy.name, settings)
    return store.warehouse


def test_three_elements_are_simulated_by_the_command(warehouse, tmp_path):
    options = "--temperatures 300:1500:300 --sites 64 --sweeps 50 --equilibration 10 --longest 1"
    words = ["monte-carlo", "--alloy", "ag-au-cu", *options.split()]
    place = ["--warehouse", str(warehouse.root)]
    refused = CliRunner().invoke(app, [*words, *place])
    assert refused.exit_code == 1
    assert "the composition of Ag–Au–Cu is not told" in refused.output
    words += ["--composition", "Ag=0.25,Cu=0.25"]
    alone = CliRunner().invoke(app, [*words, *place])
    assert alone.exit_code == 0, alone.output
    # By so small a model all structures of the composition are far above the hull.
    told = re.search(r"disorder alone: (\S+), .* ([\d.]+) meV/atom above", alone.output)
    assert told is not None, alone.output
    name, above = told.groups()
    assert float(above) > 10
    done = CliRunner().invoke(app, [*words, "--ground-state", name, *place])
    assert done.exit_code == 0, done.output
    assert re.search(rf"ordered phase: .*{name}", done.output)
    assert re.match(r"ag-au-cu, canonical \S+, 64 sites, run ", done.output)
    with connect(warehouse) as connection:
        rows = read_rows(connection, "from marts.thermodynamics where alloy = 'ag-au-cu'")
        chains = read_rows(connection, "from staging.simulations where alloy = 'ag-au-cu'")
        page = write_thermodynamics_page(connection, tmp_path, TERNARY, None).read_text()
    assert {tuple(shares) for shares in rows["concentrations"]} == {(0.25, 0.5, 0.25)}
    cold = rows.filter(start="ordered", temperature=300.0).row(0, named=True)
    hot = rows.filter(start="disordered", temperature=1e9).row(0, named=True)
    assert cold["order_parameter"] > 0.9
    assert abs(hot["order_parameter"]) < 0.4
    assert cold["mean_energy"] < hot["mean_energy"]
    # 64! / (16! 32! 16!) arrangements.
    ways = [np.log(np.arange(1, n + 1)).sum() for n in (64, 16, 32, 16)]
    expected = (ways[0] - sum(ways[1:])) / 64
    np.testing.assert_allclose(chains["mixing_entropy"], expected, rtol=1e-12)
    assert "Warren–Cowley" in page
    assert "Ag–Au" in page
    assert "Ag=0.25,Cu=0.25" in page


def test_energies_of_snapshots_are_those_of_the_fit(warehouse):
    """Counted on the crystal as it was kept, cluster by cluster, with all orbits."""
    run = run_monte_carlo(warehouse, "ag-au-cu", SMALL).run
    with connect(warehouse) as connection:
        expansion = read_expansion(connection, "ag-au-cu")
        rows = read_rows(
            connection, "from staging.snapshots where run_id = ? order by simulation", [run.run_id]
        )
    orbits = expansion.orbits
    clusters = expand_orbits(
        orbits["sites"].to_list(), expansion.parent, orbits["point_functions"].to_list()
    )
    for row in rows[::6].iter_rows(named=True):
        species = np.array([int(digit) for digit in row["occupations"]])
        assert np.bincount(species).tolist() == [16, 32, 16]
        vector = count_correlations(clusters, expansion.parent, CUBE, species)
        energy = vector @ expansion.parameters[:, 0]
        assert row["energy"] == pytest.approx(energy, abs=SMALL.tolerance)


def test_where_no_order_is_known_a_crystal_is_cooled_alone(warehouse, tmp_path):
    odd = "Ag=0.140625,Au=0.359375,Cu=0.5"
    settings = MonteCarloSettings(**{**vars(SMALL), "composition": odd})
    finished = run_monte_carlo(warehouse, "ag-au-cu", settings)
    assert set(finished.chains["start"]) == {"disordered"}
    assert finished.transitions.is_empty()
    assert "cooled from disorder alone" in "\n".join(finished.lines())
    with connect(warehouse) as connection:
        free = read_rows(
            connection,
            "from marts.free_energies where run_id = ? and temperature < 1e9",
            [finished.run.run_id],
        )
    # Beyond the energy of atoms at random there is entropy, and less of it when cold.
    assert (free["free_energy"] < 0).all()


def test_vacancies_and_inert_sites_are_simulated_per_site(warehouse):
    options = "--concentration 0.5 --temperatures 300:3000:900 --sites 108 --sweeps 50"
    words = ["monte-carlo", "--alloy", "x-li_ni_o", *options.split()]
    more = ["--equilibration", "10", "--longest", "1", "--warehouse", str(warehouse.root)]
    done = CliRunner().invoke(app, [*words, *more])
    assert "27 sites of X, Li cannot have a share of 0.5 of Li" in done.output
    assert "Li=0.518518519" in done.output or "Li=0.481481481" in done.output
    words[4] = "0.333333"
    done = CliRunner().invoke(app, [*words, *more])
    assert done.exit_code == 0, done.output
    assert "energy (meV/site)" in done.output
    with connect(warehouse) as connection:
        chains = read_rows(connection, "from staging.simulations where alloy = 'x-li_ni_o'")
        orders = read_rows(connection, "from marts.short_range_order where alloy = 'x-li_ni_o'")
        shots = read_rows(connection, "from staging.snapshots where alloy = 'x-li_ni_o'")
    assert chains["concentration"].unique().to_list() == pytest.approx([1 / 3])
    ways = [np.log(np.arange(1, n + 1)).sum() for n in (27, 9, 18)]
    np.testing.assert_allclose(chains["mixing_entropy"], (ways[0] - sum(ways[1:])) / 108)
    assert set(orders.select("first_species", "second_species").rows()) == {("X", "Li")}
    for occupations in shots["occupations"]:
        assert occupations[:27].count("1") == 9
        assert set(occupations[27:]) == {"0"}


def test_a_structure_file_of_several_species_can_be_the_ordered_phase(warehouse, tmp_path):
    cube = bulk("Cu", "fcc", a=4.0, cubic=True)
    cube.symbols[:3] = ["Ag", "Au", "Au"]
    cube.write(tmp_path / "cube.vasp")
    with connect(warehouse) as connection:
        expansion = read_expansion(connection, "ag-au-cu")
        known = read_ordered_phases(connection, expansion, CUBE)
    name = name_structure(tmp_path / "cube.vasp", TERNARY, expansion.parent)
    np.testing.assert_allclose(find_shares(TERNARY, expansion.parent, name), [0.5, 0.25])
    place = known.of(name)
    variants = find_variants(expansion.parent, CUBE, name)
    assert len(variants) == 12  # Ag on one of four sites, Cu on another
    assert (variants == 1).sum(axis=1).tolist() == [32] * 12
    fewer = [number for number in range(len(known.names)) if number != place]
    parts = (known.concentrations, known.energies, known.above_hull, known.is_calculated)
    without = type(known)(
        [known.names[number] for number in fewer], *(of[fewer] for of in (*parts, known.fitting))
    )
    added = add_phase(without, expansion, CUBE, name)
    np.testing.assert_allclose(added.energies[-1], known.energies[place], atol=1e-12)
    np.testing.assert_allclose(added.concentrations[-1], known.concentrations[place])


def test_temperatures_of_any_alloy_are_about_where_order_pays(warehouse):
    settings = MonteCarloSettings(**{**vars(SMALL), "temperatures": ()})
    with connect(warehouse) as connection:
        chosen = choose_temperatures(connection, "ag-au-cu", settings)
    first, last, _ = chosen.temperatures
    assert 100 < first < last < 3000


def test_pairs_are_kept_with_all_their_functions(warehouse):
    with connect(warehouse) as connection:
        expansion = read_expansion(connection, "ag-au-cu")
    kept, neglected = drop_orbits(expansion, 0.01)
    assert 0 < neglected <= 0.01
    assert not kept.all()
    pairs = expansion.orbits.with_columns(kept=kept).filter(cluster_order=2)
    assert (pairs.group_by("sites").agg(pl.col("kept").n_unique())["kept"] == 1).all()


def test_free_compositions_are_of_two_elements_alone(warehouse):
    settings = MonteCarloSettings(ensemble="semi-grand", chemical_potentials=(-0.1, 0.1, 0.1))
    with pytest.raises(WarehouseError, match="fixed composition alone"):
        run_monte_carlo(warehouse, "ag-au-cu", settings)
