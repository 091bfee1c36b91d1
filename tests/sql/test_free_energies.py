"""Free energies and transitions in SQL, against two models that are solved on paper."""

import numpy as np
import polars as pl
import pytest

from tests.support.alloys import PROVENANCE
from tests.support.folders import temporary_folder
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

BOLTZMANN = 8.617333262e-5
TEMPERATURES = np.arange(200.0, 1201.0, 25.0)
HOTTER = np.append(1e9, 1200 * 12 / np.arange(1, 12))
LEVEL = 0.05
"""eV: half the distance of the two levels that each site of the disordered phase has."""
ORDERED = -0.055
"""eV/atom: energy of the ordered phase, which never changes."""


def chains(start: str, temperatures: np.ndarray, draw: int | None) -> pl.DataFrame:
    """Simulations without noise: independent sites of energy +-LEVEL, or the one ordered state."""
    beta = np.where(temperatures > 1e8, 0.0, 1 / (BOLTZMANN * temperatures))
    is_ordered = start == "ordered"
    return pl.DataFrame(
        {
            "start": start,
            "draw": pl.Series([draw] * len(beta), dtype=pl.Int64),
            "temperature": temperatures,
            "inverse_temperature": beta,
            "mean": np.full(len(beta), ORDERED) if is_ordered else -LEVEL * np.tanh(beta * LEVEL),
            "variance": np.zeros(len(beta)) if is_ordered else (LEVEL / np.cosh(beta * LEVEL)) ** 2,
            "standard_error": 0.0 if is_ordered else 1e-4,
        }
    )


@pytest.fixture(scope="module")
def connection():
    store = Store(Warehouse(temporary_folder()))
    rows = pl.concat(
        chains(*branch)
        for branch in (
            ("ordered", TEMPERATURES, None),
            ("disordered", np.concatenate([TEMPERATURES, HOTTER]), None),
            ("disordered", TEMPERATURES, 0),
        )
    ).with_row_index("simulation")
    marks = {"alloy": "au-cu", "series": "test", "run_id": "1"}
    key = rows.select(
        pl.col("simulation").cast(pl.Int64), **{k: pl.lit(v) for k, v in marks.items()}
    )
    simulations = key.with_columns(
        rows.select("start", "draw", "temperature", "inverse_temperature"),
        model=pl.lit("ridge"), model_run_id=pl.lit("2"), ensemble=pl.lit("canonical"),
        decoration_id=pl.lit("fcc-1-0-1-0-0-2:1"), concentration=0.5, n_sites=1,
        mixing_entropy=np.log(2), n_equilibration_sweeps=1, n_sweeps=1, seed=0,
        lineage=pl.lit("{}"),
    )  # fmt: skip
    averages = key.with_columns(
        rows.select("mean", "variance", "standard_error"),
        quantity=pl.lit("energy"), component=0, n_effective=10.0,
    )  # fmt: skip
    for table, frame in {"simulations": simulations, "ensemble_averages": averages}.items():
        schema = store.read(table).schema
        frame = frame.select(pl.col(name).cast(kind) for name, kind in schema.items())
        assert store.insert(table, frame, provenance=PROVENANCE).n_quarantined == 0
    build_catalog(store)
    with connect(store.warehouse) as connection:
        yield connection


def test_integration_gives_the_free_energy_that_paper_gives(connection):
    rows = connection.sql(
        "from marts.free_energies where draw is null order by inverse_temperature"
    ).pl()
    disordered = rows.filter(start="disordered")
    beta = disordered["inverse_temperature"].to_numpy()
    exact = -np.log(2 * np.cosh(beta * LEVEL))
    np.testing.assert_allclose(disordered["reduced_free_energy"], exact, atol=2e-5)
    ordered = rows.filter(start="ordered")
    np.testing.assert_allclose(ordered["free_energy"], ORDERED, rtol=1e-12)
    errors = disordered["reduced_free_energy_error"].to_numpy()
    assert (np.diff(errors) > 0).all()
    assert errors[-1] < 1e-4 * beta[-1]


def test_phases_change_where_their_free_energies_are_equal(connection):
    ((temperature, error, step),) = connection.sql(
        "select transition_temperature, transition_temperature_error, transition_energy "
        "from marts.transition_temperatures where draw is null"
    ).fetchall()
    # Where ORDERED = -kT ln(2 cosh(LEVEL/kT)), by bisection.
    low, high = 200.0, 1200.0
    for _ in range(60):
        middle = (low + high) / 2
        kt = BOLTZMANN * middle
        if -kt * np.log(2 * np.cosh(LEVEL / kt)) > ORDERED:
            low = middle
        else:
            high = middle
    assert temperature == pytest.approx(low, abs=1.0)
    assert step == pytest.approx(-LEVEL * np.tanh(LEVEL / (BOLTZMANN * low)) - ORDERED, rel=0.05)
    assert 0.1 < error < 20


def test_heat_capacity_is_that_of_two_levels(connection):
    rows = connection.sql(
        "from marts.thermodynamics where draw is null and start = 'disordered'"
    ).pl()
    x = LEVEL * rows["inverse_temperature"].to_numpy()
    np.testing.assert_allclose(rows["heat_capacity"], (x / np.cosh(x)) ** 2, rtol=1e-9)
