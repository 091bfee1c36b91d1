"""Scores against hand-countable arrays and against scikit-learn."""

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import (
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    roc_auc_score,
)

from analysis.metrics import (
    classification_scores,
    regression_scores,
    score_predictions,
)


def predictions(target, prediction, folds):
    return pl.DataFrame(
        {
            "model": "m",
            "split": "s",
            "fold": folds,
            "target": np.asarray(target, float),
            "prediction": np.asarray(prediction, float),
        }
    )


def values(scores):
    return {row["metric"]: row for row in scores.to_dicts()}


def test_regression_scores_by_hand_in_mev_per_atom():
    # Errors +3, -4 and 0 meV/atom: RMSE sqrt(25 / 3), MAE 7 / 3, largest 4.
    frame = predictions([0.010, 0.020, 0.030], [0.013, 0.016, 0.030], [0, 0, 0])
    scores = values(score_predictions(frame, regression_scores(), mean_of_folds=False))
    assert scores["rmse"]["value"] == pytest.approx(np.sqrt(25 / 3))
    assert scores["mae"]["value"] == pytest.approx(7 / 3)
    assert scores["max_error"]["value"] == pytest.approx(4)
    # R² = 1 - 25 / 200 with squared deviations 100 + 0 + 100 from the mean of 20 meV/atom.
    assert scores["r2"]["value"] == pytest.approx(1 - 25 / 200)
    assert scores["rmse"]["unit"] == "meV/atom"
    assert scores["rmse"]["std"] is None
    assert scores["rmse"]["n"] == 3


def test_classification_scores_by_hand():
    # Metals at .9 and .4, non-metals at .6 and .1: one of two right in each class. Of the four
    # pairs of a metal and a non-metal, (.4, .6) is ranked wrongly.
    frame = predictions([1, 1, 0, 0], [0.9, 0.4, 0.6, 0.1], [0, 0, 0, 0])
    scores = values(score_predictions(frame, classification_scores(), mean_of_folds=True))
    assert scores["balanced_accuracy"]["value"] == pytest.approx(0.5)
    assert scores["roc_auc"]["value"] == pytest.approx(0.75)
    assert scores["f1"]["value"] == pytest.approx(0.5)
    assert scores["brier"]["value"] == pytest.approx((0.01 + 0.36 + 0.36 + 0.01) / 4)


def test_classification_scores_are_those_of_scikit_learn_ties_and_certainties_among_them():
    rng = np.random.default_rng(1)
    y, p = rng.integers(0, 2, 300), np.round(rng.uniform(size=300), 1)
    wanted = {
        "balanced_accuracy": balanced_accuracy_score(y, p >= 0.5),
        "f1": f1_score(y, p >= 0.5),
        "roc_auc": roc_auc_score(y, p),
        "brier": brier_score_loss(y, p),
    }
    scores = {name: score(y, p) for name, (_, score) in classification_scores().items()}
    assert scores == pytest.approx(wanted)


def test_published_auc_of_labels_is_balanced_accuracy():
    rng = np.random.default_rng(0)
    target, labels = rng.integers(0, 2, 500), rng.integers(0, 2, 500)
    assert roc_auc_score(target, labels) == pytest.approx(balanced_accuracy_score(target, labels))


def test_mean_of_folds_and_score_of_all_differ():
    # Fold 0 has errors of 1 meV/atom on three samples, fold 1 of 5 meV/atom on one.
    frame = predictions([0, 0, 0, 0], [0.001, 0.001, 0.001, 0.005], [0, 0, 0, 1])
    scores = {"rmse": regression_scores()["rmse"]}
    mean = score_predictions(frame, scores, mean_of_folds=True)
    together = score_predictions(frame, scores, mean_of_folds=False)
    assert mean["value"][0] == pytest.approx(3)
    assert together["value"][0] == pytest.approx(np.sqrt(28 / 4))
    assert mean["std"][0] == together["std"][0] == pytest.approx(np.std([1, 5], ddof=1))


def test_a_score_that_the_samples_do_not_have_is_null_with_its_n():
    # One sample has no R²; of two folds of one each, none has, so there is no deviation either.
    alone = predictions([0.01], [0.02], [0])
    scores = values(score_predictions(alone, regression_scores(), mean_of_folds=False))
    assert (scores["r2"]["value"], scores["r2"]["n"]) == (None, 1)
    assert scores["rmse"]["value"] == pytest.approx(10)
    apart = predictions([0.01, 0.03], [0.02, 0.03], [0, 1])
    scores = values(score_predictions(apart, regression_scores(), mean_of_folds=False))
    assert scores["r2"]["std"] is None
    assert scores["rmse"]["std"] == pytest.approx(np.std([10, 0], ddof=1))
    # Energies without variance, and labels of one class.
    equal = predictions([0.01, 0.01], [0.02, 0.0], [0, 0])
    scores = values(score_predictions(equal, regression_scores(), mean_of_folds=False))
    assert scores["r2"]["value"] is None
    metals = predictions([1, 1, 0], [0.9, 0.2, 0.1], [0, 0, 1])
    scores = values(score_predictions(metals, classification_scores(), mean_of_folds=True))
    assert scores["roc_auc"]["std"] is None
