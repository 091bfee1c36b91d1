"""Folders with odd names, and folders that users share: what is asked for, or an error that tells.

A name is right if the warehouse reads its own rows and no sibling's, or is refused before anything
is written. In a folder of a group, the second user can do all that the first can.
"""

import os
import tempfile
from contextlib import suppress
from itertools import product
from pathlib import Path
from urllib.parse import unquote

from tests.soak import Figure
from tests.soak.processes import BUG, DONE, REFUSED, finish
from tests.support.samples import (
    PROVENANCE,
    files_below,
    make_warehouse,
    material,
    materials,
    write_sql,
)
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

FEW_NAMES = ["My%20data", "[ab]", "a?c"]
NAMES = [
    *FEW_NAMES, "%41", "%2e%2e", "%", "100%", "%zz", "%C3%A9", "a%2Fb", "a%5Cb", "%25", "%2520",
    "[a-z]bc", "a]b[", "a*c", "**", "{abc,x}", "a\\b", "a\\nb", "a\nb", "a\tb", "\x01", "\x7f",
    "a\udcff", "é", "e\u0301", "日本", "🜚", "a b", " a", "a ", "it's", 'say "x"', "a`b", "$HOME",
    "~", "-a", "--help", ".hidden", "a.", "a;b", "a&b", "a|b", "a^b", "a<b>", "a#b", "a?b=c", "a:b",
    "a@b", "a=b", "a+b", "a,b", "(a)", "x" * 200, "tables", "part-0.parquet", "NUL", "s3:", "file:",
]  # fmt: skip
SIBLINGS = ["My data", "A", "abc", "a", "b", "é", "_"]
USERS, GROUP = (4321, 4322), 4323
SHARED = [0o2775, 0o2770, 0o3775, 0o777]
CLOSED = [0o2755, 0o755, 0o700, 0o1777]


def run(folder: Path, is_short: bool) -> list[Figure]:
    """Work in folders of every name, and as two users in folders of every mode."""
    names = FEW_NAMES if is_short else NAMES
    figures = work_in_names(folder / "names", names)
    if os.geteuid() == 0 and not is_short:  # Only root can become somebody else.
        figures += work_as_two_users()
    return figures


def work_in_names(folder: Path, names: list[str]) -> list[Figure]:
    """Fill and read a warehouse in a folder of each name, beside those it might be taken for."""
    others = [
        *SIBLINGS[: len(names)],
        *map(unquote, names),
        *(name.replace("\\", "/") for name in names),
    ]
    for name in set(others) - set(names):
        with suppress(WarehouseError):
            make_warehouse(Store(Warehouse(folder / "in" / name)), material("other"))
    tables = [path for path in files_below(folder) if path.suffix != ".sql"]
    held = {path: path.stat().st_mtime_ns for path in tables}
    n_right, n_refused = 0, 0
    for name in names:
        place = folder / "in" / name
        try:
            store = make_warehouse(Store(Warehouse(place)), material("own"))
            with connect(store.warehouse) as connection:
                seen = connection.execute("select material_id from raw.materials").fetchall()
            is_own = seen == [("own",)] and store.read("materials")["material_id"][0] == "own"
            n_right += is_own and store.verify("materials") == 1
        except WarehouseError:
            n_refused += not place.exists()
    changed = [path for path, time in held.items() if path.stat().st_mtime_ns != time]
    return [
        Figure("folder names", len(names)),
        Figure("folder names: read and written", n_right),
        Figure("folder names: refused before anything was written", n_refused),
        Figure("folder names: neither", len(names) - n_right - n_refused, wanted=0),
        Figure("folder names: files of siblings that changed", len(changed), wanted=0),
    ]


def work_as_two_users() -> list[Figure]:
    """One user makes a warehouse, another one writes to it, then the first one again."""
    n_shared, n_failed, n_bugs, n_told = 0, 0, 0, 0
    for mode, umask in product([*SHARED, *CLOSED], (0o002, 0o022, 0o027, 0o077)):
        with tempfile.TemporaryDirectory(prefix="quarry-group-") as name:
            folder = Path(name)
            Path(folder).chmod(0o755)
            place = folder / "group"
            place.mkdir()
            os.chown(place, USERS[0], GROUP)
            place.chmod(mode)
            codes = [
                finish(write_as, user, umask, place / "data", number)
                for number, user in enumerate((*USERS, USERS[0]))
            ]
        n_bugs += codes.count(BUG)
        n_shared += mode in SHARED
        n_failed += mode in SHARED and codes != [DONE] * 3
        n_told += mode in CLOSED and codes[1] == REFUSED
    return [
        Figure("folders of a group, by mode and umask", n_shared),
        Figure("folders of a group: a user could not do what the other can", n_failed, wanted=0),
        Figure("folders of one user: the other was told", n_told),
        Figure("folders of users: stack traces", n_bugs, wanted=0),
    ]


def write_as(user: int, umask: int, root: Path, number: int) -> None:
    """Replace the rows and build the catalog as one user of the group."""
    with tempfile.TemporaryDirectory() as name:  # Imports what the user could not read.
        write(Path(name) / "data", number)
    os.setgroups([GROUP])
    os.setegid(user)
    os.seteuid(user)
    os.umask(umask)
    write(root, number)
    if Store(Warehouse(root)).read("materials")["nsites"].to_list() != [number + 1]:
        raise AssertionError("the rows are others")


def write(root: Path, number: int) -> None:
    """Fill a warehouse, or change it if it is there."""
    with tempfile.TemporaryDirectory() as sql:
        store = Store(Warehouse(root))
        rows = materials(material(nsites=number + 1))
        store.replace("materials", rows, scope={"source": "mp"}, provenance=PROVENANCE)
        build_catalog(store, write_sql(Path(sql)))
