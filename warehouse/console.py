"""What the three commands share: the warehouse option, progress bars, how errors look."""

import errno
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, cast

import typer
from typer.core import TyperGroup

from warehouse.errors import WarehouseError
from warehouse.progress import T
from warehouse.settings import DEFAULT_WAREHOUSE_DIR
from warehouse.storage.files import closed_to_us
from warehouse.storage.warehouse import Warehouse

if TYPE_CHECKING:
    import duckdb

WarehouseOption = Annotated[
    Warehouse,
    typer.Option(
        "--warehouse",
        metavar="DIR",
        envvar="WAREHOUSE_DIR",
        parser=lambda address: Warehouse.at(str(address)),
        help="Folder, or s3://BUCKET/PREFIX.",
    ),
]
DEFAULT_WAREHOUSE = Warehouse(DEFAULT_WAREHOUSE_DIR)
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


LONGEST_LINE = 1000
"""Letters of a message; one that quotes data may be as long as these."""
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What moves a terminal's cursor, colours it, or turns the order of letters; not tabs and lines."""
PLAIN = str.maketrans("─│┌┐└┘├┤┬┴┼·…→▸–—“”‘’", "-|+++++++++..>>--\"\"''")
"""Letters of boxes and of messages for a terminal that has only those of ASCII."""


class _Commands(TyperGroup):
    """Commands that end with two plain lines when the user can mend the problem."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands with their whole first sentences, on as many lines as they need."""
        named = [(name, self.commands[name]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(n, command.get_short_help_str(1000)) for n, command in named])

    def invoke(self, ctx: Any) -> Any:
        signal.signal(signal.SIGINT, _interrupt)
        signal.signal(signal.SIGTERM, _interrupt)
        sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115 as long as we run
        try:
            if sys.stdout is None:
                sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115
                raise WarehouseError(
                    "standard output is closed", hint="send it to a file, such as /dev/null"
                )
            done = super().invoke(ctx)
            sys.stdout.flush()
            return done
        except WarehouseError as error:
            fail(error)
        except PermissionError as error:
            fail(closed_to_us(Path(str(error.filename)), str(error.strerror)))
        except OSError as error:
            if error.filename is not None or error.errno not in (errno.ENOSPC, errno.EIO):
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # What is left over goes nowhere.
            what = f"the output cannot be written: {error.strerror}"
            fail(WarehouseError(what, hint="check its disk has room"))
        except KeyboardInterrupt:
            show_error(
                WarehouseError(
                    "stopped; every table is as its last finished step left it",
                    hint="run the same command again: a pull goes on, a fit starts anew",
                )
            )
            sys.stderr.flush()
            os._exit(1)  # Threads may still compute: nothing is to wait for them or speak after us.
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Answer Ctrl-C, and kill, by KeyboardInterrupt, so that drafts go.

    But not within polars: its Rust code would panic.
    """
    while frame is not None:
        if str(frame.f_globals.get("__name__")).startswith("polars"):
            again = threading.Timer(0.02, signal.raise_signal, [number])
            again.daemon = True
            again.start()
            return
        frame = frame.f_back
    raise KeyboardInterrupt


def make_app(doc: str, *commands: Callable[..., None]) -> typer.Typer:
    """A command line whose help begins with `doc`, with `commands` in this order."""
    app = typer.Typer(
        cls=_Commands,
        help=doc,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    for command in commands:
        # `property_` is the command `property`, of which Python has one already.
        app.command(command.__name__.rstrip("_").replace("_", "-"))(command)
    return app


def fail(error: WarehouseError) -> None:
    """Report `error` and exit with 1."""
    show_error(error)
    raise typer.Exit(1)


def show_error(error: WarehouseError) -> None:
    """Say what is wrong and what to do about it, on two lines of stderr."""
    for start, text in (("Error", error.message), ("  Try", error.hint)):
        line = " ".join(text.splitlines())
        if len(line) > LONGEST_LINE:  # Data may be in it.
            line = f"{line[: LONGEST_LINE // 2]} … {line[-LONGEST_LINE // 2 :]}"
        say(f"{start}: {line}", err=True)


def confirm(question: str, *, yes: bool) -> None:
    """Go on only if the user agrees, or has said so with `--yes`."""
    if yes:
        return
    if not _is_terminal():
        raise WarehouseError(f"nothing was changed: {question}", hint="run it again with --yes")
    if not typer.confirm(question, err=True):
        raise WarehouseError("nothing was changed", hint="run it again if you change your mind")


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def say(text: str, *, err: bool = False) -> None:
    """Print `text`, in which data may stand: what would steer a terminal is written out.

    What the terminal's encoding has no letters for becomes plain or `?`.
    """
    text = CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    encoding = getattr(sys.stderr if err else sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(PLAIN).encode(encoding, "replace").decode(encoding)
    typer.echo(text, err=err)


def printable_bytes() -> BinaryIO:
    """Standard output for bytes; if it is a terminal, what would steer it is written out."""
    sink = sys.stdout.buffer
    return cast("BinaryIO", _Printable(sink)) if sys.stdout.isatty() else sink


class _Printable:
    """Hands bytes on to a terminal."""

    def __init__(self, sink: BinaryIO) -> None:
        self.sink = sink

    def write(self, data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape")
        shown = CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
        self.sink.write(shown.encode("utf-8", "surrogateescape"))

    def flush(self) -> None:
        self.sink.flush()


def print_table(rows: Sequence[tuple[str, ...]]) -> None:
    """Print aligned columns; the last one runs free."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        say("  ".join([*cells, row[-1]]).rstrip())


def print_json(value: object) -> None:
    """Print `value` for a script; dates and paths become text."""
    say(json.dumps(value, indent=1, ensure_ascii=False, default=str))


def note_stale_runs(connection: "duckdb.DuckDBPyConnection") -> None:
    """Say on stderr, in one line, which results are older than their data and what to do."""
    from warehouse.catalog.lineage import find_stale_runs

    runs = find_stale_runs(connection)
    if not runs:
        return
    names = ", ".join(f"{run.study} of {run.dataset}" for run in runs)
    changed = sorted({name for run in runs for name in run.changed})
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    first, *others = sorted({run.command for run in runs})
    cure = f"`{first}` makes them anew"
    if others:
        cure = f"`{first}` and {len(others)} more of `python -m analysis runs` make them anew"
    say(f"note: the results of {names} are older than {changed[0]}{more}; {cure}", err=True)


def track(items: Sequence[T], description: str) -> Iterable[T]:
    """Hand on `items` behind a progress bar on stderr; no bar if that is no terminal."""
    if not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track as rich_track

    return rich_track(items, description, console=Console(stderr=True), transient=True)
