"""The alloys that the project ships: which there are, whence they come, and into the warehouse.

Every calculated structure is kept once. It belongs to each alloy that has all its elements: pure
copper to Ag–Cu, Au–Cu and Ag–Au–Cu, since formation energies need the references of one source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import polars as pl

from ingest.alloys.structures import ingest_structures
from ingest.embedded.origins import ORIGINS
from warehouse.conventions.alloys import Alloy
from warehouse.crystals.executors import Executor, map_here
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked
from warehouse.storage.commits import Commit, Provenance
from warehouse.storage.store import Store
from warehouse.tables import AlloyStructures

EMBEDDED_STRUCTURES = Path(__file__).parent.parent / "embedded" / "alloy_structures.parquet"


@dataclass(frozen=True)
class ShippedAlloys:
    """Alloys of one origin, a package of the Python index.

    Attributes:
        origin: The package, which is the structures' `source`, too.
        parent: The lattice that they are mapped on.
        license: Terms of the data.
        citations: DOIs to cite.
        by_default: Alloys that are ingested where none is named.
        on_request: Alloys that are ingested only by name: they take longer.

    """

    origin: str
    parent: str
    license: str
    citations: tuple[str, ...]
    by_default: tuple[Alloy, ...] = ()
    on_request: tuple[Alloy, ...] = ()

    @property
    def alloys(self) -> tuple[Alloy, ...]:
        """All of them."""
        return self.by_default + self.on_request

    @property
    def provenance(self) -> Provenance:
        """What each commit of their tables keeps."""
        version = next(origin.version for origin in ORIGINS if origin.package == self.origin)
        terms = {"license": self.license, "citations": [*self.citations]}
        return Provenance(self.origin, version, terms)


SHIPPED = (
    ShippedAlloys(
        origin="pyclupan",
        parent="fcc",
        license="BSD-3-Clause",
        citations=("10.1103/PhysRevB.80.165122",),
        by_default=tuple(Alloy((pair,)) for pair in combinations(("Ag", "Au", "Cu"), 2)),
        on_request=(Alloy((("Ag", "Au", "Cu"),)),),
    ),
    ShippedAlloys(
        origin="tce-lib",
        parent="bcc",
        license="MIT",
        citations=("10.1016/j.commatsci.2025.114338",),
        on_request=(Alloy((("Ta", "W"),)),),
    ),
)


def read_embedded_structures(alloys: Sequence[Alloy] | None = None) -> pl.DataFrame:
    """Rows of `alloy_structures` that are shipped with the project; default: of every alloy.

    Raises WarehouseError if one of `alloys` is not among them.
    """
    known = {alloy.name: alloy for shipped in SHIPPED for alloy in shipped.alloys}
    chosen = list(known) if alloys is None else [alloy.name for alloy in alloys]
    if unknown := sorted(set(chosen) - set(known)):
        raise WarehouseError(
            f"no embedded structures of {', '.join(unknown)}",
            hint=f"use one of: {', '.join(sorted(known))}",
        )
    shipped = pl.read_parquet(EMBEDDED_STRUCTURES)
    members = [
        shipped.filter(_consists_of(known[name])).with_columns(alloy=pl.lit(name))
        for name in sorted(set(chosen))
    ]
    return pl.concat([AlloyStructures.create_empty(), *members], how="diagonal")


def ingest_alloys(
    store: Store,
    alloys: Sequence[Alloy] | None = None,
    *,
    track: Track = untracked,
    executor: Executor = map_here,
) -> list[Commit]:
    """Write the embedded structures of `alloys`, their mappings and supercells.

    The default is every alloy that is not only on request, but for one of which the store holds
    another source's structures: it is left as it is. Raises WarehouseError for an unknown alloy.
    """
    default = [alloy for shipped in SHIPPED for alloy in shipped.by_default]
    structures = read_embedded_structures(default if alloys is None else alloys)
    commits = []
    for shipped in SHIPPED:
        own = structures.filter(pl.col("source") == shipped.origin)
        if alloys is None:
            held = store.read("alloy_structures").filter(pl.col("source") != shipped.origin)
            own = own.join(held, on="alloy", how="anti")
        if own.height:
            commits += ingest_structures(
                store,
                own,
                provenance=shipped.provenance,
                parent=shipped.parent,
                track=track,
                executor=executor,
            )
    return commits


def _consists_of(alloy: Alloy) -> pl.Expr:
    """Whether a structure has no other elements than those of `alloy`."""
    return pl.col("symbols").list.set_difference([*alloy.elements]).list.len() == 0
