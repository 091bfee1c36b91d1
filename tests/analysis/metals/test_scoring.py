"""Answers for any formula come from the same SQL as the training data."""

import json
from itertools import combinations

import pytest
import typer
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.commands.metals import metals
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
    assert "training hardly had any He: do not trust this" in helium.likeness
    assert "seen in training, pure in" in copper.likeness


def test_an_answer_is_held_against_the_rows_of_its_formula_and_of_its_neighbours(connection):
    rows = read_rows(
        connection,
        f"select reduced_formula, n_materials, n_metals, elements, atomic_fractions "
        f"from marts.metal_formulas where dataset = '{CALCULATED}' and len(elements) = 2 "
        f"order by n_materials desc, reduced_formula limit 1",
    ).row(0, named=True)
    classifier = load_classifier(connection, CALCULATED)
    (answer,) = classifier.explain([rows["reduced_formula"]])
    assert answer.own is not None
    assert (answer.own.n_materials, answer.own.n_metals) == (rows["n_materials"], rows["n_metals"])
    assert f"{rows['n_metals']} of {rows['n_materials']} are metals" in answer.text
    # By hand: the share of atoms in common is the sum over elements of the smaller fraction.
    asked = dict(zip(rows["elements"], rows["atomic_fractions"], strict=True))
    best = max(
        sum(min(asked.get(e, 0), x) for e, x in zip(elements, fractions, strict=True))
        for formula, elements, fractions in classifier.evidence.formulas.select(
            "reduced_formula", "elements", "atomic_fractions"
        ).iter_rows()
        if formula != rows["reduced_formula"]
    )
    assert answer.neighbours[0].alike == pytest.approx(best)
    interval = answer.interval
    assert interval is not None
    assert interval.n == classifier.evidence.held_out.height // 10
    assert 0 <= interval.low < interval.share < interval.high <= 1
    assert interval.lowest <= answer.probability <= interval.highest


def test_an_element_that_was_never_pure_is_said_to_be_seen_in_compounds(connection):
    formulas = read_rows(
        connection, f"select * from marts.metal_formulas where dataset = '{MEASURED}'"
    )
    assert "O" not in formulas["reduced_formula"]
    (oxygen,) = load_classifier(connection, MEASURED).explain(["O"])
    assert "in compounds only, never pure" in oxygen.likeness
    assert "training has no row of this formula" in oxygen.text


def test_a_bad_formula_costs_only_its_own_answer_and_each_says_how_it_was_read(connection):
    classifier = load_classifier(connection, CALCULATED)
    asked = ["TiO₂", "quartz", "CuSO4.5H2O", None, "OgO2"]
    predicted = classifier.predict(asked)
    assert predicted["metal_probability"].is_null().to_list() == [False, True, False, True, True]
    assert predicted["likeness"][1].startswith("'quartz' is not a chemical formula; write it")
    assert "nothing is known about Og; ask about these: Ac, Ag, Al" in predicted["likeness"][4]
    assert "is missing" in predicted["likeness"][3]
    titania, _, vitriol, *_ = classifier.explain(asked)
    assert (titania.read_as, vitriol.read_as) == ("O2Ti", "CuH10O9S")
    assert "read as CuH10O9S" in vitriol.text
    with pytest.raises(WarehouseError, match="nothing is known about Og") as caught:
        classifier.predict(["OgO2"])
    assert "Ac, Ag, Al" in caught.value.hint


def test_one_formula_asked_twice_or_with_broken_amounts_is_answered(connection):
    twice = load_classifier(connection, MEASURED).explain(["Cu3Au", "Cu3Au", "Si0.5Ge0.5"])
    assert twice[0] == twice[1]
    assert 0 < twice[2].probability < 1


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("Qx7", "symbol Qx"),
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
        return CliRunner().invoke(app, ["metals", *arguments, "--warehouse", str(fitted)])

    done = ask("--predict", "Cu3Au", "GaN", "quartz")
    assert done.exit_code == 1
    assert done.stdout.count("probability of a metal") == 2
    assert "1 of 3 formulas have no answer: 'quartz' is not a chemical formula" in done.stderr
    told = ask("--predict", "Cu3Au", "GaN", "--json")
    assert told.exit_code == 0, told.stderr
    assert [answer["formula"] for answer in json.loads(told.stdout)] == ["Cu3Au", "GaN"]
    assert ask("Cu3Au").exit_code == 2


def test_an_unknown_benchmark_is_named_before_anything_is_asked():
    with pytest.raises(typer.BadParameter, match="all or one of matbench_mp_is_metal"):
        metals(["Cu"], predict=True, benchmark="matbench_steels")
