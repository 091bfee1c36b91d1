"""How a strength is chosen: where the walk over them turns and ends."""

from dataclasses import dataclass

import pytest

from analysis.runs.choice import walk


@dataclass(frozen=True)
class Tried:
    strength: float
    loss: float


@pytest.mark.parametrize(
    ("best", "asked"),
    [
        (3.0, [2.0, 3.0, 4.0]),  # onwards until it is worse
        (1.0, [2.0, 3.0, 1.0, 0.5]),  # worse onwards, so that it turns
        (4.0, [2.0, 3.0, 4.0]),  # to the end
        (2.0, [2.0, 3.0, 1.0]),
    ],
)
def test_the_walk_ends_where_the_held_out_loss_rises(best, asked):
    tried = []

    def attempt(strength, before):
        tried.append(strength)
        assert before is None or before.strength in tried
        return Tried(strength, abs(strength - best))

    assert walk((0.5, 1.0, 2.0, 3.0, 4.0), 2.0, attempt).strength == best
    assert tried == asked
