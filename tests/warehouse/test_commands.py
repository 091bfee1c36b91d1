"""The command line: help, exit codes, what is printed, what is not imported."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from tests.command_reference import PROGRAMS
from tests.support.samples import PROVENANCE, make_warehouse, material, materials, start
from warehouse.__main__ import app
from warehouse.commands.formula_hints import correct_formulas
from warehouse.console import say, show_error, track
from warehouse.errors import WarehouseError
from warehouse.settings import PROJECT_DIR
from warehouse.tables import TABLES

HEAVY = {
    "dataframely",
    "deltalake",
    "icet",
    "mp_api",
    "pandas",
    "plotly",
    "polars",
    "prompt_toolkit",
    "pymatgen",
    "sklearn",
    "sqlglot",
}


def run(*arguments, stdin=None):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


@pytest.fixture
def root(store):
    return make_warehouse(store).warehouse.root


@pytest.mark.parametrize(
    ("package", "arguments"),
    [*((package, ["--help"]) for package in PROGRAMS), ("warehouse", ["query", "select 1"])],
)
def test_light_commands_import_nothing_heavy(root, package, arguments):
    code = (
        "import atexit, runpy, sys; "
        "atexit.register(lambda: print('\\n', *sorted(sys.modules))); "
        f"runpy.run_module({package!r}, run_name='__main__')"
    )
    extra = ["--warehouse", str(root)] if arguments[0] == "query" else []
    child = start("-c", code, *arguments, *extra)
    stdout, stderr = child.communicate(timeout=60)
    assert (child.returncode, stderr) == (0, "")
    assert not HEAVY & set(stdout.splitlines()[-1].split())


def test_build_counts_views(root):
    result = run("build", "--warehouse", root)
    assert result.exit_code == 0
    assert result.stdout.endswith(" views\n")


def test_query_prints_a_table(root):
    result = run("query", "select 6 * 7 as answer", "--warehouse", root)
    assert result.exit_code == 0
    assert "answer" in result.stdout
    assert "42" in result.stdout


def test_a_formula_that_is_written_otherwise_is_told(root):
    sql = "select 1 from (select 'O2Ti' as reduced_formula) where reduced_formula "
    told = run("query", f"{sql} = 'TiO2'", "--format", "csv", "--warehouse", root).stderr
    assert told == "no reduced_formula is 'TiO2': it is written 'O2Ti'\n"
    told = run("query", f"{sql} in ('quartz', 'AgCl', 'Ca(OH)2')", "--warehouse", root).stderr
    assert told == "no reduced_formula is 'Ca(OH)2': it is written 'CaH2O2'\n"
    assert correct_formulas("reduced_formula = reduced_formula('TiO2') and formula = 'TiO2'") == {}


def test_explain_shows_the_plan_and_analyze_runs_it(root):
    plan = run("query", "explain from counts", "--warehouse", root)
    assert plan.exit_code == 0
    assert "Projection" in plan.stdout
    assert "Total Time" not in plan.stdout
    assert "Total Time" in run("query", "explain analyze from counts", "--warehouse", root).stdout


def test_explain_runs_nothing_that_writes(root, tmp_path):
    for verb in ("explain", "explain analyze"):
        sql = f"{verb} copy (select 1) to '{tmp_path}/new' (format csv)"
        result = run("query", sql, "--warehouse", root)
        assert result.exit_code == 1
        assert "queries only read" in result.stderr
    assert not (tmp_path / "new").exists()


def test_query_streams_csv_to_stdout(root):
    sql = "select source, n_materials from marts.counts"
    result = run("query", sql, "--format", "csv", "--warehouse", root)
    assert result.stdout == "source,n_materials\nmp,1\n"


def test_query_appends_to_what_stdout_already_holds(root, tmp_path):
    """As in `query ... >> file`: opening /dev/stdout anew would cut the file."""
    target = tmp_path / "all.csv"
    target.write_text("old\n")
    with target.open("a") as stdout:
        command = [sys.executable, "-m", "warehouse", "query", "select 1 as a", "--format", "csv"]
        subprocess.run(
            [*command, "--warehouse", str(root)], stdout=stdout, check=True, cwd=PROJECT_DIR
        )
    assert target.read_text() == "old\na\n1\n"


def test_query_ends_quietly_when_nobody_reads_on(root):
    child = start(
        *("-m", "warehouse", "query", "from range(10_000_000)"),
        *("--format", "csv", "--warehouse", root),
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "range\n"
    child.stdout.close()
    assert child.stderr is not None
    assert child.stderr.read() == ""
    child.stderr.close()
    child.wait(timeout=30)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["query", "select 1"], 0),
        (["query", "selec 1"], 1),
        (["query", "select 1/'a'"], 1),
        (["describe", "marts.count"], 1),
        (["history", "material"], 1),
        (["query"], 2),
        (["query", "select 1", "--format", "xml"], 2),
        (["query", "select 1", "--format", "parquet"], 2),
        (["query", "select 1", "--output", "x"], 2),
        (["quary", "select 1"], 2),
    ],
)
def test_exit_codes(root, arguments, code):
    result = run(*arguments, "--warehouse", root)
    assert result.exit_code == code
    if code == 1:
        what, cure = result.stderr.splitlines()
        assert what.startswith("Error: ")
        assert cure.startswith("  Try: ")


def test_a_bug_keeps_its_traceback(root, monkeypatch):
    def fail(*arguments):
        raise ZeroDivisionError

    monkeypatch.setattr("warehouse.catalog.documentation.list_views", fail)
    assert isinstance(run("describe", "--warehouse", root).exception, ZeroDivisionError)


def test_describe_prints_units_and_meanings(root):
    result = run("describe", "marts.counts", "--warehouse", root)
    assert result.stdout.splitlines() == [
        "marts.counts: One row per data set.",
        "",
        "source       varchar  data set that the row comes from",
        "n_materials  bigint   1: materials of the data set",
        "",
        "reads:  staging.materials",
    ]


def test_describe_without_a_view_lists_all(root):
    lines = run("describe", "--warehouse", root).stdout.splitlines()
    assert lines[0].split("  ")[0] == "marts.counts"
    assert any(line.startswith("raw.materials ") for line in lines)


def test_history_prints_one_line_per_commit(root, store):
    store.replace("materials", materials(material("b")), provenance=PROVENANCE)
    header, newest, oldest = run("history", "materials", "--warehouse", root).stdout.splitlines()
    assert header.split()[:2] == ["table", "version"]
    assert newest.split()[:2] == ["materials", "1"]
    assert oldest.split()[:2] == ["materials", "0"]
    assert "example.org 2024.1" in newest


def test_check_counts_rows_and_rules(root):
    result = run("check", "--warehouse", root)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{len(TABLES)} tables are whole: 1 rows",
        "ok   ids: No identifier is 'bad'.",
        "1 rules hold",
    ]


def test_check_shows_rows_that_break_a_rule(store):
    make_warehouse(store, material("bad"), material("good"))
    result = run("check", "--warehouse", store.warehouse)
    assert result.exit_code == 1
    assert "FAIL ids: No identifier is 'bad'." in result.stdout
    assert "{'source': 'mp', 'material_id': 'bad'}" in result.stdout
    assert "1 of 1 rules are broken" in result.stderr
    assert "from checks.ids" in result.stderr


def test_check_counts_all_failing_rows_and_shows_three(store):
    bad = [material("bad", source=f"s{number}") for number in range(5)]
    make_warehouse(store, *bad)
    lines = run("check", "--warehouse", store.warehouse).stdout.splitlines()
    assert sum("'bad'}" in line for line in lines) == 3


def test_check_finds_a_catalog_older_than_its_tables(root, store):
    store.replace("materials", materials(material("b")), provenance=PROVENANCE)
    result = run("check", "--warehouse", root)
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: the catalog is older than the tables materials\n"
        "  Try: run `python -m warehouse build`\n"
    )


def test_check_finds_a_damaged_file(root, store):
    (path,) = store.files("materials")
    path.write_bytes(path.read_bytes()[:-1])
    result = run("check", "--warehouse", root)
    assert result.exit_code == 1
    assert f"{path.name} has " in result.stderr


def test_check_finds_rows_that_break_the_schema(root, store, monkeypatch):
    monkeypatch.setattr("warehouse.tables.Materials.is_valid", lambda rows: False)
    assert "break its schema" in run("check", "--warehouse", root).stderr


def test_the_folder_comes_from_the_environment(root, monkeypatch):
    monkeypatch.setenv("WAREHOUSE_DIR", str(root))
    assert run("query", "from marts.counts").exit_code == 0


def test_no_progress_bar_into_a_pipe(capsys):
    assert list(track([1, 2], "counting")) == [1, 2]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "arguments", [["build"], ["check"], ["history"], ["licences"], ["quarantine"]]
)
def test_a_folder_without_tables_is_no_warehouse(arguments, tmp_path):
    place = tmp_path / "nowhere"
    result = CliRunner().invoke(app, [*arguments, "--warehouse", str(place)])
    assert result.exit_code == 1
    assert f"there is no warehouse in {place}" in result.stderr
    assert not place.exists()


class TestTerminal:
    """What stands in data, or where the output goes, does not steer or stop a terminal."""

    def test_escape_codes_are_written_out(self, capsys):
        say("\x1b[31mred \x9b2J \u202eback\ttab")
        show_error(WarehouseError("saw \x1b]0;title\x07\nand more", hint="none"))
        shown = capsys.readouterr()
        assert shown.out == "\\x1b[31mred \\x9b2J \\x202eback\ttab\n"
        assert shown.err == "Error: saw \\x1b]0;title\\x07 and more\n  Try: none\n"

    def test_a_message_with_a_megabyte_of_data_is_cut(self, capsys):
        show_error(WarehouseError("row " + "x" * 1_000_000 + " end", hint="none"))
        message, _ = capsys.readouterr().err.splitlines()
        assert len(message) < 1100
        assert message.endswith("x end")

    def test_a_terminal_without_the_letters_gets_plain_ones(self, store):
        make_warehouse(store)
        command = [sys.executable, "-m", "warehouse", "query", "select 'Bø' as a", "--warehouse"]
        done = subprocess.run(
            [*command, store.warehouse.root],
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            cwd=PROJECT_DIR,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "| B?      |" in done.stdout

    @pytest.mark.parametrize(
        ("redirection", "what"), [(">/dev/full", "No space left"), (">&-", "is closed")]
    )
    def test_an_output_that_takes_nothing_is_told(self, store, redirection, what):
        make_warehouse(store)
        command = f'"$0" -m warehouse query "select 1" --warehouse "$1" {redirection}'
        done = subprocess.run(
            ["sh", "-c", command, sys.executable, store.warehouse.root],
            cwd=PROJECT_DIR,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert done.returncode == 1
        assert what in done.stderr
        assert len(done.stderr.splitlines()) == 2


def test_the_ending_of_a_file_tells_its_format(store, tmp_path):
    make_warehouse(store)
    options = ("--warehouse", store.warehouse)
    for name, first in (("a.csv", b"a"), ("a.JSON", b"["), ("a.parquet", b"PAR1")):
        done = run("query", "select 1 as a", "--output", tmp_path / name, *options)
        assert done.exit_code == 0
        assert (tmp_path / name).read_bytes().startswith(first)
    done = run("query", "select 1 as a", "--output", tmp_path / "a.txt", *options)
    assert done.exit_code == 2


def test_help_names_commands_in_whole_sentences(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert "..." not in run("--help").stdout.replace("[ARGS]...", "")
