"""Names of files made from data stay in their folder and differ from each other."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.storage.file_names import file_name, file_names
from warehouse.storage.warehouse import Warehouse

FOLDER = Path("/folder")
UP = ".."


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1-0-2", "1-0-2"),
        ("fcc-1-0-1-0-0-2:1", "fcc-1-0-1-0-0-2_1"),
        ("1/1-0-1", "1_1-0-1"),
        (f"{UP}/{UP}/x", "_.._x"),
        ("/etc/passwd", "_etc_passwd"),
        ("..", "_"),
        ("", "_"),
        (".hidden", "hidden"),
        ("CON", "_CON"),
        ("a\\b\x00c\n", "a_b_c_"),
        ("Übergitter 7", "Übergitter 7"),
    ],
)
def test_names_by_hand(name, expected):
    assert file_name(name) == expected


@given(st.lists(st.text(st.characters(exclude_categories=[])), max_size=8))
def test_every_name_is_one_part_of_a_path_and_no_two_are_equal(names):
    found = file_names(names)
    assert len({name.casefold() for name in found}) == len(names)
    for name in found:
        path = FOLDER / f"{name}.vasp"
        assert path.parent == FOLDER
        assert len(f"{name}.vasp".encode()) < 255
        assert name not in (".", "..")


def test_what_becomes_equal_is_told_apart():
    one, other, third = file_names(["1/2", "1_2", "1:2"])
    assert other == "1_2"
    assert one.startswith("1_2-")
    assert third.startswith("1_2-")
    assert file_names(["Ag", "ag"])[0] == "Ag"


def test_a_lock_lies_with_the_tables():
    warehouse = Warehouse(FOLDER)
    assert warehouse.lock(f"alloy-{UP}/{UP}/x").parent == FOLDER / "tables"
