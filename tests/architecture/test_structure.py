"""The house rules about the modules together: names, arrows between rooms, folders, and SQL.

What broke a rule when it was made is listed; a list may only become shorter.
"""

import ast
import graphlib
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

import pytest

from tests.architecture.source import Module, modules

MOST_ENTRIES = 20

SHARED_NAMES: dict[str, int] = {}
"""Names that mean the same wherever they stand, and in how many modules they do."""

TWO_MEANINGS: dict[str, int] = {}
"""Names with several meanings, yet to be told apart, and in how many modules they stand."""

ROOMS = {
    "warehouse": (
        "errors settings progress quoting",
        "tables",
        "conventions",
        "crystals",
        "storage",
        "catalog",
        "spark",
        "engines",
        "upkeep",
        "console",
        "commands",
        "__main__",
    ),
    "ingest": ("embedded", "alloys materials", "jobs options", "commands", "__main__"),
    "analysis": (
        "datasets descriptors metrics",
        "labels fitted_expansion",
        "pages",
        "plots",
        "runs",
        "linear_models",
        "cluster_expansion metals properties stability thermodynamics",
        "studies",
        "reproduction report notebooks",
        "commands",
        "__main__",
    ),
    "analysis.cluster_expansion": (
        "data labels",
        "models",
        "splits",
        "settings",
        "fits",
        "inquiries",
        "study spark_fit",
        "predicted_hulls",
        "own_structures",
        "registration prediction",
        "export",
        "figures",
        "page",
    ),
    "analysis.thermodynamics": (
        "engine settings data cells",
        "fillings phases",
        "ordered",
        "given sampling",
        "sections",
        "diagram simulation",
        "regions saving telling",
        "results",
        "figures",
        "page",
    ),
    "analysis.thermodynamics.sampling": ("averages order exchange ladders", "chains", "measuring"),
    "analysis.thermodynamics.engine": (
        "clusters decorated",
        "products species_tables",
        "copies moves species_products",
        "mending species_moves",
        "lanes",
        "species_lanes",
        "choice",
    ),
    "analysis.linear_models": (
        "design kinds on_spark",
        "scaling solvers",
        "calibration intervals methods",
        "classifier",
        "product",
        "data",
        "scores splits",
        "fits",
        "answering inquiries",
        "figures",
    ),
    "analysis.linear_models.solvers": (
        "preconditioning samples",
        "huber multinomial",
        "mixture",
    ),
    "analysis.properties": (
        "settings tasks labels",
        "reading",
        "data",
        "inquiries",
        "class_study",
        "study answering",
        "registration prediction",
        "figures",
        "page",
    ),
    "analysis.metals": (
        "benchmarks",
        "labels data settings",
        "shared_reading",
        "splits",
        "inquiries",
        "study spark_fit",
        "registration prediction",
        "figures",
        "page",
    ),
}
"""The rooms of a folder: each may import those above it, and none that stands beside or below."""

RUNS_BACK: dict[str, str] = {}
"""Imports against that order, and why."""

CIRCLES: dict[str, str] = {}
"""Imports that close a circle, and why."""

LAYERS_READ = {
    "analysis.cluster_expansion.data features.formation_energies",
    "analysis.cluster_expansion.export.derivatives features.alloy_lattice_parameters",
    "analysis.cluster_expansion.export.derivatives features.formation_energies",
    "analysis.cluster_expansion.own_structures.known_model features.alloy_lattice_parameters",
    "analysis.cluster_expansion.own_structures.known_model features.formation_energies",
    "analysis.cluster_expansion.prediction features.cluster_correlations",
    "analysis.cluster_expansion.prediction features.derivative_correlations",
    "analysis.descriptors features.cell_descriptors",
    "analysis.descriptors features.compositions",
    "analysis.descriptors features.formula_descriptors",
    "analysis.descriptors features.magpie",
    "analysis.descriptors features.material_splits",
    "analysis.report.dictionary raw.catalog_lineage",
    "analysis.runs.saving raw.quarantine",
    "analysis.cluster_expansion.registration raw.alloy_structures",
    "analysis.cluster_expansion.registration raw.lattice_mappings",
    "analysis.metals.registration raw.materials",
    "analysis.properties.registration raw.materials",
    "analysis.properties.registration raw.own_values",
    "analysis.cluster_expansion.registration raw.orbits",
    "analysis.cluster_expansion.registration raw.parent_lattices",
    "analysis.cluster_expansion.registration raw.supercell_masks",
    "analysis.cluster_expansion.registration raw.supercell_orbits",
}
"""What the analysis reads that is no mart."""


def homes(modules: Iterable[Module]) -> dict[str, list[str]]:
    """Public functions and classes that several modules define, and those modules."""
    found = defaultdict(list)
    for module in modules:
        for node in module.tree.body:
            is_definition = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if is_definition and "overload" not in map(ast.unparse, node.decorator_list):
                found[node.name].append(module.dotted)
    return {
        name: where for name, where in found.items() if len(where) > 1 and not name.startswith("_")
    }


