"""Crystals to look at: whole conventional cells, by their names, with honest captions."""

import numpy as np
import pytest
from ase.build import bulk
from ase.spacegroup import crystal

from analysis.cluster_expansion.export.structures import read_structures
from analysis.cluster_expansion.figures.crystals import (
    N_WORST,
    choose_colours,
    make_crystal,
    read_gallery,
)
from analysis.pages.figure import COLOURS
from tests.support.alloys import AU_CU

FACTS = {"structure_id": "x"}


def test_a_simple_cube_has_its_corners_faces_and_edges():
    # Cu3Au: gold on eight corners, copper in the middle of six faces.
    cell = crystal(
        ["Au", "Cu"], [(0, 0, 0), (0.5, 0.5, 0)], spacegroup=221, cellpar=[3.75] * 3 + [90] * 3
    )
    drawn = make_crystal(cell, "fcc", FACTS)
    assert drawn.title == "AuCu₃ · L1₂"
    assert [symbol for symbol, *_ in drawn.atoms].count("Au") == 8
    assert [symbol for symbol, *_ in drawn.atoms].count("Cu") == 6
    lengths = [np.linalg.norm(np.subtract(*ends)) for ends in drawn.edges]
    np.testing.assert_allclose(lengths, [3.75] * 12, atol=2e-3)


def test_the_conventional_cell_is_drawn_whatever_cell_is_given():
    primitive, cube = bulk("Cu", a=3.6), bulk("Cu", a=3.6, cubic=True)
    first, second = (make_crystal(cell, "fcc", FACTS) for cell in (primitive, cube))
    assert len(first.atoms) == len(second.atoms) == 14


def test_the_same_order_of_swapped_elements_has_as_many_atoms():
    """One on a face stands on both, whichever way rounding goes."""
    for cell in (bulk("AuCu", "rocksalt", a=4), bulk("CuAu", "rocksalt", a=4)):
        # Eight corners, six faces; twelve edges and the middle.
        assert len(make_crystal(cell, "cubic", FACTS).atoms) == 27


def test_no_two_atoms_are_drawn_at_one_place(connection):
    for atoms in read_structures(connection, AU_CU, ["2-1-1", "6-0-1", "6-4-10"], "ideal"):
        places = np.array([place for *_, place in make_crystal(atoms, "fcc", FACTS).atoms])
        apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
        assert apart[~np.eye(len(places), dtype=bool)].min() > 2.5


@pytest.mark.parametrize(
    ("structure_id", "name"), [("2-1-1", "L1₀"), ("4-6-1", "L1₂"), ("6-0-1", "P-3m1")]
)
def test_a_known_order_has_its_name(connection, structure_id, name):
    (atoms,) = read_structures(connection, AU_CU, [structure_id], "ideal")
    assert make_crystal(atoms, "fcc", FACTS).title.endswith(name)


def test_the_gallery_has_the_ground_states_and_the_largest_errors(connection):
    gallery = read_gallery(connection, AU_CU)
    states, worst = gallery["shelves"].values()
    on_hull = connection.sql(
        "select structure_id from marts.ground_states where alloy = 'au-cu' and is_on_hull "
        "and concentration > 0 and concentration < 1 order by concentration"
    ).fetchall()
    assert [state.structure_id for state in states] == [name for (name,) in on_hull]
    errors = connection.sql(
        "select 1000 * max(abs(prediction_error)) from marts.cluster_expansion_predictions "
        "where is_selected and split = 'random_10_fold'"
    ).fetchall()
    assert abs(worst[0].facts["error"]) == pytest.approx(errors[0][0])
    assert len(worst) == N_WORST


def test_a_crystal_turns_under_the_arrow_keys_and_the_hand(shown):
    browser = shown("cluster_expansion.html")
    places = """[...document.querySelectorAll(".crystal svg")].map(svg =>
        [...svg.querySelectorAll("circle")].map(atom => atom.getAttribute("cx")).sort())"""
    first, *others = before = browser.run(places)
    assert len(before) >= N_WORST + 1
    assert all(before)
    crystal = "document.querySelector('.crystal svg')"
    browser.run(f"{crystal}.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'ArrowLeft' }}))")
    turned = browser.run(places)
    assert turned[0] != first
    assert turned[1:] == others
    browser.run(
        f"{crystal}.dispatchEvent(new PointerEvent('pointermove', {{ buttons: 0, movementX: 40 }}))"
    )
    assert browser.run(places) == turned
    middle = browser.run(
        f"(box => [box.x + box.width / 2, box.y + box.height / 2])"
        f"(({crystal}.scrollIntoView({{ block: 'center' }}), {crystal}).getBoundingClientRect())"
    )
    for kind, shift, buttons in (
        ("mousePressed", 0, 1),
        ("mouseMoved", 40, 1),
        ("mouseReleased", 40, 0),
    ):
        browser(
            "Input.dispatchMouseEvent",
            type=kind,
            x=middle[0] + shift,
            y=middle[1],
            button="left",
            buttons=buttons,
            clickCount=1,
        )
    assert browser.run(places)[0] != turned[0]


def test_elements_are_told_apart():
    colours = choose_colours(("Au", "Cu"))
    assert colours == {"Au": "rgb(255 209 35)", "Cu": "rgb(200 128 51)"}
    # Jmol's of tantalum and tungsten are two blues.
    assert choose_colours(("Ta", "W")) == dict(zip(("Ta", "W"), COLOURS, strict=False))
