"""Answers for any formula come from the same SQL as the training data."""

import json
import subprocess
import sys
from itertools import combinations

import pytest

from analysis.datasets import read_rows
from analysis.metals.benchmarks import MATBENCH
from analysis.metals.prediction import load_classifier
from warehouse.errors import WarehouseError

CALCULATED, MEASURED = MATBENCH


def test_a_material_of_the_warehouse_gets_the_probability_of_the_view(connection):
    stored = read_rows(
        connection,
        f"select formula, logit, metal_probability from marts.metal_scores "
        f"where dataset = '{CALCULATED}' order by md5(material_id) limit 5",
    )
    answers = load_classifier(connection, CALCULATED).explain(stored["formula"].to_list())
    for answer, row in zip(answers, stored.iter_rows(named=True), strict=True):
        assert answer.probability == pytest.approx(row["metal_probability"], abs=1e-9)


def test_contributions_are_sorted_and_likeness_names_strange_pairs(connection):
    features = read_rows(
        connection,
        f"select feature from staging.model_parameters where dataset = '{CALCULATED}'",
    )["feature"]
    known = read_rows(
        connection,
        f"select distinct unnest(descriptor_elements) as element from marts.metal_contributions "
        f"where dataset = '{CALCULATED}' and descriptor_kind = 'fraction' order by element",
    )["element"]
    strangers = next(pair for pair in combinations(known, 2) if "–".join(pair) not in features)
    (answer,) = load_classifier(connection, CALCULATED).explain(["".join(strangers)])
    strengths = [abs(contribution) for _, contribution in answer.contributions]
    assert strengths == sorted(strengths, reverse=True)
    assert f"never seen together: {'–'.join(strangers)}" in answer.likeness


def test_an_element_that_training_did_not_have_is_named(connection):
    helium, copper = load_classifier(connection, CALCULATED).explain(["He", "Cu"])
    assert "too few materials with He in training" in helium.likeness
    assert "its element was seen" in copper.likeness


def test_one_formula_asked_twice_or_with_broken_amounts_is_answered(connection):
    twice = load_classifier(connection, MEASURED).explain(["Cu3Au", "Cu3Au", "Si0.5Ge0.5"])
    assert twice[0] == twice[1]
    assert 0 < twice[2].probability < 1


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("Qx7", "about Qx"),
        ("", "not a chemical formula"),
        ("LvO2", "about Lv"),
        ("Na1e12Cl", "10,000"),
    ],
)
def test_what_is_no_formula_is_named(formula, words, connection):
    with pytest.raises(WarehouseError, match=words):
        load_classifier(connection, CALCULATED).explain([formula])


def test_a_benchmark_without_a_classifier_is_named(connection):
    with pytest.raises(WarehouseError, match="no classifier was fitted to matbench_steels"):
        load_classifier(connection, "matbench_steels").explain(["Cu"])


def test_the_command_answers_and_wants_predict_with_formulas(fitted):
    def ask(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "analysis", "metals", *arguments, "--warehouse", fitted],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    done = ask("--predict", "Cu3Au", "GaN")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("probability of a metal") == 2
    answers = json.loads(ask("--predict", "Cu3Au", "GaN", "--json").stdout)
    assert [answer["formula"] for answer in answers] == ["Cu3Au", "GaN"]
    assert ask("Cu3Au").returncode == 2
