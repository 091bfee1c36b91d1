"""A run of a study: all that decides what it finds, known before it is run, and its digest."""

import ast
import hashlib
import json
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic, TypeVar

import duckdb

from analysis.runs.settings import RunSettings
from warehouse.catalog.lineage import Lineage, read_lineage
from warehouse.engines import EngineName
from warehouse.errors import WarehouseError
from warehouse.settings import PROJECT_DIR, code_version
from warehouse.spark.session import spark_version

PACKAGES = ("duckdb", "joblib", "numpy", "polars", "scikit-learn", "scipy", "threadpoolctl")
"""What the fits are computed with: another release may round, or choose, otherwise."""
KEPT = ("study", "dataset", "code", "code_version", "packages")
"""Attributes that a record has as they are."""


S = TypeVar("S", bound=RunSettings)


@dataclass(frozen=True)
class Run(Generic[S]):
    """The inputs of a run.

    Attributes:
        study: The study's name, as `analysis.studies` has it.
        dataset: The alloy or benchmark that is studied.
        settings: Everything that the user chose or left at its default, seeds among it.
        lineage: Tables and views that are read, directly or through others.
        code: Digest of the modules that read the data and fit the models.
        code_version: Release and commit, for people: the digest decides.
        packages: Versions of the libraries that compute.

    """

    study: str
    dataset: str
    settings: S
    lineage: Lineage
    code: str
    code_version: str
    packages: Mapping[str, str]

    @property
    def inputs(self) -> dict[tuple[str, str], Any]:
        """Each input by its kind and name: equal inputs make an equal run."""
        parts: dict[str, Mapping[str, Any]] = {
            "table": self.lineage.tables,
            "view": self.lineage.views,
            "setting": {"study": self.study, "dataset": self.dataset, **self.settings.as_dict()},
            "code": {"analysis": self.code},
            "package": self.packages,
        }
        return {(kind, name): part[name] for kind, part in parts.items() for name in sorted(part)}

    @property
    def run_id(self) -> str:
        """Digest of all inputs."""
        text = json.dumps([[*key, value] for key, value in self.inputs.items()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def command(self) -> str:
        """What makes the newest results of this study of this data set."""
        engine = " --engine spark" if "pyspark" in self.packages else ""
        return self.settings.command(self.dataset) + engine

    def record(self) -> dict[str, Any]:
        """What is kept of the run, as JSON has it."""
        kept = {name: getattr(self, name) for name in KEPT}
        settings = {"settings": self.settings.as_dict(), "command": self.command}
        return kept | asdict(self.lineage) | settings

    @classmethod
    def from_record(cls, record: Mapping[str, Any], settings: S) -> "Run[S]":
        """The run of which `record` was kept, with the `settings` that it has."""
        parts = ("tables", "views", "versions", "scopes")
        lineage = Lineage(**{name: record[name] for name in parts})
        kept = {name: record[name] for name in KEPT}
        return cls(settings=settings, lineage=lineage, **kept)


def make_run(
    connection: duckdb.DuckDBPyConnection,
    study: str,
    dataset: str,
    settings: S,
    *,
    views: Iterable[str],
    modules: Iterable[str],
    scopes: Mapping[str, str],
    applied: Iterable[str] = (),
    engine: EngineName = "duckdb",
) -> Run[S]:
    """The run that reads `views` and computes with `modules`, paths below the project.

    `scopes` tell which rows of a table count, where not all do; the views `applied` are to other
    rows. Views that `engine` computes may differ from DuckDB's in the last digit, so Spark is one
    of the libraries of a run that reads it.
    """
    packages = {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
    if engine == "spark":
        packages["pyspark"] = spark_version()
    return Run(
        study,
        dataset,
        settings,
        read_lineage(connection, *views, applied=applied, scopes=scopes),
        digest_code(PROJECT_DIR, modules),
        code_version(),
        packages,
    )


def is_shown(connection: duckdb.DuckDBPyConnection, run: Run[Any]) -> bool:
    """Whether the warehouse shows the results of this run."""
    rows = connection.execute(
        "select 1 from staging.models where study = ? and dataset = ? and run_id = ? limit 1",
        [run.study, run.dataset, run.run_id],
    ).fetchall()
    return bool(rows)


def digest_code(root: Path, modules: Iterable[str]) -> str:
    """Digest of `modules` and every module of the same package that they import.

    So a change of a page or a command, which no fit depends on, makes no run anew.
    """
    digest = hashlib.sha256()
    for path in sorted(_find_modules(root, modules)):
        digest.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _find_modules(root: Path, modules: Iterable[str]) -> set[Path]:
    found: set[Path] = set()
    waiting = [root / name for name in modules]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            package = path.relative_to(root).parts[0]
            near = (name for name in _imports(path) if name.startswith(f"{package}."))
            files = (root / f"{name.replace('.', '/')}.py" for name in near)
            waiting += [file for file in files if file.exists()]
    return found


def _imports(path: Path) -> Iterator[str]:
    """Dotted names of all that a module imports when it runs, and of what it may import."""
    waiting: list[ast.AST] = [ast.parse(path.read_bytes())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def unknown_run(run_id: str, known: Iterable[str]) -> WarehouseError:
    """The error for a run that was never made here, with the ids that are near."""
    from difflib import get_close_matches

    names = list(dict.fromkeys(known))
    near = [name for name in names if name.startswith(run_id)] or get_close_matches(
        run_id, names, n=3, cutoff=0.5
    )
    return WarehouseError(
        f"there is no run {run_id!r}",
        hint=f"did you mean {' or '.join(near[:3])}?"
        if near
        else "`python -m analysis runs` lists all"
        if names
        else "run `python -m analysis report`: no study has been run",
    )
