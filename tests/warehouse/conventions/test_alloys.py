"""An alloy is one value, however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.alloys import AU_CU
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.elements import ELEMENTS
from warehouse.errors import WarehouseError


@pytest.mark.parametrize("text", ["au-cu", "Cu-Au", "Au,Cu", " cu, AU "])
def test_an_alloy_is_one_value_however_it_is_written(text):
    assert Alloy.parse(text) == AU_CU == Alloy((("Cu", "Au"),))
    assert Alloy.parse(text).elements == ("Au", "Cu")


def test_an_alloy_has_a_name_a_label_and_a_second_element():
    assert f"{AU_CU}" == AU_CU.name == "au-cu"
    assert AU_CU.label == "Au–Cu"
    assert AU_CU.second == "Cu"


@given(st.lists(st.sampled_from(sorted(ELEMENTS)), min_size=2, max_size=6, unique=True))
def test_an_alloy_of_many_elements_is_read_back_from_its_name(elements):
    alloy = Alloy((tuple(elements),))
    assert alloy.elements == tuple(sorted(elements))
    assert Alloy.parse(alloy.name) == alloy


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Au,Au", "'Au-Au' is no alloy: Au twice"),
        ("cu-au-cu", "Cu twice"),
        ("Au", "two elements or more"),
        ("Au,Xy", "Xy is no chemical element"),
        ("Au,", "nothing is no chemical element"),
        ("X", "two elements or more"),
        ("ni_o", "two elements or more"),
        ("x_li-x", "a sublattice of vacancies alone is none"),
        ("li-x_x-li", "the same species, and are one"),
        ("fcc-4-2.5", "is no chemical element"),
    ],
)
def test_what_is_no_alloy_is_refused(text, problem):
    with pytest.raises(WarehouseError, match=problem) as caught:
        Alloy.parse(text)
    assert "Au-Cu or Au,Cu" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        (
            "la-ni_co-la-ni_o",
            "La may be on two .* Co-La-Ni and La-Ni; ex",
            "keep La on",
        ),
        ("al-ni_al-co", "Al may be on two sublattices", "one sublattice with one list"),
        ("li_x-li_x-na", "two of its end members are of Li alone", "one sublattice with one list"),
    ],
)
def test_exchanges_that_change_no_composition_are_refused(text, problem, hint):
    with pytest.raises(WarehouseError, match=problem) as caught:
        Alloy.parse(text)
    assert hint in caught.value.hint


@pytest.mark.parametrize("text", ["x-c_x-ti", "al-ni_al", "x-li_li_o", "x-li_x-na_x-o"])
def test_vacancies_and_inert_elements_may_be_on_several_sublattices(text):
    # Numbers of atoms per site then tell the shares of the end members.
    assert Alloy.parse(text).end_members
