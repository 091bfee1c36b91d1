"""How alike elements are, and interactions that change with the concentration."""

from itertools import permutations

import numpy as np
import polars as pl
import pytest
from scipy.optimize import approx_fprime

from analysis.cluster_expansion.models.evidence import LikenessEvidence
from analysis.cluster_expansion.models.likeness import (
    factor_blocks,
    group_arrangements,
    to_matrix,
)
from analysis.cluster_expansion.models.methods import (
    BY_CONCENTRATION,
    WEIGHTED,
    make_model,
    read_hyperparameters,
)
from ingest.alloys.cluster_spaces import build_cluster_space
from ingest.alloys.parents import get_parent
from warehouse.conventions.point_functions import ARRANGEMENTS, point_functions
from warehouse.crystals.orbit_clusters import count_correlations, expand_orbits, find_arrangements

HNF = np.array([[1, 0, 0], [0, 2, 0], [0, 0, 3]])
N_SITES = 6


@pytest.fixture(scope="module")
def space():
    """Orbits of three species on fcc, and the cluster vectors of random cells of six sites."""
    parent = get_parent("fcc").with_species(3)
    orbits = build_cluster_space(parent, [1.3, 1.0, 0.8]).orbits
    sites, functions = orbits["sites"].to_list(), orbits["point_functions"].to_list()
    same = find_arrangements(sites, functions, parent)
    orbits = orbits.with_columns(pl.Series(ARRANGEMENTS, same, pl.List(pl.List(pl.Int64))))
    species = np.random.default_rng(0).integers(0, 3, (120, N_SITES))
    clusters = expand_orbits(sites, parent, functions)

    def vectors(species):
        return np.array([count_correlations(clusters, parent, HNF, own) for own in species])

    return orbits, species, vectors


def test_an_orbit_has_as_many_clusters_as_arrangements(space):
    # Multiplicities are icet's; of the first functions on all sites there is one arrangement.
    orbits, *_ = space
    turn = group_arrangements(orbits[3:][ARRANGEMENTS].to_list())
    counts = orbits[3:]["multiplicity"].to_numpy()
    shares = np.array([len(own) for own in orbits[3:][ARRANGEMENTS].to_list()])
    plain = counts / shares
    for places in turn.places:
        assert (plain[places] == plain[places[:, :1]]).all()
    assert turn.first.max() < len(counts)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_other_names_of_elements_are_a_turn_of_the_functions(space, order):
    orbits, species, vectors = space
    few = species[:5]
    turn = group_arrangements(orbits[3:][ARRANGEMENTS].to_list())
    values = point_functions(3)
    matrix = np.linalg.lstsq(values, values[list(order)], rcond=None)[0].T
    renamed = vectors(np.array(order)[few])[:, 3:]
    variance = np.linspace(1.0, 2.0, sum(map(len, turn.places)))
    of_one, of_other = (
        factor_blocks(turn.add_blocks([(variance, own)])) for own in (matrix, np.eye(2))
    )
    turned, plain = turn.turn(vectors(few)[:, 3:], of_one), turn.turn(renamed, of_other)
    np.testing.assert_allclose(turned @ turned.T, plain @ plain.T, atol=1e-12)
    free = np.random.default_rng(1).normal(size=turned.shape[1])
    np.testing.assert_allclose(
        vectors(few)[:, 3:] @ turn.turn_back(free, of_one), turned @ free, atol=1e-12
    )


@pytest.mark.parametrize("method", [WEIGHTED, BY_CONCENTRATION])
def test_the_slope_of_the_evidence_is_its_difference(space, method):
    orbits, species, vectors = space
    X = vectors(species[:40])
    y = np.random.default_rng(2).normal(size=40)
    model = make_model(method, orbits, [])
    evidence = LikenessEvidence(
        model.scale(X, y)[0], model._points(X), model.shares(X), y, model.turn, model.estimator
    )
    far, near = [0.5, 2.0, -2.0, 0.5, -0.4, 0.7], [0.2, 6.0, -1.0, 0.7, 0.3, -0.2]
    swing = [-1.0, 0.2, -0.5] if method == BY_CONCENTRATION else []
    theta = np.array([*far, *near, *swing, -2.0, -0.5, 0.3])
    measured = approx_fprime(theta, lambda at: evidence.weigh(at)[0], 1e-6)
    np.testing.assert_allclose(evidence.weigh(theta)[1], measured, rtol=1e-3, atol=1e-2)


