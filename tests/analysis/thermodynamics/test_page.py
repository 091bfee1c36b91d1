from types import SimpleNamespace

import duckdb
import numpy as np
import polars as pl
import pytest

from analysis.thermodynamics.figures.diagram import find_bands
from analysis.thermodynamics.page import (
    extrapolate_sizes,
    fit_infinite_size,
    read_gaps,
    read_transitions,
)
from analysis.thermodynamics.results import FinishedSimulation
from analysis.thermodynamics.settings import MonteCarloSettings
from analysis.thermodynamics.telling import tell_boundaries
from tests.support.alloys import AG_CU, AU_CU

ORDERED, OTHER = "fcc-2-0-2-1-1-1:7", "fcc-1-0-2-0-1-1:1"
SIMULATIONS = "alloy, series, run_id, model, model_run_id, draw, n_sweeps"
TRANSITIONS = """alloy, series, run_id, draw, decoration_id, ground_energy_above_hull,
concentration, n_sites, transition_temperature, transition_temperature_error,
transition_temperature_drift, is_equilibrated, lowest_temperature, highest_temperature,
transition_energy"""


@pytest.fixture
def connection():
    """The views that the page reads, as tables without rows."""
    with duckdb.connect() as made:
        made.execute("create schema marts; create schema staging")
        made.execute(f"""
            create table staging.simulations as select {SIMULATIONS} from (select
                '' as alloy, '' as series, '' as run_id, '' as model, '' as model_run_id,
                0 as draw, 0 as n_sweeps) limit 0;
            create table marts.transition_temperatures as select {TRANSITIONS} from (select
                '' as alloy, '' as series, '' as run_id, 0 as draw, '' as decoration_id,
                0.0::double as ground_energy_above_hull, 0.0::double as concentration,
                0 as n_sites, 0.0::double as transition_temperature,
                0.0::double as transition_temperature_error,
                0.0::double as transition_temperature_drift, true as is_equilibrated,
                0.0::double as lowest_temperature, 0.0::double as highest_temperature,
                0.0::double as transition_energy) limit 0;
            create table staging.lattice_mappings as
                select '' as alloy, '' as decoration_id, '' as structure_id limit 0""")
        yield made


def add(
    connection, series, n_sites, temperature, error=2.0, *,
    draw=None, is_equilibrated=True, n_sweeps=400, model="ridge", decoration_id=ORDERED,
):  # fmt: skip
    connection.execute(
        "insert into staging.simulations values ('au-cu', $1, $1, $2, $2, $3, $4)",
        [series, model, draw, n_sweeps],
    )
    connection.execute(
        """insert into marts.transition_temperatures values
        ('au-cu', $1, $1, $2, $3, 0, 0.75, $4, $5, $6, 0, $7, 300, 900, 0.01)""",
        [series, draw, decoration_id, n_sites, temperature, error, is_equilibrated],
    )


def test_a_line_in_one_over_the_sites_ends_at_the_infinite_crystal():
    sizes, errors = np.array([216.0, 512.0, 1000.0]), np.array([2.0, 2.0, 3.0])
    temperature, error = fit_infinite_size(sizes, 540 - 3000 / sizes, errors)
    assert temperature == pytest.approx(540)
    assert 2 < error < 4

    off = 540 - 3000 / sizes + [0, 20, 0]
    assert fit_infinite_size(sizes, off, errors) is None
    assert fit_infinite_size(sizes, off, 10 * errors) is not None
    assert fit_infinite_size(sizes[:2], off[:2], errors[:2]) is None


def test_sizes_are_of_the_longest_runs_at_rest_of_one_model(connection):
    for n_sites in (200, 500, 1000):
        add(connection, f"{n_sites}", n_sites, 540 - 3000 / n_sites)
    add(connection, "200 short", 200, 480, 0.1, n_sweeps=150)
    add(connection, "500 adrift", 500, 480, 0.1, n_sweeps=800, is_equilibrated=False)
    add(connection, "2000 adrift", 2000, 480, 0.1, n_sweeps=800, is_equilibrated=False)
    add(connection, "1000 lasso", 1000, 480, 0.1, n_sweeps=800, model="lasso")
    lasso, ridge = extrapolate_sizes(connection, AU_CU)["rows"]
    assert (ridge["model"], ridge["n_sizes"]) == ("ridge", 3)
    assert ridge["temperature"] == pytest.approx(540)
    assert (lasso["model"], lasso["n_sizes"], lasso["temperature"]) == ("lasso", 1, None)
    connection.execute(
        "update marts.transition_temperatures set is_equilibrated = false where series = '200'"
    )
    connection.execute("delete from marts.transition_temperatures where series = '200 short'")
    assert extrapolate_sizes(connection, AU_CU)["rows"][1]["temperature"] is None


