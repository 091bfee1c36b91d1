"""What is measured along chains, until it stands still, and its averages as rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from analysis.thermodynamics.data import SimulatedModel
from analysis.thermodynamics.engine.clusters import SimulatedCrystal
from analysis.thermodynamics.sampling.averages import Averages, average
from analysis.thermodynamics.sampling.chains import Chains
from analysis.thermodynamics.sampling.ladders import Batch, beta
from analysis.thermodynamics.settings import MonteCarloSettings

EVERY = 10
"""Sweeps from one look at all correlations to the next: one costs as much as a sweep."""
LARGEST_KEPT = 10_000
"""Sites of a crystal of which snapshots are kept."""
MOST_ESCAPES = 0.3
"""Share of sweeps taken back above which a phase does not last by itself (marts.free_energies has
it, too). In a small crystal both phases often try to leave where they change."""


@dataclass(eq=False)
class Samples:
    """What was measured, sweep by sweep, of each rung (n_rungs,): lists of arrays."""

    energies: list[FloatArray] = field(default_factory=list)
    orders: list[FloatArray] = field(default_factory=list)
    concentrations: list[FloatArray] = field(default_factory=list)
    correlations: list[FloatArray] = field(default_factory=list)
    accepted: list[FloatArray] = field(default_factory=list)
    escaped: list[FloatArray] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Measured:
    """What a batch gave; `chain` is a chain's place in it.

    Attributes:
        averages: One row per chain, quantity and component: mean, standard_error, n_effective,
            variance, drift, n_sweeps (measured), n_before (equilibration).
        snapshots: One row per chain of the fit: occupations, energy.

    """

    averages: pl.DataFrame
    snapshots: pl.DataFrame


def run_batch(
    batch: Batch,
    expansion: SimulatedModel,
    crystal: SimulatedCrystal,
    settings: MonteCarloSettings,
    names: Sequence[str],
) -> Measured:
    """Equilibrate and measure the chains of a batch, until their free energies stand still.

    Where they drift, what was measured counts as equilibration, and twice the sweeps are measured
    instead; and again, as long as the settings let it.
    """
    chains = Chains(batch, expansion, crystal, settings, names)
    chains.equilibrate()
    for doubling in range(settings.longest.bit_length()):
        n_before = chains.n_sweeps
        samples = take_samples(chains, settings.sweeps << doubling)
        integrals = average(integrate(chains, np.array(samples.energies)))
        if is_steady(chains, integrals, np.mean(samples.escaped, axis=0)):
            break
    rows = list_averages(chains, samples, integrals)
    counted = rows.with_columns(n_sweeps=chains.n_sweeps - n_before, n_before=n_before)
    return Measured(counted, list_snapshots(chains))


def take_samples(chains: Chains, n_sweeps: int) -> Samples:
    """Advance by `n_sweeps` and look at every rung."""
    samples, n_sites, lanes = Samples(), chains.crystal.n_sites, chains.lanes
    per_crystal = chains.crystal.orbits["multiplicity"].to_numpy()[:, None] * chains.crystal.n_cells
    chains.exchange.reset_counts()
    for sweep in range(n_sweeps):
        lanes.reset_counts()
        chains.advance()
        there = chains.exchange.lanes
        samples.accepted.append((lanes.accepted / np.maximum(lanes.tried, 1))[there])
        samples.escaped.append(chains.escaped[there].astype(float))
        chains.swap_rungs()
        there = chains.exchange.lanes
        samples.energies.append(lanes.energies[there] / n_sites)
        samples.orders.append(chains.orders[there])
        if chains.settings.is_semi_grand:
            samples.concentrations.append(lanes.count_species()[there] / n_sites)
        if sweep % EVERY == 0:
            samples.correlations.append((lanes.sum_clusters() / per_crystal)[:, there])
    return samples


def integrate(chains: Chains, energies: FloatArray) -> FloatArray:
    """Integral of each sample's energies (n_samples, n_rungs) over 1/kT along its ladder.

    From the end at which the ladder's phase starts. What it fluctuates by tells the error of the
    free energies, in which rungs that exchange crystals are not independent.
    """
    betas, found = beta(chains.temperatures), np.zeros_like(energies)
    for ladder in chains.batch.ladders:
        along = chains.rungs_of(ladder)
        between = (energies[:, along[1:]] + energies[:, along[:-1]]) / 2 * np.diff(betas[along])
        found[:, along[1:]] = np.cumsum(between, axis=1)
    return found


def is_steady(chains: Chains, integrals: Averages, escapes: FloatArray) -> bool:
    """Whether the free energies of all ladders stand still, as far as their phases last."""
    for ladder in chains.batch.ladders:
        along = chains.rungs_of(ladder)
        lasts = np.cumprod(escapes[along] <= MOST_ESCAPES).astype(bool)
        if not integrals.take(along[lasts]).is_steady:
            return False
    return True


def list_averages(chains: Chains, samples: Samples, integrals: Averages) -> pl.DataFrame:
    """Averages of all that was measured, one row per chain, quantity and component."""
    orbits = chains.crystal.orbits["orbit_index"].to_numpy()
    correlations = np.array(samples.correlations).reshape(len(samples.correlations), -1)
    exchanged = chains.exchange.accepted / np.maximum(chains.exchange.tried, 1)
    found = {
        "energy": (average(np.array(samples.energies)), [0]),
        "energy_integral": (integrals, [0]),
        "order_parameter": (average(np.array(samples.orders)), [0]),
        "correlation": (average(correlations), orbits.tolist()),
        "acceptance": (average(np.array(samples.accepted)), [0]),
        "escape": (average(np.array(samples.escaped)), [0]),
        "exchange": (average(exchanged[None, :]), [0]),
    }
    if samples.concentrations:
        found["concentration"] = (average(np.array(samples.concentrations)), [0])
    return pl.concat(_rows(name, components, of) for name, (of, components) in found.items())


def list_snapshots(chains: Chains) -> pl.DataFrame:
    """The crystals of the fit as they are; none of crystals that are too large to keep."""
    draws = np.array([ladder.draw for ladder in chains.batch.ladders])[chains.rungs]
    places = np.flatnonzero((draws == 0) & (chains.crystal.n_sites <= LARGEST_KEPT))
    lanes = chains.exchange.lanes[places]
    digits = chains.lanes.occupations()[:, lanes].T.astype(np.uint8) + ord("0")
    return pl.DataFrame(
        {
            "chain": places,
            "occupations": [row.tobytes().decode() for row in digits],
            "energy": chains.lanes.energies[lanes] / chains.crystal.n_sites,
        },
        schema={"chain": pl.Int64, "occupations": pl.String, "energy": pl.Float64},
    )


def _rows(quantity: str, components: list[int], found: Averages) -> pl.DataFrame:
    """Averages of each component and chain, as rows."""
    n = len(found.mean) // len(components)
    names = ("mean", "standard_error", "n_effective", "variance", "drift")
    return pl.DataFrame(
        {
            "chain": np.tile(np.arange(n), len(components)),
            "quantity": quantity,
            "component": np.repeat(np.array(components, dtype=np.int64), n),
            **{name: getattr(found, name) for name in names},
        }
    )
