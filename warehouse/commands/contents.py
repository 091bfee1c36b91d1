"""Commands about what the tables hold: history, diff, licences, quarantine."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from warehouse.console import (
    DEFAULT_WAREHOUSE,
    JsonOption,
    WarehouseOption,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from warehouse.upkeep.differences import Difference

TableArgument = Annotated[str, typer.Argument(metavar="TABLE", help="For example materials.")]
AnyTableArgument = Annotated[str | None, typer.Argument(metavar="[TABLE]", help="Default: all.")]


def history(
    table: AnyTableArgument = None,
    as_json: JsonOption = False,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Show which commits made the tables: when, from what source, by what code, read by which runs.

    Example: python -m warehouse history materials
    """
    from warehouse.catalog.lineage import find_runs_by_version
    from warehouse.storage.store import Store
    from warehouse.tables import TABLES

    store = Store.find(warehouse)
    names = list(TABLES) if table is None else [table]
    commits = [(name, entry) for name in names for entry in store.history(name)]
    runs = find_runs_by_version(store)
    if as_json:
        print_json(
            [
                {"table": name, **vars(entry), "runs": runs.get((name, entry.version), [])}
                for name, entry in commits
            ]
        )
        return
    rows = [("table", "version", "committed (UTC)", "rows", "source", "code", "runs that read it")]
    for name, entry in commits:
        note = entry.provenance
        source = f"{note.get('source', '')} {note.get('source_version', '')}"
        when = f"{entry.committed_at:%Y-%m-%d %H:%M:%S}"
        code, n_rows = str(note.get("code_version", "")), str(note.get("n_rows"))
        read_by = " ".join(runs.get((name, entry.version), []))
        rows.append((name, str(entry.version), when, n_rows, source, code, read_by))
    print_table(rows)


def diff(
    table: TableArgument,
    old: Annotated[
        int | None,
        typer.Option("--from", metavar="V1", help="Version; default: the one before --to."),
    ] = None,
    new: Annotated[
        int | None, typer.Option("--to", metavar="V2", help="Version; default: the newest.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Differences to print; 0: all.")] = 20,
    output_format: Annotated[
        Literal["table", "csv", "json"],
        typer.Option("--format", help="csv and json print every difference and nothing else."),
    ] = "table",
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Compare two versions of a table by primary key, flipped metal labels first.

    Example: python -m warehouse diff materials --from 1 --to 2
    """
    from warehouse.storage.store import Store
    from warehouse.upkeep.differences import choose_versions, compare_versions

    store = Store.find(warehouse)
    versions = choose_versions(store, table, old, new)
    with compare_versions(store, table, *versions) as difference:
        if output_format == "csv":
            typer.echo(difference.rows.pl().write_csv(), nl=False)
        elif output_format == "json":
            print_json(difference.rows.pl().to_dicts())
        else:
            _print_difference(table, difference, limit)


def licences(as_json: JsonOption = False, warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Show under which licence each source's rows are held, and what to cite for them.

    Example: python -m warehouse licences
    """
    from warehouse.storage.store import Store
    from warehouse.upkeep.holdings import list_holdings

    holdings = list_holdings(Store.find(warehouse))
    if as_json:
        print_json([vars(held) for held in holdings])
        return
    rows = [("table", "source", "rows", "licence", "cite")]
    for held in holdings:
        cite = ", ".join(held.citations) or "not stated"
        rows.append((held.table, held.source, f"{held.n_rows:,}", held.license, cite))
    print_table(rows)


def quarantine(
    table: AnyTableArgument = None,
    rows: Annotated[int, typer.Option(min=0, help="Rows to print in full, as JSON.")] = 0,
    as_json: JsonOption = False,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Count the rows that were kept out, by table, source and broken rule.

    Example: python -m warehouse quarantine materials --rows 5
    """
    from warehouse.storage.store import Store
    from warehouse.upkeep.quarantine import count_refused

    store = Store.find(warehouse)
    refused = store.read("quarantine")
    if table is not None:
        store.path(table)
        refused = refused.filter(table_name=table)
    if as_json:
        print_json((refused.head(rows) if rows else count_refused(refused)).to_dicts())
        return
    if refused.is_empty():
        typer.echo("no row is in quarantine")
        return
    if rows:
        for row in refused.head(rows).iter_rows(named=True):
            typer.echo(f"{row['table_name']}: {row['reason']}\n  {row['row']}")
        return
    lines = [("table", "source", "rows", "rule that they break", "an example")]
    for group in count_refused(refused).iter_rows(named=True):
        counted = f"{group['n_rows']:,}"
        example = _cut(group["example"], 60)
        lines.append((group["table"], group["source"], counted, group["rule"], example))
    print_table(lines)
    typer.echo(
        f"{refused.height:,} rows wait: mend them at their source and ingest again; "
        "--rows N shows them, `from raw.quarantine` has all"
    )


def _print_difference(table: str, difference: "Difference", limit: int) -> None:
    (old, new), (n_old, n_new) = difference.versions, difference.n_rows
    typer.echo(f"{table}: version {old} ({n_old:,} rows) → version {new} ({n_new:,} rows)")
    counts = ", ".join(f"{name} {n:,}" for name, n in difference.n_by_column.items())
    typer.echo(
        f"{difference.n_added:,} added, {difference.n_removed:,} removed, "
        f"{difference.n_changed:,} changed{f': {counts}' if counts else ''}"
    )
    if difference.n_flipped:
        labels = "label" if difference.n_flipped == 1 else "labels"
        typer.echo(f"{difference.n_flipped:,} {labels} is_metal flipped")
    for word, names in (("new", difference.columns_added), ("gone", difference.columns_removed)):
        if names:
            typer.echo(f"columns that are {word}, not compared: {', '.join(names)}")
    shown = difference.rows.limit(limit) if limit else difference.rows
    rows = [tuple(_cut("" if c is None else str(c), 40) for c in row) for row in shown.fetchall()]
    if rows:
        typer.echo()
        print_table([tuple(difference.rows.columns), *rows])
    if left := len(difference.rows) - len(rows):
        typer.echo(f"{left:,} more: --limit 0 prints all, --format csv for a program")


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
