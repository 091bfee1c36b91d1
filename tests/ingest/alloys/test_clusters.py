from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from ase.build import make_supercell
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.alloys.cluster_spaces import ClusterSpace, build_cluster_space
from ingest.alloys.clusters import build_clusters, find_mask_classes, ingest_clusters
from ingest.alloys.supercells import supercell_rows
from tests.support.alloys import (
    FCC,
    HCP,
    PROVENANCE,
    alloy_store,
    encode,
    encode_occupation,
    ideal_atoms,
)
from warehouse.conventions.lattices import (
    ParentLattice,
    entries_to_hnf,
    hermite_normal_form,
    hnf_to_entries,
)
from warehouse.conventions.sites import lattice_points, site_indices
from warehouse.crystals.symmetry import find_symmetry_operations
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

PRIMITIVE = [1, 0, 1, 0, 0, 1]
DOUBLED = [1, 0, 1, 0, 0, 2]
CUBIC = [2, 1, 1, 1, 0, 2]


def supercell_frame(*entries: list[int]) -> pl.DataFrame:
    return supercell_rows(FCC, map(entries_to_hnf, entries))


def test_default_space_has_271_parameters():
    orbits = alloy_store().read("orbits")
    assert orbits["cluster_space_id"].unique().to_list() == ["fcc-4-2.5-1.6"]
    assert orbits["orbit_index"].to_list() == list(range(271))
    assert orbits["cluster_order"].value_counts().sort("cluster_order").rows() == [
        (0, 1),
        (1, 1),
        (2, 40),
        (3, 141),
        (4, 88),
    ]


def test_nearest_neighbours_by_hand():
    orbits = build_cluster_space(FCC, [1.0]).orbits
    columns = ["cluster_order", "radius", "diameter", "multiplicity"]
    # 12 nearest neighbours at a/√2 and 6 next ones at a, each pair shared by two sites.
    expected = [[0, 0, 0, 1], [1, 0, 0, 1], [2, np.sqrt(1 / 8), np.sqrt(0.5), 6], [2, 0.5, 1, 3]]
    np.testing.assert_allclose(orbits.select(columns).to_numpy(), expected, atol=1e-12)


def test_neighbours_of_hcp_by_hand():
    orbits = build_cluster_space(HCP, [1.05]).orbits
    # Of a site's 12 nearest neighbours, 6 lie in its own plane and 6 in the next ones, and the
    # primitive cell has 2 sites: 2 * 6 / 2 pairs of either kind.
    columns = ["cluster_order", "diameter", "multiplicity"]
    expected = [[0, 0, 1], [1, 0, 2], [2, 1, 6], [2, 1, 6]]
    np.testing.assert_allclose(orbits.select(columns).to_numpy(), expected, atol=1e-12)


def test_masks_of_one_site_by_hand():
    # Both ends of a pair fall on the only site: an even cluster's mask is 0, an odd one's 1.
    space = build_cluster_space(FCC, [0.8, 0.8])
    classes, weights = find_mask_classes(space, entries_to_hnf(PRIMITIVE))
    assert classes == [[0], [1]]
    assert weights.tolist() == [[1, 0], [0, 1], [6, 0], [0, 8]]


def test_masks_of_two_sites_by_hand():
    # Doubled along the third vector, the sites form alternate (111) planes as in L1₁: 3 of the
    # 6 pairs per site join two sites of a plane, which are images of each other. The planes are
    # alike, so their masks 1 and 2 are one class.
    space = build_cluster_space(FCC, [0.8])
    classes, weights = find_mask_classes(space, entries_to_hnf(DOUBLED))
    assert classes == [[0], [1, 2], [3]]
    assert weights.tolist() == [[2, 0, 0], [0, 1, 0], [6, 0, 6]]


