"""An SQL prompt on the catalog: completion and history by prompt_toolkit, plain in a pipe."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from warehouse.catalog.documentation import list_functions, list_offered_views

EXAMPLES = (
    "from metrics where is_selected and metric in ('rmse', 'balanced_accuracy');",
    "select formula, energy_above_hull from ground_states where alloy = 'au-cu' order by all;",
    "describe effective_cluster_interactions;",
)
"""What to try first; names without a schema are those of `marts`."""
_LEAVE = {"exit", "quit", ".exit", ".quit", "\\q"}
PLOT = ".plot"
"""Draws the last query: `.plot --log x,y --output ashby.html`, with the options of the command."""
HELP = {"help", ".help", "\\?", "\\h"}


def greet(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Lines that tell what there is to ask, as wide as the terminal."""
    width = shutil.get_terminal_size().columns
    marts = {
        name.removeprefix("marts."): doc
        for name, doc in list_offered_views(connection).items()
        if name.startswith("marts.")
    }
    column = max(map(len, marts), default=0) + 2
    for name, doc in marts.items():
        yield f"  {name:<{column}}{doc}"[: width - 1]
    yield "Try one of these; end a statement with ; draw its rows with .plot; leave with Ctrl-D:"
    yield from (f"  {example}" for example in EXAMPLES)


def read_statements(connection: duckdb.DuckDBPyConnection, history: Path) -> Iterator[str]:
    """Yield the statements that the user types, each ended by a semicolon, until they leave."""
    is_interactive = sys.stdin.isatty()
    read_line = _prompt(connection, history) if is_interactive else _plain
    lines: list[str] = []
    while True:
        try:
            line = read_line("... " if lines else "sql> ")
        except KeyboardInterrupt:
            if not is_interactive:
                raise
            lines = []
            continue
        except EOFError:
            break
        if not lines and line.strip().rstrip(";").lower() in _LEAVE:
            return
        if not lines and (own := _read_own(line)):
            yield own
            continue
        if lines or line.strip():
            lines.append(line)
        if line.rstrip().endswith(";"):
            yield "\n".join(lines)
            lines = []
    if lines:
        yield "\n".join(lines)


def _read_own(line: str) -> str:
    """A line that is no SQL, but asks for help or a picture; "" for any other."""
    if line.strip().rstrip(";").lower() in HELP:
        return "help"
    return line.strip() if line.split()[:1] == [PLOT] else ""


def _plain(prompt: str) -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


def _prompt(connection: duckdb.DuckDBPyConnection, history: Path) -> Callable[[str], str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.history import FileHistory, InMemoryHistory
    from prompt_toolkit.lexers import PygmentsLexer
    from pygments.lexers.sql import SqlLexer

    names = connection.execute(
        "select distinct column_name from duckdb_columns() "
        "union select keyword_name from duckdb_keywords()"
    ).fetchall()
    functions = (function.name for function in list_functions(connection))
    words = sorted({*list_offered_views(connection), *functions, *(name for (name,) in names)})
    try:
        history.touch()
        kept: FileHistory | InMemoryHistory = FileHistory(str(history))
    except OSError:
        kept = InMemoryHistory()
    session: PromptSession[str] = PromptSession(
        completer=WordCompleter(words, ignore_case=True, WORD=True),
        history=kept,
        lexer=PygmentsLexer(SqlLexer),
        complete_while_typing=False,
    )
    return session.prompt
