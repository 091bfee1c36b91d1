"""Compositions, formation energies and hulls of alloys of three elements and more."""

from functools import cache

import duckdb
import numpy as np
import polars as pl
import pytest
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition

from ingest.alloys.hulls import find_hulls
from ingest.alloys.shipped import read_embedded_structures
from ingest.alloys.structures import ingest_structures
from tests.support.alloys import FCC, PROVENANCE, build, query
from tests.support.folders import temporary_folder
from warehouse.conventions.alloys import Alloy
from warehouse.crystals.facets import find_facets
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import AlloyStructures, LatticeMappings

TERNARY = Alloy.parse("ag-au-cu")
PURE = {"Ag": -2.0, "Au": -3.0, "Cu": -4.0}
"""eV/atom"""


CASES = {
    "any": {"AgAu2": -0.25, "AgAuCu": 0.125, "Ag3AuCu2": -0.5, "Cu4Ag2Au2": -0.1},
    "binaries": {"AgAu": -0.06, "AuCu": -0.09, "AgAuCu": -0.04, "AgCu": 0.03},
    "ternary": {"AgAu": -0.02, "AgAuCu2": -0.10, "Ag3Au3Cu2": 0.0},
    "no copper": {"AgAu": -0.1},
    "moved": {"AgAuCu": -0.1},
    "no hull": {"AgAuCu": -0.1},
}
"""Formation energies in eV/atom of invented structures by their source."""


def insert_as_mapped(store: Store, structures: pl.DataFrame, hull_of: pl.DataFrame) -> None:
    """Write `structures` as if each were mapped, and the hulls of others."""
    mappings = structures.select(
        "alloy",
        "structure_id",
        structures_digest=pl.lit(""),
        parent_lattice=pl.lit("fcc_3"),
        lattice_parameter=pl.lit(1.0),
        supercell_id=pl.lit("fcc_3-1-0-1-0-0-1"),
        decoration_id=pl.format("fcc_3-1-0-1-0-0-1:{}", pl.int_range(pl.len())),
        occupation=pl.lit(0, pl.Int64),
        volumetric_strain=pl.lit(0.0),
        strain=pl.lit(0.0),
        mean_displacement=pl.lit(0.0),
        max_displacement=pl.lit(0.0),
        warnings=pl.lit([], pl.List(pl.String)),
    )
    store.insert("alloy_structures", structures, provenance=PROVENANCE)
    mappings = pl.concat([LatticeMappings.create_empty(), mappings], how="diagonal")
    store.insert("lattice_mappings", mappings, provenance=PROVENANCE)
    facets = find_hulls(TERNARY, hull_of, mappings, FCC.with_species(3)).with_columns(
        structures_digest=pl.lit("")
    )
    store.insert("hull_facets", facets, provenance=PROVENANCE)


def catalog_of(structures: pl.DataFrame, hull_of: pl.DataFrame) -> duckdb.DuckDBPyConnection:
    """Catalog of `structures` alone, and of the hulls of others."""
    store = Store(Warehouse(temporary_folder()))
    insert_as_mapped(store, structures, hull_of)
    return build(store)


def invent(cases: dict[str, dict[str, float]]) -> pl.DataFrame:
    """Structures, named by source and formula, and the pure elements of each source."""
    rows = []
    for source, energies in cases.items():
        for formula, energy in {**dict.fromkeys(PURE, 0.0), **energies}.items():
            amounts = Composition(formula).get_el_amt_dict()
            symbols = [symbol for symbol, n in amounts.items() for _ in range(int(n))]
            total = sum(PURE[symbol] + energy for symbol in symbols)
            rows.append(
                {"alloy": TERNARY.name, "structure_id": f"{source}: {formula}", "source": source}
                | {"cell": np.eye(3).tolist(), "positions": [[0.0] * 3] * len(symbols)}
                | {"symbols": symbols, "total_energy": total, "volume": 10.0}
                | {"calculator": "none", "structures_digest": ""}
            )
    frame = pl.concat([AlloyStructures.create_empty(), pl.DataFrame(rows)], how="diagonal")
    return frame.filter(pl.col("structure_id") != "no copper: Cu")


