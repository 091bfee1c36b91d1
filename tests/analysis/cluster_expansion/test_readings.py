"""Sentences of the page, on numbers whose verdict is known."""

import numpy as np
import polars as pl
import pytest

from analysis.cluster_expansion.figures.interactions import SHELLS_SQL
from analysis.cluster_expansion.figures.many_elements import find_bond_costs
from analysis.cluster_expansion.figures.quoted_numbers import read_hull, read_sources
from analysis.cluster_expansion.page import draw_questions
from analysis.datasets import read_rows
from analysis.metrics import paired_error
from tests.support.alloys import AU_CU
from warehouse.conventions.point_functions import point_functions

HULL = pl.DataFrame(
    {
        "formula": ["Au", "Au3Cu", "AuCu", "Cu"],
        "concentration": [0.0, 0.25, 0.5, 1.0],
        "calculated": [0.0, -30.0, -50.0, 0.0],
    }
)


def test_two_equal_energies_at_one_composition_change_no_sentence():
    twice = HULL[[0, 1, 1, 2, 2, 3]]
    assert read_hull(twice) == read_hull(HULL)
    # Au3Cu: half of AuCu's 50 less its own 30. AuCu: a third of the way from Au3Cu to Cu.
    assert "Au3Cu (-30.0, 5.0 below" in read_hull(twice)
    assert "AuCu (-50.0, 30.0 below" in read_hull(twice)


def test_a_paired_error_sees_only_where_folds_differ():
    shared = np.array([1.0, 9.0, 25.0])
    assert paired_error(shared + 2 - shared, 7.0) == 0
    # Differences 1, 2, 3: standard deviation 1.
    assert paired_error(np.array([1.0, 2.0, 3.0]), 2.0) == pytest.approx(1 / np.sqrt(3) / 2)


def test_ordered_and_random_energies_are_those_of_the_whole_expansion(connection):
    parts = read_rows(connection, SHELLS_SQL.format(alloy="au-cu"))
    totals = parts.group_by("name").agg(pl.col("ordered", "random", "gain").sum())
    assert totals.height == 3
    expected = read_rows(
        connection,
        """
        select
            any_value(energies.formula) as formula,
            any_value(predicted_formation_energy_per_atom) * 1000 as ordered,
            sum(1000 * parameter * (1 - 2 * concentration) ** cluster_order) as random
        from marts.cluster_expansion_predictions as energies
        inner join marts.effective_cluster_interactions as interactions
            on interactions.alloy = energies.alloy and interactions.model = energies.model
        where energies.is_selected and energies.structure_id in ('2-1-1', '4-6-1', '4-6-6')
            and energies.split in ('training', 'locked_test')
        group by energies.structure_id
        """,
    )
    for row in expected.iter_rows(named=True):
        own = totals.row(
            by_predicate=pl.col("name").str.ends_with(f" {row['formula']}"), named=True
        )
        assert own["ordered"] == pytest.approx(row["ordered"])
        assert own["random"] == pytest.approx(row["random"])


def test_sources_are_those_of_the_alloy(connection):
    sources = read_sources(connection, AU_CU)
    assert sources == {
        "source": "pyclupan",
        "calculator": "VASP PAW PBE",
        "parent_lattice": "fcc",
    }


def test_figures_call_the_alloy_as_titles_do(connection):
    figures = [figure for _, drawn in draw_questions(connection, AU_CU) for figure in drawn]
    texts = [f"{figure.title} {figure.reading} {figure.caption}" for figure in figures]
    assert sum("Au–Cu" in figure.caption for figure in figures) == 7
    assert not any("au-cu" in text for text in texts)


def test_of_two_elements_a_bond_costs_minus_twice_the_interaction():
    # Spins +1 and -1: a bond of unlike ones has -J, of like ones J.
    np.testing.assert_allclose(find_bond_costs(2, [((0, 0), 5.0)]), [[0, -10], [-10, 0]])


def test_bonds_of_three_elements_are_found_again_whatever_the_functions():
    bonds = np.array([[1.0, -2.0, 4.0], [-2.0, 3.0, 0.5], [4.0, 0.5, -1.0]])
    values = point_functions(3)
    # Functions are orthonormal over equally shared species: so are their outer products.
    planted = values.T @ bonds @ values / 9
    pairs = [((f, g), planted[f, g]) for f, g in ((0, 0), (0, 1), (1, 1))]
    own = np.diag(bonds)
    np.testing.assert_allclose(find_bond_costs(3, pairs), bonds - (own[:, None] + own) / 2)
