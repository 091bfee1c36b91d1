import math
import shutil
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.datasets import read_rows
from analysis.thermodynamics.cells import choose_cell, find_variants, fits
from analysis.thermodynamics.data import read_expansion
from analysis.thermodynamics.diagram import choose_ranges, choose_temperatures
from analysis.thermodynamics.fillings import Filling
from analysis.thermodynamics.given import add_phase, find_named, name_structure
from analysis.thermodynamics.page import write_thermodynamics_page
from analysis.thermodynamics.phases import (
    KnownPhases,
    choose_of_draws,
    lower_hulls,
    read_known_phases,
)
from analysis.thermodynamics.results import run_monte_carlo
from analysis.thermodynamics.sampling import chains
from analysis.thermodynamics.sampling.averages import average
from analysis.thermodynamics.sampling.ladders import (
    INFINITE,
    Ladder,
    add_hotter,
    list_temperatures,
    pack,
    plan_semi_grand,
)
from analysis.thermodynamics.sampling.order import WAVES_PER_SITE, count_waves
from analysis.thermodynamics.settings import MonteCarloSettings, parse_temperatures
from analysis.thermodynamics.simulation import plan_simulation, simulate
from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.enumeration import ingest_derivative_structures
from tests.support.alloys import AG_AU, AU_CU, FCC
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

CUBE = 4 * np.eye(3, dtype=int)
L1_2, L1_0 = "fcc-2-0-2-1-1-1:1", "fcc-1-0-2-0-1-1:1"
L1_2_CU3AU = "fcc-2-0-2-1-1-1:7"
SMALL = MonteCarloSettings(
    concentration=0.75,
    temperatures=(300.0, 1500.0, 300.0),
    sites=64,
    sweeps=50,
    equilibration=10,
)


@pytest.fixture(scope="module")
def warehouse(fitted, tmp_path_factory):
    """The fitted one, with every structure of up to four atoms to order in."""
    root = tmp_path_factory.mktemp("simulated") / "data"
    shutil.copytree(fitted, root)
    store = Store(Warehouse(root))
    ingest_derivative_structures(store, 4)
    ingest_clusters(store, [1.5, 1.0])
    build_catalog(store)
    return Warehouse(root)


def test_the_command_writes_what_the_views_show(warehouse):
    options = "--concentration 0.75 --temperatures 300:1500:300 --sites 64 --sweeps 50 --draws 2"
    options = [*options.split(), "--equilibration", "10", "--warehouse", str(warehouse.root)]
    first, second = (CliRunner().invoke(app, ["monte-carlo", *options]) for _ in range(2))
    assert first.exit_code == second.exit_code == 0, first.output
    assert "unchanged" in second.output
    assert "unchanged" not in first.output
    with connect(warehouse) as connection:
        rows = read_rows(connection, "from marts.thermodynamics where draw is null")
        assert rows.filter(start="ordered").height == 5
        assert rows.filter(start="disordered").height == 13
        cold, hot = (
            rows.filter(start=start, temperature=temperature).row(0, named=True)
            for start, temperature in (("ordered", 300.0), ("disordered", 1e9))
        )
        assert cold["order_parameter"] > 0.95
        assert hot["order_parameter"] < 0.4
        assert cold["mean_energy"] < hot["mean_energy"]
        assert hot["acceptance"] == 1.0
        n_draws = "select count(distinct draw) as n from marts.free_energies"
        assert read_rows(connection, n_draws)["n"][0] == 2


def test_a_simulation_is_listed_and_comes_again(warehouse):
    run_id = run_monte_carlo(warehouse, "au-cu", SMALL).run.run_id
    place = ["--warehouse", str(warehouse.root)]
    listed = CliRunner().invoke(app, ["runs", *place])
    assert f"* {run_id}" in listed.output
    again = CliRunner().invoke(app, ["reproduce", run_id, *place])
    assert again.exit_code == 0, again.output
    assert again.output.endswith("equal, to the last digit\n")
    for words in (["use", run_id], ["compare", run_id, run_id]):
        refused = CliRunner().invoke(app, [*words, *place])
        assert "simulation" in refused.output


