"""Formulas parse as pymatgen parses them, and what is none is named."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Composition

from ingest.embedded.rebuild import FOLDER
from warehouse.conventions.elements import ELEMENTS
from warehouse.conventions.formulas import parse_formulas, write_formulas


def amounts(formula: str) -> dict[str, float] | None:
    """Amounts by element, or None if `formula` does not parse."""
    entries = parse_formulas(pl.Series([formula]))["composition"].item()
    return None if entries is None else {entry["element"]: entry["amount"] for entry in entries}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("NaCl", {"Cl": 1, "Na": 1}),
        ("K4Mn4O8", {"K": 4, "Mn": 4, "O": 8}),
        ("CH3CH2OH", {"C": 2, "H": 6, "O": 1}),
        ("Ag0.5Ge1Pb1.75S4", {"Ag": 0.5, "Ge": 1, "Pb": 1.75, "S": 4}),
        ("Ag(AuS)2", {"Ag": 1, "Au": 2, "S": 2}),
        ("Ca[Al(OH)4]2", {"Al": 2, "Ca": 1, "H": 8, "O": 8}),
        ("(Ga0.5In0.5)2Se3", {"Ga": 1, "In": 1, "Se": 3}),
        ("Na0Cl", {"Cl": 1}),
        ("TiO₂", {"O": 2, "Ti": 1}),
        ("Fe2 O3", {"Fe": 2, "O": 3}),
        ("Si0.99999P0.00001", {"P": 0.00001, "Si": 0.99999}),
        ("SiP1e-5", {"P": 0.00001, "Si": 1}),
        ("D2O", {"H": 2, "O": 1}),
        ("Ca(OD)2", {"Ca": 1, "H": 2, "O": 2}),
        ("DyT", {"Dy": 1, "H": 1}),
        ("Na0.5H2O", {"H": 2, "Na": 0.5, "O": 1}),
        ("3CdSO4·8H2O", {"Cd": 3, "H": 16, "O": 20, "S": 3}),
        ("Al2O3·2SiO2·2H2O", {"Al": 2, "H": 4, "O": 9, "Si": 2}),
        ("LiOH.H2O", {"H": 3, "Li": 1, "O": 2}),
        *(
            (f"CuSO4{waters}", {"Cu": 1, "H": 10, "O": 9, "S": 1})
            for waters in (
                "·5H2O",
                "•5H2O",
                " ⋅ 5 H2O",
                "*5H2O",
                ".5H2O",
                ".5(H2O)",
                "·5D2O",
                "(H2O)5",
            )
        ),
        *(
            (f"CaSO4{waters}", {"Ca": 1, "H": 1, "O": 4.5, "S": 1})
            for waters in (".0.5H2O", "·0.5H2O", "·½H2O", "·1/2H₂O")
        ),
        ("AlF3·3.5H2O", {"Al": 1, "F": 3, "H": 7, "O": 3.5}),
        ("Al2O3(alpha)", {"Al": 2, "O": 3}),
        ("α-Al2O3", {"Al": 2, "O": 3}),
        ("H2O (g)", {"H": 2, "O": 1}),
        ("Cu(NO3)2.2.5H2O", {"Cu": 1, "H": 5, "N": 2, "O": 8.5}),
    ],
)
def test_amounts_are_summed_by_element_in_alphabetical_order(formula, expected):
    assert amounts(formula) == expected
    assert list(amounts(formula)) == list(expected)


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("", "'' is not a chemical formula"),
        ("[CN]- (g)", "'[CN]- (g)' has a charge, and no ion is a formula here"),
        ("Al2O3(quartz)", "'Al2O3(quartz)' is not a chemical formula"),
        ("quartz", "'quartz' is not a chemical formula"),
        ("Li(FeO2", "'Li(FeO2' is not a chemical formula"),
        ("Fe2O-3", "'Fe2O-3' has a charge, and no ion is a formula here"),
        ("Na0", "'Na0' is not a chemical formula"),
        ("(Fe]2", "'(Fe]2' is not a chemical formula"),
        ("Fe³⁺", "'Fe³⁺' has a charge, and no ion is a formula here"),
        ("ZrO2·xH2O", "'ZrO2·xH2O' is not a chemical formula"),
        ("H2O·", "'H2O·' is not a chemical formula"),
        ("H1e999", "'H1e999' is not a chemical formula"),
        ("H" + 400 * "9", f"'H{400 * '9'}' is not a chemical formula"),
        ("Qz2O3", "no element has the symbol Qz"),
        ("X(OH)2Zz", "no element has the symbol X, Zz"),
        (None, "the formula is missing"),
    ],
)
def test_what_is_no_formula_is_named(formula, reason):
    parsed = parse_formulas(pl.Series(["NaCl", formula, "Si"], dtype=pl.String))
    assert parsed["reason"].to_list() == [None, reason, None]
    assert parsed["composition"].is_null().to_list() == [False, True, False]


def test_a_composition_is_written_as_it_was_read():
    written = pl.Series(["CuSO₄.5H₂O", "Si0.99999P0.00001", "quartz"])
    again = parse_formulas(written).select(write_formulas(pl.col("composition"))).to_series()
    assert again.to_list() == ["CuH10O9S", "P0.00001Si0.99999", None]


def test_no_formulas_give_no_rows():
    assert parse_formulas(pl.Series([], dtype=pl.String)).height == 0


@pytest.mark.parametrize(("name", "step"), [("matbench_mp", 53), ("matbench_expt", 5)])
def test_shipped_formulas_parse_as_in_pymatgen(name, step):
    formulas = pl.read_parquet(FOLDER / f"{name}.parquet")["formula"]
    parsed = parse_formulas(formulas)
    assert parsed["reason"].null_count() == len(formulas)
    for formula, entries in zip(
        formulas.gather_every(step), parsed["composition"].gather_every(step), strict=True
    ):
        ours = {entry["element"]: entry["amount"] for entry in entries}
        assert ours == pytest.approx(Composition(formula).get_el_amt_dict(), rel=1e-12)


def test_elements_are_those_of_pymatgen():
    from pymatgen.core import Element

    assert {Element.from_Z(number).symbol for number in range(1, 119)} == ELEMENTS


elements = st.sampled_from(sorted(ELEMENTS))
numbers = st.one_of(
    st.just(""), st.integers(1, 99).map(str), st.integers(1, 9999).map(lambda n: f"{n / 1000:.3f}")
)
terms = st.tuples(elements, numbers).map("".join)
groups = st.recursive(
    st.lists(terms, min_size=1, max_size=4).map("".join),
    lambda inner: st.tuples(inner, st.sampled_from(["()", "[]"]), inner, numbers).map(
        lambda parts: f"{parts[0]}{parts[1][0]}{parts[2]}{parts[1][1]}{parts[3]}"
    ),
    max_leaves=4,
)


@given(groups)
def test_any_formula_parses_as_in_pymatgen(formula):
    assert amounts(formula) == pytest.approx(Composition(formula).get_el_amt_dict(), rel=1e-12)


@given(st.text(alphabet="ABNaClXe()[]{}0123.-*@ é", max_size=12))
def test_any_text_parses_or_is_refused_with_a_reason(text):
    row = parse_formulas(pl.Series([text])).row(0, named=True)
    assert (row["composition"] is None) != (row["reason"] is None)