def test_rows_of_both_tables_by_hand():
    masks, orbits = build_clusters(build_cluster_space(FCC, [0.8]), supercell_frame(DOUBLED))
    names = ("fcc-0.8", "fcc-1-0-1-0-0-2")
    assert masks.rows() == [(*names, True, [[0], [1, 2], [3]], None, None, None)]
    assert orbits.rows() == [
        (*names, 0, 2, [2, 0, 0], None, None),
        (*names, 1, 2, [0, 1, 0], None, None),
        (*names, 2, 12, [6, 0, 6], None, None),
    ]


def correlate(entries: list[int], occupation: int, parent: ParentLattice = FCC) -> np.ndarray:
    """Cluster vector without SQL: the plain reading of the masks' definition."""
    classes, weights = find_mask_classes(small_space(parent), entries_to_hnf(entries))
    spins = [sum((-1) ** (occupation & mask).bit_count() for mask in masks) for masks in classes]
    return weights @ spins / (weights @ [len(masks) for masks in classes])


@cache
def small_space(parent: ParentLattice = FCC) -> ClusterSpace:
    return build_cluster_space(parent, [1.6, 1.3, 1.0])


supercells = st.sampled_from([[1, 0, 1, 0, 0, 2], [2, 1, 1, 0, 0, 2], [2, 1, 1, 1, 0, 2]])
multiples = (
    st.lists(st.integers(-2, 2), min_size=9, max_size=9)
    .map(lambda entries: np.array(entries).reshape(3, 3))
    .filter(lambda matrix: 1 <= round(np.linalg.det(matrix)) <= 6)
)


@settings(max_examples=40)
@given(supercells, st.integers(0, 15), multiples)
def test_a_supercell_of_any_shape_keeps_the_cluster_vector(entries, bits, multiple):
    occupation = bits % 2 ** (entries[0] * entries[2] * entries[5])
    atoms = ideal_atoms(entries, occupation, ("Au", "Cu"))
    larger = encode(make_supercell(atoms, multiple), "Cu")
    np.testing.assert_allclose(correlate(*larger), correlate(entries, occupation), atol=1e-12)


@settings(max_examples=40)
@given(supercells, st.integers(0, 15))
def test_swapping_the_elements_flips_the_odd_orders(entries, bits):
    everywhere = 2 ** (entries[0] * entries[2] * entries[5]) - 1
    occupation = bits & everywhere
    signs = (-1.0) ** small_space().orbits["cluster_order"].to_numpy()
    swapped = correlate(entries, everywhere - occupation)
    np.testing.assert_array_equal(swapped, signs * correlate(entries, occupation))


@settings(max_examples=40)
@given(supercells, st.integers(0, 255), st.sampled_from([FCC, HCP]), st.data())
def test_symmetry_of_the_lattice_keeps_the_cluster_vector(entries, bits, parent, data):
    # A rotation or mirror of the parent, then a translation by a lattice vector.
    symmetry = find_symmetry_operations(parent)
    chosen = data.draw(st.integers(0, len(symmetry.rotations) - 1))
    shift = data.draw(st.lists(st.integers(-3, 3), min_size=3, max_size=3))
    hnf = entries_to_hnf(entries)
    sites = [(b, *point) for b in range(len(parent.basis)) for point in lattice_points(hnf)]
    occupation = bits % 2 ** len(sites)
    moved = symmetry.images[chosen][[b for b, *_ in sites]]
    moved[:, 1:] += np.array(sites)[:, 1:] @ symmetry.rotations[chosen] + shift
    turned = hermite_normal_form(hnf @ symmetry.rotations[chosen])
    is_second = np.array([occupation >> site & 1 == 1 for site in range(len(sites))])
    image = encode_occupation(site_indices(turned, moved), is_second)
    np.testing.assert_array_equal(
        correlate(hnf_to_entries(turned), image, parent), correlate(entries, occupation, parent)
    )


def test_every_orbit_has_its_multiplicity_in_clusters():
    store = alloy_store()
    held = (
        store.read("supercell_orbits")
        .join(store.read("supercells"), on="supercell_id")
        .join(store.read("orbits"), on=["cluster_space_id", "orbit_index"])
    )
    assert held.height == 271 * store.read("supercells").height
    assert (held["n_clusters"] == held["multiplicity"] * held["n_sites"]).all()


