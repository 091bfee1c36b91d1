"""The engine of several species and sublattices, against icet and all states of small crystals."""

from itertools import product

import numpy as np
import polars as pl
import pytest

from analysis.thermodynamics.engine.copies import BOLTZMANN
from analysis.thermodynamics.engine.species_lanes import SpeciesLanes
from analysis.thermodynamics.engine.species_tables import build_species_crystal
from ingest.alloys.cluster_spaces import build_cluster_space
from tests.analysis.thermodynamics.test_engine import CUBE, ROD
from tests.support.alloys import FCC
from tests.support.sublattices import PEROVSKITE
from warehouse.conventions.lattices import ParentLattice
from warehouse.conventions.sites import supercell_sites
from warehouse.errors import WarehouseError

SCALES = {2: [-1.0], 3: [-(2**0.5), -(2**0.5)], 4: [-(2**0.5), -(2**0.5), -1.0]}
"""Our point functions of so many species by icet's, which are -cos and -sin without a root."""
TEMPERATURE = 2000.0
ROCKSALT = ParentLattice(
    "rocksalt", FCC.cell, np.array([[0, 0, 0], [0.5, 0.5, 0.5]]), (2, 3), (0, 1)
)
OXIDE = ParentLattice(
    "oxide", np.eye(3), PEROVSKITE.get_scaled_positions(), (1, 1, 2, 2, 2), (1, 2, 0, 0, 0)
)
SLANTED = np.array([[4, 0, 0], [1, 3, 0], [2, 1, 4]])
CASES = {
    "three elements": (FCC.with_species(3), [["Al", "Ni", "Pd"]], SLANTED, (1.3, 1.01, 0.8)),
    "four elements": (FCC.with_species(4), [["Al", "Ni", "Pd", "Pt"]], SLANTED, (1.01, 0.8)),
    "two sublattices, vacancies": (
        ROCKSALT, [["Mg", "Zn"], ["X", "Al", "Si"]], SLANTED, (1.1, 0.8, 0.8)
    ),
    "inert sites, vacancies": (
        OXIDE, [["Sr"], ["Ti"], *[["X", "O"]] * 3], np.array([[3, 0, 0], [1, 2, 0], [1, 1, 3]]),
        (1.1, 1.0),
    ),
}  # fmt: skip


def make_lanes(parent, hnf, cutoffs, *, seed=0, constant=0.0, **options) -> SpeciesLanes:
    """Lanes of a random model, alike but for what `options` say."""
    crystal = build_species_crystal(parent, hnf, build_cluster_space(parent, cutoffs).orbits)
    model = np.random.default_rng(7).normal(scale=0.02, size=crystal.orbits.height)
    options = {"temperatures": np.full(64, TEMPERATURE), "constants": constant} | options
    return SpeciesLanes(crystal, np.repeat(model[:, None], 64, axis=1), seed=seed, **options)


def random_species(lanes: SpeciesLanes) -> np.ndarray:
    """Species at random (n_sites, 64)."""
    n_species = np.repeat(lanes.crystal.parent.n_species, lanes.crystal.n_cells)
    shape = (lanes.crystal.n_sites, 64)
    return np.random.default_rng(3).integers(0, n_species[:, None], size=shape)


@pytest.mark.parametrize("case", CASES)
def test_energies_are_those_of_icet_before_and_after_a_thousand_moves(case):
    from ase import Atoms
    from icet import ClusterExpansion, ClusterSpace

    parent, symbols, hnf, cutoffs = CASES[case]
    lanes = make_lanes(parent, hnf, cutoffs, constant=0.1, temperatures=np.full(64, 2e4))
    crystal, start = lanes.crystal, random_species(lanes)
    lanes.fill(start)
    primitive = parent.atoms()
    primitive.symbols[:] = [allowed[0] for allowed in symbols]
    space = ClusterSpace(primitive, list(cutoffs), symbols)
    # A parameter multiplies a mean over clusters, an interaction each cluster's point functions.
    per_site = crystal.orbits["multiplicity"].to_numpy() / len(parent.basis)
    scales = [
        np.prod([SCALES[parent.n_species[site[0]]][f] for site, f in zip(*orbit, strict=True)])
        for orbit in crystal.orbits.select("sites", "point_functions").rows()
    ]
    expansion = ClusterExpansion(space, [0.1, *(lanes.interactions[:, 0] * per_site * scales)])
    sites = supercell_sites(parent, hnf)
    on_sites = [symbols[basis] for basis in sites[:, 0]]

    def differences():
        for lane in (0, 31, 63):
            species = lanes.occupations()[:, lane]
            named = [allowed[one] for allowed, one in zip(on_sites, species, strict=True)]
            atoms = Atoms(named, parent.positions(sites), cell=hnf @ parent.cell, pbc=True)
            yield expansion.predict(atoms) * len(atoms) - lanes.energies[lane]

    np.testing.assert_allclose([*differences()], 0, atol=1e-9)
    lanes.swap(1000)
    assert lanes.accepted.min() > 100
    np.testing.assert_allclose([*differences()], 0, atol=1e-9)
    moved = lanes.occupations() != start
    assert moved.any(axis=1).tolist() == (np.array(parent.n_species)[sites[:, 0]] > 1).tolist()
    lanes.flip(1000)
    np.testing.assert_allclose([*differences()], 0, atol=1e-9)