def test_short_range_order_is_of_l1_2_when_cold_and_none_when_hot(warehouse):
    run_monte_carlo(warehouse, "au-cu", SMALL)
    with connect(warehouse) as connection:
        rows = read_rows(
            connection,
            "from marts.short_range_order where shell <= 2 and series = 'canonical 0.75 64'",
        )
    cold = rows.filter(start="ordered", temperature=300.0).sort("shell")
    # Every neighbour of a second element is of the first: alpha is -1/3, then 1.
    np.testing.assert_allclose(cold["warren_cowley_parameter"], [-1 / 3, 1], atol=0.1)
    hot = rows.filter(start="disordered", temperature=1e9)
    # In a small crystal of fixed composition pairs are unlike a little too often: -1/(n - 1).
    np.testing.assert_allclose(hot["warren_cowley_parameter"], -1 / 63, atol=0.05)


def test_the_page_shows_what_was_simulated_or_says_what_simulates_it(warehouse, tmp_path):
    run_monte_carlo(warehouse, "au-cu", SMALL)
    with connect(warehouse) as connection:
        shown, empty = (
            write_thermodynamics_page(connection, tmp_path, alloy, None).read_text()
            for alloy in (AU_CU, AG_AU)
        )
    assert "Order breaks down and comes back" in shown
    assert "python -m analysis monte-carlo --alloy ag-au" in empty
    assert "Order breaks down" not in empty


@pytest.mark.parametrize(
    ("changes", "problem", "hint"),
    [
        ({"model": "magic"}, "no fitted cluster expansion 'magic'", "there are: "),
        ({"sites": 8}, "meets itself", "3x3x3 cells, 27 sites"),
        ({"sites": 100}, "has 100 sites", "64, 125"),
        (
            {"concentration": 0.3},
            "19.20 atoms",
            "use --sites 1000, which can, or others here: the nearest is 0.296875",
        ),
        ({"concentration": 1.0}, "no composition", "above 0"),
        ({"ground_state": L1_0}, "no structure", "the lowest are"),
        ({"sites": 125, "concentration": 0.4}, "no ordered structure", "enumerate"),
        ({"sweeps": 5}, "too few", "--sweeps 50"),
        ({"temperatures": (300.0, 1500.0, 20.0)}, "61 temperatures", "step of 22.2 K"),
        ({"ensemble": "semi-grand"}, "needs chemical potentials", "--chemical-potentials"),
        ({"chemical_potentials": (-0.1, 0.1, 0.1)}, "semi-grand ensemble", "--ensemble"),
        ({"draws": 5000}, "draws of its parameters", "fewer"),
    ],
)
def test_what_cannot_be_simulated_is_refused_in_a_sentence(warehouse, changes, problem, hint):
    before = Store(warehouse).version("simulations")
    with pytest.raises(WarehouseError, match=problem) as caught:
        run_monte_carlo(warehouse, "au-cu", replace(SMALL, **changes))
    assert hint in caught.value.hint
    assert Store(warehouse).version("simulations") == before


def test_an_alloy_without_a_model_is_told_what_fits_one(warehouse):
    with pytest.raises(WarehouseError, match="no fitted cluster expansion of ag-au") as caught:
        run_monte_carlo(warehouse, "ag-au", SMALL)
    assert caught.value.hint == "run `python -m analysis cluster-expansion --alloy ag-au`"


@pytest.mark.parametrize(("n_sites", "share"), [(27, 0.5), (343, 0.75), (512, 0.3)])
def test_the_composition_that_a_refusal_names_is_taken(n_sites, share):
    with pytest.raises(WarehouseError, match="cannot have the concentration") as caught:
        choose_cell(FCC, n_sites, share)
    named = float(caught.value.hint.split("the nearest is ")[1])
    assert len(choose_cell(FCC, n_sites, named)) == 3
    taken = MonteCarloSettings(concentration=named, sites=n_sites).share
    assert taken * n_sites == pytest.approx(round(share * n_sites), abs=1e-9)


def test_a_third_may_be_written_with_six_digits():
    assert len(choose_cell(FCC, 216, 0.333333)) == 3
    assert MonteCarloSettings(concentration=0.333333, sites=216).share == 72 / 216