@cache
def invented_catalog() -> duckdb.DuckDBPyConnection:
    """Of two sources the hull was made before the energies were those of `CASES`, or never."""
    before = CASES | {"moved": {"AgAuCu": -0.05}}
    del before["no hull"]
    return catalog_of(invent(CASES), hull_of=invent(before))


def invented(columns: str, view: str, source: str) -> dict[str, object]:
    """Two columns of the invented structures of one source, their names without it."""
    rows = query(f"select {columns} from {view} where structure_id like '{source}:%'",
                 invented_catalog()).rows()  # fmt: skip
    return {name.removeprefix(f"{source}: "): value for name, value in rows}


@cache
def shipped() -> pl.DataFrame:
    """Cells of silver, gold and copper of up to three atoms, and of four of all three elements."""
    rows, symbols = read_embedded_structures([TERNARY]), pl.col("symbols").list
    return rows.filter((symbols.len() < 4) | ((symbols.len() == 4) & (symbols.n_unique() == 3)))


@cache
def shipped_catalog() -> duckdb.DuckDBPyConnection:
    """They on their parent lattice."""
    store = Store(Warehouse(temporary_folder()))
    ingest_structures(store, shipped(), provenance=PROVENANCE)
    return build(store)


def test_compositions_are_those_of_pymatgen():
    rows = query(
        "select symbols, compositions.* from features.alloy_compositions as compositions "
        "inner join staging.alloy_structures using (alloy, structure_id)",
        shipped_catalog(),
    )
    assert rows.height == shipped().height
    for row in rows.rows(named=True):
        expected = Composition("".join(row["symbols"]))
        assert Composition(row["formula"]) == expected
        assert Composition(row["composition_group"]) == expected.reduced_composition
        assert row["n_elements"] == len(expected)
        assert row["elements"] == ["Ag", "Au", "Cu"]
        assert row["element_counts"] == [expected[element] for element in row["elements"]]
        shares = [expected.get_atomic_fraction(element) for element in row["elements"]]
        assert row["concentrations"] == pytest.approx(shares, abs=1e-15)
        assert row["concentration"] == row["concentrations"][1]


def test_a_formula_names_elements_in_alphabetical_order():
    view = "features.alloy_compositions"
    assert invented("structure_id, formula", view, "any")["Cu4Ag2Au2"] == "Ag2Au2Cu4"
    assert invented("structure_id, composition_group", view, "any")["Cu4Ag2Au2"] == "AgAuCu2"


def test_energies_refer_to_all_pure_elements():
    pure = query(
        "select formation_energy_per_atom from features.formation_energies "
        "where list_max(concentrations) = 1",
        shipped_catalog(),
    )
    assert pure["formation_energy_per_atom"].to_list() == [0.0, 0.0, 0.0]
    columns, view = "structure_id, formation_energy_per_atom", "features.formation_energies"
    assert invented(columns, view, "any") == pytest.approx(
        {**dict.fromkeys(PURE, 0.0), **CASES["any"]}, abs=1e-15
    )


def test_a_structure_falls_apart_into_what_is_lowest_together():
    # A third of each element: AuCu and silver have 2/3 (-0.09) = -0.06 eV/atom between them, which
    # is 0.02 below AgAuCu; AgAu and copper had 2/3 (-0.06) = -0.04.
    above = invented("structure_id, energy_above_hull", "marts.ground_states", "binaries")
    assert above == pytest.approx(
        {"Ag": 0, "AgAu": 0, "AgAuCu": 0.02, "AgCu": 0.03, "Au": 0, "AuCu": 0, "Cu": 0}, abs=1e-12
    )
    is_on_hull = invented("structure_id, is_on_hull", "marts.ground_states", "binaries")
    assert {name for name in above if is_on_hull[name]} == {"Ag", "AgAu", "Au", "AuCu", "Cu"}
    assert products_of("binaries: AgAuCu") == pytest.approx({"Ag": 1 / 3, "AuCu": 2 / 3})
    assert products_of("binaries: AuCu") == {"AuCu": 1}


