"""The features that SQL derives, against the packages that define them."""

from pathlib import Path

from tests.benchmarks.harness import Work
from warehouse.storage.warehouse import Warehouse

PEER_FORMULAS = 1000


def magpie_in_sql(warehouse: Path) -> Work:
    """All 132 Magpie features of all materials, by the view."""
    from warehouse.catalog.connection import connect

    connection = connect(Warehouse(warehouse))

    def work() -> int:
        return int(connection.sql("from features.magpie").to_arrow_table().num_rows)

    return work


def magpie_by_matminer(warehouse: Path) -> Work:
    """The same features of the first materials, by matminer; parsing is not counted."""
    from matminer.featurizers.composition import ElementProperty
    from pymatgen.core import Composition

    from warehouse.catalog.connection import connect

    with connect(Warehouse(warehouse)) as connection:
        rows = connection.sql(
            f"select formula from staging.materials order by md5(material_id) limit {PEER_FORMULAS}"
        ).fetchall()
    compositions = [Composition(formula) for (formula,) in rows]
    featurizer = ElementProperty.from_preset("magpie", impute_nan=True)

    def work() -> int:
        return len([featurizer.featurize(composition) for composition in compositions])

    return work