@pytest.mark.parametrize(
    "text", ["0:1200:20", "-5:100:5", "900:300:20", "300:400:90", "warm", "1:2"]
)
def test_temperatures_that_make_no_sense_are_refused(text):
    with pytest.raises(WarehouseError, match="temperatures"):
        parse_temperatures(text)


def test_ladders_fill_batches():
    def ladder(n, draw):
        return Ladder("ordered", (0,), draw, np.arange(1.0, n + 1), Filling(((1, 3),)))

    batches = pack([ladder(40, 0), ladder(30, 1), ladder(24, 2), ladder(64, 3)], seed=0)
    held = [[(one.draw, len(one.temperatures)) for one in batch.ladders] for batch in batches]
    assert held == [[(0, 40), (2, 24)], [(1, 30)], [(3, 64)]]
    assert len({batch.seed for batch in batches}) == 3


@pytest.mark.parametrize("asked", [(300, 1500, 10), (300, 1520.9, 21.8), (1, 2, 0.001)])
def test_a_step_as_the_hint_names_fits_a_batch(asked):
    with pytest.raises(WarehouseError, match="temperatures are too many: 56 fit") as caught:
        add_hotter(list_temperatures(*asked))
    step = float(caught.value.hint.split(" K")[0].split()[-1])
    temperatures = add_hotter(list_temperatures(*asked[:2], step))
    assert 60 < len(temperatures) <= 64
    assert temperatures[-1] == INFINITE


def test_a_draw_starts_from_its_own_lowest_phase_that_fits():
    x = np.array([0.0, 0.25, 0.25, 0.25, 1.0])
    energies = np.array([[0, 0, 0], [-4, -4, -4], [-3, -5, -4], [-5, -9, -9], [0, 0, 0.0]])
    hulls = lower_hulls(x, energies)
    np.testing.assert_allclose(hulls[:, 0], [0, -5, -5, -5, 0])
    known = KnownPhases(
        list("abcde"), x, energies, energies - hulls, np.zeros(5, bool), x * 0 + [1, 1, 1, 0, 1] > 0
    )
    assert choose_of_draws(known, 0.25, 1) == [1, 2, 1]
    assert known.tell_stabler(1) == ["d"]
    assert known.find_too_large(1) == (3, 1.0)
    assert replace(known, fitting=x >= 0).find_too_large(1) is None
    assert not known.is_parting(1)
    parting = replace(known, above_hull=np.where(x[:, None] % 1 == 0, 0.0, 1.0))
    assert parting.is_parting(1)


def test_the_hull_is_convex_and_below_all():
    rng = np.random.default_rng(0)
    x, energies = np.sort(rng.integers(0, 20, 60) / 20), rng.normal(size=(60, 3))
    hulls = lower_hulls(x, energies)
    assert (hulls <= energies + 1e-12).all()
    places = np.unique(x, return_index=True)[1]
    assert (
        np.diff(np.diff(hulls[places], axis=0) / np.diff(x[places])[:, None], axis=0) > -1e-9
    ).all()
    assert (np.isclose(hulls, energies).sum(axis=0) >= 2).all()


def test_l1_2_fills_a_crystal_in_four_ways_and_l1_0_in_six():
    for decoration, n_ways, concentration in ((L1_2, 4, 0.25), (L1_0, 6, 0.5)):
        variants = find_variants(FCC, CUBE, decoration)
        assert variants.shape == (n_ways, 64)
        assert (variants.mean(axis=1) == concentration).all()
        assert len(np.unique(variants, axis=0)) == n_ways
    assert fits(L1_2, CUBE)
    assert not fits(L1_2, 3 * np.eye(3, dtype=int))


def test_l1_0_is_one_wave_l1_2_three_and_disorder_half_as_many_as_there_are_sites():
    for decoration, n_waves in ((L1_0, 1), (L1_2, 3), ("fcc-1-0-1-0-0-1:0", np.inf)):
        variants = find_variants(FCC, CUBE, decoration)
        assert count_waves(variants.T, (0,)) == pytest.approx(n_waves)
    random = np.random.default_rng(0).random((512, 64)) < 0.25
    assert count_waves(random, (0,)).mean() == pytest.approx(256, rel=0.05)