def arrows(modules: Iterable[Module]) -> dict[str, set[str]]:
    """The modules of ours that each module imports, also inside functions."""
    modules = list(modules)
    ours = {module.dotted for module in modules}
    found: dict[str, set[str]] = {module.dotted: set() for module in modules}
    for module in modules:
        for name in module.imports:
            while name and name not in ours:
                name = name.rpartition(".")[0]
            if name and name != module.dotted:
                found[module.dotted].add(name)
    return found


def runs_back(arrows: dict[str, set[str]]) -> set[str]:
    """Imports of a room by one that stands above or beside it."""
    found = set()
    for folder, rows in ROOMS.items():
        storey = {room: number for number, row in enumerate(rows) for room in row.split()}
        for start, ends in arrows.items():
            for end in ends:
                rooms = [room_of(folder, name) for name in (start, end)]
                if None not in rooms and rooms[0] != rooms[1]:
                    above, below = (storey.get(room, -1) for room in rooms)
                    if below >= above:
                        found.add(f"{start} {end}")
    return found


def room_of(folder: str, module: str) -> str | None:
    """The room of `folder` in which a module stands."""
    inside = module.removeprefix(f"{folder}.")
    return None if inside == module else inside.partition(".")[0]


def find_circle(arrows: dict[str, set[str]]) -> list[str]:
    """Modules that import one another in a circle; none if there is no circle."""
    try:
        graphlib.TopologicalSorter(arrows).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def entries(modules: Iterable[Module]) -> dict[str, set[str]]:
    """What stands in each folder of code."""
    found = defaultdict(set)
    for module in modules:
        path = PurePosixPath(module.path)
        for inner in (path, *path.parents[:-2]):
            found[str(inner.parent)].add(inner.name)
    return found


def layers_read(modules: Iterable[Module]) -> set[str]:
    """Tables and features that are named in the strings of a module, but for its docstrings."""
    found = set()
    for module in modules:
        notes = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Expr)}
        texts = [
            node.value
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            if id(node) not in notes
        ]
        names = re.findall(r"\b(?:raw|features)\.[a-z]\w*", "\n".join(texts))
        found |= {f"{module.dotted} {name}" for name in names}
    return found


def at(path: str, text: str = "") -> Module:
    return Module(path, text)


def test_a_public_name_has_one_meaning():
    known = SHARED_NAMES | TWO_MEANINGS
    found = homes(modules())
    assert {name: where for name, where in found.items() if len(where) != known.get(name)} == {}
    assert known.keys() - found.keys() == set()
    two = [at("ingest/a.py", "def f(): ..."), at("ingest/b.py", "class f: ...")]
    assert homes(two) == {"f": ["ingest.a", "ingest.b"]}


def test_no_import_runs_back():
    assert runs_back(arrows(modules())) == RUNS_BACK.keys()


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("warehouse.storage.store", "warehouse.catalog.build"),
        ("warehouse.errors", "warehouse.settings"),
        ("analysis.metals.inquiries.tuning", "analysis.metals.page"),
        ("analysis.pages.page", "analysis.metals.labels"),
    ],
)
def test_an_import_that_runs_back_is_found(start, end):
    paths = [f"{name.replace('.', '/')}.py" for name in (start, end)]
    back, forth = (
        arrows([at(paths[0], before), at(paths[1], after)])
        for before, after in ((f"def f():\n    import {end}", ""), ("", f"import {start}"))
    )
    assert runs_back(back) == {f"{start} {end}"}
    assert len(runs_back(forth)) == (start == "warehouse.errors")


def test_every_room_has_its_place():
    stand = {
        (folder, room_of(folder, module.dotted))
        for folder in ROOMS
        for module in modules()
        if room_of(folder, module.dotted)
    }
    assert stand == {(folder, room) for folder in ROOMS for room in " ".join(ROOMS[folder]).split()}


def test_no_modules_import_one_another():
    found = arrows(modules())
    for arrow in CIRCLES:
        start, end = arrow.split()
        assert end in found[start]
        assert find_circle(found)
        found[start].remove(end)
    assert find_circle(found) == []


def test_every_folder_is_a_package_of_few_entries():
    found = entries(modules())
    assert [folder for folder, names in found.items() if "__init__.py" not in names] == []
    full = {folder: len(names) for folder, names in found.items() if len(names) > MOST_ENTRIES + 1}
    assert full == {}
    assert entries([at("ingest/a/b.py")]) == {"ingest": {"a"}, "ingest/a": {"b.py"}}


def test_the_analysis_reads_marts():
    analysis = [module for module in modules() if module.package == "analysis"]
    assert layers_read(analysis) == LAYERS_READ
    text = '"""Of raw.a."""\nA = f"from raw.b join {features.c} join features.d"\n'
    assert layers_read([at("analysis/a.py", text)]) == {"analysis.a raw.b", "analysis.a features.d"}
