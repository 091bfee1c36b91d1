"""How wide intervals must be: learned from structures of the training part, each left out."""

import json

import numpy as np
import pytest
from scipy.stats import norm

from analysis.cluster_expansion.models import reaches
from analysis.cluster_expansion.models.methods import make_model
from analysis.cluster_expansion.models.reaches import (
    LEAST_GROUP,
    Reaches,
    learn_reaches,
    leave_each_out,
    read_reaches,
)
from analysis.cluster_expansion.models.rows import condition, posterior_variance
from tests.support.planted import plant

NORMAL = norm.ppf(0.95)


@pytest.mark.parametrize("n", [20, 60])
@pytest.mark.parametrize("method", ["weighted_ridge", "bayesian_ridge"])
def test_leaving_out_in_closed_form_is_a_refit_without_each(method, n):
    # Of fewer structures than columns and of more.
    data = plant(3, 0.003, n)
    X, y = data.X, data.y
    model = make_model(method, data.orbits, []).fit(X, y)
    assert (n > model.columns(X).shape[1]) == (n == 60)
    (columns, target), noise = model.rows(X, y), 0.0
    prior, noise = reaches.read_prior(model.estimator_, bayesian=True)
    wanted = []
    for place in range(n):
        others = np.arange(n) != place
        known = columns[others], target[others]
        left = posterior_variance(known[0], prior, noise, columns[[place]])[0]
        error = target[place] - columns[place] @ condition(*known, prior, noise)
        wanted.append(error / np.sqrt(left + noise))
    np.testing.assert_allclose(leave_each_out(model, X, y), wanted, rtol=1e-5, atol=1e-7)


def test_a_reach_is_the_conformal_quantile_of_those_left_out(monkeypatch):
    # Of 39 ratios and one more 90 % are 36, so the 36th in size; 50 % are 20.
    data = plant(0, 0.003, 39)
    model = make_model("weighted_ridge", data.orbits, []).fit(data.X, data.y)
    ratios = np.random.default_rng(0).permutation(np.arange(1.0, 40.0)) * np.where(
        np.arange(39) % 2, 1, -1
    )
    monkeypatch.setattr(reaches, "leave_each_out", lambda *_: ratios)
    found = learn_reaches(model, data.X, data.y, (0.9, 0.5))
    assert [own.overall for own in found] == [36.0, 20.0]
    (few,) = learn_reaches(model, data.X[:8], data.y[:8], (0.99,))
    monkeypatch.setattr(reaches, "leave_each_out", lambda *_: ratios[:8])
    (few,) = learn_reaches(model, data.X[:8], data.y[:8], (0.99,))
    assert few.overall == pytest.approx(norm.ppf(0.995))


def test_elements_that_meet_in_enough_structures_have_a_reach_of_their_own(monkeypatch):
    n = 2 * LEAST_GROUP
    shares = np.zeros((n + 5, 3))
    shares[:n:2, :2] = 0.5
    shares[1:n:2] = 1 / 3
    shares[n:, 1:] = 0.5

    class Model:
        estimator_ = None
        learned_ = True

        def shares(self, X):
            return X

    sizes = np.where(np.arange(n + 5) % 2, 1.0, 3.0)
    monkeypatch.setattr(reaches, "leave_each_out", lambda *_: sizes)
    (found,) = learn_reaches(Model(), shares, sizes)
    assert found == Reaches(3.0, {(0, 1): 3.0, (0, 1, 2): 1.0})
    np.testing.assert_array_equal(found.at(shares[[0, 1, n]]), [3.0, 1.0, 3.0])
    assert read_reaches(json.dumps(found.tell() | {"noise": 2.0})) == found


def test_a_method_that_says_not_how_sure_it_is_has_the_reach_of_a_normal_distribution():
    data = plant(1, 0.003, 40)
    model = make_model("ridge", data.orbits, []).fit(data.X, data.y)
    assert learn_reaches(model, data.X, data.y) == [Reaches(pytest.approx(NORMAL))]
    assert read_reaches('{"noise": 1.0}').overall == pytest.approx(NORMAL)


def test_heavy_tails_are_told_by_the_training_part_alone():
    # A tenth of the noise is five times the rest: 90 % are inside of less than 1.645 deviations,
    # and 99 % need more than 2.58.
    data = plant(5, 0.002, 300)
    generator = np.random.default_rng(7)
    scale = np.where(generator.random(300) < 0.1, 0.01, 0.0)
    y = data.y + scale * generator.standard_normal(300)
    train = np.arange(300) % 3 > 0
    model = make_model("weighted_ridge", data.orbits, []).fit(data.X[train], y[train])
    at_90, at_99 = learn_reaches(model, data.X[train], y[train], (0.9, 0.99))
    assert at_90.overall < NORMAL
    assert at_99.overall > norm.ppf(0.995)
