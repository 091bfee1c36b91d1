"""How a strength is chosen: where the walk over them turns and ends."""

from dataclasses import dataclass

import pytest

from analysis.runs.choice import go_abreast, is_losing, walk


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


@pytest.mark.parametrize(
    ("losses", "given_up"),
    [
        ([1.2, 1.1, 1.2, 1.3, 1.4, 1.5], True),
        ([1.1, 1.2, 1.3, 1.4, 1.5], False),  # The first look is of steps that overshoot.
        ([1.0, 1.5, 1.4, 1.3, 1.2, 1.1], False),  # It comes back.
        ([1.0, 0.9, 1.1, 1.2, 1.3, 1.4], False),  # It was better just now.
        ([1.0, 1.3, 1.2, 1.2, 1.2, 1.2, 1.2], True),
        ([1.0, 1.1, 1.3, 1.2, 1.3, 1.4], True),  # It wavers, but not back.
    ],
)
def test_a_fit_is_given_up_that_is_worse_and_does_not_come_back(losses, given_up):
    assert is_losing(losses, 1.0) == given_up


def test_iterations_go_abreast_to_the_end_of_each():
    assert list(go_abreast([iter("abc"), iter("x")])) == [["a", "x"], ["b", "x"], ["c", "x"]]
