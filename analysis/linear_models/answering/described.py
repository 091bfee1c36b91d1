"""Formulas that a fitted model is asked about, with what each descriptor adds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from analysis.datasets import refuse_bare_text
from analysis.descriptors import MAGPIE, DescribedFormulas, describe_formulas, parse_asked

MOST_PARTS = 4
"""Descriptors that an answer names."""
OF_ELEMENT = "fraction of "
PATTERNS = {"fraction": f"^{OF_ELEMENT}", "pair": "^[A-Z][a-z]?–[A-Z][a-z]?$"}
"""How descriptors of two kinds are named."""


@dataclass(frozen=True)
class AskedFormula:
    """A formula as a model reads it.

    Attributes:
        formula: As it was asked.
        read_as: As it was read; "" if it is none.
        likeness: What of it the training data had, or why there can be no answer.
        parts: `label`, `descriptor`, `kind` and `part`, what the descriptor adds to the label's
            sum; None if there can be no answer.
        hint: What to do about that; empty if there is an answer.
        reduced_formula: "" if there is no answer.
        fractions: Share of each element's atoms.

    """

    formula: str
    read_as: str
    likeness: str
    parts: pl.DataFrame | None
    hint: str = ""
    reduced_formula: str = ""
    fractions: Mapping[str, float] = field(default_factory=dict)

    def sum_of(self, label: str) -> float:
        """All that the descriptors add, with the intercept."""
        assert self.parts is not None
        return float(self.parts.filter(label=label)["part"].sum())

    def largest_of(self, label: str, sign: float = 1.0) -> tuple[tuple[str, float], ...]:
        """The descriptors that add or take most, beside Magpie's averages and the intercept."""
        assert self.parts is not None
        is_own = ~pl.col("kind").is_in(["magpie", "intercept"]) & (pl.col("part") != 0)
        own = self.parts.filter(is_own, label=label)
        first = own.sort(pl.col("part").abs(), descending=True).head(MOST_PARTS)
        return tuple(first.select("descriptor", sign * pl.col("part")).iter_rows())


def describe_asked(
    formulas: Sequence[str],
    parameters: pl.DataFrame,
    elements: pl.DataFrame,
    *,
    with_averages: bool = True,
) -> Iterator[AskedFormula]:
    """Each of `formulas`, such as `Cu3Au`, in the order asked.

    `parameters` have `descriptor`, `label` and `parameter`; `elements` are the rows of that table.
    What is no formula, or has an element without properties, costs only its own answer. A model
    that reads none of Magpie's averages needs none. Raises WarehouseError if they are no list.
    """
    refuse_bare_text(formulas, "Cu3Au")
    rows = parse_asked(formulas, elements)
    asked = rows.drop_nulls("composition").unique("key", maintain_order=True)
    answers = {}
    if asked.height:
        described = describe_formulas(asked, elements, (MAGPIE,) if with_averages else ())
        answers = {key: _read(key, described, parameters) for key in asked["key"]}
    for key, _, reason, hint in rows.iter_rows():
        yield answers.get(key) or AskedFormula(key, "", reason, None, hint)


def _read(key: str, described: DescribedFormulas, parameters: pl.DataFrame) -> AskedFormula:
    own = described.descriptors.filter(key=key).select(
        "descriptor", "value", kind="descriptor_kind"
    )
    read_as, reduced, names, shares = described.formulas.filter(key=key).drop("key").row(0)
    averages = [
        averages.filter(material_id=key)
        .drop("source", "material_id")
        .transpose(include_header=True, header_name="descriptor")
        .select("descriptor", value=pl.nth(1).cast(pl.Float64), kind=pl.lit("magpie"))
        for averages in described.more
    ]
    intercept = pl.DataFrame({"descriptor": ["intercept"], "value": [1.0], "kind": ["intercept"]})
    parts = pl.concat([own, *averages, intercept]).join(parameters, on="descriptor")
    weighed = parameters.filter(pl.col("parameter") != 0)
    strange = own.join(weighed, on="descriptor", how="anti")
    return AskedFormula(
        key,
        read_as,
        f"{own.height - strange.height} of its {own.height} descriptors have a weight; "
        + _tell_strange(strange, weighed),
        parts.select("label", "descriptor", "kind", part=pl.col("value") * pl.col("parameter")),
        reduced_formula=reduced,
        fractions=dict(zip(names, shares, strict=True)),
    )


def _tell_strange(strange: pl.DataFrame, weighed: pl.DataFrame) -> str:
    """What of a formula's elements and pairs the training data did not have."""
    # A set that the model does not read says nothing of what training had.
    is_read = {
        kind: bool(weighed["descriptor"].str.contains(pattern).any())
        for kind, pattern in PATTERNS.items()
    }
    elements, pairs = (
        strange.filter(kind=kind)["descriptor"].to_list() if is_read[kind] else []
        for kind in PATTERNS
    )
    if elements:
        names = ", ".join(name.removeprefix(OF_ELEMENT) for name in elements)
        return f"training hardly had any {names}: do not trust this"
    if pairs:
        return f"hardly or never seen together: {', '.join(pairs)}"
    if all(is_read.values()):
        return "its elements and their pairs were seen in training"
    return "the model does not tell elements or pairs that it has not seen"
