"""What chemists count, in SQL: charge balance as in pymatgen, required charges, descriptors."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Composition

from ingest.embedded.rebuild import FOLDER
from tests.support.materials import formula_catalog, query

N_FORMULAS = 1000
MOST_ATOMS = 24
"""Of a formula that pymatgen, which tries every combination of atoms, still answers quickly."""


def shipped_formulas() -> list[str]:
    """A thousand shipped formulas of two or more elements, none a multiple of another."""
    published = pl.read_parquet(FOLDER / "matbench_mp.parquet")["formula"].gather_every(60)
    reduced = {Composition(formula).reduced_formula: formula for formula in published}
    return [
        formula
        for name, formula in sorted(reduced.items())
        if len(Composition(name)) > 1 and Composition(name).num_atoms <= MOST_ATOMS
    ][:N_FORMULAS]


def oxidation_states() -> dict[str, list[int]]:
    elements = pl.read_parquet(FOLDER / "elements.parquet")
    return dict(elements.select("element", "common_oxidation_states").iter_rows())


def can_balance(formula: str, states: dict[str, list[int]]) -> bool:
    reduced = Composition(formula).reduced_composition
    return bool(reduced.oxi_state_guesses(oxi_states_override=states))


def charge_balance(*formulas: str) -> dict[str, str]:
    rows = query(
        """
        select material_id, charge_balance
        from features.compositions inner join features.charge_balance using (reduced_formula)
        """,
        formula_catalog(formulas),
    )
    return dict(rows.iter_rows())


def test_charges_balance_where_pymatgen_finds_oxidation_states():
    formulas, states = shipped_formulas(), oxidation_states()
    assert len(formulas) == N_FORMULAS
    ours = charge_balance(*formulas)
    theirs = {formula: can_balance(formula, states) for formula in formulas}
    assert {f: ours[f] in ("balanced", "mixed") for f in formulas} == theirs
    assert 300 < sum(theirs.values()) < 700


@settings(max_examples=10)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["Si", "Ge", "Mn", "S", "Cl", "N", "Fe", "O", "Na"]),
            st.integers(1, 7),
            min_size=2,
            max_size=3,
        ),
        min_size=1,
        max_size=10,
    )
)
def test_charges_of_elements_with_many_states_balance_as_in_pymatgen(cells):
    formulas = {"".join(f"{symbol}{cell[symbol]}" for symbol in sorted(cell)) for cell in cells}
    states, ours = oxidation_states(), charge_balance(*formulas)
    for formula in formulas:
        assert (ours[formula] in ("balanced", "mixed")) == can_balance(formula, states), formula


@pytest.mark.parametrize(
    ("formula", "answer"),
    [
        ("Na4Cl4", "balanced"),  # +1 - 1
        ("Fe3O4", "mixed"),  # 2 + 3 + 3 - 8: iron needs two charges
        ("KMnO2", "uncommon"),  # manganese would be +3; 2, 4 and 7 are common
        ("Cu3Au", "impossible"),  # only Au- is negative, and Cu is at least +1
        ("Cu", "element"),
        ("ArMg", "impossible"),  # argon has no charge to balance magnesium's
    ],
)
def test_charge_balance_by_hand(formula, answer):
    assert charge_balance(formula) == {formula: answer}


def test_least_imbalance_by_hand():
    # Cu 2 each and Au 3: 3 * 2 + 3 = 9 on 4 atoms. KMnO2: Mn 2 or 4 leaves -1 or +1 on 4 atoms.
    catalog = formula_catalog(["Cu3Au", "KMnO2", "NaCl"])
    rows = query("select reduced_formula, least_imbalance from features.charge_balance", catalog)
    assert dict(rows.iter_rows()) == {"AuCu3": 2.25, "KMnO2": 0.25, "ClNa": 0.0}


def test_required_charges_by_hand():
    # Mn: -(1 - 2 * 2). K: Mn at its lowest, -(2 - 2 * 2). O: -(1 + 2) / 2.
    catalog = formula_catalog(["K4Mn4O8"])
    rows = query("select element, required_charge from features.required_charges", catalog)
    assert dict(rows.iter_rows()) == {"K": 2.0, "Mn": 3.0, "O": -1.5}


def test_electron_counts_of_a_cell_by_hand():
    row = query("from features.electron_counts", formula_catalog(["Ga4As4"])).row(0, named=True)
    # Eight valence electrons per anion: the octet of GaAs. 4 * 31 + 4 * 33 electrons.
    assert (row["formula_units"], row["formula_valence"], row["valence_per_anion"]) == (4, 8, 8.0)
    assert (row["valence_per_atom"], row["has_odd_electrons"]) == (4.0, False)


def descriptors(formula: str) -> dict[str, set[str]]:
    rows = query(
        """
        select descriptor_set, descriptor, value from features.formula_descriptors
        union all
        select descriptor_set, descriptor, value from features.cell_descriptors
        """,
        formula_catalog([formula]),
    )
    return {
        str(name): set(part["descriptor"])
        for (name,), part in rows.sort("descriptor").group_by("descriptor_set")
    }


def test_descriptors_of_rock_salt_by_hand():
    assert descriptors("Na4Cl4") == {
        "fractions": {"fraction of Na", "fraction of Cl"},
        "cell": {
            "even electrons, 2 elements",
            "even electrons, 8 sites",
            "8 sites",
            "4 formula units",
            "Na, even electrons",
            "Cl, even electrons",
        },
        "electrons": {
            "8 valence electrons",
            "even valence",
            "4.0 valence electrons per atom",
            "8.0 valence electrons per anion",
        },
        "charges": {
            "balanced",
            "balanced, 2 elements",
            "charge left over 0.0",
            "charges from 0.0",
            "charges to 4.0",
            "Na, balanced",
            "Cl, balanced",
            "Na at +1.0",
            "Cl at -1.0",
        },
        "roles": {"1×1 17×1", "Na1", "Cl1", "Na1 in 1:1", "Cl1 in 1:1"},
        "pairs": {"Cl–Na", "Cl1–Na1", "Cl–Na, balanced", "groups 1–17, balanced"},
        "shares": {
            "share of Na at +1.0",
            "share of Cl at -1.0",
            "shares of Cl–Na",
            "shares of Cl at -1.0–Na at +1.0",
        },
    }


def test_descriptors_say_what_they_are_about():
    rows = query(
        """
        select descriptor_kind, descriptor, descriptor_elements from features.formula_descriptors
        union all
        select descriptor_kind, descriptor, descriptor_elements from features.cell_descriptors
        order by all
        """,
        formula_catalog(["Na4Cl4"]),
    )
    about = {kind: part for (kind,), part in rows.group_by("descriptor_kind")}
    of_elements = ("fraction", "required_charge", "element_charge_balance", "element_parity")
    for kind in (*of_elements, "formula_count", "formula_count_in_prototype", "charge_share"):
        assert about[kind]["descriptor_elements"].to_list() == [["Cl"], ["Na"]], kind
    of_pairs = ("pair", "pair_counts", "pair_charge_balance", "pair_share", "charged_pair_share")
    for kind in of_pairs:
        assert about[kind]["descriptor_elements"].to_list() == [["Cl", "Na"]], kind
    assert about["pair"]["descriptor"].to_list() == ["Cl–Na"]
    whole = rows.filter(pl.col("descriptor_elements").list.len() == 0)
    assert whole.height == rows.height - 2 * 7 - 5
    assert whole["descriptor_kind"].is_unique().all()


def test_pairs_of_the_same_groups_are_one_descriptor():
    # Na–Cl and K–Cl are both of the groups 1 and 17.
    rows = query("from features.formula_descriptors", formula_catalog(["NaKCl2"]))
    groups = rows.filter(descriptor_kind="groups_charge_balance")["descriptor"]
    assert groups.sort().to_list() == ["groups 1–1, balanced", "groups 1–17, balanced"]


def test_descriptors_follow_from_the_formula_but_for_those_of_the_cell():
    small, large = descriptors("Na1Cl1"), descriptors("Na4Cl4")
    assert small.pop("cell") != large.pop("cell")
    assert small == large


def test_a_material_of_unknown_cell_has_no_descriptors_of_the_cell():
    catalog = formula_catalog(["NaCl"], is_whole_cell=False)
    assert query("from features.cell_descriptors", catalog).is_empty()
    assert not query("from features.formula_descriptors", catalog).is_empty()


def test_fractions_and_shares_alone_have_values_of_their_own():
    catalog = formula_catalog(["Cu3Au"])
    rows = query("select descriptor, value from features.formula_descriptors", catalog)
    others = rows.filter(pl.col("value") != 1)
    assert dict(others.iter_rows()) == {
        "fraction of Cu": 0.75,
        "fraction of Au": 0.25,
        "share of Cu at -1.0": 0.75,
        "share of Au at -5.0": 0.25,
        "shares of Au–Cu": 0.75,  # 4 · 3/4 · 1/4
        "shares of Au at -5.0–Cu at -1.0": 0.75,
    }
