"""Answers of a classifier for any formula, each with what it rests on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from analysis.descriptors import describe_formulas, parse_asked
from analysis.metals.inquiries.answer import Answer
from analysis.metals.inquiries.evidence import Evidence
from analysis.metals.labels import MaterialSet
from warehouse.errors import WarehouseError


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
    asked = parse_asked(formulas, elements)
    refused = asked.filter(pl.col("composition").is_null())
    if refused.height == asked.height:
        for _, _, reason, hint in refused.head(1).iter_rows():
            raise WarehouseError(reason, hint=hint)
        return []
    problems = {key: f"{reason}; {hint}" for key, _, reason, hint in refused.iter_rows()}
    readable = asked.drop_nulls("composition").unique("key", maintain_order=True)
    described = describe_formulas(readable, elements)
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
        answers.get(key) or Answer(key, "", of_set.meaning, None, (), intercept, problems[key])
        for key in asked["key"]
    ]


def _answer(
    formula: str,
    meaning: str,
    scored: pl.DataFrame,
    intercept: float,
    composition: Sequence[Any],
    evidence: Evidence,
) -> Answer:
    read_as, reduced, elements, shares = composition
    fractions = dict(zip(elements, shares, strict=True))
    known = scored.drop_nulls("contribution")
    logit = intercept + float(known["contribution"].to_numpy().sum())
    probability = float(1 / (1 + np.exp(-logit)))
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
