import numpy as np
import polars as pl
import pytest
from scipy.stats import chi2

from analysis.thermodynamics.engine.clusters import build_crystal
from analysis.thermodynamics.engine.copies import BOLTZMANN
from analysis.thermodynamics.engine.lanes import Lanes
from ingest.alloys.cluster_spaces import build_cluster_space
from tests.support.alloys import FCC, HCP
from warehouse.conventions.lattices import hermite_normal_form
from warehouse.conventions.sites import supercell_sites
from warehouse.errors import WarehouseError

CUBE = hermite_normal_form(np.array([[-1, 1, 1], [1, -1, 1], [1, 1, -1]]))
"""The conventional cell of fcc, of four sites."""
ROD = hermite_normal_form(CUBE * np.array([[1], [1], [2]]))
TEMPERATURE = 600.0


def make_lanes(parent=FCC, hnf=CUBE, cutoffs=(0.8,), *, scale=0.02, seed=0, **options) -> Lanes:
    """Lanes of a random model, alike but for what `options` say."""
    space = build_cluster_space(parent, cutoffs)
    crystal = build_crystal(parent, hnf, space.orbits)
    model = np.random.default_rng(7).normal(scale=scale, size=crystal.orbits.height)
    options = {"temperatures": np.full(64, TEMPERATURE), "seed": seed} | options
    return Lanes(crystal, np.repeat(model[:, None], 64, axis=1), **options)


def random_atoms(lanes: Lanes) -> np.ndarray:
    return np.random.default_rng(3).random((lanes.crystal.n_sites, 64)) < np.linspace(0.1, 0.9, 64)


