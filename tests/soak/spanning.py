"""Steps of the jobs that commit to more than one table, for the campaign at their boundaries.

Each writes `number` into every table that it changes; a reader that finds two numbers, or a crystal
under the name that it has in another set, has found a mixture.
"""

import dataclasses
from pathlib import Path

import polars as pl

from ingest.alloys import clusters
from ingest.alloys.cluster_spaces import build_cluster_space
from ingest.alloys.enumeration import ingest_derivative_structures
from ingest.alloys.parents import get_parent
from ingest.alloys.shipped import read_embedded_structures
from ingest.alloys.structures import ingest_structures
from tests.soak.steps import Work, prepare_results, read_results, write_results
from tests.support.samples import PROVENANCE, material, materials, write_sql
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.conventions.alloys import Alloy
from warehouse.settings import SQL_DIR
from warehouse.storage.part_commits import commit_parts
from warehouse.storage.staging_area import StagedPart, StagingArea
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.upkeep.checks import describe_unfit

NAMES = ["1-0-1", "1-0-2", "2-0-2", "2-1-2"]
SWAPPED = {"2-0-2": "2-1-2", "2-1-2": "2-0-2"}
VIEWS = (
    "staging/alloy_structures",
    "staging/lattice_mappings",
    "staging/orbits",
    "staging/supercell_masks",
    "staging/supercell_orbits",
    "checks/alloy_structures_digests",
    "checks/cluster_orbits_digests",
)


def look(root: Path, sql: str) -> list[tuple]:
    """Rows that the catalog shows after a build; nothing may be told that does not fit."""
    texts = {f"{view}.sql": (SQL_DIR / f"{view}.sql").read_text() for view in VIEWS}
    build_catalog(Store(Warehouse(root)), write_sql(root.parent / "sql", texts))
    with connect(Warehouse(root)) as connection:
        if told := describe_unfit(connection):
            raise AssertionError(told)
        return connection.execute(sql).fetchall()


def write_alloy(root: Path, number: int) -> None:
    """Ingest four crystals of energy `number`, two of them under each other's name if it is odd."""
    rows = read_embedded_structures([Alloy.parse("ag-au")])
    rows = rows.filter(pl.col("structure_id").is_in(NAMES)).with_columns(
        pl.col("structure_id").replace(SWAPPED if number % 2 else {}),
        total_energy=pl.lit(float(number)),
    )
    ingest_structures(Store(Warehouse(root)), rows, provenance=PROVENANCE)


def show_alloy(root: Path) -> set[int]:
    """What the catalog shows after a build, see `read_alloy`."""
    return judge_alloy(
        root,
        look(
            root,
            "select structure_id, decoration_id, total_energy from staging.lattice_mappings "
            "inner join staging.alloy_structures using (alloy, structure_id)",
        ),
    )


def read_alloy(root: Path) -> set[int]:
    """What the tables hold, joined as staging joins them."""
    store = Store(Warehouse(root))
    on = ["alloy", "structure_id", "structures_digest"]
    rows = store.read("lattice_mappings").join(store.read("alloy_structures"), on=on)
    return judge_alloy(root, rows.select("structure_id", "decoration_id", "total_energy").rows())


def judge_alloy(root: Path, rows: list[tuple]) -> set[int]:
    """The numbers of the energies; each must lie on the crystal that its set has under the name."""
    if len(rows) != len(NAMES):
        raise AssertionError(f"{len(rows)} structures")
    crystals = {name: decoration for name, decoration, _ in rows}
    is_odd = {energy % 2 for _, _, energy in rows}
    known = root.parent / "crystal"
    if not known.exists():  # Of the first set, an even one, which nothing disturbed.
        known.write_text(crystals["2-0-2"])
    if is_odd != {float(crystals["2-0-2"] != known.read_text())}:
        raise AssertionError(f"energies {is_odd} sit on other crystals")
    return {int(energy) for _, _, energy in rows}