def test_disorder_is_kept_from_any_order_that_is_not_known(warehouse, monkeypatch):
    """Cooled below the transition, watched for L1_2 alone and for all waves."""
    settings = replace(
        SMALL, sites=216, temperatures=(100.0, 700.0, 200.0), sweeps=60, equilibration=60, longest=1
    )
    with connect(warehouse) as connection:
        planned = plan_simulation(connection, "au-cu", settings)

    def fewest_waves() -> float:
        frames = simulate(planned, settings)
        cooled = frames["simulations"].filter(start="disordered")["simulation"]
        kept = frames["snapshots"].filter(pl.col("simulation").is_in(cooled.implode()))
        digits = [[digit == "1" for digit in text] for text in kept["occupations"]]
        return count_waves(np.array(digits).T, (0,)).min()

    assert fewest_waves() > WAVES_PER_SITE * 216
    monkeypatch.setattr(chains, "WAVES_PER_SITE", 0.0)
    assert fewest_waves() < WAVES_PER_SITE * 216


def test_the_error_of_a_mean_knows_how_long_samples_remember():
    """An autoregressive chain of correlation 0.8 has the time (1 + 0.8) / (1 - 0.8) / 2 = 4.5."""
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(4000, 16))
    for step in range(1, len(samples)):
        samples[step] = 0.8 * samples[step - 1] + 0.6 * samples[step]
    found = average(samples)
    np.testing.assert_allclose(found.n_effective.mean(), 4000 / 9, rtol=0.2)
    assert 0.6 < np.sqrt(np.mean((found.mean / found.standard_error) ** 2)) < 1.5
    frozen = average(np.ones((50, 1)))
    assert np.isnan(frozen.standard_error[0])
    assert frozen.n_effective[0] == 1
    assert np.isnan(average(np.arange(20.0)[:, None]).standard_error[0])


def test_a_structure_file_can_be_the_ordered_phase(warehouse, tmp_path):
    from ase.build import bulk

    cube = bulk("Cu", "fcc", a=3.8, cubic=True)
    cube.symbols[0] = "Au"
    cube.write(tmp_path / "l12.vasp")
    assert name_structure(tmp_path / "l12.vasp", AU_CU, FCC) == L1_2_CU3AU
    cube.symbols[0] = "Ag"
    cube.write(tmp_path / "silver.vasp")
    with pytest.raises(WarehouseError, match="has Ag"):
        name_structure(tmp_path / "silver.vasp", AU_CU, FCC)


def test_a_phase_that_is_not_enumerated_gets_its_energy(warehouse):
    with connect(warehouse) as connection:
        expansion = read_expansion(connection, "au-cu")
        known = read_known_phases(connection, expansion, CUBE)
    place = known.of(L1_2_CU3AU)
    kept = [number for number in range(len(known.names)) if number != place]
    fewer = KnownPhases(
        [known.names[number] for number in kept],
        *(of[kept] for of in (known.concentrations, known.energies, known.above_hull)),
        *(of[kept] for of in (known.is_calculated, known.fitting)),
    )
    added = add_phase(fewer, expansion, CUBE, L1_2_CU3AU)
    assert added.names[-1] == L1_2_CU3AU
    np.testing.assert_allclose(added.energies[-1], known.energies[place], atol=1e-12)
    assert added.concentrations[-1] == 0.75
    assert added.fitting[-1]


def test_a_run_that_was_stopped_goes_on_where_it_was(warehouse, tmp_path):
    with connect(warehouse) as connection:
        planned = plan_simulation(connection, "au-cu", SMALL)
    first = simulate(planned, SMALL, folder=tmp_path)
    again = simulate(planned, SMALL)
    for table, rows in first.items():
        assert rows.equals(again[table], null_equal=True), table
    (kept, *_) = sorted(tmp_path.glob("0-snapshots.parquet"))
    pl.read_parquet(kept).with_columns(energy=1.5).write_parquet(kept)
    resumed = simulate(planned, SMALL, folder=tmp_path)
    assert (resumed["snapshots"]["energy"] == 1.5).any()
    assert resumed["simulations"].equals(first["simulations"])


