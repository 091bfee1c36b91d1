"""The features that SQL derives, against the packages that define them."""

from pathlib import Path

from tests.benchmarks.harness import Work

PEER_FORMULAS = 1000


def correlations_in_sql(warehouse: Path) -> Work:
    """Cluster correlations of all mapped structures, by the view."""
    from warehouse.connection import connect

    connection = connect(warehouse)
    sql = """
        select count(*), count(distinct (alloy, structure_id)), sum(correlation)
        from features.cluster_correlations
    """

    def work() -> int:
        return int(connection.sql(sql).fetchall()[0][1])

    return work


def correlations_by_icet(warehouse: Path) -> Work:
    """Cluster vectors of the same structures in the same cluster space, by icet."""
    import numpy as np
    from ase import Atoms
    from icet import ClusterSpace

    from ingest.alloys.cluster_spaces import DEFAULT_CUTOFFS
    from ingest.alloys.lattice import entries_to_hnf, lattice_points
    from ingest.alloys.parents import get_parent
    from warehouse.connection import connect

    parent = get_parent("fcc")
    with connect(warehouse) as connection:
        rows = connection.sql(
            "select hermite_normal_form, occupation, n_sites "
            "from staging.lattice_mappings join staging.supercells using (supercell_id)"
        ).fetchall()
    scale = 4.0
    space = ClusterSpace(
        parent.atoms(scale), [scale * cutoff for cutoff in DEFAULT_CUTOFFS], ["Au", "Cu"]
    )
    structures = []
    for entries, occupation, n_sites in rows:
        hnf = entries_to_hnf(entries)
        symbols = np.where([occupation >> site & 1 for site in range(n_sites)], "Cu", "Au")
        positions = lattice_points(hnf) @ parent.cell * scale
        cell = hnf @ parent.cell * scale
        structures.append(Atoms(symbols, positions=positions, cell=cell, pbc=True))

    def work() -> int:
        return len([space.get_cluster_vector(structure) for structure in structures])

    return work


def magpie_in_sql(warehouse: Path) -> Work:
    """All 132 Magpie features of all materials, by the view."""
    from warehouse.connection import connect

    connection = connect(warehouse)

    def work() -> int:
        return int(connection.sql("from features.magpie").to_arrow_table().num_rows)

    return work


def magpie_by_matminer(warehouse: Path) -> Work:
    """The same features of the first materials, by matminer; parsing is not counted."""
    from matminer.featurizers.composition import ElementProperty
    from pymatgen.core import Composition

    from warehouse.connection import connect

    with connect(warehouse) as connection:
        rows = connection.sql(
            f"select formula from staging.materials order by md5(material_id) limit {PEER_FORMULAS}"
        ).fetchall()
    compositions = [Composition(formula) for (formula,) in rows]
    featurizer = ElementProperty.from_preset("magpie", impute_nan=True)

    def work() -> int:
        return len([featurizer.featurize(composition) for composition in compositions])

    return work
