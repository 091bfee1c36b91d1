"""Phase diagrams of more than two elements: the grid, the phases of a hull, and the command."""

from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.datasets import read_rows
from analysis.thermodynamics.cells import choose_cell
from analysis.thermodynamics.data import read_expansion
from analysis.thermodynamics.engine.copies import BOLTZMANN
from analysis.thermodynamics.ordered import read_ordered_phases
from analysis.thermodynamics.page import write_thermodynamics_page
from analysis.thermodynamics.regions import SOLUTION, find_phases
from analysis.thermodynamics.sections import (
    choose_steps,
    list_fillings,
    plan_sections,
    share_out,
)
from tests.analysis.thermodynamics.test_any_alloy import LAYERED, TERNARY, warehouse
from tests.support.alloys import FCC
from warehouse.catalog.connection import connect
from warehouse.conventions.alloys import Alloy
from warehouse.errors import WarehouseError

__all__ = ["warehouse"]
SHORT = "--sweeps 50 --equilibration 10 --temperatures 800:200000:60000"


def grid(n_members, steps):
    return np.array(list(share_out(steps, n_members))) / steps


def ideal(shares, temperature):
    """Free energy of mixing without interactions, in eV."""
    filled = np.where(shares > 0, shares, 1.0)
    return BOLTZMANN * temperature * (filled * np.log(filled)).sum(axis=1)


def count_phases(rows):
    return sorted(max(row["phase_numbers"]) + 1 for row in rows)


def test_shares_are_all_that_add_up():
    # Of three parts of 4: (4 + 2) over 2 ways.
    ways = list(share_out(4, 3))
    assert len(ways) == len(set(ways)) == 15
    assert {sum(way) for way in ways} == {4}
    fillings = list_fillings(TERNARY, FCC.with_species(3), 64, 4)
    assert {filling.n_sites for filling in fillings} == {64}
    assert len(fillings) == 15


@pytest.mark.parametrize(
    ("n_cells", "steps", "problem", "hint"),
    [(64, 12, "64 sites of Ag, Au, Cu cannot be shared in 12", "--steps 2, 4"),
     (216, 24, "325 compositions", "use --steps 12")],
)  # fmt: skip
def test_grids_that_do_not_fit_are_refused(n_cells, steps, problem, hint):
    with pytest.raises(WarehouseError, match=problem) as caught:
        list_fillings(TERNARY, FCC.with_species(3), n_cells, steps)
    assert hint in str(caught.value.hint)


def test_an_ideal_solution_is_one_phase_everywhere():
    shares = grid(3, 6)
    rows = find_phases(
        shares, ideal(shares, 500.0), np.full(len(shares), 1e-6), [SOLUTION] * len(shares), 1 / 6
    )
    # As many triangles as the grid has: 6 squared.
    assert count_phases(rows) == [1] * 36


def test_a_regular_solution_parts_where_the_common_tangent_says():
    """Symmetric: it parts at x where ln(x / (1 - x)) = -w (1 - 2 x) (Hildebrand 1929)."""
    w, temperature = 2.5, 600.0
    shares = grid(2, 100)
    x = shares[:, 1]
    energies = ideal(shares, temperature) + w * BOLTZMANN * temperature * x * (1 - x)
    energies += 0.3 * x  # What the pure elements have is no part of it.
    rows = find_phases(shares, energies, np.zeros(len(x)), [SOLUTION] * len(x), 0.01)
    (gap,) = [row for row in rows if max(row["phase_numbers"]) == 1]
    left, right = sorted(share[1] for share in gap["compositions"])
    inside = np.linspace(1e-3, 0.499, 10_000)
    exact = inside[np.argmin(np.abs(np.log(inside / (1 - inside)) + w * (1 - 2 * inside)))]
    assert left == pytest.approx(exact, abs=0.011)
    assert right == pytest.approx(1 - exact, abs=0.011)
    # Both have the same chemical potentials: that of the first element is the tangent at x = 0.
    np.testing.assert_allclose(np.diff(gap["chemical_potentials"]), 0.3, atol=1e-3)
    doubtful = find_phases(shares, energies, np.ones(len(x)), [SOLUTION] * len(x), 0.01)
    assert set(count_phases(doubtful)) == {1}, "errors as large as that tell no gap"


