"""The chemical elements: periodic table, charges and Magpie's properties, from a shipped file.

Sources: Ward et al. 2016 (10.1038/npjcompumats.2016.28) for Magpie's properties as matminer
ships them; Ong et al. 2013 (10.1016/j.commatsci.2012.10.028), pymatgen, for all else.
"""

from pathlib import Path

import polars as pl

from ingest.embedded.origins import ORIGINS
from warehouse.storage.commits import Commit, Provenance
from warehouse.storage.store import Store

EMBEDDED_ELEMENTS = Path(__file__).parent.parent / "embedded" / "elements.parquet"


def ingest_elements(store: Store) -> list[Commit]:
    """Write the elements, H to Cn; what Magpie says is missing is NULL."""
    origin = next(origin for origin in ORIGINS if origin.package == "matminer")
    provenance = Provenance(
        source=origin.package,
        source_version=origin.version,
        parameters={
            "license": "BSD-3-Clause-LBNL",
            "citations": [
                "10.1038/npjcompumats.2016.28",
                "10.1016/j.commatsci.2018.05.018",
                "10.1016/j.commatsci.2012.10.028",
            ],
        },
    )
    return [store.replace("elements", pl.read_parquet(EMBEDDED_ELEMENTS), provenance=provenance)]
