"""The project's own files as the rules of the house read them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from warehouse.settings import PROJECT_DIR

PACKAGES = ("warehouse", "ingest", "analysis")


@dataclass(frozen=True)
class File:
    """A text file by its path from the project's folder."""

    path: str
    text: str

    @property
    def name(self) -> str:
        return Path(self.path).name


@dataclass(frozen=True)
class Module(File):
    """A file of Python."""

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def dotted(self) -> str:
        """The module's name in an import."""
        return self.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    @property
    def package(self) -> str:
        return self.path.partition("/")[0]

    @cached_property
    def imports(self) -> set[str]:
        """Dotted names of all that is imported anywhere in the module, also inside functions."""
        names = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.path}: imports name the whole path"
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
        return names

    @cached_property
    def calls(self) -> set[str]:
        """Dotted names of all that is called."""
        return {
            ast.unparse(node.func) for node in ast.walk(self.tree) if isinstance(node, ast.Call)
        }


def read(path: Path, kind: type[File] = File) -> File:
    return kind(path.relative_to(PROJECT_DIR).as_posix(), path.read_text(encoding="utf-8"))


@cache
def modules() -> list[Module]:
    """Every module of the three packages."""
    paths = sorted(path for name in PACKAGES for path in (PROJECT_DIR / name).rglob("*.py"))
    return [read(path, Module) for path in paths]


def views() -> list[File]:
    """Every file of SQL."""
    return [read(path) for path in sorted((PROJECT_DIR / "sql").rglob("*.sql"))]


def texts() -> Iterator[File]:
    """Every file that a person writes, but for the rules themselves."""
    for folder in (*PACKAGES, "sql", "tests"):
        for path in sorted((PROJECT_DIR / folder).rglob("*")):
            if path.suffix in {".py", ".sql", ".md", ".html", ".css", ".js", ".j2"}:
                yield read(path)
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "README.md"):
        yield read(PROJECT_DIR / name)
