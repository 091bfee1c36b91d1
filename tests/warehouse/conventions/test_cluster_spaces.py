"""Names of cluster spaces are read back as they were made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.conventions.cluster_spaces import (
    DEFAULT_CUTOFFS,
    ClusterSpaceName,
    list_cutoffs,
    parse_cutoffs,
)
from warehouse.errors import WarehouseError


def test_the_default_cluster_space_stands_once():
    assert str(ClusterSpaceName("fcc")) == "fcc-4-2.5-1.6"
    assert list_cutoffs(DEFAULT_CUTOFFS) == "4,2.5,1.6"


names = st.sampled_from(["fcc", "hp2_65d7ee", "my-own", "two-3rds"])
lengths = st.lists(st.integers(1, 5999).map(lambda n: n / 1000), min_size=1, max_size=4)


@given(names, lengths)
def test_a_cluster_space_is_read_back_from_its_name(parent, cutoffs):
    space = ClusterSpaceName(parent, tuple(cutoffs))
    assert ClusterSpaceName.parse(str(space)) == space


def test_a_tiny_cutoff_is_read_back_too():
    assert ClusterSpaceName.parse(str(ClusterSpaceName("fcc", (1.0, 1e-5)))).cutoffs == (1.0, 1e-5)


@pytest.mark.parametrize("text", ["fcc", "", "fcc-", "fcc-4-", "fcc-1.2.3", "fcc 4"])
def test_what_is_no_cluster_space_is_refused(text):
    with pytest.raises(WarehouseError, match=f"{text!r} is no cluster space"):
        ClusterSpaceName.parse(text)


@pytest.mark.parametrize(
    ("cutoffs", "is_held"),
    [
        ((3.2, 1.8), True),
        ((3.0,), True),
        ((), True),
        ((3.3,), False),
        ((1.0, 1.9), False),
        ((1.0, 1.0, 1.0), False),
    ],
)
def test_a_space_holds_shorter_clusters(cutoffs, is_held):
    assert ClusterSpaceName("fcc", (3.2, 1.8)).holds(cutoffs) is is_held


def test_cutoffs_are_numbers_above_0():
    assert parse_cutoffs("3.2, 1.8") == [3.2, 1.8]
    for text in ("", "3.2;1.8", "a", "0", "-1", "inf", "nan"):
        with pytest.raises(WarehouseError, match="--cutoffs"):
            parse_cutoffs(text)
