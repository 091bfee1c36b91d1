import numpy as np

from analysis.thermodynamics.engine.copies import BOLTZMANN
from analysis.thermodynamics.sampling.averages import average
from analysis.thermodynamics.sampling.exchange import Exchange
from tests.analysis.thermodynamics.test_engine import ROD, all_states, make_lanes

TEMPERATURES = np.array([200.0, 300.0, 450.0, 700.0])
LADDERS = np.repeat(np.arange(16), 4)


def run_ladders(n_rounds: int) -> tuple[np.ndarray, np.ndarray, Exchange]:
    """Energies (n_rounds, 4, 16) of rungs and ladders, all states' energies, and the exchange."""
    temperatures = np.tile(TEMPERATURES, 16)
    lanes = make_lanes(hnf=ROD, temperatures=temperatures, chemical_potentials=0.02)
    _, states = all_states(lanes)
    lanes.fill(np.zeros(8, dtype=bool))
    exchange = Exchange(1 / (BOLTZMANN * temperatures), LADDERS, seed=1)
    found = []
    for number in range(n_rounds + 30):
        lanes.flip(6)
        exchange.swap(lanes.energies)
        goal = np.empty(64)
        goal[exchange.lanes] = temperatures
        lanes.set_temperatures(goal)
        if number >= 30:
            found.append(lanes.energies[exchange.lanes].reshape(16, 4).T)
    return np.array(found), states, exchange


def test_exchange_leaves_each_temperature_its_boltzmann_mean():
    found, states, exchange = run_ladders(150)
    assert sorted(exchange.lanes) == list(range(64))
    assert (exchange.accepted[exchange.tried > 0] > 10).all()
    for temperature, energies in zip(TEMPERATURES, found.swapaxes(0, 1), strict=True):
        weights = np.exp(-(states - states.min()) / (BOLTZMANN * temperature))
        exact = (weights * states).sum() / weights.sum()
        of_ladders = energies.mean(axis=0)
        error = of_ladders.std(ddof=1) / 4
        assert abs(of_ladders.mean() - exact) < 4 * error
        assert error < 0.15 * states.std()


def test_two_crystals_change_places_as_boltzmann_says():
    """Nothing moves but they: exp(-2 x 1) / (exp(-2 x 1) + exp(-1 x 1)) of the time one is cold."""
    energies = np.tile([1.0, 0.0], 32)
    exchange = Exchange(np.tile([2.0, 1.0], 32), np.repeat(np.arange(32), 2), seed=2)
    is_high_cold = []
    for _ in range(800):
        exchange.swap(energies)
        exchange.swap(energies)  # Every other time there is no next rung.
        is_high_cold.append(exchange.lanes[::2] % 2 == 0)
    shares = np.mean(is_high_cold, axis=0)
    error = shares.std(ddof=1) / np.sqrt(32)
    assert abs(shares.mean() - 1 / (1 + np.e)) < 4 * error
    assert error < 0.004


def test_ladders_keep_to_themselves():
    exchange = Exchange(np.tile([3.0, 2.0, 1.0], 2), np.repeat([0, 1], 3), seed=0)
    falling = np.array([90.0, 50.0, 10.0, 0.0, 50.0, 90.0])
    for _ in range(4):  # What is high in energy goes where it is hot, and stays, for sure.
        exchange.swap(falling)
    assert exchange.lanes.tolist() == [2, 1, 0, 3, 4, 5]


def test_a_chain_that_still_moves_is_not_steady():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(400, 3))
    assert average(noise).is_steady
    assert not average(noise + np.linspace(0, 1, 400)[:, None]).is_steady
