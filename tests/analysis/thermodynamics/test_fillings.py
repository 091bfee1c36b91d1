"""What a user types of a composition, and how many sites of a crystal that is."""

import math

import numpy as np
import pytest

from analysis.thermodynamics.fillings import fill_crystal
from analysis.thermodynamics.ordered import find_lower_hulls
from analysis.thermodynamics.sampling.order import count_waves, measure_order
from analysis.thermodynamics.settings import (
    MonteCarloSettings,
    parse_composition,
    settle_composition,
)
from tests.support.alloys import AU_CU, FCC
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import ParentLattice
from warehouse.errors import WarehouseError

TERNARY, LAYERED = Alloy.parse("ag-au-cu"), Alloy.parse("x-li_ni_o")
TWO = Alloy.parse("mg-zn_x-al-si")
BASIS = np.array([[0, 0, 0], [0.5, 0.5, 0.5], [0.25, 0.25, 0.25], [0.75, 0.75, 0.75]])
PARENTS = {
    TERNARY: FCC.with_species(3),
    LAYERED: ParentLattice("layered", FCC.cell, BASIS, (2, 1, 1, 1), (0, 1, 2, 2)),
    TWO: ParentLattice("two", FCC.cell, BASIS[:2], (2, 3), (0, 1)),
}


def fill(alloy, composition="", n_cells=64, **settings):
    asked = MonteCarloSettings(**settle_composition(alloy, None, composition), **settings)
    return fill_crystal(alloy, PARENTS[alloy], n_cells, asked)


def test_shares_are_of_the_sites_that_a_species_may_be_on_and_one_has_what_is_left():
    assert fill(TERNARY, "Ag=0.25,cu=0.5").counts == ((16, 16, 32),)
    assert fill(TERNARY, "Ag=0,Au=0.75,Cu=0.25").counts == ((0, 48, 16),)
    assert fill(TWO, "Zn=0.25,Al=0.5,Si=0.25").counts == ((48, 16), (16, 32, 16))
    layered = fill(LAYERED, "Li=0.75")
    assert layered.counts == ((16, 48), (64,), (128,))
    assert layered == fill(LAYERED, "X=0.25")
    assert layered.concentrations == [0.25, 0.75]
    # 64! / (16! 48!) arrangements, per site of all 256.
    assert layered.mixing_entropy == pytest.approx(math.log(math.comb(64, 16)) / 256)
    assert fill(TWO, "Zn=0.25,Al=0.5,Si=0.25").concentrations == [0, 0.25, 0.5, 0.25]


def test_a_crystal_at_random_has_its_counts_on_each_sublattice():
    filling, parent = fill(TWO, "Zn=0.25,Al=0.5,Si=0.25"), PARENTS[TWO]
    species = filling.arrange(parent, np.random.default_rng(0), 3)
    for crystal in species.T:
        assert np.bincount(crystal[:64]).tolist() == [48, 16]
        assert np.bincount(crystal[64:]).tolist() == [16, 32, 16]
    assert (species[:, 0] != species[:, 1]).any()


@pytest.mark.parametrize(
    ("alloy", "composition", "problem", "hint"),
    [
        (TERNARY, "", "not told: of the sites of Ag, Au, Cu", "Au=0.328125,Cu=0.328125"),
        (TERNARY, "Cu=0.5", "which shares have Ag and Au", "may be left out"),
        (TERNARY, "Zn=0.5,Cu=0.5", "Zn is no species of Ag–Au–Cu", "those are Ag, Au, Cu"),
        (TERNARY, "Ag=0.5,Au=0.5,Cu=0.5", "add up to 1.5", "add up to 1"),
        (TERNARY, "Ag=0.25,Au=0.25,Cu=0.25", "add up to 0.75", "add up to 1"),
        (TERNARY, "Ag=0.3,Au=0.3", "share of 0.4 of Cu: that would be 25.60", "Au=0.296875,Cu="),
        (TERNARY, "Ag=1,Au=0", "nothing to arrange", "--composition"),
        (TWO, "Zn=0.5", "of the sites of X, Al, Si", "Zn=0.5,Al="),
        (LAYERED, "Ni=0.5", "Ni, which does not change places", "Li=0.5"),
        (LAYERED, "Li=0.5,X=0.25", "do not add up", "Li alone"),
        (TERNARY, "Ag:0.5", "'Ag:0.5' is no share", "Ag=0.25,Au=0.25"),
        (TERNARY, "Ag=0.5,Ag=0.5", "Ag has two shares", "Ag=0.25,Au=0.25"),
        (TERNARY, "Ag=1.5", "from 0 to 1", "Ag=0.25,Au=0.25"),
    ],
)
def test_a_composition_that_the_crystal_cannot_have_is_refused_in_a_sentence(
    alloy, composition, problem, hint
):
    with pytest.raises(WarehouseError, match=problem) as caught:
        fill(alloy, composition)
    assert hint in caught.value.hint


