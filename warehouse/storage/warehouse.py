"""Where a warehouse is: in a folder, or with its tables in a bucket of an object storage.

Each machine keeps for a bucket what is its own in a folder below `~/.cache/quarry`: the catalog,
locks and parts that wait. (platformdirs would be one more library for one line.)
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from warehouse.errors import WarehouseError
from warehouse.settings import DEFAULT_WAREHOUSE_DIR
from warehouse.storage.bucket_settings import endpoint
from warehouse.storage.file_names import file_name

CATALOG_NAME = "warehouse.duckdb"
LONGEST_NAME = 200
"""Longest name of a folder for a bucket; file systems take no more than 255."""
_UNFIT = re.compile(r"%[0-9A-Fa-f]{2}|[][\\^|\x00-\x1f\x7f\ud800-\udfff]")
"""What Delta Lake (deltalake 1.5) takes for something else in the path of a table."""
_ADDRESS = re.compile(r"(s3://[a-z0-9][a-z0-9.-]+[a-z0-9](?:/[\w=+-][\w.=+-]*)*)/*", re.ASCII)


@dataclass(frozen=True)
class Warehouse:
    """A warehouse: this machine's folder `root`, and `s3://BUCKET/PREFIX` if it is in a bucket.

    What all its users share is in the bucket, if there is one, else in `root` like everything.
    """

    root: Path
    bucket: str | None = None

    @classmethod
    def at(cls, address: str) -> "Warehouse":
        """The warehouse at `address`: a folder, or `s3://BUCKET/PREFIX`.

        Raises WarehouseError if it is neither.
        """
        if "://" not in address:
            return cls(_check_folder(Path(address)))
        found = _ADDRESS.fullmatch(address)
        name = quote(found[1], safe="") if found else ""
        if found is None or len(name) > LONGEST_NAME:
            raise WarehouseError(
                "the warehouse has an address that is neither a folder nor a bucket's",
                hint="write a short s3://BUCKET or s3://BUCKET/PREFIX with letters, digits and "
                "_.=+- only; keys go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            )
        server = urlsplit(endpoint() or "").netloc.rpartition("@")[2]
        home = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
        return cls(home / "quarry" / quote(server or "aws", safe="") / name, found[1])

    @classmethod
    def find(cls, address: str | Path | None = None) -> "Warehouse":
        """The warehouse at `address`, by default at `$WAREHOUSE_DIR`, or else in `data`."""
        return cls.at(str(address or os.environ.get("WAREHOUSE_DIR") or DEFAULT_WAREHOUSE_DIR))

    def __str__(self) -> str:
        """The address, as the user wrote it."""
        return self.bucket or str(self.root)

    @property
    def full_address(self) -> str:
        """The address, for an error: it tells also a user who gave none where the warehouse is."""
        return self.bucket or str(self.root.resolve())

    @property
    def catalog(self) -> Path:
        """The file with the views; every machine has its own."""
        return self.root / CATALOG_NAME

    @property
    def tables(self) -> Path:
        """The folder with the tables; raises WarehouseError if the bucket cannot be reached."""
        return self.folder("tables")

    def lock(self, name: str) -> Path:
        """The file of a lock that this machine's users of the warehouse share."""
        return self.root / "tables" / f".{file_name(name)}.lock"

    def folder(self, name: str) -> Path:
        """A folder that all who use the warehouse share."""
        if self.bucket is None:
            return _check_folder(self.root / name)
        try:
            from warehouse.storage.bucket import open_folder
        except ImportError as error:
            raise WarehouseError(
                f"{self.bucket} needs a library that is not installed: {error.name}",
                hint="pip install -c constraints.txt '.[s3]'",
            ) from error
        return open_folder(f"{self.bucket}/{name}")


def _show(text: object) -> str:
    """`text` for a terminal: a sign that none shows as its number."""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", lambda found: ascii(found[0])[1:-1], str(text))


def _check_folder(folder: Path) -> Path:
    """Return `folder`, or say at once which part of its path no table can have."""
    if found := _UNFIT.search(str(folder.resolve())):
        raise WarehouseError(
            f"{_show(folder.resolve())} has {_show(found[0])} in its path, where Delta Lake finds "
            "no table",
            hint="name a folder without %20 and the like, without brackets, backslash, ^, |, line "
            "breaks and bytes that are no text",
        )
    return folder
