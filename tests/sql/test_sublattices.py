"""Correlations, energies and hulls of alloys with sublattices, vacancies and inert sites."""

import duckdb
import numpy as np
import polars as pl
import pytest
from ase import Atoms
from ase.build import bulk
from ase.io import write
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition

from ingest.alloys.own_structures import ingest_source
from ingest.alloys.site_species import read_alloy_sites
from tests.support.alloys import build, query
from tests.support.folders import temporary_folder
from tests.support.sublattices import (
    CASES,
    CUTOFFS,
    parent_of,
    planted_cells,
    planted_energy,
    relaxed,
    sublattice_catalog,
)
from warehouse.conventions.alloys import Alloy
from warehouse.settings import SQL_DIR
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

SCALES = {2: [-1.0], 3: [-(2**0.5), -(2**0.5)]}
"""Our point functions of so many species by icet's, which are -cos and -sin without a root."""
STRUCTURES = """
    select
        cast(structure_id as integer) as number,
        cluster_space_id, cluster_vector, cell, positions, symbols
    from features.cluster_vectors inner join staging.alloy_structures using (alloy, structure_id)
    where alloy = '{name}' order by number
"""


@pytest.mark.parametrize("name", CASES)
def test_correlations_of_relaxed_cells_are_those_of_icet(name):
    # icet has them of the ideal cells, with atoms X on vacant sites, and another order of orbits
    # that are as large.
    parent, primitive = parent_of(name), CASES[name].atoms
    a = parent.lattice_parameter(primitive.get_volume() / len(parent.basis))
    space = icet_space(primitive, a, CASES[name].site_species)
    n_species = {s.symbol: len(s.chemical_symbols) for s in space.get_sublattices(primitive)}
    theirs = [(0, 0.0, 1.0)]
    for orbit in space.as_list[1:]:
        sites = zip(orbit["sublattices"], orbit["multicomponent_vector"], strict=True)
        scale = np.prod([SCALES[n_species[sublattice]][place] for sublattice, place in sites])
        theirs.append((orbit["order"], orbit["radius"] / a, scale))
    rows = query(STRUCTURES.format(name=name), sublattice_catalog())
    assert rows.height == len(planted_cells(name))
    sql = f"from staging.orbits where cluster_space_id = '{rows['cluster_space_id'][0]}' order by 2"
    orbits = query(sql, sublattice_catalog()).select("cluster_order", "radius")
    for number, vector in rows.select("number", "cluster_vector").rows():
        expected = space.get_cluster_vector(planted_cells(name)[number - 1])
        scaled = [scale * value for (*_, scale), value in zip(theirs, expected, strict=True)]
        found = by_size(orbits.rows(), vector)
        np.testing.assert_allclose(found, by_size(theirs, scaled), rtol=0, atol=1e-12)
    assert np.linalg.matrix_rank(np.array(rows["cluster_vector"].to_list())) > 2


def test_structures_that_are_alike_share_their_counts():
    # Random species of a cell of two sublattices leave many structures alike; each is in one set.
    sets = query(
        "select structure_id from features.species_counts where alloy = 'c-n_ti-w'",
        sublattice_catalog(),
    )
    names = query(
        "select unnest(structure_ids) from features.species_counts where alloy = 'c-n_ti-w'",
        sublattice_catalog(),
    ).to_series()
    assert names.n_unique() == len(names) == len(planted_cells("c-n_ti-w"))
    numbers = query("select set_number from features.species_counts", sublattice_catalog())
    assert sorted(numbers["set_number"]) == list(range(1, numbers.height + 1))
    # Members of a set have one vector; other supercells may have the same one.
    rows = query(STRUCTURES.format(name="c-n_ti-w"), sublattice_catalog())
    distinct = {tuple(np.round(vector, 9)) for vector in rows["cluster_vector"].to_list()}
    assert len(distinct) <= sets.height < rows.height


def by_size(orbits, correlations):
    """Correlations in order of the orbits' numbers of sites and radii, then their own."""
    sizes = [(order, round(radius, 5)) for order, radius, *_ in orbits]
    rounded = np.round(correlations, 9)
    order = sorted(range(len(sizes)), key=lambda place: (sizes[place], rounded[place]))
    return np.array(correlations)[order]


