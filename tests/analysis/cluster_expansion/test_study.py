"""What a study makes of methods and splits that cannot be had."""

from types import MappingProxyType

import numpy as np
import polars as pl
import pytest

from analysis.cluster_expansion import study
from analysis.cluster_expansion.models import methods as linear_methods
from analysis.cluster_expansion.settings import ClusterExpansionSettings
from analysis.cluster_expansion.splits import MOST_GROUPS, share_folds
from analysis.datasets import Dataset
from tests.support.planted import plant
from warehouse.errors import WarehouseError


def fail(orbits, inner):
    raise np.linalg.LinAlgError("the matrix is not positive definite")


@pytest.fixture(scope="module")
def planted():
    """Forty structures, a fifth of them locked; ten at a composition of their own."""
    data = plant(3, 5e-4, 40)
    places = np.arange(40)
    samples = pl.DataFrame(
        {
            "structure_id": [f"s{place}" for place in places],
            "decoration_id": [f"d{place}" for place in places],
            "is_locked_test": places % 5 == 4,
            "random_folds": [[place % 3] * 5 for place in places],
            "n_atoms": [4] * 40,
            "composition_group": [f"A{min(place, 31)}" for place in places],
        }
    )
    names = tuple(str(number) for number in range(data.X.shape[1]))
    return Dataset("a-b", "chain", data.X, data.y, names, samples), data.orbits


def test_a_method_that_fails_is_told_and_left_out(planted, monkeypatch):
    methods = MappingProxyType({"weighted_ridge": fail, "ridge": linear_methods.METHODS["ridge"]})
    monkeypatch.setattr(linear_methods, "METHODS", methods)
    monkeypatch.setattr(study, "METHODS", methods)
    settings = ClusterExpansionSettings("chain", tuple(methods), ("random_10_fold",))
    results = study.study_alloy(*planted, settings)
    assert results.selected == "ridge"
    assert "not positive definite" in results.left_out_methods["weighted_ridge"]
    assert "not positive definite" in results.hyperparameters["weighted_ridge"]["left_out"]
    assert set(results.metrics["model"]) == {"ridge", "nested_choice"}
    with pytest.raises(WarehouseError, match="no method can be fitted; weighted_ridge"):
        study.study_alloy(*planted, ClusterExpansionSettings("chain", ("weighted_ridge",), ()))


def test_a_method_that_is_never_chosen_is_refused_alone(planted, monkeypatch):
    by_concentration = linear_methods.METHODS["concentration_ridge"]
    methods = MappingProxyType({"ridge": fail, "concentration_ridge": by_concentration})
    monkeypatch.setattr(linear_methods, "METHODS", methods)
    monkeypatch.setattr(study, "METHODS", methods)
    for asked in (("concentration_ridge",), ("ridge", "concentration_ridge")):
        with pytest.raises(WarehouseError, match="compared and never chosen"):
            study.study_alloy(*planted, ClusterExpansionSettings("chain", asked, ()))


def test_only_a_thorough_study_repeats_the_folds_of_every_method(planted, monkeypatch):
    nothing = {"curves": pl.DataFrame(), "paths": pl.DataFrame(), "draws": pl.DataFrame()}
    monkeypatch.setattr(study, "inquire", lambda *rest: (nothing, {}))
    for is_thorough in (False, True):
        settings = ClusterExpansionSettings(
            "chain", ("least_squares", "ridge"), ("random_10_fold",), is_thorough=is_thorough
        )
        results = study.study_alloy(*planted, settings)
        repeated = results.predictions.filter(pl.col("split").str.contains("_repeat_"))
        expected = (
            {"least_squares", "ridge", "nested_choice"} if is_thorough else {results.selected}
        )
        assert set(repeated["model"]) == expected


def test_many_compositions_share_folds_and_none_is_in_two():
    groups = pl.Series("composition_group", [f"g{n % 40}" for n in range(200)])
    folds = share_folds(groups)
    assert len(np.unique(folds)) == MOST_GROUPS
    pairs = {(group, fold) for group, fold in zip(groups, folds, strict=True)}
    assert len(pairs) == 40
    sizes = np.bincount(folds)
    assert sizes.max() - sizes.min() <= 5


def test_a_refit_to_all_changes_the_parameters_and_no_score(planted, monkeypatch):
    nothing = {"curves": pl.DataFrame(), "paths": pl.DataFrame(), "draws": pl.DataFrame()}
    monkeypatch.setattr(study, "inquire", lambda *rest: (nothing, {}))
    dataset, orbits = planted
    judged, refitted = (
        study.study_alloy(
            dataset, orbits, ClusterExpansionSettings("chain", ("ridge",), (), refit=refit)
        )
        for refit in ("training", "all")
    )
    assert judged.metrics.equals(refitted.metrics)
    model = linear_methods.make_model("ridge", orbits, []).fit(dataset.X, dataset.y)
    np.testing.assert_allclose(refitted.parameters["parameter"], model.parameters_)
    assert not judged.parameters.equals(refitted.parameters)
    assert refitted.hyperparameters["ridge"]["n_training"] == 40
