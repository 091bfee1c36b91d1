"""Where the warehouse lives, and which code is at work."""

import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent
SQL_DIR = PROJECT_DIR / "sql"
DEFAULT_WAREHOUSE_DIR = Path("data")


@cache
def code_version() -> str:
    """Version of this code: the release, and the commit when run from a checkout.

    A trailing ``+`` says that tracked files differ from that commit.
    """
    try:
        release = version("quarry")
    except PackageNotFoundError:
        release = "unreleased"
    if not (PROJECT_DIR / ".git").exists():
        return release
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
            cwd=PROJECT_DIR,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return release
    return f"{release} ({described.stdout.strip()})"