@pytest.mark.parametrize("name", ["x-li_ni_o", "x-o_sr_ti"])
def test_vacancies_are_where_icet_finds_them(name):
    from icet.tools import map_structure_to_reference

    alloy, parent = Alloy.parse(name), parent_of(name)
    symbols = [list(alloy.sublattices[number]) for number in parent.sublattices]
    primitive = parent.atoms(
        a := parent.lattice_parameter(CASES[name].atoms.get_volume() / len(parent.basis))
    )
    primitive.symbols[:] = [allowed[-1] for allowed in symbols]
    space = icet_space(primitive, a, symbols)
    inert = [species for (species, *others) in alloy.sublattices if not others]
    rows = query(STRUCTURES.format(name=name), sublattice_catalog())
    scales = scales_of(rows["cluster_space_id"][0], parent)
    for row in rows.filter(pl.col("number").is_in([3, 4, 10])).rows(named=True):
        atoms = Atoms(row["symbols"], positions=row["positions"], cell=row["cell"], pbc=True)
        mapped, _ = map_structure_to_reference(
            atoms, primitive, inert_species=inert, suppress_warnings=True
        )
        expected = scales * space.get_cluster_vector(mapped)
        np.testing.assert_allclose(row["cluster_vector"], expected, rtol=0, atol=1e-12)


def icet_space(primitive, a, symbols):
    from icet import ClusterSpace

    return ClusterSpace(primitive, [a * cutoff for cutoff in CUTOFFS], [list(s) for s in symbols])


def scales_of(space, parent):
    """What our correlations are times icet's, orbit by orbit."""
    sql = f"from staging.orbits where cluster_space_id = '{space}' order by orbit_index"
    orbits = query(sql, sublattice_catalog())
    return [
        np.prod([SCALES[parent.n_species[site[0]]][f] for site, f in zip(*orbit, strict=True)])
        for orbit in orbits.select("sites", "point_functions").rows()
    ]


@pytest.mark.parametrize("name", CASES)
def test_energies_per_site_refer_to_the_end_members(name):
    # A cell with a share x of lithium lies x times LiNiO2's energy and 1 - x times NiO2's higher.
    case, alloy = CASES[name], Alloy.parse(name)
    cells = planted_cells(name)
    energies = [planted_energy(cell, case.reach) / len(cell) for cell in cells]
    references = energies[: len(alloy.end_members)]
    rows = query(
        "select cast(structure_id as integer) as number, * from features.formation_energies "
        f"where alloy = '{name}' order by number",
        sublattice_catalog(),
    )
    for cell, energy, row in zip(cells, energies, rows.rows(named=True), strict=True):
        symbols = np.array(cell.get_chemical_symbols()).reshape(-1, len(case.atoms))
        on_sites = [np.array(allowed) for allowed in case.site_species]
        shares = [
            np.mean(
                [symbols[:, i] == species for i, at in enumerate(on_sites) if [*at] == [*allowed]]
            )
            for allowed in alloy.sublattices
            for species in allowed[1:]
        ]
        shares = [1 - sum(shares), *shares]
        assert row["concentrations"] == pytest.approx(shares, abs=1e-12)
        assert (row["n_sites"], row["n_atoms"]) == (len(cell), (cell.numbers > 0).sum())
        expected = energy - np.dot(shares, references)
        assert row["formation_energy_per_atom"] == pytest.approx(expected, abs=1e-9)
    assert rows["formation_energy_per_atom"].head(len(references)).abs().max() < 1e-14


@pytest.mark.parametrize("name", CASES)
def test_hulls_are_those_of_pymatgen(name):
    # Elements alone are far above: all that may mix has whole primitive cells. An atom Xe stands
    # for a vacancy, so that energies per atom are energies per site.
    cells = planted_cells(name)
    entries = [
        PDEntry(
            Composition(cell.get_chemical_formula().replace("X", "Xe")),
            planted_energy(cell, CASES[name].reach),
        )
        for cell in cells
    ]
    elements = {element for entry in entries for element in entry.composition}
    diagram = PhaseDiagram([*entries, *(PDEntry(Composition(str(e)), 1000.0) for e in elements)])
    rows = query(
        "select energy_above_hull from marts.ground_states "
        f"where alloy = '{name}' order by cast(structure_id as integer)",
        sublattice_catalog(),
    )
    expected = [diagram.get_e_above_hull(entry) for entry in entries]
    np.testing.assert_allclose(rows["energy_above_hull"], expected, atol=1e-9)