def test_a_deep_compound_parts_a_triangle_into_three():
    shares = np.vstack([np.eye(3), [[1 / 3, 1 / 3, 1 / 3]]])
    phases = [SOLUTION] * 3 + ["compound"]
    energies = np.array([0.1, 0.2, 0.3, -1.0])
    rows = find_phases(shares, energies, np.zeros(4), phases, 1 / 3)
    assert count_phases(rows) == [3, 3, 3]
    for row in rows:
        planes = np.array(row["compositions"]) @ row["chemical_potentials"]
        np.testing.assert_allclose(planes[np.argsort(planes)][0], -1.0)
        np.testing.assert_allclose(
            np.array(row["amounts"]) @ np.transpose(row["compositions"]), np.eye(3), atol=1e-12
        )
    assert find_phases(shares[1:], energies[1:], np.zeros(3), phases[1:], 1 / 3) == []


@pytest.mark.parametrize(("alloy", "n"), [(TERNARY, 15), (LAYERED, 3)])
def test_the_command_finds_one_phase_where_it_is_hot(warehouse, alloy, n, tmp_path):
    place = ["--warehouse", str(warehouse.root)]
    sites, steps = ("64", 4) if alloy is TERNARY else ("256", 2)
    words = ["phase-diagram", "--alloy", alloy.name, "--steps", str(steps), "--sites", sites]
    words += [*SHORT.split(), *place]
    first, again = (CliRunner().invoke(app, words) for _ in range(2))
    assert first.exit_code == again.exit_code == 0, first.output + again.output
    assert "unchanged" in again.output
    with connect(warehouse) as connection:
        expansion = read_expansion(connection, alloy.name)
        hot = read_rows(
            connection,
            "from marts.isothermal_sections where alloy = ? and temperature > 100000",
            [alloy.name],
        )
        kept = read_rows(connection, "from staging.simulations where alloy = ?", [alloy.name])
        page = write_thermodynamics_page(connection, tmp_path, alloy, None).read_text()
        again = read_rows(connection, "select 1 from marts.transition_temperatures "
                          "where series like 'sections%' group by run_id, concentrations, draw "
                          "having count(*) > 1")  # fmt: skip
    assert again.is_empty(), "each composition has its own transition"
    assert set(kept["ensemble"]) == {"sections"}
    temperatures = hot["temperature"].unique()
    # Those of compounds may stand beside the grid's.
    assert hot.height >= n * len(temperatures)
    assert set(hot["n_phases"]) == {1}
    # So hot, atoms are at random: the mean energy less the entropy of all arrangements.
    own = {tuple(row["concentrations"]): row for row in kept.iter_rows(named=True)}
    fillings = list_fillings(
        alloy, expansion.parent, kept["n_sites"][0] // len(expansion.parent.basis), steps
    )
    for filling in fillings:
        orbits = expansion.orbits
        means = filling.random_correlations(
            expansion.parent, orbits["sites"].to_list(), orbits["point_functions"].to_list()
        )
        energy = float(means @ expansion.parameters[:, 0])
        entropy = own[tuple(filling.concentrations)]["mixing_entropy"]
        row = hot.filter(temperature=temperatures.max()).row(
            hot.filter(temperature=temperatures.max())["concentrations"]
            .to_list()
            .index(filling.concentrations),
            named=True,
        )
        expected = energy - BOLTZMANN * row["temperature"] * entropy
        assert row["free_energy"] == pytest.approx(expected, abs=5e-3)
    assert ("Which phases stand side by side" in page) == (alloy is TERNARY)


