"""Free energies and transitions in SQL, against two models that are solved on paper."""

import numpy as np
import polars as pl
import pytest

from analysis.thermodynamics.sampling.averages import average
from tests.support.alloys import PROVENANCE
from tests.support.folders import temporary_folder
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

BOLTZMANN = 8.617333262e-5
TEMPERATURES = np.arange(200.0, 1201.0, 25.0)
POTENTIALS = np.arange(-0.19, 0.2, 0.02)
HOTTER = np.append(1e9, 1200 * 12 / np.arange(1, 12))
LEVEL = 0.05
"""eV: half the distance of the two levels that each site of the disordered phase has."""
DRIFT = 1e-5
"""eV/atom by which the energies of second halves are above those of first ones, of all chains."""
N_NOISY, N_SWEEPS = 40, 200
ORDERED = -0.055
"""eV/atom: energy of the ordered phase, which never changes."""
ROUNDING = 1e-16
"""eV/atom by which sums in another order differ: the square of that over its variance is 0.01."""


def chains(start: str, temperatures: np.ndarray, draw: int | None) -> pl.DataFrame:
    """Simulations without noise: independent sites of energy +-LEVEL, or the one ordered state."""
    beta = np.where(temperatures > 1e8, 0.0, 1 / (BOLTZMANN * temperatures))
    is_ordered = start == "ordered"
    rounding = ROUNDING if draw is None else 0.0
    return pl.DataFrame(
        {
            "start": start,
            "draw": pl.Series([draw] * len(beta), dtype=pl.Int64),
            "temperature": temperatures,
            "inverse_temperature": beta,
            "mean": np.full(len(beta), ORDERED + rounding)
            if is_ordered
            else -LEVEL * np.tanh(beta * LEVEL),
            "variance": np.full(len(beta), 100 * rounding**2)
            if is_ordered
            else (LEVEL / np.cosh(beta * LEVEL)) ** 2,
            "standard_error": 0.0 if is_ordered else 1e-4,
        }
    )


def noisy_chains(start: str, draw: int) -> pl.DataFrame:
    """The same, sampled: noise of each sweep's own, and some that lasts for an eighth of all.

    Neighbours on a ladder exchange crystals, so what lasts is common to all of them.
    """
    is_ordered = start == "ordered"
    temperatures = TEMPERATURES if is_ordered else np.concatenate([TEMPERATURES, HOTTER])
    rows = chains(start, temperatures, draw).sort("inverse_temperature", descending=is_ordered)
    rng = np.random.default_rng([draw, is_ordered])
    slow = rng.normal(size=N_SWEEPS)
    memory = np.exp(-8 / N_SWEEPS)
    for sweep in range(1, N_SWEEPS):
        slow[sweep] = memory * slow[sweep - 1] + np.sqrt(1 - memory**2) * slow[sweep]
    fast = rng.normal(size=(N_SWEEPS, len(rows)))
    energies = rows["mean"].to_numpy() + 2e-4 * slow[:, None] + 2e-3 * fast
    between = np.diff(rows["inverse_temperature"]) * (energies[:, 1:] + energies[:, :-1]) / 2
    found = average(np.pad(np.cumsum(between, axis=1), ((0, 0), (1, 0))))
    return rows.with_columns(
        mean=energies.mean(axis=0), drift=found.drift, integral_variance=found.variance,
        integral_error=found.standard_error,
    ).with_columns(pl.col("integral_error").fill_nan(None))  # fmt: skip


