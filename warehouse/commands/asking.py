"""Commands that ask the catalog: query, describe, shell."""

import io
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from warehouse.commands.engines import (
    EngineOption,
    MasterOption,
    SettingsOption,
    spark_or_none,
    watch,
)
from warehouse.commands.formula_hints import note_formulas
from warehouse.console import (
    DEFAULT_WAREHOUSE,
    JsonOption,
    WarehouseOption,
    note_stale_runs,
    print_json,
    print_table,
    printable_bytes,
    say,
    show_error,
)
from warehouse.errors import WarehouseError
from warehouse.storage.warehouse import Warehouse

if TYPE_CHECKING:
    import duckdb

    from warehouse.catalog.query import FileFormat
    from warehouse.spark.engine import SparkEngine

FORMATS: "tuple[FileFormat, ...]" = ("csv", "json", "parquet")

SHOWN_ROWS = 10_000
"""Rows of Spark's that a table on the screen is made from."""


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One statement; it can only read.")],
    output_format: Annotated[
        Literal["table", "csv", "json", "parquet"] | None,
        typer.Option("--format", help="Form of rows.  [default: by FILE's ending, or table]"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write here instead of the terminal.")
    ] = None,
    engine: EngineOption = "duckdb",
    spark_master: MasterOption = None,
    spark_conf: SettingsOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Answer one SQL query; csv, json and parquet stream results of any size.

    Example: python -m warehouse query "select * from marts.metrics" --format csv
    """
    from warehouse.catalog.connection import connect
    from warehouse.catalog.query import copy, stream, write_answer

    if output is not None and output_format is None:
        output_format = _format_of(output)
    if output_format == "parquet" and output is None:
        raise typer.BadParameter("--format parquet needs --output FILE")
    if output_format == "table" and output is not None:
        raise typer.BadParameter("--output needs --format csv, json or parquet")
    note_formulas(sql)
    with spark_or_none(engine, warehouse, spark_master, spark_conf) as spark:
        answer = spark.copy if spark else copy
        if output is not None and output_format in FORMATS:
            with watch(spark):
                write_answer(warehouse, sql, output_format, output, copy=answer)
        elif output_format in FORMATS:
            stream(warehouse, sql, output_format, printable_bytes(), copy=answer)
        elif spark:
            _show_first(spark, sql)
        else:
            with connect(warehouse) as connection:
                _show(connection, sql)


def _format_of(output: Path) -> "FileFormat":
    ending = output.suffix.removeprefix(".").lower()
    for known in FORMATS:
        if ending == known:
            return known
    raise typer.BadParameter(f"--output {output} needs --format csv, json or parquet")


def describe(
    view: Annotated[
        str | None,
        typer.Argument(metavar="[VIEW]", help="For example features.magpie, or a function."),
    ] = None,
    as_json: JsonOption = False,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """List views and functions, or the columns of a view with unit and meaning and what it reads.

    A column's text begins with its unit and a colon; `1:` stands before a number without a unit.

    Example: python -m warehouse describe marts.metrics
    """
    from warehouse.catalog.connection import connect
    from warehouse.catalog.documentation import list_functions, list_offered_views

    with connect(warehouse) as connection:
        if view is None:
            known = list_offered_views(connection)
            known |= {function.signature: function.doc for function in list_functions(connection)}
            if as_json:
                print_json(known)
            else:
                print_table(list(known.items()))
        elif as_json:
            print_json(_as_json(connection, view))
        else:
            _describe(connection, view)


def shell(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Open an SQL prompt that can only read; Tab completes, the arrow keys recall.

    Example: python -m warehouse shell
    """
    from warehouse.catalog.connection import StillComputing, connect
    from warehouse.commands.prompt import PLOT, greet, read_statements

    last, is_interactive = "", sys.stdin.isatty()
    with connect(warehouse) as connection:
        if is_interactive:
            for line in greet(connection):
                typer.echo(line, err=True)
            note_stale_runs(connection)
        for statement in read_statements(connection, warehouse.root / ".sql_history"):
            try:
                if statement.startswith(PLOT):
                    _plot(warehouse, last, statement.removeprefix(PLOT))
                    continue
                last = statement
                _answer(connection, statement)
            except WarehouseError as error:
                if not is_interactive:
                    raise
                show_error(error)
            except KeyboardInterrupt as error:
                if not is_interactive or isinstance(error, StillComputing):
                    raise
                typer.echo("stopped", err=True)


def _plot(warehouse: Warehouse, sql: str, words: str) -> None:
    """Draw the query `sql` by the command `plot` with the options `words`, in a process of its own.

    Raises WarehouseError if there is no query or the command says no.
    """
    if not sql:
        raise WarehouseError("there is no query to draw yet", hint="ask one first, then .plot")
    try:
        options = shlex.split(words.rstrip("; "))
    except ValueError as error:
        raise WarehouseError(f"{words.strip()}: {error}", hint="close the quotes") from error
    command = [sys.executable, "-m", "analysis", "plot", sql, *options]
    if subprocess.run([*command, "--warehouse", str(warehouse)], check=False).returncode:
        raise WarehouseError(
            "nothing was drawn", hint="`python -m analysis plot --help` tells the options"
        )


def _answer(connection: "duckdb.DuckDBPyConnection", sql: str) -> None:
    """Like `_show`, but `describe VIEW` prints units and meanings, and `help` the greeting."""
    if sql == "help":
        from warehouse.commands.prompt import greet

        for line in greet(connection):
            typer.echo(line)
        return
    from warehouse.catalog.documentation import list_functions

    described = re.fullmatch(r"\s*describe\s+([\w.]+)\s*;?\s*", sql, re.IGNORECASE)
    if described:
        name, known = described[1], list_functions(connection)
        is_whole = "." in name or any(function.name == name.lower() for function in known)
        _describe(connection, name if is_whole else f"marts.{name}")
    else:
        note_formulas(sql)
        _show(connection, sql)


def _show(connection: "duckdb.DuckDBPyConnection", sql: str) -> None:
    """Print the rows of `sql` in a box, as wide as the terminal; without a limit into a pipe."""
    from warehouse.catalog.query import draw, explain

    if plan := re.match(r"\s*explain\s+(analyze\s+)?", sql, re.IGNORECASE):
        say(explain(connection, sql[plan.end() :], run=bool(plan[1])))
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
        say(draw(connection, sql, width).rstrip("\n"))


def _show_first(spark: "SparkEngine", sql: str) -> None:
    """Print the first rows of `sql` from Spark, as `_show` does."""
    import duckdb

    columns = spark.columns(sql)
    with watch(spark):
        rows = spark.first(sql, SHOWN_ROWS)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
    with duckdb.connect() as connection, redirect_stdout(io.StringIO()) as shown:
        connection.register("rows", rows)
        connection.sql(f"select {columns} from rows").show(max_width=width)
    say(shown.getvalue().rstrip("\n"))


def _describe(connection: "duckdb.DuckDBPyConnection", view: str) -> None:
    from warehouse.catalog.documentation import describe_view, find_function, list_views
    from warehouse.catalog.lineage import find_neighbours

    if function := find_function(connection, view):
        say(f"{function.signature}: {function.doc}\n\n  {function.query}")
        return
    columns = describe_view(connection, view)
    say(f"{view}: {list_views(connection).get(view, '')}\n")
    print_table([(column.name, column.data_type.lower(), column.doc) for column in columns])
    near = find_neighbours(connection, view)
    lines = [("reads", near.reads), ("read by", near.read_by), ("in the runs", near.runs)]
    if any(names for _, names in lines):
        typer.echo()
    print_table([(f"{what}:", ", ".join(names)) for what, names in lines if names])


def _as_json(connection: "duckdb.DuckDBPyConnection", view: str) -> dict[str, object]:
    from warehouse.catalog.documentation import describe_view, find_function, list_views
    from warehouse.catalog.lineage import find_neighbours

    if function := find_function(connection, view):
        return {"function": function.signature, "doc": function.doc, "example": function.example}
    columns = [vars(column) for column in describe_view(connection, view)]
    near = vars(find_neighbours(connection, view))
    return {"view": view, "doc": list_views(connection).get(view, ""), "columns": columns, **near}