def test_a_phase_diagram_has_its_potentials_and_temperatures_from_the_hull(warehouse):
    small = MonteCarloSettings(ensemble="semi-grand", temperatures=(), sites=64)
    with connect(warehouse) as connection:
        chosen = choose_ranges(connection, "au-cu", small)
    first, last, step = chosen.chemical_potentials
    assert first < -0.2
    assert last > 0.2
    assert step == pytest.approx((last - first) / 32)
    coldest, hottest, _ = chosen.temperatures
    assert 100 < coldest < 250
    assert 600 < hottest < 1100


def test_temperatures_are_about_where_order_pays_for_disorder(warehouse):
    """At random, a product of n spins has the mean (1 - 2x)^n; 64 atoms, 16 of one kind."""
    with connect(warehouse) as connection:
        chosen = choose_temperatures(connection, "au-cu", replace(SMALL, temperatures=()))
        assert choose_temperatures(connection, "au-cu", SMALL) == SMALL
        expansion = read_expansion(connection, "au-cu")
        known = read_known_phases(connection, expansion, CUBE)
    random = expansion.parameters[:, 0] @ (-0.5) ** expansion.orbits["cluster_order"].to_numpy()
    gain = random - known.energies[known.of(L1_2_CU3AU), 0]
    estimate = gain / (8.617333262e-5 * np.log(float(math.comb(64, 16))) / 64)
    asked = list_temperatures(*chosen.temperatures)
    assert 0.3 * estimate <= asked[0] < 0.3 * estimate + 1
    assert 1.2 * estimate < asked[-1] < 1.35 * estimate
    assert len(asked) + len(add_hotter(asked)) == 64


def test_phases_at_free_composition_are_simulated_where_they_may_be_stable(warehouse):
    settings = replace(
        SMALL, ensemble="semi-grand", concentration=0.5, chemical_potentials=(-0.2, 0.2, 0.2)
    )
    finished = run_monte_carlo(warehouse, "au-cu", settings)
    with connect(warehouse) as connection:
        rows = read_rows(connection, "from marts.thermodynamics where series = 'semi-grand 64'")
    hot = rows.filter(temperature=1e9)
    np.testing.assert_allclose(hot["concentration"], 0.5, atol=0.05)
    cold = rows.filter(start="disordered", temperature=1500.0).sort("chemical_potential")
    assert cold["concentration"].is_sorted()
    assert cold["concentration"][2] - cold["concentration"][0] > 0.2
    # mu x comes back: where nothing moves, the energy is that of formation.
    frozen = rows.filter(start="ordered", temperature=300.0)
    assert (frozen["mean_energy"] < 0.01).all()
    assert any("phases" in line for line in finished.lines())


def test_an_ordered_phase_may_be_named_as_the_data_do(warehouse):
    with connect(warehouse) as connection:
        names = read_rows(
            connection,
            "select structure_id, decoration_id from staging.lattice_mappings "
            "where alloy = 'au-cu' and decoration_id = ?",
            [L1_2_CU3AU],
        )
        assert find_named(connection, "au-cu", names["structure_id"][0]) == L1_2_CU3AU
        assert find_named(connection, "au-cu", L1_2_CU3AU) == L1_2_CU3AU
        assert find_named(connection, "ag-au", names["structure_id"][0]) != L1_2_CU3AU


@pytest.mark.parametrize(("n_potentials", "n_kept"), [(11, 6), (5, 5)])
def test_draws_have_every_second_of_many_potentials_and_temperatures(n_potentials, n_kept):
    both = np.array([True, True])
    zeros = np.zeros((2, 2))
    known = KnownPhases(["a", "b"], np.array([0.0, 1.0]), zeros, zeros, both, both)
    potentials, asked = np.linspace(-0.1, 0.1, n_potentials), np.arange(100.0, 1000.0, 50.0)
    ladders = plan_semi_grand(known, potentials, Filling(((32, 32),)), asked)
    found = [{one.chemical_potential for one in ladders if one.draw == draw} for draw in (0, 1)]
    assert list(map(len, found)) == [n_potentials, n_kept]
    assert found[1] <= found[0]
    heated = {one.draw: one.temperatures for one in ladders if one.start == "ordered"}
    assert heated[0].tolist() == asked.tolist()
    assert heated[1].tolist() == asked[::2].tolist()
