"""Swaps among atoms that sit wrong, against all states of small crystals."""

import numpy as np
import pytest
from scipy.stats import chi2

from analysis.thermodynamics.engine.copies import BOLTZMANN, pack_lanes
from analysis.thermodynamics.engine.lanes import Lanes
from tests.analysis.thermodynamics.test_engine import (
    ROD,
    TEMPERATURE,
    all_states,
    make_lanes,
)
from tests.support.alloys import FCC, HCP
from warehouse.conventions.lattices import hermite_normal_form

HALF = np.arange(8) % 2 == 0
ALL = np.ones(64, dtype=bool)


@pytest.mark.parametrize(
    ("parent", "hnf"),
    [(FCC, ROD), (HCP, hermite_normal_form(np.diag([2, 2, 1])))],
    ids=["fcc", "hcp, two sites in the primitive cell"],
)
def test_states_are_visited_as_boltzmann_says(parent, hnf):
    """With swaps at random and without them; of eight sites, with four of each element."""
    lanes = make_lanes(parent, hnf, (0.8,) if parent is FCC else (1.1,))
    states, energies = all_states(lanes)
    reference = pack_lanes(np.repeat(HALF[:, None], 64, axis=1))
    for n_swaps in (0, 3):
        lanes.fill(HALF)
        lanes.mend(reference, ALL, 50)
        visited = []
        for _ in range(150):
            lanes.swap(n_swaps)
            lanes.mend(reference, ALL, 15)
            visited.append((1 << np.arange(8)) @ lanes.occupations())
        counts = np.bincount(np.ravel(visited), minlength=256)
        weights = np.exp(-energies / (BOLTZMANN * TEMPERATURE)) * (states.sum(axis=1) == 4)
        expected = weights / weights.sum() * counts.sum()
        there = expected > 0
        assert counts[~there].sum() == 0
        misfit = ((counts - expected)[there] ** 2 / expected[there]).sum()
        assert misfit < chi2.isf(1e-3, there.sum() - 1)
        kept = lanes.energies.copy()
        lanes.measure_energies()
        np.testing.assert_allclose(kept, lanes.energies, atol=1e-12)


def test_lanes_that_are_not_asked_stay_as_they_are():
    lanes = make_lanes(hnf=ROD, temperatures=np.full(64, 1e6))
    lanes.fill(HALF)
    lanes.mend(lanes.words.copy(), np.arange(64) < 32, 40)
    moved = (lanes.occupations() != HALF[:, None]).any(axis=0)
    assert moved[:32].mean() > 0.8
    assert not moved[32:].any()


def test_a_pair_of_defects_is_mended_sooner_than_by_swaps_at_random():
    """One in L1_0 of 512 sites, in the cold: drawn at random, it would take some 512 sweeps."""
    lanes = make_lanes(hnf=8 * np.eye(3, dtype=int), scale=0.0, temperatures=np.full(64, 100.0))
    unlike = lanes.interactions.copy()
    unlike[lanes.crystal.orbits["cluster_order"].to_numpy() == 2] = 0.1
    cold = Lanes(lanes.crystal, unlike, np.full(64, 100.0))
    along = np.indices((8, 8, 8)).reshape(3, -1)
    ordered = (along[0] + along[1]) % 2 == 0
    wrong = ordered.copy()
    wrong[[ordered.argmax(), ordered.argmin()]] ^= True
    left = []
    for n_trials in (0, 4):
        cold.fill(wrong)
        for _ in range(8):
            cold.swap(256)
            cold.mend(pack_lanes(np.repeat(ordered[:, None], 64, axis=1)), ALL, n_trials)
        left.append((cold.occupations() != ordered[:, None]).any(axis=0).mean())
    assert left[0] > 0.8
    assert left[1] < 0.1