def test_elements_that_are_alike_are_found(space):
    # Energies know only whether a site has the third species: the first two are one.
    orbits, species, vectors = space
    X = vectors(species)
    binary = get_parent("fcc")
    plain = build_cluster_space(binary, [1.3, 1.0, 0.8]).orbits
    clusters = expand_orbits(plain["sites"].to_list(), binary)
    same = np.array([count_correlations(clusters, binary, HNF, own == 2) for own in species])
    chosen = [0.03, 0.01, -0.01, 0.005, 0.004, -0.003]
    is_odd = plain["cluster_order"][2:8].to_numpy() % 2 == 1
    energies = (same[:, 2:8] - np.where(is_odd, same[:, [1]], 1.0)) @ chosen
    fitted = make_model(WEIGHTED, orbits, []).fit(X, energies)
    told = read_hyperparameters(fitted)
    kind = max(("far", "near"), key=lambda kind: told[f"{kind}_strength"])
    assert told[f"{kind}_unlikeness_0_1"] < 0.15
    assert told[f"{kind}_unlikeness_0_2"] == pytest.approx(told[f"{kind}_unlikeness_1_2"], rel=0.1)


def test_interactions_that_change_with_the_concentration_are_found(space):
    orbits, species, vectors = space
    X = vectors(species)
    model = make_model(BY_CONCENTRATION, orbits, [])
    pairs = model.measure(X)[:, :3] @ [0.02, 0.0, 0.02]
    energies = pairs * (1 + 0.5 * X[:, 1] - 0.3 * X[:, 2])
    test = np.arange(len(X)) % 4 == 0
    errors = {}
    for method in (WEIGHTED, BY_CONCENTRATION):
        fitted = make_model(method, orbits, []).fit(X[~test], energies[~test])
        errors[method] = np.sqrt(np.mean((fitted.predict(X[test]) - energies[test]) ** 2))
        np.testing.assert_allclose(
            fitted.columns(X) @ fitted.estimator_.coef_ * fitted.target_scale_,
            fitted.predict(X),
            atol=1e-12,
        )
    assert errors[BY_CONCENTRATION] < 0.1 * errors[WEIGHTED]


def test_a_matrix_has_no_scale():
    matrix = to_matrix(np.array([0.3, -0.1, 0.2, 0.5, -0.4]), 3)
    assert np.linalg.det(matrix) == pytest.approx(1.0)
    assert (matrix == np.tril(matrix)).all()


def test_noise_of_each_two_elements_is_found(space):
    # Energies of pairs alone; cells of the first two elements have no noise, others the more of it.
    orbits, species, vectors = space
    generator = np.random.default_rng(4)
    species = np.vstack([species, generator.integers(0, 2, (60, N_SITES))])
    X = vectors(species)
    shares = np.array([np.bincount(own, minlength=3) for own in species]) / N_SITES
    model = make_model(WEIGHTED, orbits, [])
    exact = model.measure(X)[:, :3] @ [0.02, 0.0, 0.02]
    deviation = np.sqrt(4 * shares[:, 2] * (1 - shares[:, 2])) * 0.002
    energies = exact + deviation * generator.standard_normal(len(X))
    fitted = make_model(WEIGHTED, orbits, []).fit(X, energies)
    np.testing.assert_allclose(fitted.shares(X), shares, atol=1e-12)
    told = read_hyperparameters(fitted)
    assert told["noise_energy_0_1"] < 1e-4
    assert told["noise_energy_0_2"] == pytest.approx(0.002, rel=0.3)
    assert told["noise_energy_1_2"] == pytest.approx(0.002, rel=0.3)
    mixed = np.array([[0, 1, 0, 1, 0, 1], [0, 0, 0, 2, 2, 2], [1] * 6])
    noise = np.sqrt(fitted.row_noise(vectors(mixed))) * told["noise_energy"]
    assert noise[1] == pytest.approx(told["noise_energy_0_2"])
    assert noise[[0, 2]].max() < 1e-5
    of_two = shares[:, 2] == 0
    errors = fitted.predict(X) - exact
    assert np.sqrt(np.mean(errors[of_two] ** 2)) < 1e-4


def test_a_ridge_of_unequal_noise_is_one_of_rows_of_one_noise(space):
    # Generalised least squares with the prior: (Xᵀ N⁻¹ X + Λ⁻¹) w = Xᵀ N⁻¹ y.
    orbits, species, vectors = space
    X = vectors(species)
    y = np.random.default_rng(5).normal(size=len(X))
    fitted = make_model(WEIGHTED, orbits, []).fit(X, y)
    columns, ridge = fitted.columns(X), fitted.estimator_
    noise = fitted.row_noise(X) * ridge.noise_
    precision = (columns.T / noise) @ columns + np.diag(1 / ridge.prior_variance_)
    wanted = np.linalg.solve(precision, (columns.T / noise) @ (y / fitted.target_scale_))
    np.testing.assert_allclose(ridge.coef_, wanted, rtol=1e-6, atol=1e-9)
    assert fitted.row_noise(X).mean() == pytest.approx(1.0, rel=1e-4)