def test_the_doubt_of_the_model_is_of_draws_that_order_as_the_fit_does(connection):
    add(connection, "216 draws", 216, 520)
    for draw, temperature in enumerate((500.0, 540.0, None)):
        add(connection, "216 draws", 216, temperature, draw=draw)
    add(connection, "216 draws", 216, 900, draw=3, decoration_id=OTHER)
    (row,) = read_transitions(connection, AU_CU)["rows"]
    assert row["temperature"] == 520
    assert row["mean"] == 520
    assert row["model"] == pytest.approx(np.std([500, 540], ddof=1))
    assert (row["n_draws"], row["n_otherwise"], row["n_all_draws"]) == (2, 1, 4)


def test_a_band_holds_nine_tenths_of_the_draws_that_have_the_boundary():
    ends = pl.DataFrame({"x": np.linspace(0.2, 0.3, 21), "temperature": 500.0})
    few = ends.head(9).with_columns(temperature=600.0)
    ends = pl.concat([ends, few]).with_columns(pair=pl.lit("a | b"), side=pl.lit("left"))
    (band,) = find_bands(ends).to_dicts()
    assert (band["temperature"], band["n"]) == (500.0, 21)
    assert (band["low"], band["high"]) == pytest.approx((0.205, 0.295))


def test_where_a_gap_closes_is_told_with_both_errors(connection):
    gaps = pl.DataFrame(
        {
            "alloy": "ag-cu",
            "series": "semi-grand 216",
            "draw": [None, 0, 1, 2],
            "n_sites": 216,
            "highest_gap_temperature": 1900.0,
            "critical_temperature": [1924.0, 1900.0, 1960.0, None],
            "critical_temperature_error": [2.0, 2.0, 2.0, None],
            "critical_concentration": 0.65,
        }
    )
    connection.execute("create table marts.miscibility_gaps as from gaps")
    (row,) = read_gaps(connection, AG_CU)["rows"]
    assert (row["temperature"], row["statistics"], row["mean"]) == (1924, 2, 1930)
    assert (row["n_draws"], row["n_all_draws"]) == (2, 3)
    assert row["model"] == pytest.approx(np.std([1900, 1960], ddof=1))

    def told(rows: pl.DataFrame) -> str:
        settings = MonteCarloSettings(ensemble="semi-grand", chemical_potentials=(-0.1, 0.1, 0.02))
        run = SimpleNamespace(dataset="ag-cu", run_id="1", settings=settings)
        none = pl.DataFrame(
            schema={"draw": pl.Int64, "temperature": pl.Float64}
            | {"chemical_potential": pl.Float64}
        )
        return "\n".join(FinishedSimulation(run, None, none, none, none, rows).lines())

    assert "become one at 1924 K ± 2 K (statistics), at a share of 0.65" in told(gaps)
    assert "of 3 draws with a gap 2 tell where it closes: at 1930 K ± 42 K (model)" in told(gaps)
    open_end = gaps.head(1).with_columns(critical_temperature=pl.lit(None, dtype=pl.Float64))
    assert "part up to 1900 K at least" in told(open_end)


def test_temperatures_without_two_phases_are_counted_and_phases_have_their_names():
    settings = MonteCarloSettings(
        ensemble="semi-grand",
        temperatures=(200.0, 700.0, 100.0),
        chemical_potentials=(-0.1, 0.1, 0.02),
    )
    fit = pl.DataFrame(
        {
            "temperature": [200.0, 400.0],
            "chemical_potential": 0.01,
            "left_phase": "solution",
            "right_phase": ORDERED,
            "left_concentration": 0.2,
            "right_concentration": 0.7,
        }
    )
    told = "\n".join(tell_boundaries(fit, settings, {ORDERED: "L1₂ AuCu₃"}))
    assert f"L1₂ AuCu₃ is {ORDERED}" in told
    assert "solution 0.200 | 0.700 L1₂ AuCu₃" in told
    assert "3 of 6 temperatures, 500 to 700 K, have one phase" in told
    assert "step of 20 meV" in told
    assert "1 of 6 temperatures, 300 K, show no two phases" in told
    none = "\n".join(tell_boundaries(fit.clear(), settings, {}))
    assert "6 of 6 temperatures, 200 to 700 K, have one phase" in none
