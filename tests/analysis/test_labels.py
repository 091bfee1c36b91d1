"""Words for readers: every key that a study writes has some, and no fit depends on them."""

import pytest

from analysis.cluster_expansion.fits import NESTED_CHOICE
from analysis.cluster_expansion.labels import AlloyModel, AlloyQuantity, AlloySplit
from analysis.cluster_expansion.models.methods import METHODS
from analysis.cluster_expansion.splits import SPLITS
from analysis.labels import FormulaSplit, Metric, find_label
from analysis.metrics import classification_scores, regression_scores


def test_a_member_is_its_key_as_a_string():
    assert AlloySplit.LOCKED_TEST == "locked_test"
    assert f"{AlloySplit.LOCKED_TEST}" == "locked_test"
    assert AlloySplit("locked_test").label == "locked test"


def test_every_split_and_model_that_the_study_writes_has_a_label():
    assert set(AlloySplit) == {"training", *SPLITS}
    assert set(AlloyModel) == {*METHODS, NESTED_CHOICE}


def test_every_score_has_a_label_and_its_unit():
    scores = regression_scores() | classification_scores()
    assert {metric: metric.unit for metric in Metric} == {
        name: unit for name, (unit, _) in scores.items()
    }


@pytest.mark.parametrize(
    ("member", "axis"),
    [
        (Metric.RMSE, "RMSE (meV/atom)"),
        (Metric.ROC_AUC, "ROC AUC"),
        (AlloySplit.TRAINING, "training"),
        (AlloyQuantity.CLUSTER_RADIUS, "cluster radius (Å)"),
    ],
)
def test_an_axis_has_the_unit_if_there_is_one(member, axis):
    assert member.axis == axis


def test_a_key_without_a_label_is_read_as_words():
    assert AlloyModel.label_of("ard") == "ARD"
    assert AlloyModel.label_of("of_another_version") == "of another version"
    tables = [Metric, AlloySplit, FormulaSplit]
    assert find_label("experiment", tables) == "calculated to measured"
    assert find_label("mae", tables) == "mean absolute error"
