"""Correlations of enumerated structures from SQL against icet."""

import numpy as np
import pytest

from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.enumeration import ingest_derivative_structures
from tests.support.alloys import FCC, HCP, build, ideal_atoms, query


@pytest.mark.parametrize(("parent", "n_structures"), [(FCC, 29), (HCP, 13)])
def test_they_agree_with_icet(store, parent, n_structures):
    from icet import ClusterSpace

    cutoffs = (1.8, 1.3, 1.1)
    ingest_derivative_structures(store, 4, parent=parent.name)
    ingest_clusters(store, cutoffs, parent=parent.name)
    connection = build(store)
    rows = query(
        """
        select decoration_id, hermite_normal_form, occupation
        from staging.derivative_structures
        inner join staging.supercells using (supercell_id)
        """,
        connection,
    ).rows()
    sql = "from features.derivative_correlations order by orbit_index"
    correlations = query(sql, connection).partition_by("decoration_id", as_dict=True)
    assert len(rows) == len(correlations) == n_structures
    space = ClusterSpace(parent.atoms(), list(cutoffs), ["Au", "Cu"])
    for name, supercell, occupation in rows:
        expected = space.get_cluster_vector(
            ideal_atoms(supercell, occupation, ("Au", "Cu"), parent)
        )
        ours = correlations[name,]["correlation"].to_numpy()
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-12)
