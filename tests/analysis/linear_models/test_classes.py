"""Logistic and multinomial regression and their scores against scikit-learn."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_sparse
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from analysis.linear_models.classifier import (
    FIRST_STRENGTH,
    STRENGTHS,
    ClassSamples,
    fit_classes,
    fit_classes_along,
)
from analysis.linear_models.design import Design
from analysis.linear_models.scores.classes import (
    CLASS_SCORES,
    WEIGHTED_CLASS_SCORES,
    calibration_error,
    confusion_counts,
    weigh_alike,
)
from analysis.linear_models.solvers.mixture import fit_mixed_classes
from analysis.linear_models.solvers.multinomial import (
    MultinomialFit,
    fit_multinomial,
    log_probabilities,
)


def problem(n_classes, n=400, n_sparse=20, n_dense=3, seed=0):
    rng = np.random.default_rng(seed)
    sparse = random_sparse(n, n_sparse, 0.2, "csr", np.float32, rng)
    design = Design(sparse, rng.normal(size=(n, n_dense)).astype(np.float32))
    logits = design.times(2 * rng.normal(size=(n_sparse + n_dense, n_classes)))
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return design, labels, np.hstack([sparse.toarray(), design.dense]).astype(float)


def class_samples(design, labels, n_classes, counts=None):
    return ClassSamples(
        design, labels, n_classes, np.ones(len(labels)) if counts is None else counts
    )


def spread(labels, n_classes):
    return (labels[:, None] == np.arange(n_classes)).astype(float)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_weights_are_those_of_scikit_learn(n_classes):
    design, labels, X = problem(n_classes)
    ours = fit_multinomial(design, spread(labels, n_classes), 2.0, tolerance=1e-7)
    theirs = LogisticRegression(C=0.5, tol=1e-8, max_iter=1000).fit(X, labels)
    assert pytest.approx(theirs.coef_, abs=2e-3) == ours.weights.T
    said = np.exp(log_probabilities(ours.logits(design)))
    assert said == pytest.approx(theirs.predict_proba(X), abs=1e-3)


def test_equal_rows_are_counted_instead_of_repeated():
    design, labels, _ = problem(3)
    twice = design.take(np.repeat(np.arange(400), 2))
    one = fit_multinomial(design, 2 * spread(labels, 3), 1.0, tolerance=1e-6)
    other = fit_multinomial(twice, spread(np.repeat(labels, 2), 3), 1.0, tolerance=1e-6)
    assert one.weights == pytest.approx(other.weights, abs=1e-3)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("ratio", [0.5, 1.0])
def test_a_mixture_of_penalties_is_that_of_scikit_learn(n_classes, ratio):
    design, labels, X = problem(n_classes)
    ours = fit_mixed_classes(design, spread(labels, n_classes), 4.0, ratio, enough=1e-8)
    theirs = LogisticRegression(
        C=1 / 4, l1_ratio=ratio, solver="saga", max_iter=5000, tol=1e-6
    ).fit(X, labels)
    assert pytest.approx(theirs.coef_, abs=5e-3) == ours.weights.T
    assert (ours.weights == 0).any()


@pytest.mark.parametrize("n_classes", [2, 3])
def test_scores_are_those_of_scikit_learn(n_classes):
    rng = np.random.default_rng(1)
    said = rng.dirichlet(np.ones(n_classes), 200)
    labels = rng.integers(0, n_classes, 200)
    called = said.argmax(axis=1)
    ranked = said if n_classes > 2 else said[:, 1]
    theirs = {
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, called),
        "macro_f1": metrics.f1_score(labels, called, average="macro"),
        "log_loss": metrics.log_loss(labels, said),
        "brier": metrics.brier_score_loss(labels, ranked),
        "roc_auc": metrics.roc_auc_score(labels, ranked, multi_class="ovr"),
    }
    ours = {name: CLASS_SCORES[name](labels, said) for name in theirs}
    assert ours == pytest.approx(theirs)
    counts = confusion_counts(labels, called, n_classes)
    assert (counts == metrics.confusion_matrix(labels, called)).all()


@pytest.mark.parametrize("ratio", [0.0, 1.0])
def test_a_sample_of_weight_two_counts_twice(ratio):
    design, labels, _ = problem(3)
    counts = np.where(np.arange(400) % 3 == 0, 2.0, 1.0)
    rows = np.repeat(np.arange(400), counts.astype(int))
    one = class_samples(design, labels, 3, counts)
    other = class_samples(design.take(rows), labels[rows], 3)
    # Weights count 1 on average: beside them a penalty is 4/3 of what it is beside twice the rows.
    fits = (
        next(fit_classes_along(one, np.arange(400), [3.0], ratio)),
        next(fit_classes_along(other, np.arange(len(rows)), [3.0 * len(rows) / 400], ratio)),
    )
    assert fits[0].fitted.weights == pytest.approx(fits[1].fitted.weights, abs=0.03)
    assert fits[0].shares == pytest.approx(fits[1].shares)


def test_scores_with_weights_are_those_of_scikit_learn():
    rng = np.random.default_rng(2)
    said, labels = rng.dirichlet(np.ones(3), 200), rng.integers(0, 3, 200)
    weights = rng.uniform(0.1, 5, 200)
    theirs = {
        "weighted_log_loss": metrics.log_loss(labels, said, sample_weight=weights),
        "weighted_balanced_accuracy": metrics.balanced_accuracy_score(
            labels, said.argmax(axis=1), sample_weight=weights
        ),
    }
    ours = {name: of(labels, said, weights) for name, of in WEIGHTED_CLASS_SCORES.items()}
    assert ours == pytest.approx(theirs)


def test_a_class_that_a_fold_lacks_does_not_count():
    labels = np.array([0, 0, 1])
    said = np.array([[0.8, 0.1, 0.1], [0.2, 0.6, 0.2], [0.1, 0.8, 0.1]])
    # Class 0: one of two right; class 1: all. Of 0.8, 0.2 against 0.1, and 0.8 against 0.1, 0.6.
    assert CLASS_SCORES["balanced_accuracy"](labels, said) == 0.75
    assert CLASS_SCORES["roc_auc"](labels, said) == 1.0
    assert np.isnan(CLASS_SCORES["roc_auc"](labels[:2], said[:2]))


def test_the_calibration_error_is_how_far_calls_are_from_right():
    said = np.array([[0.75, 0.25], [0.75, 0.25], [0.05, 0.95]])
    # Bin of 0.75: half right, 0.25 too sure, two of three samples; of 0.95: right, 0.05 unsure.
    assert calibration_error(np.array([0, 1, 1]), said) == pytest.approx((2 * 0.25 + 0.05) / 3)


def test_classes_weighed_alike_forget_how_frequent_they_are():
    said = np.array([[0.9, 0.1]])
    assert weigh_alike(said, np.array([0.9, 0.1]))[0] == pytest.approx([0.5, 0.5])
    assert weigh_alike(said, np.array([1.0, 0.0]))[0] == pytest.approx([1.0, 0.0])


def test_a_class_that_training_lacks_is_improbable_and_harms_nothing():
    design, labels, _ = problem(3)
    samples = class_samples(design, labels, 4)
    said = next(fit_classes_along(samples, np.arange(300), [3.0])).predict(design)
    assert said.shape == (400, 4)
    assert said[:, 3].max() < 0.05


def test_the_strength_is_chosen_inside_the_rows_alone():
    design, labels, _ = problem(3)
    rows, groups = np.arange(300), np.arange(400).astype(str)
    fits = []
    for beyond in (labels, np.append(labels[:300], np.zeros(100, int))):
        samples = class_samples(design, beyond, 3)
        fits.append(fit_classes(samples, groups, rows, 0))
    assert (fits[0].fitted.weights == fits[1].fitted.weights).all()
    assert fits[0].shares == pytest.approx(np.bincount(labels[:300]) / 300)


def test_a_column_that_few_rows_vary_gets_no_weight_however_few_rows_there_are():
    design, labels, _ = problem(3)
    design.dense[:, 0] = 0
    design.dense[:9, 0] = 1e-6
    fitted = next(fit_classes_along(class_samples(design, labels, 3), np.arange(100), [1.0]))
    assert (fitted.fitted.weights[design.sparse.shape[1]] == 0).all()


def test_descriptors_of_which_too_few_samples_have_one_get_no_weight_polymorphs_count_each():
    sparse = np.zeros((400, 3), np.float32)
    sparse[:200, 0] = 1
    sparse[:3, 1] = 1  # one too few
    sparse[10:14, 2] = 1  # four, of equal descriptors
    design = Design.of_sparse(csr_matrix(sparse))
    labels = np.random.default_rng(0).integers(0, 2, 400)
    fitted = next(fit_classes_along(class_samples(design, labels, 2), np.arange(400), [1.0]))
    assert (fitted.fitted.weights[:, 0] != 0).tolist() == [True, False, True]


def test_samples_with_equal_descriptors_are_alike_and_others_are_not():
    design, _, _ = problem(2)
    twice = design.take(np.append(np.arange(400), np.arange(400)))
    assert len(set(design.alike)) == 400
    assert (twice.alike[:400] == twice.alike[400:]).all()


def test_columns_that_add_up_alike_are_fitted_at_a_weak_penalty():
    """Four sets, of each of which one column is 1: single precision cannot tell them apart."""
    rng = np.random.default_rng(0)
    X = np.hstack([np.eye(8, dtype=np.float32)[rng.integers(8, size=8000)] for _ in range(4)])
    labels = (rng.uniform(size=8000) < 0.3 + 0.4 * X[:, 0]).astype(int)
    for design in (Design.of_sparse(csr_matrix(X)), Design(csr_matrix((8000, 0), dtype="f4"), X)):
        fitted = fit_multinomial(design, spread(labels, 2), 1e-4, tolerance=2e-7)
        assert fitted.gradient < 4e-7  # rounding of single precision leaves up to 2.1e-7


def test_rare_descriptors_do_not_stay_where_the_fit_began():
    # Two of 100,000 samples have each, a metal and none: the gradient of the mean loss is 1e-5,
    # below the tolerance. A fit that began at 3 has to leave all the same: the minimum is at 0.
    labels = (np.arange(100_000) % 2 == 0).astype(int)
    X = csr_matrix((np.ones(2000), (np.arange(2000), np.arange(2000) // 2)), shape=(100_000, 1000))
    design = Design.of_sparse(X.astype(np.float32))
    began = MultinomialFit(np.full((1000, 1), 3.0), np.zeros(1), 0.01)
    fitted = fit_multinomial(design, spread(labels, 2), 0.01, began, tolerance=1e-4)
    assert np.abs(fitted.weights).max() < 0.3


def test_a_fit_that_stopped_early_says_so():
    design, labels, _ = problem(2)
    early = fit_multinomial(design, spread(labels, 2), 1.0, most_steps=1)
    assert not early.is_converged
    assert early.gradient > fit_multinomial(design, spread(labels, 2), 1.0).gradient


def test_the_choice_of_strength_keeps_groups_together():
    # Within a group all have one label, a coin's toss: only a choice that has seen the test groups
    # would trust the group's column.
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(60), 10)
    labels = rng.integers(0, 2, 60)[groups]
    memory = Design.of_sparse(csr_matrix(np.eye(60, dtype=np.float32)[groups]))
    samples = class_samples(memory, labels, 2)
    rows = np.arange(600)
    kept, apart = (fit_classes(samples, of, rows, 0).fitted.strength for of in (groups, rows))
    assert kept > FIRST_STRENGTH > apart == min(STRENGTHS)
