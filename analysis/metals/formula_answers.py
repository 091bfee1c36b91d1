"""Answers of a classifier for any formula, each with what it rests on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from analysis.descriptors import describe_formulas
from analysis.metals.inquiries.answer import Answer
from analysis.metals.inquiries.evidence import Evidence
from analysis.metals.labels import MaterialSet
from warehouse.conventions.formulas import read_formula
from warehouse.errors import WarehouseError

MOST_ATOMS = 10_000
"""Of one element in a formula that is still answered."""


def score_formulas(
    formulas: Sequence[str],
    parameters: pl.DataFrame,
    elements: pl.DataFrame,
    benchmark: str,
    evidence: Evidence,
) -> list[Answer]:
    """What a classifier with these `parameters` of descriptors says of `formulas`.

    The descriptors come from the same SQL files as those of the training data, run on an
    in-memory table of the asked formulas. What is no formula, or has an element without
    properties, costs only its own answer; raises WarehouseError if none has one.
    """
    known = elements["element"].to_list()
    asked, problems = {}, {}
    for formula in formulas:
        try:
            asked[formula] = _parse(formula, known)
        except WarehouseError as problem:
            problems[formula] = problem
    if problems and not asked:
        raise next(iter(problems.values()))
    if not asked:
        return []
    rows = [
        {"key": key, "composition": [{"element": e, "amount": n} for e, n in amounts.items()]}
        for key, amounts in asked.items()
    ]
    described = describe_formulas(pl.DataFrame(rows), elements)
    scored = described.descriptors.join(parameters, on="descriptor", how="left").with_columns(
        contribution=pl.col("value") * pl.col("parameter")
    )
    intercept = parameters.filter(descriptor="intercept")["parameter"].item()
    (of_set,) = [known for known in MaterialSet if known == benchmark] or [MaterialSet.CALCULATED]
    answers = {
        key: _answer(key, of_set.meaning, scored.filter(key=key), intercept, composition, evidence)
        for key, *composition in described.formulas.iter_rows()
    }
    return [
        answers.get(formula)
        or Answer(formula, "", of_set.meaning, None, (), intercept, _advise(problems[formula]))
        for formula in formulas
    ]


def _parse(formula: object, known: Sequence[str]) -> dict[str, float]:
    if not isinstance(formula, str):
        raise WarehouseError(f"{formula!r} is no text", hint="write a formula like Cu3Au")
    try:
        amounts = read_formula(formula)
    except ValueError as error:
        raise WarehouseError(
            f"'{formula}' is not a chemical formula", hint="write it like Cu3Au or Ca(OH)2"
        ) from error
    if max(amounts.values()) > MOST_ATOMS:
        raise WarehouseError(
            f"{formula}: more than {MOST_ATOMS:,} atoms of one element",
            hint="write the formula of one unit cell",
        )
    unknown = [element for element in amounts if element not in known]
    if unknown:
        raise WarehouseError(
            f"{formula}: nothing is known about {', '.join(unknown)}",
            hint=f"ask about these: {', '.join(sorted(known))}",
        )
    return amounts


def _advise(problem: WarehouseError) -> str:
    """Why a formula has no answer, and what to ask instead, in one line."""
    return f"{problem.message}; {problem.hint}"


def _answer(
    formula: str,
    meaning: str,
    scored: pl.DataFrame,
    intercept: float,
    composition: Sequence[Any],
    evidence: Evidence,
) -> Answer:
    from analysis.metals.models.classifier import logistic

    read_as, reduced, elements, shares = composition
    fractions = dict(zip(elements, shares, strict=True))
    known = scored.drop_nulls("contribution")
    logit = intercept + float(known["contribution"].to_numpy().sum())
    probability = float(logistic(np.array(logit)))
    strongest = known.sort(pl.col("contribution").abs(), descending=True)
    return Answer(
        formula,
        read_as,
        meaning,
        probability,
        tuple(strongest.select("descriptor", "contribution").iter_rows()),
        intercept,
        _likeness(scored, evidence),
        evidence.of_formula(reduced),
        tuple(evidence.nearest(reduced, fractions)),
        evidence.interval(probability),
    )


def _likeness(scored: pl.DataFrame, evidence: Evidence) -> str:
    """What of a formula the training data had; strange elements count more than strange pairs."""
    strange = scored.filter(pl.col("parameter").is_null()).sort("descriptor")
    of_elements = scored.filter(descriptor_kind="fraction")["descriptor_elements"].list.first()
    elements = strange.filter(descriptor_kind="fraction")["descriptor_elements"].list.first()
    pairs = strange.filter(descriptor_kind="pair")["descriptor"]
    n_known = scored.height - strange.height
    if len(elements):
        words = f"too few materials with {', '.join(elements)} in training: do not trust this"
    elif len(pairs):
        words = f"hardly or never seen together: {', '.join(pairs)}"
    elif "pair" in scored["descriptor_kind"]:
        words = "all its pairs of elements were seen"
    elif pure := evidence.of_formula(of_elements[0]):
        words = f"its element was seen, pure in {pure.n_materials} rows"
    else:
        words = "its element was seen in compounds only, never pure"
    return f"{n_known} of its {scored.height} descriptors have a coefficient; {words}"
