from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.alloys import BCC, FCC, HCP
from warehouse.conventions.lattices import (
    entries_to_hnf,
    hermite_normal_form,
    hnf_to_entries,
    parse_supercell_id,
    supercell_id,
)
from warehouse.conventions.sites import (
    decode_occupation,
    decode_species,
    encode_bits,
    occupied_bits,
    place_species,
    site_indices,
    site_positions,
    supercell_sites,
)

CELL = [2, 1, 2, 0, 1, 3]
small = st.integers(-4, 4)
matrices = st.lists(st.lists(small, min_size=3, max_size=3), min_size=3, max_size=3).map(np.array)


def invertible(matrix):
    assume(round(np.linalg.det(matrix)) != 0)
    return matrix


@given(matrices)
def test_hermite_normal_form_is_reduced_and_lower_triangular(matrix):
    hnf = hermite_normal_form(invertible(matrix))
    diagonal = np.diag(hnf)
    assert (diagonal > 0).all()
    assert (np.triu(hnf, 1) == 0).all()
    assert all(0 <= hnf[i, j] < diagonal[j] for i, j in ((1, 0), (2, 0), (2, 1)))


@given(matrices)
def test_hermite_normal_form_spans_the_same_lattice(matrix):
    hnf = hermite_normal_form(invertible(matrix))
    unimodular = hnf @ np.linalg.inv(matrix)
    np.testing.assert_allclose(unimodular, np.rint(unimodular), atol=1e-9)
    assert abs(np.linalg.det(unimodular)) == pytest.approx(1)


@given(matrices, st.integers(0, 2), st.integers(1, 2), small)
def test_hermite_normal_form_ignores_the_choice_of_vectors(matrix, row, step, factor):
    other = invertible(matrix).copy()
    other[row] += factor * other[(row + step) % 3]
    other[row] *= -1
    assert (hermite_normal_form(other) == hermite_normal_form(matrix)).all()


@pytest.mark.parametrize("matrix", [np.zeros((3, 3)), np.eye(3) * 0.5, np.ones((3, 3))])
def test_vectors_that_span_no_supercell_are_refused(matrix):
    with pytest.raises(ValueError, match="three linearly independent integer vectors"):
        hermite_normal_form(matrix)


@pytest.mark.parametrize("parent", [FCC, BCC, HCP], ids=lambda parent: parent.name)
def test_a_copy_of_a_lattice_is_known_again_and_another_of_its_name_is_not(parent):
    same = deepcopy(parent)
    assert same == parent
    assert len({same, parent}) == 1
    assert replace(parent, cell=parent.cell * 2) != parent
    assert {FCC, BCC, HCP} - {same} == {FCC, BCC, HCP} - {parent}


def test_supercell_names_hold_the_lower_triangle():
    hnf = hermite_normal_form(np.array([[1, 0, 0], [2, 2, 0], [7, 5, 3]]))
    # Rows 2 and 3 less multiples of the rows above: (0, 2, 0), then (0, 1, 3).
    assert hnf_to_entries(hnf) == [1, 0, 2, 0, 1, 3]
    assert (entries_to_hnf([1, 0, 2, 0, 1, 3]) == hnf).all()
    assert supercell_id(FCC, hnf) == "fcc-1-0-2-0-1-3"


@pytest.mark.parametrize("parent", [FCC, BCC, HCP], ids=lambda parent: parent.name)
@given(matrix=matrices)
def test_sites_of_a_supercell_are_numbered_once_each(parent, matrix):
    hnf = hermite_normal_form(invertible(matrix))
    sites = supercell_sites(parent, hnf)
    assert len(sites) == round(np.linalg.det(hnf)) * len(parent.basis)
    assert (site_indices(hnf, sites) == np.arange(len(sites))).all()


@given(matrices, st.tuples(st.just(0), small, small, small), st.tuples(small, small, small))
def test_a_supercell_vector_leads_to_the_same_site(matrix, site, multiples):
    hnf = hermite_normal_form(invertible(matrix))
    moved = np.array(site)
    moved[1:] += np.array(multiples) @ matrix
    assert site_indices(hnf, moved) == site_indices(hnf, np.array(site))


@pytest.mark.parametrize("parent", [FCC, BCC, HCP], ids=lambda parent: parent.name)
def test_positions_lead_back_to_their_sites(parent):
    sites = np.array([[len(parent.basis) - 1, 2, -1, 0], [0, 0, 0, 0], [0, -3, 5, 1]])
    positions = (parent.basis[sites[:, 0]] + sites[:, 1:]) @ parent.cell
    assert (parent.locate(positions) == sites).all()


def test_a_position_off_the_lattice_is_refused():
    with pytest.raises(ValueError, match="not on the fcc lattice"):
        FCC.locate(np.array([[0.1, 0.0, 0.0]]))


