"""The house rules about one file: whom it may import, and what it may do.

A rule gives the reasons why a file breaks it. Each is tried on all files, and on bad examples.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import PACKAGES, File, Module, modules, texts, views

MAY_IMPORT = {
    "warehouse": {"warehouse"},
    "ingest": {"ingest", "warehouse"},
    "analysis": {"analysis", "warehouse"},
}
WINGS = {
    "ingest.materials",
    "ingest.alloys",
    "analysis.cluster_expansion",
    "analysis.metals",
    "analysis.thermodynamics",
}
TALKS_TO_THE_USER = {
    "warehouse/console.py",
    "ingest/options.py",
    "ingest/embedded/rebuild.py",
}
WALLS = {
    "pyspark": {"warehouse/spark", "analysis/linear_models/on_spark/solvers.py"},
    "py4j": {"warehouse/spark"},
    "fsspec": {"warehouse/storage/bucket.py"},
    "upath": {"warehouse/storage/bucket.py"},
    "pyarrow.fs": {"warehouse/storage/bucket.py", "warehouse/spark/object_storage.py"},
    "warehouse.storage.bucket": {"warehouse/storage", "warehouse/spark/object_storage.py"},
    "fcntl": set(),
    "filelock": {"warehouse/storage/locks.py"},
}
"""Who may know what stands behind a wall: modules, or folders of them."""
PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"}
WORK = re.compile(
    "(open|read|write|load|scan|connect|run|fetch|get|download|glob|iterdir|mkdir|exists|print|echo)"
    "(_|$)"
)
DEFINITIONS = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
MOST_LINES = {"py": 250, "sql": 140}


def roots(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def wing(module: str) -> str | None:
    return next((name for name in WINGS if f"{module}.".startswith(f"{name}.")), None)


def imports_only_what_stands_to_its_left(module: Module) -> Iterator[str]:
    yield from roots(module.imports) & {*PACKAGES, "tests"} - MAY_IMPORT[module.package]


def imports_no_other_wing(module: Module) -> Iterator[str]:
    home = wing(module.dotted)
    if home is not None:
        yield from (name for name in module.imports if wing(name) not in {home, None})


def leaves_what_is_behind_a_wall_there(module: Module) -> Iterator[str]:
    places = {module.path, module.path.rpartition("/")[0]}
    for name, known_to in WALLS.items():
        if any(f"{used}.".startswith(f"{name}.") for used in module.imports) and not (
            places & known_to
        ):
            yield name


def leaves_printing_and_parsing_to_the_commands(module: Module) -> Iterator[str]:
    is_command = module.name == "__main__.py" or "/commands/" in module.path
    if not is_command and module.path not in TALKS_TO_THE_USER:
        yield from module.calls & {"print", "input", "sys.stdout.write", "sys.exit"}
        yield from roots(module.imports) & {"argparse", "click", "rich", "typer"}


def does_no_work_at_import(module: Module) -> Iterator[str]:
    for node in module.tree.body:
        is_other_door = isinstance(node, ast.If) and ast.unparse(node.test) in {
            "TYPE_CHECKING",
            "__name__ == '__main__'",
        }
        if is_other_door or isinstance(node, DEFINITIONS):
            continue
        is_constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        called = (n.func for n in ast.walk(node) if isinstance(n, ast.Call))
        works = any(WORK.match(ast.unparse(name).rpartition(".")[2]) for name in called)
        if works or not (is_constant or isinstance(node, ast.Assign | ast.AnnAssign)):
            yield ast.unparse(node)


def keeps_nothing_as_a_pickle(module: Module) -> Iterator[str]:
    """Reading one runs whatever code it names; models are rows and JSON."""
    used = module.calls | module.imports
    yield from roots(used) & PICKLES
    yield from {name.rpartition(".")[2] for name in used} & {"to_pickle", "read_pickle"}
    yield from {"joblib.dump", "joblib.load"} & used


def catches_no_bug(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = "" if node.type is None else ast.unparse(node.type)
            if not caught or re.search(r"\b(Base)?Exception\b", caught):
                yield f"except {caught}"


def says_what_it_is_for(module: Module) -> Iterator[str]:
    if not ast.get_docstring(module.tree):
        yield "no docstring"


def is_short(file: File) -> Iterator[str]:
    n_lines = len(file.text.splitlines())
    if n_lines >= MOST_LINES[file.name.rpartition(".")[2]]:
        yield f"{n_lines} lines"


def reads_no_file(view: File) -> Iterator[str]:
    yield from re.findall(r"\b(?:read_\w+|glob)\s*\(", view.text)


def names_no_folder_outside_the_project(file: File) -> Iterator[str]:
    outside = r"(?<![\w.:/])/(?:work|home|root|tmp|Users|opt|mnt)\b|(?<![\w.])\.\./"
    text, depth = file.text, file.path.count("/")
    if file.path.endswith(".md") and depth:  # A link may lead up, as far as the project's folder.
        text = re.sub(rf"\]\((?:\.\./){{1,{depth}}}(?!\.)", "](", text)
    yield from re.findall(outside, text)


RULES = {
    imports_only_what_stands_to_its_left: modules,
    imports_no_other_wing: modules,
    leaves_what_is_behind_a_wall_there: modules,
    leaves_printing_and_parsing_to_the_commands: modules,
    does_no_work_at_import: modules,
    keeps_nothing_as_a_pickle: modules,
    catches_no_bug: modules,
    says_what_it_is_for: modules,
    is_short: lambda: [*modules(), *views()],
    reads_no_file: views,
    names_no_folder_outside_the_project: texts,
}
BAD = [
    (imports_only_what_stands_to_its_left, "warehouse/a.py", "import ingest.jobs"),
    (imports_only_what_stands_to_its_left, "ingest/a.py", "def f():\n    from analysis import b"),
    (imports_only_what_stands_to_its_left, "analysis/a.py", "from tests.support import alloys"),
    (imports_no_other_wing, "analysis/metals/a.py", "import analysis.cluster_expansion.data"),
    (imports_no_other_wing, "ingest/alloys/a/b.py", "from ingest.materials import pull"),
    (leaves_what_is_behind_a_wall_there, "warehouse/a.py", "from pyspark.sql import SparkSession"),
    (leaves_what_is_behind_a_wall_there, "analysis/a.py", "from warehouse.storage import bucket"),
    (leaves_printing_and_parsing_to_the_commands, "ingest/a.py", "def f():\n    print(1)"),
    (leaves_printing_and_parsing_to_the_commands, "ingest/a.py", "from rich.table import Table"),
    (does_no_work_at_import, "ingest/a.py", "ROWS = polars.read_parquet('a')"),
    (does_no_work_at_import, "ingest/a.py", "for a in b:\n    pass"),
    (does_no_work_at_import, "ingest/a.py", "configure()"),
    (does_no_work_at_import, "ingest/a.py", "if DEBUG:\n    A = 1"),
    (keeps_nothing_as_a_pickle, "ingest/a.py", "from pickle import loads"),
    (keeps_nothing_as_a_pickle, "ingest/a.py", "def f(a):\n    a.to_pickle()"),
    (keeps_nothing_as_a_pickle, "ingest/a.py", "def f(a):\n    joblib.load(a)"),
    (catches_no_bug, "ingest/a.py", "try:\n    pass\nexcept:\n    pass"),
    (catches_no_bug, "ingest/a.py", "try:\n    pass\nexcept (OSError, Exception):\n    pass"),
    (says_what_it_is_for, "ingest/a.py", "A = 1"),
    (is_short, "ingest/a.py", "A = 1\n" * 250),
    (is_short, "sql/marts/a.sql", "--\n" * 140),
    (reads_no_file, "sql/marts/a.sql", "select * from read_csv('a')"),
    (reads_no_file, "sql/marts/a.sql", "select * from glob ('*')"),
    (names_no_folder_outside_the_project, "README.md", "see /home/me"),
    (names_no_folder_outside_the_project, "README.md", "see ../other"),
    (names_no_folder_outside_the_project, "sql/README.md", "see [other](../../other)"),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_file_keeps_the_rule(rule):
    files = [file for file in RULES[rule]() if file.path != "tests/architecture/test_modules.py"]
    broken = [f"{file.path}: {reason}" for file in files for reason in rule(file)]
    assert len(files) > 50
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(("rule", "path", "text"), BAD)
def test_a_bad_example_breaks_the_rule(rule, path, text):
    assert [*rule(Module(path, text))]


def test_every_rule_has_a_bad_example():
    assert {rule for rule, *_ in BAD} == RULES.keys()