@pytest.mark.parametrize(
    ("parent", "sites", "products"),
    [("fcc", "Al,Ni,X", {"Al", "Ni", "no atom"}), ("CsCl", "Al,X; Ni,X", {"Al", "Ni", "AlNi"})],
)
def test_a_lattice_without_atoms_has_no_energy(parent, sites, products):
    # Any site may be vacant: energies per site are those of the atoms less their elements'.
    rng, cells, energies = np.random.default_rng(3), [], []
    species = [one.strip().split(",") for one in sites.split(";")]
    odds = [[*(0.8 / (len(one) - 1) for _ in one[1:]), 0.2] for one in species]
    folder = temporary_folder()
    crystal = bulk("Al", "fcc", a=4.0)
    if parent == "CsCl":
        crystal = bulk("AlNi", "cesiumchloride", a=2.9)
        write(folder / "CsCl.cif", crystal)
        parent = str(folder / "CsCl.cif")
    for number in range(12):
        cell = crystal.repeat((1, 1 + number % 2, 2 + number % 4))
        n_cells = len(cell) // len(crystal)
        of_cell = list(zip(species, odds, strict=True))
        chosen = [rng.choice(one, p=p) for _ in range(n_cells) for one, p in of_cell]
        if number < 2:  # The end members.
            only = ["Al", "Ni"][number]
            chosen = [only if only in one else "X" for _ in range(n_cells) for one in species]
        cell.symbols[:] = chosen
        cells.append(cell)
        energies.append(planted_energy(cell, 2.9))
    planted = zip(cells, energies, strict=True)
    frames = [relaxed(cell, energy, seed) for seed, (cell, energy) in enumerate(planted)]
    write(folder / "cells.extxyz", frames)
    store = Store(Warehouse(folder))
    alloy, lattice = read_alloy_sites(parent, sites)
    ingest_source(store, folder / "cells.extxyz", alloy, parent=lattice)
    connection = build(store)
    rows = query(
        "from features.formation_energies order by cast(structure_id as integer)", connection
    )
    pure = {
        13: energies[0] / (cells[0].numbers == 13).sum(),
        28: energies[1] / (cells[1].numbers == 28).sum(),
    }
    assert rows["n_sites"].to_list() == list(map(len, cells))
    for cell, energy, found in zip(cells, energies, rows["formation_energy_per_atom"], strict=True):
        of_atoms = sum(pure.get(number, 0.0) for number in cell.numbers)
        assert found == pytest.approx((energy - of_atoms) / len(cell), abs=1e-9)
    for check in ("occupations", "pure_elements", "hulls"):
        assert query(f"from checks.alloy_{check}", connection).is_empty()
    sql = "select product_formula from marts.decompositions"
    assert {*query(sql, connection).to_series()} == products


def test_the_checks_hold():
    for check in ("occupations", "pure_elements", "splits", "hulls", "unmapped_structures"):
        assert query(f"from checks.alloy_{check}", sublattice_catalog()).is_empty()
    assert query("from checks.cluster_weights", sublattice_catalog()).is_empty()


def failing(**changes: pl.Expr) -> int:
    """How many occupations fail once columns of a mapping with two lithium atoms are other ones."""
    names = ("staging.lattice_mappings", "staging.supercells", "staging.parent_lattices",
             "features.alloy_compositions")  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute("create schema staging; create schema features")
        for name in names:
            rows = query(f"from {name}", sublattice_catalog())
            if name == "staging.lattice_mappings":
                of_layers = pl.col("alloy") == "x-li_ni_o"
                is_meant = of_layers & (pl.col("occupation").bitwise_count_ones() == 2)
                is_meant &= is_meant.cum_sum() == 1
                rows = rows.with_columns(
                    **{
                        column: pl.when(is_meant).then(value).otherwise(pl.col(column))
                        for column, value in changes.items()
                    }
                )
            connection.execute(f"create table {name} as from rows")
        sql = (SQL_DIR / "checks" / "alloy_occupations.sql").read_text(encoding="utf-8")
        return connection.sql(sql).pl().height


def test_a_check_sees_species_on_wrong_sites_and_none():
    species, nothing = pl.col("site_species"), pl.lit(None)
    assert failing() == 0
    # Its reverse has as many of each number, on oxygen's sites instead of lithium's.
    assert failing(site_species=species.list.reverse()) == 1
    assert failing(site_species=species.list.eval(1 - pl.element())) == 1
    assert failing(site_species=species.list.head(2)) == 1
    assert failing(occupation=2 * pl.col("occupation") + 1) == 1
    assert failing(occupation=nothing) == 0
    assert failing(occupation=nothing, site_species=nothing) == 1
