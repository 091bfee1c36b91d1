"""One classifier of a user's own: scored on both sides of a fold of formulas."""

import pytest

from analysis.metals.benchmarks import MATBENCH
from analysis.metals.inquiries.own_try import try_classifier
from warehouse.errors import WarehouseError

CALCULATED, MEASURED = MATBENCH


def test_more_descriptors_at_a_weak_penalty_learn_by_heart(connection):
    few = try_classifier(connection, CALCULATED, ["fractions"], 0.1)
    many = try_classifier(connection, CALCULATED, ["fractions", "pairs", "magpie"], 100.0)
    assert few.n_training + few.n_validation == many.n_training + many.n_validation == 1500
    assert few.n_columns < many.n_columns
    small, large = (of.scores.filter(metric="roc_auc").row(0)[1:] for of in (few, many))
    assert large[0] > small[0]
    assert large[0] - large[1] > small[0] - small[1]
    assert "C = 100" in next(many.lines())
    assert not any("_" in name for name in many.weights["descriptor"]), "Magpie's have units"


@pytest.mark.parametrize(
    ("features", "says"),
    [(["spins"], "no features 'spins'"), (["cell"], "no material of .* has cell")],
)
def test_descriptors_that_there_are_not_say_so(connection, features, says):
    with pytest.raises(WarehouseError, match=says):
        try_classifier(connection, MEASURED, features, 1.0)
