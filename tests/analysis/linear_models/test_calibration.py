"""Calibrations of probabilities against scikit-learn's."""

import json

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

from analysis.linear_models.calibration import IsotonicSteps, Plain, learn_calibrations
from analysis.linear_models.classifier import fit_classes
from analysis.linear_models.scores.classes import log_loss
from tests.analysis.linear_models.test_classes import class_samples, problem


class Sure(ClassifierMixin, BaseEstimator):
    """A model whose only feature is its logit."""

    def fit(self, X, y):
        """Learn the classes alone."""
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X):
        """The logit."""
        return X[:, 0]

    def predict(self, X):
        """The likelier class."""
        return (X[:, 0] > 0).astype(int)


@pytest.fixture(scope="module")
def held_out():
    """Logits of two classes that are three times too sure, and shifted."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=600)
    labels = (truth + rng.logistic(size=600) > 0).astype(int)
    return 3 * truth[:, None] + 1, labels


def test_platt_scaling_is_that_of_scikit_learn(held_out):
    logits, labels = held_out
    platt = learn_calibrations(logits, labels, np.ones(600))["platt"]
    peer = CalibratedClassifierCV(FrozenEstimator(Sure().fit(logits, labels)), method="sigmoid")
    peer.fit(logits, labels)
    assert platt.apply(logits) == pytest.approx(peer.predict_proba(logits), abs=2e-3)
    assert platt.factor == pytest.approx(1 / 3, abs=0.1)


def test_isotonic_steps_are_those_of_scikit_learn(held_out):
    logits, labels = held_out
    steps = learn_calibrations(logits, labels, np.ones(600))["isotonic"]
    peer = CalibratedClassifierCV(FrozenEstimator(Sure().fit(logits, labels)), method="isotonic")
    peer.fit(logits, labels)
    # None is quite 0 or 1: a share of 1 / 601 is a guess.
    assert steps.apply(logits) == pytest.approx(peer.predict_proba(logits), abs=2e-3)
    assert steps.apply(logits).min() > 0
    kept = IsotonicSteps.from_record(json.loads(json.dumps(steps.as_record())))
    assert kept.step(Plain().apply(logits)) == pytest.approx(steps.apply(logits))


def test_both_mend_probabilities_of_several_classes_that_are_too_sure():
    design, labels, _ = problem(4, n=1200)
    sure = 4 * next(iter(_fits(design, labels, 4))).fitted.logits(design)
    made = learn_calibrations(sure[:800], labels[:800], np.ones(800))
    losses = {kind: log_loss(labels[800:], one.apply(sure[800:])) for kind, one in made.items()}
    assert max(losses["platt"], losses["isotonic"]) < losses["none"] - 0.1
    for one in made.values():
        assert one.apply(sure).sum(axis=1) == pytest.approx(1)


def test_they_are_learned_inside_the_rows_alone():
    design, labels, _ = problem(2)
    beyond = np.append(labels[:300], 1 - labels[300:])
    one, other = (next(iter(_fits(design, of, 2, 300))) for of in (labels, beyond))
    assert one.calibrations["platt"].factor == other.calibrations["platt"].factor
    for kind in ("platt", "isotonic"):
        assert one.predict(design, kind) == pytest.approx(other.predict(design, kind))


def _fits(design, labels, n_classes, n=400):
    samples = class_samples(design, labels, n_classes)
    yield fit_classes(samples, np.arange(len(labels)).astype(str), np.arange(n), 0)
