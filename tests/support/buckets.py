"""What leads to a bucket on loopback, and a warehouse copied into one."""

import os
from pathlib import Path

SECRET = "a-secret-that-nobody-may-see"


def environment(server: str, machine: Path) -> dict[str, str]:
    """The variables of a machine that keeps what is its own in the folder `machine`."""
    ours = {
        "AWS_ENDPOINT_URL": server,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "XDG_CACHE_HOME": str(machine),
    }
    return {name: "" for name in os.environ if name.startswith("AWS_")} | ours


def copy_tables(root: Path, address: str) -> None:
    """Copy the tables of the warehouse in `root` into the bucket at `address`."""
    from pyarrow.fs import LocalFileSystem, copy_files

    from warehouse.storage.bucket import open_client
    from warehouse.storage.bucket_settings import server_settings

    copy_files(
        str(root / "tables"),
        f"{address.removeprefix('s3://')}/tables",
        source_filesystem=LocalFileSystem(),
        destination_filesystem=open_client(server_settings()),
    )