def free_chains(start: str, potential: float) -> pl.DataFrame:
    """Independent sites that exchange atoms for no energy, or the compound that never does."""
    is_ordered = start == "ordered"
    temperatures = TEMPERATURES if is_ordered else np.concatenate([TEMPERATURES, HOTTER])
    beta = np.where(temperatures > 1e8, 0.0, 1 / (BOLTZMANN * temperatures))
    share = np.full(len(beta), 0.5) if is_ordered else 1 / (1 + np.exp(-beta * potential))
    spread = np.zeros(len(beta)) if is_ordered else share * (1 - share)
    return pl.DataFrame(
        {
            "start": start,
            "draw": pl.Series([None] * len(beta), dtype=pl.Int64),
            "temperature": temperatures,
            "inverse_temperature": beta,
            "mean": (ORDERED if is_ordered else 0.0) - potential * share,
            "variance": potential**2 * spread,
            "standard_error": 0.0,
            "potential": potential,
            "share": share,
            "spread": spread,
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
    )
    free = [free_chains(s, mu) for mu in POTENTIALS for s in ("ordered", "disordered")]
    noisy = [noisy_chains(s, draw) for draw in range(N_NOISY) for s in ("ordered", "disordered")]
    rows = pl.concat([rows, *free, *noisy], how="diagonal").with_row_index("simulation")
    is_free, is_noisy = pl.col("potential").is_not_null(), pl.col("integral_variance").is_not_null()
    # Errors of single chains add up along a branch, in which they are independent here.
    along = pl.col("inverse_temperature")
    rows = rows.with_columns(
        pl.when(is_noisy).then("integral_error").otherwise(pl.col("standard_error") * along)
        .alias("integral_error"),
        pl.col("integral_variance").fill_null(0.0),
        pl.col("drift").fill_null(DRIFT * along),
        series=pl.when(is_free).then(pl.lit("free")).when(is_noisy).then(pl.lit("noisy"))
        .otherwise(pl.lit("test")),
    )  # fmt: skip
    key = rows.select(
        pl.col("simulation").cast(pl.Int64), alloy=pl.lit("au-cu"), run_id=pl.lit("1"),
        series=pl.col("series"),
    )  # fmt: skip
    simulations = key.with_columns(
        rows.select("start", "draw", "temperature", "inverse_temperature"),
        model=pl.lit("ridge"), model_run_id=pl.lit("2"), ensemble=pl.lit("canonical"),
        decoration_id=pl.lit("fcc-1-0-1-0-0-2:1"), n_sites=1, ground_energy_above_hull=0.0,
        concentration=rows.select(pl.when(is_free).then(None).otherwise(0.5)).to_series(),
        concentrations=None,
        ground_energy=ORDERED - rows["potential"].fill_null(0.0) / 2,
        chemical_potential=rows["potential"],
        mixing_entropy=np.log(2), n_equilibration_sweeps=1, n_sweeps=1, seed=0,
        lineage=pl.lit("{}"),
    )  # fmt: skip
    averages = key.with_columns(
        rows.select("mean", "variance", "standard_error"),
        quantity=pl.lit("energy"), component=0, n_effective=10.0, drift=0.0,
    )  # fmt: skip
    more = [
        averages.with_columns(quantity=pl.lit("escape"), mean=0.0),
        averages.with_columns(
            quantity=pl.lit("energy_integral"), mean=0.0,
            drift=rows["drift"], variance=rows["integral_variance"],
            standard_error=rows["integral_error"],
        ),
    ]  # fmt: skip
    shares = averages.with_columns(
        mean=rows["share"], variance=rows["spread"], quantity=pl.lit("concentration")
    ).filter(rows["share"].is_not_null())
    averages = pl.concat([averages, *more, shares])
    for table, frame in {"simulations": simulations, "ensemble_averages": averages}.items():
        schema = store.read(table).schema
        frame = frame.select(pl.col(name).cast(kind) for name, kind in schema.items())
        assert store.insert(table, frame, provenance=PROVENANCE).n_quarantined == 0
    build_catalog(store)
    with connect(store.warehouse) as connection:
        yield connection


def test_integration_gives_the_free_energy_that_paper_gives(connection):
    rows = connection.sql(
        "from marts.free_energies where draw is null and series = 'test' "
        "order by inverse_temperature"
    ).pl()
    disordered = rows.filter(start="disordered")
    beta = disordered["inverse_temperature"].to_numpy()
    exact = -np.log(2 * np.cosh(beta * LEVEL))
    np.testing.assert_allclose(disordered["reduced_free_energy"], exact, atol=2e-5)
    ordered = rows.filter(start="ordered")
    np.testing.assert_allclose(ordered["free_energy"], ORDERED, rtol=1e-12)
    error = np.hypot(1e-4, DRIFT / 2) * beta
    np.testing.assert_allclose(disordered["reduced_free_energy_error"], error, rtol=1e-12)
    assert disordered["is_in_phase"].all()


def test_phases_change_where_their_free_energies_are_equal(connection):
    (found,) = (
        connection.sql("from marts.transition_temperatures where series = 'test'").pl().to_dicts()
    )
    temperature, step = found["transition_temperature"], found["transition_energy"]
    # Where ORDERED = -kT ln(2 cosh(LEVEL/kT)), by bisection.
    low, high = 200.0, 1200.0
    for _ in range(60):
        middle = (low + high) / 2
        kt = BOLTZMANN * middle
        if -kt * np.log(2 * np.cosh(LEVEL / kt)) > ORDERED:
            low = middle
        else:
            high = middle
    assert temperature == pytest.approx(low, abs=0.05)
    assert step == pytest.approx(-LEVEL * np.tanh(LEVEL / (BOLTZMANN * low)) - ORDERED, rel=0.05)
    assert found["transition_temperature_error"] == pytest.approx(1e-4 * low / step, rel=0.05)
    # Both phases drift alike.
    assert found["transition_temperature_drift"] == pytest.approx(0, abs=1e-9)
    assert found["is_equilibrated"]
    assert found["lowest_temperature"] < temperature < found["highest_temperature"]


def test_the_error_of_a_transition_is_what_it_scatters_by(connection):
    found = connection.sql("from marts.transition_temperatures where series = 'noisy'").pl()
    assert len(found) == N_NOISY
    temperatures, errors = found["transition_temperature"], found["transition_temperature_error"]
    assert 0.7 < temperatures.std() / np.sqrt((errors**2).mean()) < 1.4


def test_heat_capacity_is_that_of_two_levels(connection):
    rows = connection.sql(
        "from marts.thermodynamics where draw is null and start = 'disordered' and series = 'test'"
    ).pl()
    x = LEVEL * rows["inverse_temperature"].to_numpy()
    np.testing.assert_allclose(rows["heat_capacity"], (x / np.cosh(x)) ** 2, rtol=1e-9)


def test_common_tangents_are_those_that_paper_gives(connection):
    """kT ln(1 + exp(mu/kT)) = mu/2 - ORDERED, so mu = +-2 kT arcosh(exp(-ORDERED/kT)/2)."""
    rows = connection.sql("from marts.phase_boundaries where temperature <= 700").pl()
    kt = BOLTZMANN * rows["temperature"].to_numpy()
    exact = 2 * kt * np.arccosh(np.exp(-ORDERED / kt) / 2)
    share = 1 / (1 + np.exp(exact / kt))
    is_left = (rows["left_phase"] == "solution").to_numpy()
    assert is_left.sum() == len(rows) / 2 == len(np.unique(kt)) == 21
    found = rows["chemical_potential"].to_numpy() * np.where(is_left, -1, 1)
    np.testing.assert_allclose(found, exact, atol=1.5e-3)
    solution = np.where(is_left, rows["left_concentration"], 1 - rows["right_concentration"])
    np.testing.assert_allclose(solution, share, atol=0.01)
    compound = np.where(is_left, rows["right_concentration"], rows["left_concentration"])
    np.testing.assert_allclose(compound, 0.5, atol=1e-9)
