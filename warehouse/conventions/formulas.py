"""How a chemical formula is read: one reading, for every source, view, filter and question.

Subscripts may be Unicode's, brackets of any kind. `CuSO4·5H2O` is a hydrate, and so is
`CuSO4.5H2O`: a point before a number of waters at the end parts them, unless the number before it
is 0, as in `Na0.5H2O`. D and T are hydrogen. Amounts are taken as they are written, however small.
A state or a phase is no part of it: `H2O (g)`, `Al2O3(alpha)` and `α-Al2O3`. An ion is no formula.
"""

import math
import re

import polars as pl

from warehouse.conventions.elements import ELEMENTS

LEAST_AMOUNT = 1e-8
"""Smaller amounts count as absent, as in `pymatgen.Composition.amount_tolerance`."""
ISOTOPES = {"D": "H", "T": "H"}
"""Symbols of isotopes, and their elements."""

_TERM = r"([A-Z][a-z]?)([0-9]+\.?[0-9]*|\.[0-9]+)?"
_PLAIN = rf"^(?:{_TERM})+$"
_ODD = r"[DT](?:[^a-z]|$)|\.[\d.]*[HDT]2O$"
"""What makes a formula of plain terms need the slow way: isotopes, waters behind a point."""

_LONG = 200
"""Bytes; longer formulas may have numbers that are none."""

_SIGNS = str.maketrans(
    {
        **dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)),
        **dict.fromkeys("•∙⋅・･*", "·"),
        **{"½": "1/2", "¼": "1/4", "¾": "3/4", "⁄": "/", "\u200b": "", "\ufeff": ""},
    }
)

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?"
_TOKEN = re.compile(rf"\s*(?:([A-Z][a-z]?)|([(\[{{])|([)\]}}])|({_NUMBER}))", re.ASCII)
_COEFFICIENT = re.compile(rf"({_NUMBER})(?:\s*/\s*([1-9]\d*))?", re.ASCII)
_WATER = r"(?:[HDT]2O|\([HDT]2O\)|\[[HDT]2O\])"
_WATER_POINT = re.compile(
    rf"(?<![^\d]0)(?<!^0)\.(?=\s*(?:\d+(?:\.\d*|/\d+)?|\.\d+)?\s*{_WATER}\s*$)", re.ASCII
)
_OTHER_POINT = re.compile(r"(?<!\d)\.(?=\s*[A-Z(\[])")
_GREEK = "α|β|γ|δ|ε|alpha|beta|gamma|delta|epsilon"
_STATE = re.compile(rf"^(?:{_GREEK})-(?=[A-Z(\[])|\s*\((?:s|l|g|cr|aq|am|vit|{_GREEK})\)\s*$")
"""States by IUPAC's symbols, and phases by Greek letters."""
_ION = r"[\w)\]²³][+\-⁺⁻]\d*\]?(?:\s*\([a-z]+\))?\s*$"
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def parse_formulas(formulas: pl.Series) -> pl.DataFrame:
    """Parse n chemical formulas such as `Ag0.5GePb1.75S4`, `Ca[Al(OH)4]2` or `CuSO4·5H2O`.

    Returns n rows in the given order: `composition`, a list of elements in alphabetical order
    with their amounts (an element that is met twice is summed), and `reason`, why there is
    none. Just one of the two is NULL.
    """
    distinct = formulas.unique(maintain_order=True).alias("formula").to_frame()
    text = pl.col("formula").str
    is_plain = text.contains(_PLAIN) & ~text.contains(_ODD) & (text.len_bytes() <= _LONG)
    terms = pl.concat(
        [_split_plain(distinct.filter(is_plain)), _split_others(distinct.filter(~is_plain))]
    )
    parsed = (
        terms.group_by("formula", "element", maintain_order=True)
        .agg(pl.col("amount").sum())
        .filter(pl.col("amount") >= LEAST_AMOUNT)
        .sort("element")
        .group_by("formula")
        .agg(
            composition=pl.struct("element", "amount"),
            unknown=pl.col("element").filter(~pl.col("element").is_in(ELEMENTS)),
        )
    )
    is_known = pl.col("unknown").list.len() == 0
    return (
        formulas.alias("formula")
        .to_frame()
        .join(parsed, on="formula", how="left", maintain_order="left")
        .select(
            composition=pl.when(is_known).then("composition"),
            reason=pl.when(pl.col("formula").is_null())
            .then(pl.lit("the formula is missing"))
            .when(pl.col("composition").is_null() & pl.col("formula").str.contains(_ION))
            .then(pl.format("'{}' has a charge, and no ion is a formula here", pl.col("formula")))
            .when(pl.col("composition").is_null())
            .then(pl.format("'{}' is not a chemical formula", pl.col("formula")))
            .when(~is_known)
            .then(pl.format("no element has the symbol {}", pl.col("unknown").list.join(", "))),
        )
    )


