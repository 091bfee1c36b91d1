"""What the study of an alloy reads: structures, orbits, cutoffs."""

import shutil

import duckdb
import numpy as np
import pytest

from analysis.cluster_expansion.data import find_space, read_dataset, read_orbits
from ingest.alloys.clusters import ingest_clusters
from tests.analysis.conftest import SPACE
from tests.support.alloys import AU_CU
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.conventions.alloys import Alloy
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse


@pytest.fixture
def dataset(connection):
    return read_dataset(connection, "au-cu", SPACE)[0]


@pytest.fixture
def orbits(connection):
    return read_orbits(connection, SPACE)


def test_dataset_has_the_mixed_structures_and_their_orbits(dataset, orbits):
    assert dataset.X.shape == (134, orbits.height)
    assert dataset.samples["concentration"].is_between(0, 1, closed="none").all()
    assert dataset.y.min() == pytest.approx(-0.0582, abs=5e-5)
    np.testing.assert_array_equal(dataset.X[:, 0], 1.0)


def test_the_default_space_is_on_the_alloys_own_parent_lattice(connection):
    assert find_space(connection, AU_CU) == "fcc-4-2.5-1.6"
    other = duckdb.connect()
    other.execute("create schema staging")
    other.execute(
        "create table staging.lattice_mappings as "
        "select 'cr-fe' as alloy, 'bcc' as parent_lattice from range(2)"
    )
    other.execute(
        "create table staging.parent_lattices as select 'bcc' as parent_lattice, "
        "[[-0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.5, 0.5, -0.5]] as cell, [[0, 0, 0]] as basis, "
        "null as n_species, null as sublattices"
    )
    assert find_space(other, Alloy.parse("Fe-Cr")) == "bcc-4-2.5-1.6"
    assert find_space(other, AU_CU) == "fcc-4-2.5-1.6"


def test_a_space_without_pairs_is_refused(unfitted, tmp_path):
    shutil.copytree(unfitted, tmp_path, dirs_exist_ok=True)
    ingest_clusters(Store(Warehouse(tmp_path)), [0.5])
    build_catalog(Store(Warehouse(tmp_path)))
    with (
        connect(Warehouse(tmp_path)) as connection,
        pytest.raises(WarehouseError, match="no cluster of two or more sites"),
    ):
        read_dataset(connection, "au-cu", "fcc-0.5")


def test_shorter_cutoffs_keep_a_part_of_the_space(dataset, connection):
    part, orbits = read_dataset(connection, "au-cu", SPACE, [1.0, 0.8])
    assert orbits["diameter"].filter(orbits["cluster_order"] == 2).max() == pytest.approx(1)
    assert orbits["diameter"].filter(orbits["cluster_order"] == 3).max() < 0.8
    kept = [dataset.feature_names.index(name) for name in part.feature_names]
    np.testing.assert_array_equal(part.X, dataset.X[:, kept])
    assert 4 < len(kept) < dataset.X.shape[1]
    for longer in ([2.0], [1.5, 1.0, 0.8]):
        with pytest.raises(WarehouseError, match=f"beyond the cluster space {SPACE}"):
            read_dataset(connection, "au-cu", SPACE, longer)
    with pytest.raises(WarehouseError, match=r"two or more sites within 0\.5"):
        read_dataset(connection, "au-cu", SPACE, [0.5])
