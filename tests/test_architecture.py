"""The house rules that a machine can check: who imports whom, and what a file may do."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot

from warehouse.settings import PROJECT_DIR, SQL_DIR
from warehouse.spark.translate import translate

PACKAGES = ("warehouse", "ingest", "analysis")
MODULES = sorted(path for name in PACKAGES for path in (PROJECT_DIR / name).rglob("*.py"))
VIEWS = sorted(SQL_DIR.rglob("*.sql"))
TEXTS = [
    path
    for folder in (*PACKAGES, "sql", "tests")
    for path in sorted((PROJECT_DIR / folder).rglob("*"))
    if path.suffix in {".py", ".sql", ".md", ".html", ".css", ".js", ".j2"}
] + [PROJECT_DIR / name for name in ("Makefile", "pyproject.toml", "constraints.txt", "README.md")]

MAY_IMPORT = {
    "warehouse": {"warehouse"},
    "ingest": {"ingest", "warehouse"},
    "analysis": {"analysis", "warehouse"},
}
WINGS = {"ingest.materials", "ingest.alloys", "analysis.cluster_expansion", "analysis.metals"}
TALKS_TO_THE_USER = {
    "warehouse/console.py",
    "ingest/options.py",
    "ingest/embedded/rebuild.py",
}
PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"}
WORK = re.compile(
    "(open|read|write|load|scan|connect|run|fetch|get|download|glob|iterdir|mkdir|exists|print|echo)"
    "(_|$)"
)


def relative(path: Path) -> str:
    return path.relative_to(PROJECT_DIR).as_posix()


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.AST) -> set[str]:
    """Dotted names of all that is imported anywhere in a module."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def calls(tree: ast.AST) -> set[str]:
    """Dotted names of all that is called."""
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def done_at_import(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements that run when a module is imported, but for definitions and imports."""
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) in {
            "TYPE_CHECKING",
            "__name__ == '__main__'",
        }:
            continue
        if not isinstance(
            node,
            ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        ):
            yield node


def wing(module: str) -> str | None:
    return next((name for name in WINGS if f"{module}.".startswith(f"{name}.")), None)


@pytest.mark.parametrize("path", MODULES, ids=relative)
class TestModule:
    def test_it_imports_only_what_stands_to_its_left(self, path):
        package = relative(path).partition("/")[0]
        ours = {name.partition(".")[0] for name in imports(parse(path))} & {*PACKAGES, "tests"}
        assert ours <= MAY_IMPORT[package]

    def test_a_wing_imports_no_other_wing(self, path):
        home = wing(relative(path).removesuffix(".py").replace("/", "."))
        if home is not None:
            assert {wing(name) for name in imports(parse(path))} <= {home, None}

    def test_only_the_commands_print_and_parse_arguments(self, path):
        is_command = path.name == "__main__.py" or path.parent.name == "commands"
        if not is_command and relative(path) not in TALKS_TO_THE_USER:
            tree = parse(path)
            assert not calls(tree) & {"print", "input", "sys.stdout.write", "sys.exit"}
            assert not {name.partition(".")[0] for name in imports(tree)} & {
                "argparse",
                "click",
                "rich",
                "typer",
            }

    def test_it_does_no_work_at_import(self, path):
        for node in done_at_import(parse(path)):
            assert isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr), ast.unparse(node)
            assert not isinstance(node, ast.Expr) or isinstance(node.value, ast.Constant)
            work = {name for name in calls(node) if WORK.match(name.rpartition(".")[2])}
            assert not work, ast.unparse(node)

    def test_it_keeps_nothing_as_a_pickle(self, path):
        """Reading one runs whatever code it names; models are rows and JSON."""
        used = calls(parse(path)) | imports(parse(path))
        assert not {name.partition(".")[0] for name in used} & PICKLES
        assert not {name.rpartition(".")[2] for name in used} & {"to_pickle", "read_pickle"}
        assert not {"joblib.dump", "joblib.load"} & used

    def test_it_catches_no_bug(self, path):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None
                assert not re.search(r"\b(Base)?Exception\b", ast.unparse(node.type))

    def test_it_is_short_and_says_what_it_is_for(self, path):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 250
        assert ast.get_docstring(parse(path))


@pytest.mark.parametrize("path", VIEWS, ids=relative)
class TestView:
    """That every column is documented is tested with the catalog."""

    def test_it_runs_on_spark_too(self, path):
        sqlglot.parse_one(translate(path.read_text(encoding="utf-8")), dialect="spark")

    def test_it_is_short_and_reads_no_file(self, path):
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) < 140
        assert not re.search(r"\b(read_\w+|glob)\s*\(", text)


@pytest.mark.parametrize("path", TEXTS, ids=relative)
def test_nothing_refers_to_a_folder_outside_the_project(path):
    if path != Path(__file__):
        outside = re.findall(
            r"(?<![\w.:/])/(?:work|home|root|tmp|Users|opt|mnt)\b|(?<![\w.])\.\./",
            path.read_text(encoding="utf-8"),
        )
        assert not outside