def test_only_new_supercells_are_built(tmp_path: Path):
    store = Store(Warehouse(tmp_path))
    seen: list[str] = []

    def watch(items, description):
        seen.extend(item["supercell_id"] for item in items)
        return items

    for supercell in (PRIMITIVE, CUBIC):
        store.insert("supercells", supercell_frame(supercell), provenance=PROVENANCE)
        ingest_clusters(store, [1.0], track=watch)
    assert seen == ["fcc-1-0-1-0-0-1", "fcc-2-1-1-1-0-2"]
    assert not any(commit.is_new for commit in ingest_clusters(store, [1.0]))


def test_masks_of_changed_orbits_are_built_anew(tmp_path: Path):
    store = Store(Warehouse(tmp_path))
    store.insert("supercells", supercell_frame(PRIMITIVE), provenance=PROVENANCE)
    ingest_clusters(store, [1.0])
    tables = ("supercell_masks", "supercell_orbits")
    right = [store.read(table) for table in tables]
    other = store.read("orbits").with_columns(multiplicity=pl.lit(99))
    scope = {"cluster_space_id": "fcc-1"}
    store.replace("orbits", other, scope=scope, provenance=PROVENANCE)
    wrong = [
        right[0].with_columns(site_masks=pl.lit([[0, 1]])),
        right[1].with_columns(weights=pl.lit([99])),
    ]
    for table, rows in zip(tables, wrong, strict=True):
        store.replace(table, rows, scope=scope, provenance=PROVENANCE)
    ingest_clusters(store, [1.0])
    assert all(store.read(table).equals(rows) for table, rows in zip(tables, right, strict=True))


def test_spaces_stand_side_by_side(tmp_path: Path):
    store = Store(Warehouse(tmp_path))
    store.insert("supercells", supercell_frame(PRIMITIVE), provenance=PROVENANCE)
    ingest_clusters(store, [1.0])
    ingest_clusters(store, [0.8])
    counts = store.read("orbits")["cluster_space_id"].value_counts().sort("count").rows()
    assert counts == [("fcc-0.8", 3), ("fcc-1", 4)]


def test_without_a_choice_every_space_of_every_parent_is_brought_up_to_date(tmp_path: Path):
    store = Store(Warehouse(tmp_path))
    for parent in (FCC, HCP):
        rows = supercell_rows(parent, [entries_to_hnf(PRIMITIVE)])
        store.insert("supercells", rows, provenance=PROVENANCE)
    ingest_clusters(store, [1.0], parent="hcp")
    store.insert(
        "supercells", supercell_rows(HCP, [entries_to_hnf(DOUBLED)]), provenance=PROVENANCE
    )
    ingest_clusters(store)
    masks = store.read("supercell_masks").select("cluster_space_id", "supercell_id").rows()
    assert masks == [
        ("fcc-4-2.5-1.6", "fcc-1-0-1-0-0-1"),
        ("hcp-1", "hcp-1-0-1-0-0-1"),
        ("hcp-1", "hcp-1-0-1-0-0-2"),
        ("hcp-4-2.5-1.6", "hcp-1-0-1-0-0-1"),
        ("hcp-4-2.5-1.6", "hcp-1-0-1-0-0-2"),
    ]
    assert not any(commit.is_new for commit in ingest_clusters(store))


def test_an_unknown_parent_is_refused(tmp_path: Path):
    with pytest.raises(WarehouseError, match="no parent lattice 'diamond'"):
        ingest_clusters(Store(Warehouse(tmp_path)), parent="diamond")


@pytest.mark.parametrize("cutoffs", [[], [0.0], [-1.0], [1.0, 2.0], [12.5, 7.0], [float("nan")]])
def test_cutoffs_without_sense_are_refused(tmp_path: Path, cutoffs):
    with pytest.raises(WarehouseError, match="cutoffs") as caught:
        ingest_clusters(Store(Warehouse(tmp_path)), cutoffs)
    assert "units of the parent's lattice parameter" in caught.value.hint
