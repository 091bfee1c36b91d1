"""The SQL prompt: statements from a pipe, and completion and history in a terminal."""

import os
import pty
import re
import select
import subprocess
import sys
from contextlib import suppress

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from typer.testing import CliRunner

from tests.support.samples import make_warehouse
from warehouse.__main__ import app
from warehouse.catalog.connection import connect
from warehouse.commands.prompt import read_statements
from warehouse.settings import PROJECT_DIR
from warehouse.storage.warehouse import Warehouse


@pytest.fixture
def root(store):
    return make_warehouse(store).warehouse.root


def pipe(root, text):
    return CliRunner().invoke(app, ["shell", "--warehouse", str(root)], input=text)


def test_a_pipe_runs_each_statement(root):
    result = pipe(root, "select 6 * 7\nas answer;\n\nfrom marts.counts;\nselect 'last' as word")
    assert result.exit_code == 0
    assert result.stderr == ""
    for word in ("answer", "42", "n_materials", "last"):
        assert word in result.stdout


@pytest.mark.parametrize("name", ["counts", "marts.counts"])
def test_describe_says_units_and_meanings(root, name):
    lines = pipe(root, f"describe {name};").stdout.splitlines()
    assert lines[0] == "marts.counts: One row per data set."
    assert lines[-3:] == [
        "n_materials  bigint   1: materials of the data set",
        "",
        "reads:  staging.materials",
    ]


def test_describe_takes_a_query_too(root):
    assert "varchar" in pipe(root, "describe select source from counts;").stdout


@pytest.mark.parametrize("word", ["help", "\\?", ".help;"])
def test_words_that_ask_for_help_show_the_views_again(root, word):
    result = pipe(root, f"{word}\nselect 'next' as word;\n")
    assert result.exit_code == 0
    assert "One row per data set." in result.stdout
    assert "next" in result.stdout


@pytest.mark.parametrize("word", ["exit", "quit;", "\\q", ".quit"])
def test_words_that_leave(root, word):
    result = pipe(root, f"{word}\nselect 'never' as word;\n")
    assert (result.exit_code, result.stdout) == (0, "")


def test_a_pipe_ends_at_the_first_error(root):
    result = pipe(root, "selec 1;\nselect 'never' as word;\n")
    assert result.exit_code == 1
    assert "never" not in result.stdout
    assert len(result.stderr.splitlines()) == 2


def typed(root, keys, monkeypatch):
    """What the shell reads when a user presses `keys` and then Ctrl-D."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    with (
        create_pipe_input() as keyboard,
        create_app_session(input=keyboard, output=DummyOutput()),
        connect(Warehouse(root)) as connection,
    ):
        keyboard.send_text(keys + "\x04")
        return list(read_statements(connection, root / ".sql_history"))


def test_tab_completes_views_and_columns_in_a_terminal(root):
    """Completion takes its time: each key waits for what the one before has shown."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "warehouse", "shell", "--warehouse", str(root)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=PROJECT_DIR,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100", "PROMPT_TOOLKIT_NO_CPR": "1"},
    )
    os.close(theirs)
    screen = ""
    for wanted, keys in [
        ("sql>", "select n_mat\t"),
        ("erials", " from marts.cou\t"),
        ("nts", ";\r"),
        ("│           1 │.*sql>", "\x04"),
    ]:
        while not re.search(wanted, screen, re.DOTALL):
            assert select.select([ours], [], [], 30)[0], screen
            screen += os.read(ours, 10_000).decode(errors="replace")
        screen = ""
        os.write(ours, keys.encode())
    with suppress(OSError):  # the end of a terminal is an error
        while data := os.read(ours, 10_000):
            screen += data.decode(errors="replace")
    os.close(ours)
    assert child.wait(timeout=10) == 0, screen
    assert (root / ".sql_history").read_text().endswith("+select n_materials from marts.counts;\n")


def test_the_arrow_key_recalls_what_was_typed_in_an_earlier_session(root, monkeypatch):
    assert typed(root, "select 1;\n", monkeypatch) == ["select 1;"]
    assert typed(root, "\x1b[A\n", monkeypatch) == ["select 1;"]


def test_ctrl_c_drops_the_lines_typed_so_far(root, monkeypatch):
    assert typed(root, "select\n1 +\n\x03select 2;\n", monkeypatch) == ["select 2;"]


def test_an_empty_line_begins_no_statement(root, monkeypatch):
    assert typed(root, "\n\nexit\n", monkeypatch) == []


def test_a_folder_that_cannot_be_written_costs_only_the_history(root, monkeypatch):
    (root / ".sql_history").mkdir()
    monkeypatch.setattr("pathlib.Path.touch", fail_to_write)
    assert typed(root, "select 1;\n", monkeypatch) == ["select 1;"]


def fail_to_write(*arguments, **options):
    raise PermissionError
