"""What a user installs: the `quarry` command, the files that ship, and how to cite them."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import date

import pytest
import yaml

from tests.command_reference import PROGRAMS, README, READMES, ROOT, commands, run

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
DOI = re.compile(r"\b10\.\d{4,9}/[\w./-]*\w")


def quarry(*words: str) -> subprocess.CompletedProcess[str]:
    """Call what `[project.scripts]` names, as its script does."""
    module, function = PROJECT["scripts"]["quarry"].split(":")
    code = f"import sys; from {module} import {function}; sys.exit({function}())"
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100"},
    )


class TestQuarry:
    @pytest.mark.parametrize("program", PROGRAMS)
    def test_its_programs_have_the_commands_of_python_m(self, program):
        done = quarry(program, "--help")
        assert done.returncode == 0
        assert f"Usage: quarry {program} [OPTIONS] COMMAND" in done.stdout
        assert done.stdout.split("Commands:")[1] == run(program, "--help").split("Commands:")[1]
        command = next(iter(commands(program).commands))
        assert f"Usage: quarry {program} {command}" in quarry(program, command, "--help").stdout

    def test_its_help_lists_the_programs_with_an_example_and_loads_none(self):
        done = quarry("--help")
        assert done.returncode == 0
        assert done.stderr == ""
        assert "Example: quarry warehouse query" in done.stdout
        for program in PROGRAMS:
            assert f"\n  {program} " in done.stdout
        code = (
            "import sys; from warehouse.commands.front_door import quarry; quarry(['--help']); "
            "assert not {'typer', 'duckdb', 'polars', 'ingest', 'analysis'} & set(sys.modules)"
        )
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    def test_an_unknown_word_is_wrong_usage_with_a_hint(self):
        done = quarry("warehuose")
        assert done.returncode == 2
        assert done.stdout == ""
        assert "there is no program 'warehuose'" in done.stderr
        assert "Try: quarry warehouse --help" in done.stderr

    def test_it_tells_its_version(self):
        assert quarry("--version").stdout.startswith(f"quarry {PROJECT['version']}")

    def test_no_word_is_wrong_usage(self):
        done = quarry()
        assert done.returncode == 2
        assert "Usage: quarry PROGRAM" in done.stderr

    def test_an_error_keeps_its_two_lines_and_its_exit_code(self, tmp_path):
        words = ("query", "select 1", "--warehouse", str(tmp_path))
        done = quarry("warehouse", *words)
        assert done.returncode == 1
        assert re.fullmatch(r"Error: [^\n]+\n  Try: [^\n]+\n", done.stderr)


class TestWhatIsInstalled:
    @pytest.fixture(scope="class")
    @classmethod
    def files(cls, tmp_path_factory) -> set[str]:
        """Names of the files that an installation copies."""
        pytest.importorskip("setuptools")
        folder = tmp_path_factory.mktemp("installed")
        skip = shutil.ignore_patterns("__pycache__")
        for name in ("analysis", "ingest", "sql", "warehouse"):
            shutil.copytree(ROOT / name, folder / name, ignore=skip)
        text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        # The setuptools of the environment may be older than this way to name a licence.
        text = re.sub(r"^(license|license-files|readme) = .*\n", "", text, flags=re.M)
        (folder / "pyproject.toml").write_text(text, encoding="utf-8")
        subprocess.run(
            [sys.executable, "-c", "import setuptools; setuptools.setup()", "-q", "build_py"],
            cwd=folder,
            capture_output=True,
            check=True,
        )
        built = folder / "build" / "lib"
        return {path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()}

    def test_every_package_says_that_it_is_typed(self, files):
        assert {f"{program}/py.typed" for program in PROGRAMS} <= files

    def test_readmes_views_templates_and_data_are_there(self, files):
        wanted = {path for path in READMES if path != README}
        for pattern in ("sql/**/*.sql", "analysis/**/*.html", "ingest/**/*.parquet"):
            found = set(ROOT.glob(pattern))
            assert found, pattern
            wanted |= found
        assert {path.relative_to(ROOT).as_posix() for path in wanted} <= files


class TestCitation:
    def test_it_has_the_version_and_licence_of_the_project(self):
        assert CITATION["cff-version"] == "1.2.0"
        assert CITATION["title"].lower() == PROJECT["name"]
        assert CITATION["version"] == PROJECT["version"]
        assert CITATION["license"] == PROJECT["license"] == "MIT"
        assert CITATION["authors"] == [{"name": "The Quarry authors"}]

    def test_the_changelog_begins_with_its_version_and_date(self):
        changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        released = [h for h in re.findall(r"^## (.*)$", changelog, re.M) if h != "Unreleased"]
        assert isinstance(CITATION["date-released"], date)
        assert released[0] == f"{CITATION['version']} ({CITATION['date-released']})"

    def test_it_refers_to_what_the_readme_says_to_cite(self):
        cite = README.read_text(encoding="utf-8").split("## Cite")[1]
        references = {reference["doi"] for reference in CITATION["references"]}
        assert references == set(DOI.findall(cite)) != set()
        for reference in CITATION["references"]:
            assert reference["title"]
            assert reference["authors"]


def pins(name: str) -> dict[str, str]:
    """Version of each package in a file of constraints, by its normalised name."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in found}


def test_the_hashed_constraints_are_those_of_the_product_alone():
    hashed = pins("constraints-hashed.txt")
    assert {re.split(r"[<>=\[]", name)[0] for name in PROJECT["dependencies"]} <= hashed.keys()
    assert "pytest" not in hashed
    assert {name: pins("constraints.txt").get(name, hashed[name]) for name in hashed} == hashed
    text = (ROOT / "constraints-hashed.txt").read_text(encoding="utf-8")
    packages = re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]
    assert [entry for entry in packages if "--hash=sha256:" not in entry] == []


def test_what_builds_the_project_is_pinned():
    built_with = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    known = pins("build-constraints.txt")
    assert built_with == [f"{name}=={known[name]}" for name in ("setuptools",)]