def test_a_ternary_compound_takes_part_in_others():
    # Shares of 3/8, 3/8 and 1/4 are half AgAu and half AgAuCu2: (-0.02 - 0.10) / 2 = -0.06 eV/atom.
    above = invented("structure_id, energy_above_hull", "marts.ground_states", "ternary")
    assert above["Ag3Au3Cu2"] == pytest.approx(0.06)
    assert products_of("ternary: Ag3Au3Cu2") == pytest.approx({"AgAu": 0.5, "AgAuCu2": 0.5})


def products_of(structure_id: str) -> dict[str, float]:
    columns = "product_formula, amount"
    rows = f"select {columns} from marts.decompositions where structure_id = '{structure_id}'"
    return dict(query(rows, invented_catalog()).rows())


def test_the_ternary_hull_agrees_with_pymatgen():
    structures = shipped().sort("structure_id")
    entries = [
        PDEntry("".join(symbols), energy)
        for symbols, energy in structures.select("symbols", "total_energy").rows()
    ]
    diagram = PhaseDiagram(entries)
    expected = np.array([diagram.get_e_above_hull(entry) for entry in entries])
    rows = query("from marts.ground_states order by structure_id", shipped_catalog())
    np.testing.assert_allclose(rows["energy_above_hull"], expected, atol=1e-9)
    assert rows["is_on_hull"].to_list() == [energy < 1e-9 for energy in expected]
    products = query("from marts.decompositions", shipped_catalog())
    for name, entry in zip(structures["structure_id"], entries, strict=True):
        theirs = {
            phase.composition.reduced_composition: amount
            for phase, amount in diagram.get_decomposition(entry.composition).items()
        }
        ours = products.filter(structure_id=name).select("product_formula", "amount").rows()
        assert {Composition(formula): amount for formula, amount in ours} == pytest.approx(theirs)


@pytest.mark.parametrize(("n_elements", "n_points"), [(2, 20), (3, 40), (4, 40), (5, 30)])
def test_facets_agree_with_pymatgen_where_energies_tie(n_elements, n_points):
    # Few values of energies, so that many points share a tie line or a plane.
    symbols = ["Ag", "Au", "Cu", "Pd", "Pt"][:n_elements]
    random = np.random.default_rng(n_elements)
    counts = random.integers(0, 4, (n_points, n_elements))
    counts = np.vstack([np.eye(n_elements, dtype=int), counts[counts.sum(axis=1) > 0]])
    shares = counts / counts.sum(axis=1, keepdims=True)
    energies = np.round(random.normal(-0.02, 0.04, len(shares)), 2)
    energies[shares.max(axis=1) == 1] = 0.0
    facets = list(find_facets(shares, energies))
    planes = np.array([shares @ potentials for _, potentials, _ in facets])
    least = np.array([(shares @ amounts.T).min(axis=1) for _, _, amounts in facets])
    hull = planes[least.argmax(axis=0), np.arange(len(shares))]
    entries = [
        PDEntry(Composition(dict(zip(symbols, map(int, row), strict=True))), row.sum() * energy)
        for row, energy in zip(counts, energies, strict=True)
    ]
    diagram = PhaseDiagram(entries)
    expected = [diagram.get_e_above_hull(entry) for entry in entries]
    np.testing.assert_allclose(energies - hull, expected, atol=1e-9)
    assert least.max(axis=0).min() > -1e-9


def test_a_source_without_a_pure_element_has_no_hull():
    assert invented("structure_id, is_on_hull", "marts.ground_states", "no copper") == {}
    failing = query("from checks.alloy_pure_elements", invented_catalog())
    assert failing.filter(source="no copper")["element_number"].sort().to_list() == [1, 2, 3]
    assert failing["source"].unique().to_list() == ["no copper"]


def test_a_check_sees_hulls_of_other_energies():
    for check in ("alloy_hulls", "alloy_occupations", "alloy_pure_elements", "alloy_splits"):
        assert query(f"from checks.{check}", shipped_catalog()).is_empty()
    failing = query("from checks.alloy_hulls", invented_catalog())["structure_id"].to_list()
    expected = ["moved: AgAuCu", *(f"no hull: {name}" for name in (*PURE, "AgAuCu"))]
    assert sorted(failing) == sorted(expected)
