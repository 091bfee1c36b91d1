"""How training and test are parted: nothing of the test is ever seen before."""

import numpy as np
import polars as pl
import pytest

from analysis.cluster_expansion.data import read_dataset
from analysis.cluster_expansion.splits import leave_out_small, split_inside, split_structures
from tests.analysis.conftest import SPACE


@pytest.fixture
def dataset(connection):
    return read_dataset(connection, "au-cu", SPACE)[0]


def test_training_and_test_never_share_a_structure(dataset):
    for fold in split_structures(dataset.samples):
        assert not (fold.train & fold.test).any(), fold.split


def test_the_split_that_chooses_never_touches_the_locked_test(dataset):
    is_locked = dataset.samples["is_locked_test"].to_numpy()
    for fold in split_structures(dataset.samples):
        if fold.split == "training_10_fold":
            assert not (fold.train & is_locked).any()
            assert not (fold.test & is_locked).any()


def test_each_cross_validation_tests_each_structure_once(dataset):
    folds = split_structures(dataset.samples)
    repeats = {fold.split for fold in folds if fold.split.startswith("random_10_fold")}
    assert len(repeats) == 5
    for split in (*repeats, "leave_composition_out"):
        tested = np.sum([fold.test for fold in folds if fold.split == split], axis=0)
        np.testing.assert_array_equal(tested, 1)


def test_leave_composition_out_hides_the_whole_composition(dataset):
    groups = dataset.samples["composition_group"].to_numpy()
    for fold in split_structures(dataset.samples):
        if fold.split == "leave_composition_out":
            assert not set(groups[fold.train]) & set(groups[fold.test])


def test_folds_inside_a_training_part_keep_equal_decorations_together(dataset):
    twice = dataset.samples.with_columns(decoration_id=pl.Series(np.arange(134) // 2).cast(str))
    train = np.ones(134, dtype=bool)
    for training, test in split_inside(twice, train, 0):
        groups = twice["decoration_id"].to_numpy()
        assert not set(groups[training]) & set(groups[test])


def test_an_optional_split_that_is_too_small_is_left_out_and_named(dataset):
    from dataclasses import replace

    large = (dataset.samples["n_atoms"] == 6).to_numpy()
    few = replace(
        dataset, X=dataset.X[large], y=dataset.y[large], samples=dataset.samples.filter(large)
    )
    folds, left_out = leave_out_small(few, split_structures(few.samples))
    assert left_out == ["size_5_to_6"]
    assert {fold.split for fold in folds} >= {"training_10_fold", "locked_test", "random_10_fold"}
    assert "size_5_to_6" not in {fold.split for fold in folds}
