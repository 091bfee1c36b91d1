"""Processes write one table at once while others read: all rows arrive, no reader fails."""

from pathlib import Path

from tests.soak import Figure
from tests.soak.processes import DONE, start
from tests.support.samples import PROVENANCE, SQL, material, materials, write_sql
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse


def run(folder: Path, is_short: bool) -> list[Figure]:
    """Let writers insert rows and replace their part, and readers read, until all is written."""
    n_writers, n_readers, n_rounds = (2, 1, 2) if is_short else (6, 4, 10)
    root = folder / "data"
    stop = folder / "stop"
    sql = write_sql(folder / "sql", SQL)
    Store(Warehouse(root)).replace(
        "materials", materials(material(source="first")), provenance=PROVENANCE
    )
    build_catalog(Store(Warehouse(root)), sql)
    readers = [start(read, root, stop, folder / f"reads-{number}") for number in range(n_readers)]
    writers = [start(write, root, sql, number, n_rounds) for number in range(n_writers)]
    for process in writers:
        process.join()
    stop.touch()
    for process in readers:
        process.join()
    store = Store(Warehouse(root))
    rows = store.read("materials")
    wanted = {"first": 1} | {f"writer-{number}": n_rounds + 1 for number in range(n_writers)}
    reads = sum(int((folder / f"reads-{number}").read_text()) for number in range(n_readers))
    return [
        Figure("writers", n_writers),
        Figure("writers that failed", sum(p.exitcode != DONE for p in writers), wanted=0),
        Figure("commits", store.verify("materials") and store.version("materials") + 1),
        Figure("rows written", sum(wanted.values())),
        Figure("rows lost", sum(wanted.values()) - rows.height, wanted=0),
        Figure("reads meanwhile", reads),
        Figure("readers that failed", sum(p.exitcode != DONE for p in readers), wanted=0),
        Figure("catalog that is older than its tables", int(is_stale(root)), wanted=0),
    ]


def write(root: Path, sql: Path, number: int, n_rounds: int) -> None:
    """Replace the rows of a source, then add one at a time, and show SQL each."""
    store, source = Store(Warehouse(root)), f"writer-{number}"
    store.replace(
        "materials",
        materials(material("m-0", source=source)),
        scope={"source": source},
        provenance=PROVENANCE,
    )
    for index in range(1, n_rounds + 1):
        rows = materials(material(f"m-{index}", source=source))
        store.insert("materials", rows, provenance=PROVENANCE)
        build_catalog(store, sql)


def read(root: Path, stop: Path, target: Path) -> None:
    """Query the catalog and read the table again and again; rows never become fewer."""
    n_reads, n_before = 0, 0
    while not stop.exists():
        with connect(Warehouse(root)) as connection:
            ((n_rows,),) = connection.execute("select count(*) from raw.materials").fetchall()
        if n_rows < n_before or Store(Warehouse(root)).read("materials").height < n_rows:
            raise AssertionError(f"{n_rows} rows after {n_before}")
        n_reads, n_before = n_reads + 1, n_rows
    target.write_text(str(n_reads))


def is_stale(root: Path) -> bool:
    """Whether the last build missed the last write."""
    store = Store(Warehouse(root))
    with connect(Warehouse(root)) as connection:
        ((n_rows,),) = connection.execute("select count(*) from raw.materials").fetchall()
    return bool(n_rows != store.read("materials").height)