def test_options_of_the_other_kind_of_diagram_are_refused(warehouse):
    place = ["--warehouse", str(warehouse.root)]
    potentials = ["--chemical-potentials=-0.1:0.1:0.1"]
    refused = CliRunner().invoke(app, ["phase-diagram", "--alloy", "ag-au-cu", *potentials, *place])
    assert refused.exit_code == 1
    assert "--steps N" in refused.output


@pytest.mark.parametrize(
    ("alloy", "steps", "n_compositions"),
    [
        ("ag-au-cu", 12, 91),
        ("al-co-cr-ni", 6, 84),
        ("co-cr-fe-mn-ni", 6, 210),
        ("c-n_ti-w", 12, 169),
    ],
)
def test_the_finest_grid_that_is_not_too_large_is_chosen(alloy, steps, n_compositions):
    # C(12 + 2, 2), C(6 + 3, 3), C(6 + 4, 4), 13 x 13
    chosen = Alloy.parse(alloy)
    assert choose_steps(chosen) == steps
    parent = SimpleNamespace(sublattices=range(len(chosen.sublattices)))
    assert len(list_fillings(chosen, parent, 12, steps)) == n_compositions


def test_a_line_between_compositions_of_the_grid_is_one_phase_if_a_nearest_one_is():
    """Three solutions about a gap: two of them are one, beside it, and the third is across."""
    shares = grid(3, 2)
    # The middle of the first and third element costs much: a gap between these two.
    middle = (shares[:, 0] == 0.5) & (shares[:, 2] == 0.5)
    energies = ideal(shares, 300.0) + 0.1 * middle
    rows = find_phases(shares, energies, np.zeros(6), [SOLUTION] * 6, 0.5)
    assert count_phases(rows) == [1, 1, 2]


@pytest.mark.parametrize("attraction", [0.0, -0.05, -0.5])
def test_facets_of_two_sublattices_cover_all_compositions(attraction):
    """(A, B)(C, D): beyond the end members lies the corner of B and D, with shares -1, 1, 1."""
    x, y = (grid.ravel() for grid in np.meshgrid(*[np.arange(7) / 6] * 2))
    shares = np.column_stack([1 - x - y, x, y]).round(12)
    energies = sum(ideal(np.column_stack([z, 1 - z]), 600.0) for z in (x, y)) / 2
    energies = energies + attraction * x * y
    rows = find_phases(shares, energies, np.full(len(x), 1e-6), [SOLUTION] * len(x), 1 / 6)
    amounts = np.array([np.array(row["amounts"]) @ shares.T for row in rows])
    assert (amounts.min(axis=1).max(axis=0) >= -1e-9).all()
    for row in rows:
        np.testing.assert_allclose(
            np.sum(row["phase_amounts"], axis=0), np.sum(row["amounts"], axis=0), atol=1e-9
        )


def test_compounds_off_the_grid_are_simulated_at_their_own_composition(warehouse):
    """Quarters are no thirds: of three steps none is a grid point."""
    with connect(warehouse) as connection:
        expansion = read_expansion(connection, TERNARY.name)
        hnf = choose_cell(expansion.parent, 216)
        known = read_ordered_phases(connection, expansion, hnf)
    fillings = list_fillings(TERNARY, expansion.parent, 216, 3)
    ladders = plan_sections(known, expansion, fillings, 6, np.array([300.0, 600.0, 900.0, 1200.0]))
    x = known.concentrations
    compounds = [
        number
        for number in np.flatnonzero(known.fitting & (known.above_hull[:, 0] <= 1e-9))
        if x[number].max() < 1 and x[number].sum() > 0
    ]
    assert compounds
    ordered = {one.phases[0] for one in ladders if one.start == "ordered"}
    assert {*compounds} <= ordered
    for one in ladders:
        if one.start == "ordered":
            np.testing.assert_allclose(one.filling.shares, x[one.phases[0]], atol=1e-12)