def test_swaps_keep_the_composition_of_each_sublattice():
    lanes = make_lanes(ROCKSALT, 3 * np.eye(3, dtype=int), (0.8,))
    lanes.fill(random_species(lanes))
    before = lanes.count_species()
    lanes.swap(500)
    assert (lanes.count_species() == before).all()
    assert before.shape == (3, 64)
    occupations = lanes.occupations()
    by_hand = [occupations[:27] == 1, occupations[27:] == 1, occupations[27:] == 2]
    assert (before == [of.sum(axis=0) for of in by_hand]).all()


def all_states(lanes: SpeciesLanes) -> tuple[np.ndarray, np.ndarray]:
    """Every occupation (n_states, n_sites) of the crystal, and its energy less mu N in eV."""
    n_species = np.repeat(lanes.crystal.parent.n_species, lanes.crystal.n_cells)
    states = np.array(list(product(*map(range, n_species))))
    energies = []
    for start in range(0, len(states), 64):
        chunk = states[start : start + 64]
        lanes.fill(np.resize(chunk, (64, len(n_species))).T)
        energies.append(lanes.energies[: len(chunk)].copy())
    return states, np.concatenate(energies)


@pytest.mark.parametrize("move", ["swap", "flip"])
@pytest.mark.parametrize(
    ("parent", "hnf", "start"),
    [
        (FCC.with_species(3), ROD, [0, 0, 1, 1, 1, 2, 2, 2]),
        (ROCKSALT, CUBE, [0, 0, 1, 1, 0, 1, 1, 2]),
    ],
    ids=["three elements", "two sublattices"],
)
def test_means_are_those_of_all_states(parent, hnf, start, move):
    """Of swaps, those of the states with the composition of the start."""
    n_shares = sum(parent.n_species) - len(parent.n_species)
    potentials = np.linspace(-0.03, 0.04, n_shares)[:, None].repeat(64, axis=1)
    lanes = make_lanes(parent, hnf, (0.8,), chemical_potentials=potentials)
    states, energies = all_states(lanes)
    lanes.fill(np.array(start))
    if move == "swap":
        lanes.fill(np.array(start))
        wanted = lanes.count_species()[:, 0]
        n_cells, counts = lanes.crystal.n_cells, []
        for basis, n_species in enumerate(parent.n_species):
            part = states[:, basis * n_cells : (basis + 1) * n_cells]
            counts += [(part == species).sum(axis=1) for species in range(1, n_species)]
        energies = energies[(wanted == np.array(counts).T).all(axis=1)]
    getattr(lanes, move)(400)
    seen = []
    for _ in range(60):
        getattr(lanes, move)(60)
        seen.append(lanes.energies.copy())
    weights = np.exp(-(energies - energies.min()) / (BOLTZMANN * TEMPERATURE))
    exact = (weights * energies).sum() / weights.sum()
    of_chains = np.mean(seen, axis=0)
    error = of_chains.std(ddof=1) / 8
    assert abs(of_chains.mean() - exact) < 3 * error
    assert error < 0.1 * energies.std()


def test_correlations_are_those_that_are_counted():
    from warehouse.crystals.orbit_clusters import count_correlations, expand_orbits

    parent, _, hnf, cutoffs = CASES["two sublattices, vacancies"]
    lanes = make_lanes(parent, hnf, cutoffs)
    lanes.fill(random_species(lanes))
    orbits = lanes.crystal.orbits
    clusters = expand_orbits(orbits["sites"].to_list(), parent, orbits["point_functions"].to_list())
    found = lanes.sum_clusters() / (
        orbits["multiplicity"].to_numpy()[:, None] * lanes.crystal.n_cells
    )
    for lane in (0, 63):
        expected = count_correlations(clusters, parent, hnf, lanes.occupations()[:, lane])
        np.testing.assert_allclose(found[:, lane], expected, atol=1e-12)


def test_the_same_seed_gives_the_same_chain():
    words = []
    for seed in (1, 1, 2):
        lanes = make_lanes(ROCKSALT, CUBE, (0.8,), seed=seed)
        lanes.flip(50)
        lanes.swap(50)
        words.append(lanes.words.tolist())
    assert words[0] == words[1] != words[2]


def test_a_crystal_that_is_too_small_or_has_other_orbits_is_refused():
    parent = FCC.with_species(3)
    orbits = build_cluster_space(parent, (1.3,)).orbits
    with pytest.raises(WarehouseError, match="meets itself") as caught:
        build_species_crystal(parent, np.eye(3, dtype=int), orbits)
    assert "2x2x2 cells, 8 sites" in caught.value.hint
    with pytest.raises(WarehouseError, match="symmetry gives"):
        build_species_crystal(parent, CUBE, orbits.with_columns(multiplicity=pl.lit(5)))
