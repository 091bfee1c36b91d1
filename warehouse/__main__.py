"""`python -m warehouse`: build, check and query the warehouse."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption, make_app, report, track
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    import duckdb

app = make_app("Build, check and query the warehouse.")


@app.command()
def build(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Write the catalog of views anew from the tables and the SQL files.

    Example: python -m warehouse build
    """
    from warehouse.catalog import build_catalog
    from warehouse.store import Store

    views = build_catalog(Store(warehouse))
    typer.echo(f"{warehouse}/warehouse.duckdb: {len(views)} views")


@app.command()
def check(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Verify the files of every table, then run every rule in sql/checks.

    Example: python -m warehouse check
    """
    from warehouse.checks import find_stale_tables, list_checks, run_check
    from warehouse.connection import connect
    from warehouse.store import Store
    from warehouse.tables import TABLES

    store = Store(warehouse)
    with connect(warehouse) as connection:
        n_rows = sum(store.verify(table) for table in track(list(TABLES), "tables"))
        typer.echo(f"{len(TABLES)} tables are whole: {n_rows:,} rows")
        if stale := find_stale_tables(connection, store):
            raise WarehouseError(
                f"the catalog is older than the tables {', '.join(stale)}",
                hint="run `python -m warehouse build`",
            )
        checks = track(list_checks(connection), "checks")
        results = [run_check(connection, *named) for named in checks]
    for result in results:
        typer.echo(f"{'FAIL' if result.n_failing else 'ok  '} {result.name}: {result.rule}")
        for row in result.examples:
            typer.echo(f"       {row}")
    failed = [result for result in results if result.n_failing]
    if failed:
        raise WarehouseError(
            f"{len(failed)} of {len(results)} rules are broken",
            hint=f"`python -m warehouse query 'from checks.{failed[0].name}'` shows every row",
        )
    typer.echo(f"{len(results)} rules hold")


@app.command()
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One statement; it can only read.")],
    output_format: Annotated[
        Literal["table", "csv", "json", "parquet"], typer.Option("--format", help="Form of rows.")
    ] = "table",
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write here instead of the terminal.")
    ] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Answer one SQL query; csv, json and parquet stream results of any size.

    Example: python -m warehouse query "select * from marts.metrics" --format csv
    """
    from warehouse.connection import connect
    from warehouse.query import export, stream

    if output_format == "table":
        if output is not None:
            raise typer.BadParameter("--output needs --format csv, json or parquet")
        with connect(warehouse) as connection:
            _show(connection, sql)
    elif output is not None:
        export(warehouse, sql, output_format, output)
    elif output_format == "parquet":
        raise typer.BadParameter("--format parquet needs --output FILE")
    else:
        stream(warehouse, sql, output_format, sys.stdout.buffer)


@app.command()
def describe(
    view: Annotated[
        str | None, typer.Argument(metavar="[VIEW]", help="For example features.magpie.")
    ] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """List the views, or the columns of one with unit and meaning.

    Example: python -m warehouse describe marts.metrics
    """
    from warehouse.connection import connect
    from warehouse.documentation import describe_view, list_views

    with connect(warehouse) as connection:
        views = list_views(connection)
        if view is None:
            _print_table(list(views.items()))
            return
        columns = describe_view(connection, view)
    typer.echo(f"{view}: {views.get(view, '')}\n")
    _print_table([(column.name, column.data_type.lower(), column.doc) for column in columns])


@app.command()
def history(
    table: Annotated[str | None, typer.Argument(metavar="[TABLE]", help="Default: all.")] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Show which commits made the tables: when, from what source, by what code.

    Example: python -m warehouse history materials
    """
    from warehouse.store import Store
    from warehouse.tables import TABLES

    store = Store(warehouse)
    rows = [("table", "version", "committed (UTC)", "rows", "source", "code")]
    for name in TABLES if table is None else [table]:
        for entry in store.history(name):
            note = entry.provenance
            source = f"{note.get('source', '')} {note.get('source_version', '')}"
            when = f"{entry.committed_at:%Y-%m-%d %H:%M:%S}"
            code = str(note.get("code_version", ""))
            rows.append((name, str(entry.version), when, str(note.get("n_rows")), source, code))
    _print_table(rows)


@app.command()
def shell(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Open an SQL prompt that can only read; Tab completes, the arrow keys recall.

    Example: python -m warehouse shell
    """
    from warehouse.connection import connect
    from warehouse.shell import read_statements

    is_interactive = sys.stdin.isatty()
    with connect(warehouse) as connection:
        if is_interactive:
            typer.echo("End a statement with ; and leave with Ctrl-D.", err=True)
        for statement in read_statements(connection, warehouse / ".sql_history"):
            try:
                _show(connection, statement)
            except WarehouseError as error:
                if not is_interactive:
                    raise
                report(error)
            except KeyboardInterrupt:
                if not is_interactive:
                    raise
                typer.echo("stopped", err=True)


def _show(connection: "duckdb.DuckDBPyConnection", sql: str) -> None:
    """Print the rows of `sql` in a box, as wide as the terminal; without a limit into a pipe."""
    from warehouse.connection import explained, interruptible
    from warehouse.query import select

    rows = select(connection, sql)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
    with explained():
        interruptible(connection, lambda: rows.show(max_width=width))


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    """Print aligned columns; the last one runs free."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        typer.echo("  ".join([*cells, row[-1]]).rstrip())


if __name__ == "__main__":
    app()