def write_formulas(composition: pl.Expr) -> pl.Expr:
    """The formula that lists a composition, such as AuCu3; amounts are written in full."""
    entry = pl.element().struct
    amount = entry.field("amount")
    is_whole = (amount == amount.round()) & (amount.abs() < 1e15)
    number = (
        pl.when(amount == 1)
        .then(pl.lit(""))
        .when(is_whole)
        .then(amount.cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(amount.cast(pl.String))
    )
    return composition.list.eval(entry.field("element") + number).list.join("")


def read_formula(formula: str) -> dict[str, float]:
    """Amounts by element, in the order of the text; raises ValueError if it is no formula."""
    text = _STATE.sub("", formula.translate(_SIGNS))
    if "·" not in text:  # Else a point is a number's, as in AlF3·3.5H2O.
        text = _OTHER_POINT.sub("·", _WATER_POINT.sub("·", text, count=1))
    amounts: dict[str, float] = {}
    for part in map(str.strip, text.split("·")):
        coefficient = _COEFFICIENT.match(part)
        factor = float(coefficient[1]) / float(coefficient[2] or 1) if coefficient else 1.0
        group = _read_part(part[coefficient.end() :] if coefficient else part)
        _add(amounts, group, factor)
    if not all(map(math.isfinite, amounts.values())):
        raise ValueError("an amount is too large")
    return amounts


def _read_part(text: str) -> dict[str, float]:
    """Amounts of what stands between two points, its coefficient aside."""
    groups: list[list[tuple[dict[str, float], float]]] = [[]]
    closing: list[str] = []
    start, may_count = 0, False
    while start < len(text):
        token = _TOKEN.match(text, start)
        if token is None:
            raise ValueError(f"{text[start:]!r} cannot be read")
        start = token.end()
        symbol, opens, closes, number = token.groups()
        if number:
            if not may_count:
                raise ValueError(f"the number {number} follows nothing")
            groups[-1][-1] = groups[-1][-1][0], float(number)
        elif symbol:
            groups[-1].append(({ISOTOPES.get(symbol, symbol): 1.0}, 1.0))
        elif opens:
            groups.append([])
            closing.append(_CLOSING[opens])
        elif closing and closing.pop() == closes:
            inner = _sum(groups.pop())
            groups[-1].append((inner, 1.0))
        else:
            raise ValueError("its brackets do not match")
        may_count = bool(symbol or closes)
    if closing:
        raise ValueError("its brackets do not match")
    return _sum(groups[0])


def _sum(terms: list[tuple[dict[str, float], float]]) -> dict[str, float]:
    if not terms:
        raise ValueError("a part of it is empty")
    amounts: dict[str, float] = {}
    for group, factor in terms:
        _add(amounts, group, factor)
    return amounts


def _add(amounts: dict[str, float], more: dict[str, float], factor: float) -> None:
    for element, amount in more.items():
        amounts[element] = amounts.get(element, 0.0) + amount * factor


def _split_plain(formulas: pl.DataFrame) -> pl.DataFrame:
    """One row per term of formulas without brackets: formula, element, amount."""
    term = pl.col("term")
    return (
        formulas.with_columns(term=pl.col("formula").str.extract_all(_TERM))
        .explode("term")
        .select(
            "formula",
            element=term.str.extract(_TERM, 1),
            amount=term.str.extract(_TERM, 2).cast(pl.Float64).fill_null(1.0),
        )
    )


def _split_others(formulas: pl.DataFrame) -> pl.DataFrame:
    """The same for all other strings; those that are no formula give no rows."""
    terms = [
        (formula, element, amount)
        for formula in formulas["formula"].drop_nulls()
        for element, amount in _amounts(formula).items()
    ]
    schema = {"formula": pl.String, "element": pl.String, "amount": pl.Float64}
    return pl.DataFrame(terms, schema=schema, orient="row")


def _amounts(formula: str) -> dict[str, float]:
    try:
        return read_formula(formula)
    except ValueError:
        return {}
