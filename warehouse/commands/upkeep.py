"""Commands that look after the files: build, check, vacuum, restore."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.commands.contents import AnyTableArgument, TableArgument
from warehouse.commands.engines import (
    EngineOption,
    MasterOption,
    SettingsOption,
    spark_or_none,
    watch,
)
from warehouse.console import (
    DEFAULT_WAREHOUSE,
    JsonOption,
    WarehouseOption,
    confirm,
    note_stale_runs,
    print_json,
    track,
)
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from warehouse.upkeep.checks import CheckResult

YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def build(
    materialise: Annotated[
        list[str] | None,
        typer.Option(metavar="VIEW", help="Also write all rows of this view as Parquet files."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of those.  [default: DIR/materialised/VIEW]"),
    ] = None,
    engine: EngineOption = "duckdb",
    spark_master: MasterOption = None,
    spark_conf: SettingsOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Write the catalog of views anew from the tables and the SQL files.

    Example: python -m warehouse build
    """
    from warehouse.catalog.build import build_catalog
    from warehouse.catalog.connection import connect
    from warehouse.engines import DuckEngine
    from warehouse.engines import materialise as write
    from warehouse.storage.store import Store
    from warehouse.upkeep.checks import describe_unfit, describe_untold

    if output is not None and len(materialise or []) != 1:
        raise typer.BadParameter("--output needs one --materialise VIEW")
    views = build_catalog(Store.find(warehouse))
    typer.echo(f"{warehouse.catalog}: {len(views)} views")
    with connect(warehouse) as connection:
        note_stale_runs(connection)
        _note([*describe_unfit(connection), *describe_untold(connection)])
    with spark_or_none(engine, warehouse, spark_master, spark_conf) as spark, watch(spark):
        for view in materialise or []:
            folder = output or warehouse.folder("materialised") / view
            n_rows = write(spark or DuckEngine(warehouse), view, folder)
            typer.echo(f"{folder}: {n_rows:,} rows")


def check(
    quick: Annotated[
        bool, typer.Option("--quick", help="Look at logs and file sizes; read no table.")
    ] = False,
    as_json: JsonOption = False,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Verify the log and the files of every table, then run every rule in sql/checks.

    Example: python -m warehouse check
    """
    from warehouse.catalog.connection import connect
    from warehouse.storage.store import Store
    from warehouse.tables import TABLES
    from warehouse.upkeep.checks import (
        count_doubts,
        describe_untold,
        find_cure,
        find_stale_tables,
        list_checks,
        run_check,
    )
    from warehouse.upkeep.restore import verify_table
    from warehouse.upkeep.vacuum import find_strays

    store = Store.find(warehouse)
    with connect(warehouse) as connection:
        tables = track(list(TABLES), "tables")
        if quick:
            n_files = sum(len(store.files(table)) for table in tables)
            found = f"{len(TABLES)} tables have their {n_files} files, each of its size"
        else:
            n_rows = sum(verify_table(store, table) for table in tables)
            found = f"{len(TABLES)} tables are whole: {n_rows:,} rows"
        strays = [stray for table in TABLES for stray in find_strays(store, table)]
        if stale := find_stale_tables(connection, store):
            raise WarehouseError(
                f"the catalog is older than the tables {', '.join(stale)}",
                hint="run `python -m warehouse build`",
            )
        checks = track(list_checks(connection), "checks")
        results = [run_check(connection, *named) for named in checks]
        note_stale_runs(connection)
        _note([*describe_untold(connection), *count_doubts(connection)])
    if as_json:
        print_json({"tables": found, "strays": strays, "checks": [vars(r) for r in results]})
    else:
        _print_checks(found, strays, results)
    failed = [result for result in results if result.n_failing]
    if failed:
        cures = list(dict.fromkeys(filter(None, (find_cure(result.rule) for result in failed))))
        to_run = f"run {' and '.join(f'`{cure}`' for cure in cures)}; " if cures else ""
        raise WarehouseError(
            f"{len(failed)} of {len(results)} rules are broken",
            hint=f"{to_run}`python -m warehouse query 'from checks.{failed[0].name}'` shows every "
            "row",
        )


def _note(lines: list[str]) -> None:
    for line in lines:
        typer.echo(f"note: {line}", err=True)


def _print_checks(found: str, strays: list[Path], results: list["CheckResult"]) -> None:
    typer.echo(found)
    for stray in strays:
        typer.echo(f"note {stray}: of no version; a stopped write or a hand left it there")
    for result in results:
        typer.echo(f"{'FAIL' if result.n_failing else 'ok  '} {result.name}: {result.rule}")
        for row in result.examples:
            typer.echo(f"       {row}")
    if not any(result.n_failing for result in results):
        typer.echo(f"{len(results)} rules hold")


def vacuum(
    table: AnyTableArgument = None,
    keep_days: Annotated[
        int, typer.Option(min=1, help="Versions of the last days that stay whole.")
    ] = 30,
    yes: YesOption = False,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Delete files that only versions older than some days need.

    Example: python -m warehouse vacuum materials --keep-days 90
    """
    from warehouse.storage.store import Store
    from warehouse.tables import TABLES
    from warehouse.upkeep.vacuum import delete_drafts, delete_files, find_drafts, find_garbage

    store = Store.find(warehouse)
    garbage = {
        name: find_garbage(store, name, keep_days)
        for name in track(list(TABLES) if table is None else [table], "tables")
    }
    drafts = find_drafts(store, keep_days)
    for name, files in garbage.items():
        if files:
            size = sum(file.stat().st_size for file in files) / 1e6
            typer.echo(f"{name}: {len(files)} files, {size:,.1f} MB")
    for folder in drafts:
        typer.echo(f"{folder}: left by a build that was stopped")
    n_files = sum(map(len, garbage.values())) + len(drafts)
    if not n_files:
        typer.echo(f"nothing to delete: every file serves a version of the last {keep_days} days")
        return
    confirm(f"delete these {n_files} for good?", yes=yes)
    for name, files in garbage.items():
        delete_files(store, name, files)
    delete_drafts(drafts)
    typer.echo(f"deleted {n_files}")


def restore(
    table: TableArgument,
    version: Annotated[int, typer.Argument(metavar="VERSION", help="As `history` lists them.")],
    yes: YesOption = False,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Make an older version of a table the newest, by a new commit; no version is lost.

    Example: python -m warehouse restore materials 3
    """
    from warehouse.catalog.build import refresh_catalog
    from warehouse.catalog.connection import connect
    from warehouse.storage.store import Store
    from warehouse.upkeep.checks import describe_unfit
    from warehouse.upkeep.restore import restore_version

    store = Store.find(warehouse)
    confirm(f"replace {table} by its version {version}?", yes=yes)
    commit = restore_version(store, table, version)
    if not commit.is_new:
        typer.echo(f"{table} is as version {version} has it: unchanged")
        return
    if warehouse.catalog.exists():
        refresh_catalog(store)
        with connect(warehouse) as connection:
            _note(describe_unfit(connection))
    typer.echo(
        f"{table}: {commit.n_rows:,} rows of version {version} are now version {commit.version}"
    )
