"""Chains of a canonical simulation: crystals cooled from disorder and heated from order."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from analysis.thermodynamics.averages import Averages, average
from analysis.thermodynamics.cells import find_variants
from analysis.thermodynamics.data import SimulatedModel
from analysis.thermodynamics.engine.clusters import SimulatedCrystal
from analysis.thermodynamics.engine.lanes import BOLTZMANN, Lanes
from analysis.thermodynamics.engine.products import N_LANES
from analysis.thermodynamics.settings import MonteCarloSettings

Start = Literal["ordered", "disordered"]
HOTTER = 12
"""Simulations between the highest temperature and an infinite one, from which a free energy is
integrated, equally far apart in 1/T."""
INFINITE = 1e9
"""K: as good as infinite."""
RAMP = 0.7
"""Share of the equilibration in which temperatures rise or fall; the rest is spent at the goal."""
EVERY = 5
"""Sweeps from one look at all correlations to the next: one costs as much as a sweep."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Up to 64 chains that run together.

    Attributes:
        start: What they start from.
        draws: Column of the parameters (n,): 0 is the fit, others are draws.
        temperatures: In K (n,).
        seed: Of the random numbers.

    """

    start: Start
    draws: np.ndarray
    temperatures: FloatArray
    seed: int


def plan_batches(settings: MonteCarloSettings) -> list[Batch]:
    """All chains: both starts, every draw, every temperature, and hotter ones of the disordered."""
    first, last, step = settings.temperatures
    asked = first + step * np.arange(math.floor((last - first) / step + 1e-9) + 1)
    hotter = np.append(INFINITE, last * HOTTER / np.arange(1, HOTTER))
    batches: list[Batch] = []
    starts: tuple[Start, ...] = ("ordered", "disordered")
    for start in starts:
        of_draw = asked if start == "ordered" else np.concatenate([asked, hotter])
        temperatures = np.tile(of_draw, settings.draws + 1)
        draws = np.repeat(np.arange(settings.draws + 1), len(of_draw))
        for begin in range(0, len(draws), N_LANES):
            part = slice(begin, begin + N_LANES)
            seed = [settings.seed, len(batches)]
            number = int(np.random.SeedSequence(seed).generate_state(1)[0])
            batches.append(Batch(start, draws[part], temperatures[part], number))
    return batches


def run_batch(
    batch: Batch,
    expansion: SimulatedModel,
    crystal: SimulatedCrystal,
    settings: MonteCarloSettings,
    decoration: str,
) -> pl.DataFrame:
    """Equilibrate and measure the chains of a batch.

    One row per chain, quantity and component: columns chain (its place in the batch), quantity,
    component, mean, standard_error, n_effective, variance.
    """
    variants = find_variants(crystal.parent, crystal.hnf, decoration)
    lanes = _start(batch, expansion, crystal, variants, settings)
    _equilibrate(lanes, batch, settings)
    n = len(batch.draws)
    energies, orders, correlations = [], [], []
    per_crystal = crystal.orbits["multiplicity"].to_numpy()[:, None] * crystal.n_cells
    lanes.reset_counts()
    for sweep in range(settings.sweeps):
        lanes.swap(crystal.n_sites // 2)
        energies.append(lanes.energies / crystal.n_sites)
        if sweep % EVERY == 0:
            orders.append(order_parameter(lanes, variants))
            correlations.append((lanes.sum_clusters() / per_crystal).ravel())
    orbits = crystal.orbits["orbit_index"].to_numpy()
    accepted = (lanes.accepted / np.maximum(lanes.tried, 1))[None, :]
    return pl.concat(
        [
            _rows("energy", [0], average(np.array(energies)), n),
            _rows("order_parameter", [0], average(np.array(orders)), n),
            _rows("correlation", orbits, average(np.array(correlations)), n),
            _rows("acceptance", [0], average(accepted), n),
        ]
    )


def _start(
    batch: Batch,
    expansion: SimulatedModel,
    crystal: SimulatedCrystal,
    variants: np.ndarray,
    settings: MonteCarloSettings,
) -> Lanes:
    """Lanes of the batch; those that are not needed repeat the last one."""
    draws = np.pad(batch.draws, (0, N_LANES - len(batch.draws)), mode="edge")
    kept = expansion.orbits["orbit_index"].is_in(crystal.orbits["orbit_index"].implode())
    lanes = Lanes(
        crystal,
        expansion.interactions[kept.to_numpy()][:, draws],
        _widen(batch.temperatures),
        constants=expansion.parameters[0, draws],
        seed=batch.seed,
    )
    if batch.start == "ordered":
        lanes.fill(variants[0])
    else:
        atoms = np.arange(crystal.n_sites) < round(crystal.n_sites * settings.concentration)
        rng = np.random.default_rng([batch.seed, 3])
        lanes.fill(rng.permuted(np.repeat(atoms[:, None], N_LANES, axis=1), axis=0))
    return lanes


def _equilibrate(lanes: Lanes, batch: Batch, settings: MonteCarloSettings) -> None:
    """Heat or cool every chain to its temperature, all at the same rate."""
    first, last, _ = settings.temperatures
    goal = _widen(batch.temperatures)
    for sweep in range(settings.equilibration):
        done = min(sweep / (RAMP * settings.equilibration), 1.0)
        if batch.start == "ordered":
            lanes.set_temperatures(np.minimum(goal, first + done * (last - first)))
        else:
            lanes.set_temperatures(np.maximum(goal, last - done * (last - first)))
        lanes.swap(lanes.crystal.n_sites // 2)
    lanes.set_temperatures(goal)
    lanes.measure_energies()


def order_parameter(lanes: Lanes, variants: np.ndarray) -> FloatArray:
    """Long-range order (64,): 1 if a lane is one of the `variants`, near 0 if it has no order.

    The correlation of the occupations with those of the variant that fits best.
    """
    spins = 1.0 - 2.0 * lanes.occupations()
    wanted = 1.0 - 2.0 * variants
    products = wanted.astype(np.float32) @ spins.astype(np.float32) / len(spins)
    means = wanted[0].mean() * spins.mean(axis=0)
    best: FloatArray = (products.max(axis=0) - means) / (1 - wanted[0].mean() ** 2)
    return best


def mixing_entropy(n_sites: int, concentration: float) -> float:
    """Entropy in k_B/atom of all arrangements of the atoms on the crystal's sites, exact."""
    n_second = round(n_sites * concentration)
    ways = math.lgamma(n_sites + 1) - math.lgamma(n_second + 1)
    return (ways - math.lgamma(n_sites - n_second + 1)) / n_sites


def beta(temperature: FloatArray) -> FloatArray:
    """1/(k_B T) in 1/eV; 0 where the temperature is as good as infinite."""
    return np.where(temperature >= INFINITE, 0.0, 1.0 / (BOLTZMANN * temperature))


def _widen(temperatures: FloatArray) -> FloatArray:
    return np.pad(temperatures, (0, N_LANES - len(temperatures)), mode="edge")


def _rows(
    quantity: str, components: "np.ndarray | list[int]", found: Averages, n: int
) -> pl.DataFrame:
    """Averages of the first `n` lanes of each component, as rows."""
    shape = (len(components), N_LANES)
    values = {
        name: getattr(found, name).reshape(shape)[:, :n].ravel()
        for name in ("mean", "standard_error", "n_effective", "variance")
    }
    return pl.DataFrame(
        {
            "chain": np.tile(np.arange(n), len(components)),
            "quantity": quantity,
            "component": np.repeat(np.asarray(components, dtype=np.int64), n),
            **values,
        }
    )