def write_clusters(root: Path, number: int) -> None:
    """Change the orbits of a cluster space to others that have `number` as their multiplicity."""
    space = build_cluster_space(get_parent("fcc"), [0.8])
    orbits = space.orbits.with_columns(multiplicity=pl.lit(number + 1, pl.Int64))
    changed = dataclasses.replace(space, orbits=orbits)
    clusters._ingest_space(Store(Warehouse(root)), changed, lambda items, _: items)


def show_clusters(root: Path) -> set[int]:
    """What the catalog shows after a build, see `read_clusters`."""
    rows = look(
        root,
        "select multiplicity, count(distinct supercell_id), count(*), "
        "(select count(*) from staging.supercell_masks) "
        "from staging.orbits inner join staging.supercell_orbits "
        "using (cluster_space_id, orbit_index) group by all",
    )
    return judge_clusters(rows)


def read_clusters(root: Path) -> set[int]:
    """The number of the orbits; the masks and weights that were made from them must be whole."""
    store, told = Store(Warehouse(root)), ["cluster_space_id", "orbits_digest"]
    orbits = store.read("orbits")
    weights = store.read("supercell_orbits").join(orbits, on=[*told, "orbit_index"])
    masks = store.read("supercell_masks").join(orbits, on=told, how="semi")
    counts = weights.group_by("multiplicity").agg(pl.n_unique("supercell_id"), pl.len())
    return judge_clusters([(*row, masks.height) for row in counts.rows()])


def judge_clusters(rows: list[tuple]) -> set[int]:
    """The number of the orbits, of which two supercells have three each."""
    ((multiplicity, *n_rows),) = rows
    if n_rows != [2, 6, 2]:
        raise AssertionError(f"masks and weights are not whole: {rows}")
    return {multiplicity - 1}


def prepare_clusters(root: Path) -> None:
    """Two supercells, and a first cluster space."""
    ingest_derivative_structures(Store(Warehouse(root)), 1)
    store = Store(Warehouse(root))
    cell = store.read("supercells").with_columns(
        supercell_id=pl.lit("fcc-1-0-1-0-0-2"),
        hermite_normal_form=pl.lit([1, 0, 1, 0, 0, 2]),
        n_sites=pl.lit(2, pl.Int64),
    )
    store.insert("supercells", cell, provenance=PROVENANCE)
    write_clusters(root, 0)


def write_refused(root: Path, number: int) -> None:
    """Replace rows of which one is refused."""
    Store(Warehouse(root)).replace(
        "materials",
        materials(material(nsites=number + 1)),
        scope={"source": "mp"},
        provenance=PROVENANCE,
        rejected=pl.DataFrame({"row": ["{}"], "reason": [str(number)]}),
    )


def write_parts(root: Path, number: int) -> None:
    """Likewise, from a staged part."""
    area = StagingArea.of(Warehouse(root), {"number": number})
    with area.locked({}):
        refused = pl.DataFrame({"row": ["{}"], "reason": [str(number)]})
        area.write(0, StagedPart(materials(material(nsites=number + 1)), refused))
        commit_parts(
            Store(Warehouse(root)),
            "materials",
            area,
            scope={"source": "mp"},
            provenance=PROVENANCE,
        )
    area.remove()


def read_refused(root: Path) -> list[int]:
    """The number of the rows; what was refused with them must be there."""
    store = Store(Warehouse(root))
    (nsites,) = store.read("materials")["nsites"]
    if str(nsites - 1) not in store.read("quarantine")["reason"].to_list():
        raise AssertionError("a refused row was lost")
    return [nsites - 1]


def start_with(write):
    """What comes before the first step: state 0."""
    return lambda root: write(root, 0)


SPANNING = (
    Work("refused rows", start_with(write_refused), write_refused, read_refused),
    Work("staged parts", start_with(write_parts), write_parts, read_refused),
    Work("alloy", start_with(write_alloy), write_alloy, read_alloy),
    Work("cluster space", prepare_clusters, write_clusters, read_clusters),
    Work("model results", prepare_results, write_results, read_results),
)
SHOWN = {"alloy": show_alloy, "cluster space": show_clusters}
"""How readers of the catalog see what the jobs of these names write."""
