"""The embedded data say what their README and the literature say of them."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ingest.alloys.shipped import read_embedded_structures
from ingest.embedded.elements import MAGPIE_TABLES
from ingest.embedded.origins import ORIGINS, collect_origins
from ingest.embedded.rebuild import FOLDER, find_difference
from ingest.materials.properties import PROPERTY_SOURCES
from warehouse.conventions.alloys import Alloy
from warehouse.errors import WarehouseError

ROWS = {
    "alloy_structures": 1_329,
    "matbench_mp": 106_113,
    "matbench_expt": 4_921,
    "elements": 112,
    "matbench_mp_e_form": 132_752,
    "benchmark_folds": 376_477,
}


@pytest.fixture(scope="module")
def structures() -> pl.DataFrame:
    """Structures under each alloy that they belong to."""
    return read_embedded_structures()


@pytest.fixture(scope="module")
def embedded() -> dict[str, pl.DataFrame]:
    return {name: pl.read_parquet(FOLDER / f"{name}.parquet") for name in ROWS}


def formation_energies(structures: pl.DataFrame, alloy: str) -> dict[str, float]:
    """Formation energy in meV/atom by structure_id, against the pure elements of the alloy."""
    rows = structures.filter(pl.col("alloy") == alloy).to_dicts()
    pure = {
        row["symbols"][0]: row["total_energy"] / len(row["symbols"])
        for row in rows
        if len(set(row["symbols"])) == 1
    }
    return {
        row["structure_id"]: 1000
        * (row["total_energy"] - sum(pure[symbol] for symbol in row["symbols"]))
        / len(row["symbols"])
        for row in rows
    }


def count_unlike_neighbours(structures: pl.DataFrame, alloy: str, structure_id: str) -> set[int]:
    """Of the twelve nearest neighbours of each minority atom, how many are of the other kind."""
    is_wanted = (pl.col("alloy") == alloy) & (pl.col("structure_id") == structure_id)
    row = structures.row(by_predicate=is_wanted, named=True)
    positions, symbols = np.array(row["positions"]), np.array(row["symbols"])
    steps = np.arange(-4, 5)
    images = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    minority = min(set(symbols), key=list(symbols).count)
    counts = set()
    for center in positions[symbols == minority]:
        neighbours = positions[:, None, :] + images @ np.array(row["cell"]) - center
        distances = np.linalg.norm(neighbours, axis=-1)
        atoms = np.argsort(distances, axis=None)[1:13] // len(images)
        counts.add(int((symbols[atoms] != minority).sum()))
    return counts


@pytest.mark.parametrize(("name", "rows"), ROWS.items())
def test_every_file_has_its_rows(embedded, name, rows):
    assert embedded[name].height == rows


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("alloy_structures", ["structure_id"]),
        ("matbench_mp", ["material_id"]),
        ("matbench_expt", ["material_id"]),
        ("elements", ["atomic_number"]),
        ("benchmark_folds", ["benchmark", "material_id"]),
    ],
)
def test_keys_are_unique(embedded, name, key):
    assert not embedded[name].select(key).is_duplicated().any()


def test_all_files_together_are_small():
    assert sum(path.stat().st_size for path in FOLDER.glob("*.parquet")) < 25e6


def test_the_readme_names_every_column_and_origin(embedded):
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for frame in embedded.values():
        assert [name for name in frame.columns if f"`{name}`" not in readme] == []
    for origin in ORIGINS:
        assert f"{origin.package} {origin.version}" in readme
        assert origin.sha256 in readme
    for rows in ROWS.values():
        assert f"| {rows:,} |" in readme


def test_the_readme_counts_the_rows_of_every_source():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for source in PROPERTY_SOURCES:
        file = FOLDER / f"{source.name}.parquet"
        assert f"{pl.scan_parquet(file).select(pl.len()).collect().item():,}" in readme
        for citation in source.citations:
            assert citation in readme


# Alloys


@pytest.mark.parametrize(
    ("alloy", "counts"),
    [
        # Binary FCC cells of 1 to 6 atoms: Hart & Forcade 2008, 10.1103/PhysRevB.77.224115.
        ("ag-au", [2, 2, 6, 19, 28, 80]),
        ("ag-cu", [2, 2, 6, 19, 28, 80]),
        ("au-cu", [2, 1, 6, 19, 28, 80]),
    ],
)
def test_alloys_are_the_whole_enumeration_but_one(structures, alloy, counts):
    sizes = structures.filter(pl.col("alloy") == alloy)["symbols"].list.len().to_numpy()
    assert [int((sizes == size).sum()) for size in range(1, 7)] == counts


def test_an_alloy_holds_its_own_elements(structures):
    for alloy, symbols in structures.select("alloy", "symbols").rows():
        assert set(symbols) <= set(Alloy.parse(alloy).elements)


def test_a_ternary_alloy_holds_its_binary_ones(structures):
    # 404 cells of two elements, 672 of three, and the elements.
    by_alloy = {str(name): own for (name,), own in structures.group_by("alloy")}
    ternary = by_alloy["ag-au-cu"]
    n_elements = ternary["symbols"].list.n_unique()
    assert n_elements.value_counts().sort("symbols").rows() == [(1, 3), (2, 404), (3, 672)]
    for alloy in ("ag-au", "ag-cu", "au-cu"):
        own = by_alloy[alloy].with_columns(alloy=pl.lit("ag-au-cu"))
        assert own.join(ternary, on=["structure_id", "total_energy"], how="anti").is_empty()


def test_tantalum_tungsten_is_on_the_sites_of_one_bcc_cell(structures):
    own = structures.filter(alloy="ta-w")
    assert own["cell"].unique().to_list() == [(12.776 * np.eye(3)).tolist()]
    sites = np.array(own["positions"].to_list()) / 1.597
    whole = np.rint(sites)
    assert sites == pytest.approx(whole, abs=1e-9)
    assert (whole % 2 == whole[..., :1] % 2).all()  # corners and centres
    energies = formation_energies(structures, "ta-w")
    assert len(energies) == 250
    assert min(energies.values()) == pytest.approx(-102.0, abs=0.1)
    assert {name for name, energy in energies.items() if energy > -25} == {
        *own.filter(pl.col("symbols").list.n_unique() == 1)["structure_id"]
    }


@pytest.mark.parametrize(
    ("alloy", "structure_id", "energy"),
    [
        ("au-cu", "1-0-0", -3.72739253),
        ("ag-cu", "1-0-0", -3.72739253),
        ("au-cu", "1-0-2", -3.22044956),
        ("ag-au", "1-0-2", -3.22044956),
    ],
)
def test_pure_elements_have_their_energy_in_each_alloy(structures, alloy, structure_id, energy):
    own = structures.filter(alloy=alloy, structure_id=structure_id)
    assert own["total_energy"].to_list() == [energy]


def test_copper_gold_formation_energies(structures):
    energies = formation_energies(structures, "au-cu")
    values = np.array([*energies.values()])
    assert min(energies, key=energies.get) == "2-1-1"
    assert energies["2-1-1"] == pytest.approx(-58.2, abs=0.05)  # L1_0 AuCu
    assert energies["4-6-1"] == pytest.approx(-46.1, abs=0.05)  # L1_2 Cu3Au
    assert energies["4-6-6"] == pytest.approx(-26.5, abs=0.05)  # L1_2 CuAu3
    assert values.max() == pytest.approx(55.7, abs=0.05)
    assert (values < 0).sum() == 109
    assert values.std() == pytest.approx(23.4, abs=0.05)


def test_silver_mixes_with_gold_and_not_with_copper(structures):
    mixing = {
        alloy: [value for value in formation_energies(structures, alloy).values() if value != 0]
        for alloy in ("ag-au", "ag-cu")
    }
    assert max(mixing["ag-au"]) < 0 < min(mixing["ag-cu"])


@pytest.mark.parametrize(
    ("alloy", "structure_id", "unlike"),
    [
        ("au-cu", "2-1-1", 8),  # L1_0: 4 like neighbours in the plane, 8 unlike above and below
        ("au-cu", "4-6-1", 12),  # L1_2: an Au corner sees only Cu faces
        ("au-cu", "4-6-6", 12),
        ("ag-cu", "2-0-0", 6),  # L1_1: 6 like neighbours in the (111) plane, 6 unlike outside
    ],
)
def test_named_structures_have_their_neighbours(structures, alloy, structure_id, unlike):
    assert count_unlike_neighbours(structures, alloy, structure_id) == {unlike}


def test_geometry_is_consistent_and_relaxed(embedded):
    structures = embedded["alloy_structures"]
    cells = np.array(structures["cell"].to_list())
    assert cells.shape == (1329, 3, 3)
    assert np.abs(np.linalg.det(cells)) == pytest.approx(structures["volume"].to_numpy(), abs=1e-6)
    for positions, symbols in structures.select("positions", "symbols").rows():
        assert np.shape(positions) == (len(symbols), 3)
    relaxed = structures.filter(source="pyclupan")
    assert relaxed["max_force"].is_between(0, 0.02).all()
    assert relaxed["stress"].list.len().eq(6).all()
    assert structures["stress"].explode().abs().max() < 2.4


# Materials


def test_calculated_materials_are_metals_exactly_where_the_gap_is_zero(embedded):
    materials = embedded["matbench_mp"]
    assert materials["is_metal"].mean() == pytest.approx(0.435, abs=5e-4)
    assert (materials["is_metal"] == (materials["band_gap"] == 0)).all()


def test_identifiers_count_the_rows(embedded):
    for name, pattern in [
        ("matbench_mp", "mb-mp-is-metal-%06d"),
        ("matbench_expt", "mb-expt-is-metal-%04d"),
    ]:
        expected = [pattern % number for number in range(1, ROWS[name] + 1)]
        assert embedded[name]["material_id"].to_list() == expected
    assert embedded["matbench_mp"]["formula"][0] == "K4Mn4O8"


def test_energies_are_joined_only_to_formulas_that_occur_once(embedded):
    joined = embedded["matbench_mp"].with_columns(copies=pl.len().over("formula"))
    joined = joined.filter(pl.col("formation_energy_per_atom").is_not_null())
    assert joined.height == 76_319
    assert (joined["copies"] == 1).all()
    # Matbench left out what is more than 0.15 eV/atom unstable, so a wrong partner would show.
    assert joined["formation_energy_per_atom"].max() < 0.15


def test_measured_gaps_agree_with_the_labels(embedded):
    materials = embedded["matbench_expt"]
    measured = materials.drop_nulls("band_gap")
    assert measured.height == 4_604
    assert (measured["is_metal"] == (measured["band_gap"] == 0)).all()
    assert materials["formula"].is_unique().all()


@pytest.mark.parametrize("name", ["matbench_mp", "matbench_expt"])
def test_official_folds_partition_each_benchmark_evenly(embedded, name):
    folds = embedded["benchmark_folds"].filter(pl.col("benchmark") == f"{name}_is_metal")
    joined = embedded[name].join(folds, on="material_id", how="full", validate="1:1")
    assert joined.height == ROWS[name]
    assert joined.select("formula", "fold").null_count().row(0) == (0, 0)
    counts = joined.group_by("fold").agg(pl.len(), metals=pl.col("is_metal").sum()).sort("fold")
    assert counts["fold"].to_list() == [0, 1, 2, 3, 4]
    assert counts["len"].max() - counts["len"].min() <= 2
    assert counts["metals"].max() - counts["metals"].min() <= 1  # stratified on the label


@pytest.mark.parametrize(
    ("name", "first_tested"),
    [
        ("matbench_mp", ["mb-mp-is-metal-000005", "mb-mp-is-metal-000006"]),
        ("matbench_expt", ["mb-expt-is-metal-0004", "mb-expt-is-metal-0018"]),
    ],
)
def test_first_fold_begins_as_matbench_published_it(embedded, name, first_tested):
    is_wanted = (pl.col("benchmark") == f"{name}_is_metal") & (pl.col("fold") == 0)
    tested = embedded["benchmark_folds"].filter(is_wanted)["material_id"]
    assert tested.sort().head(2).to_list() == first_tested


# Elements


def test_elements_run_from_hydrogen_to_copernicium(embedded):
    elements = embedded["elements"]
    assert elements["atomic_number"].to_list() == list(range(1, 113))
    assert elements["element"].to_list()[::111] == ["H", "Cn"]
    assert elements.columns[7:] == list(MAGPIE_TABLES)
    assert set(elements.dtypes[7:]) == {pl.Float64}


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("Au", {"electronegativity": 2.54, "group": 11, "period": 6, "block": "d"}),
        ("Cu", {"melting_temperature": 1357.77, "common_oxidation_states": [2]}),
        ("O", {"n_valence": 6.0, "np_unfilled": 2.0, "oxidation_states": [-2, -1, 1, 2]}),
        (
            "He",
            {"electronegativity": None, "common_oxidation_states": [], "group": 18, "block": "s"},
        ),
        ("Gd", {"group": 3, "block": "f", "magpie_column": 3.0}),
        ("Fe", {"atomic_weight": 55.845, "space_group_number": 229.0}),
    ],
)
def test_elements_have_known_properties(embedded, element, expected):
    row = embedded["elements"].row(by_predicate=pl.col("element") == element, named=True)
    assert {name: row[name] for name in expected} == expected


def test_means_that_fill_gaps_equal_those_of_matminer(embedded):
    # matminer 0.10.1, MagpieData().all_elemental_props[property]["Og"], where all are imputed.
    expected = {
        "mendeleev_number": 52.0,
        "melting_temperature": 1296.471485148515,
        "covalent_radius": 151.98958333333334,
        "electronegativity": 1.715102040816327,
        "space_group_number": 182.5157894736842,
    }
    properties = embedded["elements"].select(*MAGPIE_TABLES)
    assert {name for name in properties.columns if properties[name].has_nulls()} == set(expected)
    for name, mean in expected.items():
        assert properties[name].mean() == pytest.approx(mean, rel=1e-14)


@pytest.mark.parametrize("name", ["matbench_mp", "matbench_expt"])
def test_every_element_of_the_formulas_has_all_properties(embedded, name):
    symbols = embedded[name]["formula"].str.extract_all("[A-Z][a-z]?").explode().unique()
    complete = embedded["elements"].drop_nulls(list(MAGPIE_TABLES))["element"]
    assert set(symbols) <= set(complete)


# Rebuilding


def test_a_changed_value_is_named(tmp_path):
    frame = pl.DataFrame({"id": ["a", "b"], "sites": [[1.0], [2.0, 3.0]], "gap": [None, 1.0]})
    path = tmp_path / "frame.parquet"
    frame.write_parquet(path)
    assert find_difference(frame, path) is None

    changed = frame.with_columns(sites=pl.Series([[1.0], [2.0, 4.0]]), gap=pl.Series([0.0, 1.0]))
    assert find_difference(changed, path) == (
        "sites in 1 rows (row 1: [2.0, 3.0], rebuilt [2.0, 4.0]); "
        "gap in 1 rows (row 0: None, rebuilt 0.0)"
    )


def test_changed_shapes_are_named(tmp_path):
    frame = pl.DataFrame({"id": ["a", "b"], "gap": [0.0, 1.0]})
    path = tmp_path / "frame.parquet"
    assert find_difference(frame, path) == "the file is missing"
    frame.write_parquet(path)
    assert find_difference(frame.head(1), path) == "2 rows, rebuilt 1"
    assert "Float32" in (find_difference(frame.cast({"gap": pl.Float32}), path) or "")


def test_a_tampered_origin_is_refused(tmp_path: Path):
    (tmp_path / ORIGINS[0].filename).write_bytes(b"not the release")
    with pytest.raises(WarehouseError, match="SHA-256") as caught:
        collect_origins(tmp_path)
    assert ORIGINS[0].sha256 in caught.value.message
    assert "delete" in caught.value.hint
