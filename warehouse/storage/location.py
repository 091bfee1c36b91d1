"""Where a warehouse is: in a folder, or with its tables in a bucket of an object storage.

Each machine keeps for a bucket what is its own in a folder below `~/.cache/quarry`: the
catalog, locks and parts that wait. The folder's name tells the bucket and where it is served.
"""

import os
import re
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from warehouse.errors import WarehouseError

LONGEST_NAME = 200
"""Longest name of a folder for a bucket; file systems take no more than 255."""
_ADDRESS = re.compile(r"(s3://[a-z0-9][a-z0-9.-]+[a-z0-9](?:/[\w=+-][\w.=+-]*)*)/*", re.ASCII)


def locate(address: str | Path) -> Path:
    """This machine's folder for the warehouse at `address`: a folder, or `s3://BUCKET/PREFIX`.

    Raises WarehouseError if it is neither.
    """
    text = str(address)
    if "://" not in text:
        return Path(text)
    found = _ADDRESS.fullmatch(text)
    name = quote(found[1], safe="") if found else ""
    if not name or len(name) > LONGEST_NAME:
        raise WarehouseError(
            "the warehouse has an address that is neither a folder nor a bucket's",
            hint="write a short s3://BUCKET or s3://BUCKET/PREFIX with letters, digits and _.=+- "
            "only; keys go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    server = urlsplit(endpoint() or "").netloc.rpartition("@")[2]
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "quarry" / quote(server or "aws", safe="") / name


def endpoint() -> str | None:
    """Address of the server of the buckets, if it is not Amazon's."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")


def find_bucket(root: Path) -> str | None:
    """`s3://BUCKET/PREFIX` of the warehouse whose folder is `root`; None if all is in there."""
    address = unquote(root.name)
    return address if "://" in address else None


def show(root: Path) -> str:
    """The place of the warehouse in `root`, for the user."""
    return find_bucket(root) or str(root.resolve())


def find_tables(root: Path) -> Path:
    """The folder with the tables of the warehouse in `root`, of which some may be in a bucket.

    Raises WarehouseError if the bucket cannot be reached.
    """
    return find_folder(root, "tables")


def find_folder(root: Path, name: str) -> Path:
    """A folder that all who use the warehouse in `root` share."""
    bucket = find_bucket(root)
    if bucket is None:
        return root / name
    try:
        from warehouse.storage.bucket import open_folder
    except ImportError as error:
        raise WarehouseError(
            f"{bucket} needs a library that is not installed: {error.name}",
            hint="pip install -c constraints.txt '.[s3]'",
        ) from error
    return open_folder(f"{bucket}/{name}")