def all_states(lanes: Lanes) -> tuple[np.ndarray, np.ndarray]:
    """Every occupation (2**n_sites, n_sites) of the crystal, and its energy less mu N in eV."""
    n_sites = lanes.crystal.n_sites
    states = np.arange(2**n_sites)[:, None] >> np.arange(n_sites) & 1 == 1
    energies = []
    for chunk in np.split(states, max(1, len(states) // 64)):
        lanes.fill(np.resize(chunk, (64, n_sites)).T)
        energies.append(lanes.energies[: len(chunk)].copy())
    return states, np.concatenate(energies)


def sample(lanes: Lanes, move: str, n_samples: int, n_trials: int) -> tuple[np.ndarray, np.ndarray]:
    """Energies (n_samples, 64) and states (n_samples, 64) as numbers, `n_trials` apart."""
    energies, states = [], []
    for _ in range(n_samples):
        getattr(lanes, move)(n_trials)
        energies.append(lanes.energies.copy())
        states.append((1 << np.arange(lanes.crystal.n_sites)) @ lanes.occupations())
    return np.array(energies), np.array(states)


@pytest.mark.parametrize(
    ("parent", "hnf", "cutoffs"),
    [
        (FCC, np.array([[4, 0, 0], [1, 3, 0], [2, 1, 4]]), (1.3, 1.01, 0.8, 0.8)),
        (HCP, np.array([[3, 0, 0], [1, 3, 0], [0, 0, 2]]), (1.7, 1.5)),
    ],
    ids=["fcc to five bodies", "hcp, two sites in the primitive cell"],
)
def test_energies_are_those_of_icet_before_and_after_a_thousand_moves(parent, hnf, cutoffs):
    from ase import Atoms
    from icet import ClusterExpansion, ClusterSpace

    lanes = make_lanes(parent, hnf, cutoffs, constants=0.1, temperatures=np.full(64, 2e4))
    crystal = lanes.crystal
    lanes.fill(random_atoms(lanes))
    space = ClusterSpace(parent.atoms(), list(cutoffs), ["Au", "Cu"])
    # A parameter multiplies a mean over clusters, an interaction each cluster's spins.
    per_site = crystal.orbits["multiplicity"].to_numpy() / len(parent.basis)
    expansion = ClusterExpansion(space, [0.1, *(lanes.interactions[:, 0] * per_site)])
    sites = supercell_sites(parent, hnf)

    def differences():
        for lane in (0, 31, 63):
            symbols = np.where(lanes.occupations()[:, lane], "Cu", "Au")
            atoms = Atoms(symbols, parent.positions(sites), cell=hnf @ parent.cell, pbc=True)
            yield expansion.predict(atoms) * len(atoms) - lanes.energies[lane]

    np.testing.assert_allclose([*differences()], 0, atol=1e-9)
    lanes.flip(1000)
    lanes.swap(1000)
    assert lanes.accepted.min() > 100
    np.testing.assert_allclose([*differences()], 0, atol=1e-9)


@pytest.mark.parametrize("is_heat_bath", [False, True], ids=["metropolis", "heat bath"])
def test_a_long_chain_visits_states_as_boltzmann_says(is_heat_bath):
    lanes = make_lanes(chemical_potentials=0.03, is_heat_bath=is_heat_bath)
    _, energies = all_states(lanes)
    lanes.fill(random_atoms(lanes))
    lanes.flip(100)
    _, visited = sample(lanes, "flip", 250, 24)
    counts = np.bincount(visited.ravel(), minlength=16)

    def misfit(temperature):
        weights = np.exp(-energies / (BOLTZMANN * temperature))
        expected = weights / weights.sum() * counts.sum()
        return ((counts - expected) ** 2 / expected).sum()

    assert misfit(TEMPERATURE) < chi2.isf(1e-3, 15)
    assert misfit(1.2 * TEMPERATURE) > chi2.isf(1e-6, 15)


def test_means_are_those_of_all_states():
    """In both ensembles; of swaps, the states with the composition of the start."""
    for move, n_trials in (("flip", 40), ("swap", 60)):
        lanes = make_lanes(hnf=ROD, chemical_potentials=0.02)
        states, energies = all_states(lanes)
        lanes.fill(np.arange(8) < 3)
        getattr(lanes, move)(400)
        seen, _ = sample(lanes, move, 60, n_trials)
        if move == "swap":
            energies = energies[states.sum(axis=1) == 3]
            assert (lanes.count_species() == 3).all()
        weights = np.exp(-(energies - energies.min()) / (BOLTZMANN * TEMPERATURE))
        exact = (weights * energies).sum() / weights.sum()
        of_chains = seen.mean(axis=0)
        error = of_chains.std(ddof=1) / 8
        assert abs(of_chains.mean() - exact) < 3 * error
        assert error < 0.1 * energies.std()


def test_lanes_have_temperatures_and_parameters_of_their_own():
    lanes = make_lanes(hnf=ROD, temperatures=np.linspace(100, 5000, 64))
    lanes.interactions[:, 32:] = 0.0
    free = Lanes(lanes.crystal, lanes.interactions, np.linspace(100, 5000, 64))
    free.flip(2000)
    assert (free.accepted[32:] == 2000).all()
    assert (free.energies[32:] == 0).all()
    assert free.accepted[0] < free.accepted[31] < 2000


def test_the_same_seed_gives_the_same_chain():
    words = []
    for seed in (1, 1, 2):
        lanes = make_lanes(seed=seed)
        lanes.flip(50)
        lanes.swap(50)
        words.append(lanes.words.tolist())
    assert words[0] == words[1] != words[2]


def test_a_crystal_in_which_a_cluster_meets_itself_is_refused_with_the_size_that_is_needed():
    orbits = build_cluster_space(FCC, (1.3,)).orbits
    with pytest.raises(WarehouseError, match="meets itself") as caught:
        build_crystal(FCC, np.eye(3, dtype=int), orbits)
    assert "2x2x2 cells, 8 sites" in caught.value.hint
    assert build_crystal(FCC, 2 * np.eye(3, dtype=int), orbits).n_sites == 8


def test_orbits_that_symmetry_does_not_give_are_refused():
    orbits = build_cluster_space(FCC, (0.8,)).orbits.with_columns(multiplicity=pl.lit(5))
    with pytest.raises(WarehouseError, match="symmetry gives 1"):
        build_crystal(FCC, CUBE, orbits)
