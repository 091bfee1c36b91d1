import shutil
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.datasets import read_rows
from analysis.thermodynamics.averages import average
from analysis.thermodynamics.cells import find_variants, fits
from analysis.thermodynamics.page import write_thermodynamics_page
from analysis.thermodynamics.results import run_monte_carlo
from analysis.thermodynamics.settings import MonteCarloSettings, parse_temperatures
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
        assert rows.filter(start="disordered").height == 17
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
        ({"model": "magic"}, "no fitted cluster expansion magic", "cluster-expansion --alloy"),
        ({"sites": 8}, "meets itself", "3x3x3 cells, 27 sites"),
        ({"sites": 100}, "has 100 sites", "64, 125"),
        ({"concentration": 0.3}, "19.20 atoms", "0.296875"),
        ({"concentration": 1.0}, "no composition", "above 0"),
        ({"ground_state": L1_0}, "no structure", "the lowest are"),
        ({"sites": 125, "concentration": 0.4}, "no ordered structure", "enumerate"),
        ({"sweeps": 5}, "too few", "--sweeps 50"),
        ({"draws": 5000}, "draws of its parameters", "fewer"),
    ],
)
def test_what_cannot_be_simulated_is_refused_in_a_sentence(warehouse, changes, problem, hint):
    before = Store(warehouse).version("simulations")
    with pytest.raises(WarehouseError, match=problem) as caught:
        run_monte_carlo(warehouse, "au-cu", replace(SMALL, **changes))
    assert hint in caught.value.hint
    assert Store(warehouse).version("simulations") == before


@pytest.mark.parametrize(
    "text", ["0:1200:20", "-5:100:5", "900:300:20", "300:400:90", "warm", "1:2"]
)
def test_temperatures_that_make_no_sense_are_refused(text):
    with pytest.raises(WarehouseError, match="temperatures"):
        parse_temperatures(text)


def test_l1_2_fills_a_crystal_in_four_ways_and_l1_0_in_six():
    for decoration, n_ways, concentration in ((L1_2, 4, 0.25), (L1_0, 6, 0.5)):
        variants = find_variants(FCC, CUBE, decoration)
        assert variants.shape == (n_ways, 64)
        assert (variants.mean(axis=1) == concentration).all()
        assert len(np.unique(variants, axis=0)) == n_ways
    assert fits(L1_2, CUBE)
    assert not fits(L1_2, 3 * np.eye(3, dtype=int))


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