def test_lattice_parameter_gives_back_the_volume():
    # FCC has four atoms in a³: a = 4 Å holds 16 Å³ per atom.
    assert FCC.lattice_parameter(16.0) == pytest.approx(4.0)
    assert HCP.lattice_parameter(np.sqrt(0.5)) == pytest.approx(1.0)
    assert FCC.atoms(4.0).get_volume() == pytest.approx(16.0)


def test_an_occupation_has_a_bit_per_atom_of_the_second_element():
    species = place_species(np.array([2, 0, 1]), np.array([1, 0, 1]))
    assert species.tolist() == [0, 1, 1]
    assert encode_bits(occupied_bits(FCC, np.diag([1, 1, 3]), species)) == 0b110


def test_of_three_elements_a_site_has_two_bits():
    # Sites 0, 1, 2 have the third, the first and the second: bits 10, 00, 01 from the right.
    species, hnf = np.array([2, 0, 1]), np.diag([1, 1, 3])
    assert encode_bits(occupied_bits(FCC.with_species(3), hnf, species)) == 0b01_00_10


def test_an_inert_site_has_no_bit():
    mixed = replace(HCP, name="mixed", n_species=(1, 3), sublattices=(0, 1))
    species, hnf = np.array([0, 0, 1, 2]), np.diag([1, 1, 2])
    assert encode_bits(occupied_bits(mixed, hnf, species)) == 0b10_01
    assert decode_species(mixed, hnf, 0b10_01).tolist() == [0, 0, 1, 2]
    with pytest.raises(ValueError, match="may not sit there"):
        occupied_bits(mixed, hnf, np.array([1, 0, 0, 0]))


def test_an_occupation_holds_62_bits():
    assert encode_bits(np.arange(62)) == 2**62 - 1
    assert encode_bits(np.arange(63)) is None


def test_two_atoms_on_one_site_are_refused():
    with pytest.raises(ValueError, match="do not fill the 2 sites"):
        place_species(np.array([0, 0]), np.array([1, 0]))


@pytest.mark.parametrize("parent", [FCC, BCC, HCP], ids=lambda parent: parent.name)
def test_a_supercell_is_read_back_from_its_name(parent):
    name, hnf = parse_supercell_id(supercell_id(parent, entries_to_hnf(CELL)))
    assert name == parent.name
    assert (hnf == entries_to_hnf(CELL)).all()


def test_a_supercell_of_a_lattice_with_dashes_is_read_back():
    assert parse_supercell_id("my-own-2-1-2-0-1-3")[0] == "my-own"


@pytest.mark.parametrize("parent", [FCC, HCP], ids=lambda parent: parent.name)
def test_sites_are_numbered_as_the_view_of_ideal_structures_says(parent):
    # ((b * h11 + i) * h22 + j) * h33 + k, in the comment of marts.ideal_structures.
    (h11, _, h22, *_, h33), hnf = CELL, entries_to_hnf(CELL)
    sites = supercell_sites(parent, hnf)
    assert sites.shape == (len(parent.basis) * h11 * h22 * h33, 4)
    for number, (b, i, j, k) in enumerate(sites.tolist()):
        assert ((b * h11 + i) * h22 + j) * h33 + k == number
    assert (site_indices(hnf, sites) == np.arange(len(sites))).all()


@pytest.mark.parametrize("parent", [FCC, BCC, HCP], ids=lambda parent: parent.name)
def test_positions_are_those_of_the_numbered_sites(parent):
    hnf = entries_to_hnf(CELL)
    assert (parent.locate(site_positions(parent, hnf)) == supercell_sites(parent, hnf)).all()


def test_positions_by_hand():
    # Two layers of hcp along c, √(8/3): the second atom of the basis is at (2/3, 1/3, 3/4).
    positions = site_positions(HCP, entries_to_hnf([1, 0, 1, 0, 0, 2]))
    c = np.sqrt(8 / 3)
    np.testing.assert_allclose(positions[:, 2], [0.25 * c, 1.25 * c, 0.75 * c, 1.75 * c])
    np.testing.assert_allclose(positions[2, :2], [0.5, np.sqrt(0.75) / 3])


@given(st.lists(st.booleans(), min_size=1, max_size=80))
def test_an_occupation_of_two_elements_is_read_back(is_second):
    occupation = sum(1 << site for site, second in enumerate(is_second) if second)
    assert decode_occupation(occupation, len(is_second)).tolist() == is_second


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20))
def test_an_occupation_of_four_elements_is_read_back(species):
    parent, hnf = FCC.with_species(4), np.diag([1, 1, len(species)])
    occupation = encode_bits(occupied_bits(parent, hnf, np.array(species)))
    assert decode_species(parent, hnf, occupation).tolist() == species


def test_a_lattice_of_more_species_is_named_after_their_number_once():
    assert BCC.with_species(3).name == "bcc_3"
    assert BCC.with_species(3).with_species(4).name == "bcc_4"
    assert BCC.with_species(4).with_species(2) == BCC