def test_the_composition_that_a_refusal_names_is_taken():
    with pytest.raises(WarehouseError) as caught:
        fill(TERNARY, "Ag=0.3,Au=0.3", n_cells=125)
    named = caught.value.hint.split()[-1]
    assert sum(fill(TERNARY, named, n_cells=125).counts[0]) == 125


def test_two_species_have_one_share_however_it_is_told():
    assert settle_composition(AU_CU, None, "") == {}
    assert settle_composition(AU_CU, 0.75, "") == {"concentration": 0.75}
    assert settle_composition(AU_CU, None, "Au=0.25") == {"concentration": 0.75}
    assert settle_composition(AU_CU, None, "Au=0.25,Cu=0.75") == {"concentration": 0.75}
    assert settle_composition(TERNARY, None, "au=0.5, Cu=0.25") == {"composition": "Au=0.5,Cu=0.25"}
    with pytest.raises(WarehouseError, match="does not tell the composition of Ag"):
        settle_composition(TERNARY, 0.5, "")
    with pytest.raises(WarehouseError, match="beside --composition"):
        settle_composition(AU_CU, 0.5, "Cu=0.5")
    vacant = Alloy.parse("x-al_x-mg")
    with pytest.raises(WarehouseError, match="vacancies are on 2 sublattices"):
        fill_crystal(vacant, PARENTS[TWO], 8, MonteCarloSettings(composition="X=0.5"))
    assert parse_composition("") == {}


def test_order_of_species_is_that_of_spins_where_there_are_two():
    rng = np.random.default_rng(0)
    occupations, variants = (
        rng.random((64, 5)) < 0.3,
        rng.permuted(np.repeat(np.arange(64)[None] < 16, 3, axis=0), axis=1),
    )
    of_spins = measure_order(occupations, variants, np.zeros(64, int))
    of_species = measure_order(occupations.astype(np.int8), variants.astype(np.int8), np.zeros(64))
    np.testing.assert_allclose(of_spins, of_species, atol=1e-6)
    np.testing.assert_allclose(
        count_waves(occupations, (0,)), count_waves(occupations.astype(np.int8), (0,)), rtol=1e-4
    )
    # One is itself; that inert sites and those of another sublattice are as they must adds nothing.
    species = np.concatenate([np.arange(64) % 3, np.zeros(64), np.arange(64) % 2]).astype(np.int8)
    crystals = np.stack([species, rng.permutation(64 * 3)], axis=1)[:, :1]
    sublattices = np.repeat([0, 1, 2], 64)
    assert measure_order(crystals, species[None], sublattices)[0] == pytest.approx(1)
    shuffled = np.concatenate([rng.permutation(species[:64]), species[64:128],
                               rng.permutation(species[128:])])  # fmt: skip
    assert abs(measure_order(shuffled[:, None], species[None], sublattices)[0]) < 0.3


def test_the_hull_over_several_shares_is_below_all_and_touches_corners():
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(3), 40)
    x = np.vstack([np.zeros(2), np.eye(2), shares[:, 1:]])
    energies = rng.normal(size=(43, 2)) - 5 * (x[:, :1] * (1 - x.sum(axis=1, keepdims=True)))
    energies[:3] = 0.0
    hulls = find_lower_hulls(x, energies)
    assert (hulls <= energies + 1e-9).all()
    np.testing.assert_allclose(hulls[:3], 0.0, atol=1e-9)
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    entries = [
        PDEntry(Composition({"Ag": 1 - au - cu, "Au": au, "Cu": cu}), energy)
        for (au, cu), energy in zip(x, energies[:, 0], strict=True)
    ]
    diagram = PhaseDiagram(entries)
    expected = [diagram.get_e_above_hull(entry) for entry in entries]
    np.testing.assert_allclose(energies[:, 0] - hulls[:, 0], expected, atol=1e-6)
