"""A user's own table, whose cells are rows of `staging.own_values`, as one with its columns."""

import re
from collections.abc import Mapping

import duckdb
import polars as pl

from analysis.datasets import read_rows
from analysis.properties.reading.short_names import suggest_columns
from analysis.properties.settings import ROLES, PropertySettings
from warehouse.errors import WarehouseError
from warehouse.quoting import quote_name, quote_text

ROW = "the row's number"
"""A column's name that no header makes."""
LOG = re.compile(r"log10\((\w+)\)")
"""What --own calls the decimal logarithm of a column; what has none is NULL."""


def write_table(table: str, columns: Mapping[str, str]) -> str:
    """The SQL of a table with ROW and the formula of its rows.

    `columns` say what each is of a cell's `number` and `text`.
    """
    cells = "".join(
        f", max({kind}) filter (where column_name = {quote_text(_find_column(name))}) "
        f"as {quote_name(name)}"
        for name, kind in columns.items()
    )
    return (
        f"select row_number as {quote_name(ROW)}, formula{cells} from staging.own_values "
        f"where source = {quote_text(table)} group by row_number, formula"
    )


def list_table_columns(
    connection: duckdb.DuckDBPyConnection, settings: PropertySettings
) -> dict[str, str]:
    """The columns of the table that is asked about, and what each is of a cell's number and text.

    Whole numbers that name groups are integers, and texts that are times are times. Raises
    WarehouseError if there is no such table, or if it lacks a column that is asked for.
    """
    columns = read_rows(
        connection,
        "select column_name, if(count(number) > 0, 'number', 'text') as kind, "
        "bool_and(number = floor(number)) as is_whole "
        "from staging.own_values where source = ? group by all order by all",
        [settings.table],
    )
    if columns.is_empty():
        known = read_rows(connection, "select distinct source from staging.own_values order by all")
        there = f"there are {', '.join(known['source'])}; " if known.height else ""
        raise WarehouseError(
            f"there is no table {settings.table}",
            hint=f"{there}python -m ingest table FILE --name {settings.table}",
        )
    found: dict[str, str] = dict(columns.select("column_name", "kind").rows())
    _refuse_columns(settings, found)
    logs = {name for name in settings.own if LOG.fullmatch(name)}
    found |= dict.fromkeys(logs, "if(number > 0, log10(number), null)")
    whole = columns.filter(pl.col("is_whole").fill_null(value=False))["column_name"]
    found |= {
        one: "cast(number as bigint)" for one in (settings.group, settings.folds) if one in whole
    }
    if found.get(settings.time) == "text":
        found[settings.time] = "try_cast(text as timestamp)"
    return found


def _find_column(name: str) -> str:
    """The column of which --own names the logarithm, or itself."""
    return LOG.sub(r"\1", name)


def _refuse_columns(settings: PropertySettings, found: Mapping[str, str]) -> None:
    roles = {f"--{ROLES[role]} ": column for role, column in settings.roles.items()}
    asked = [
        ("", settings.target),
        *(("--own ", _find_column(name)) for name in settings.own),
        *roles.items(),
    ]
    for option, name in asked:
        if option == "--own " and name == "formula":
            raise WarehouseError(
                "--own formula: the formula is read in any case",
                hint="leave it out of --own; `--descriptors own` reads further columns alone",
            )
        if name == "material_id":
            raise WarehouseError(
                f"{option}{name}: rows of a table are told apart by their number, which models "
                "call so",
                hint="ingest the table again with another name for the column",
            )
        if name not in found and not (option in roles and name == "formula"):
            near = suggest_columns(name, list(found))
            raise WarehouseError(
                f"{option}{name}: the table {settings.table} has no such column",
                hint=f"do you mean {' or '.join(near)}?" if near else f"it has {', '.join(found)}",
            )
    for option, name in roles.items():
        if name == settings.target:
            raise WarehouseError(
                f"{option}{name}: it is predicted, so it has no other part",
                hint=f"leave out {option.strip()}, or name another column",
            )
    for name in map(_find_column, settings.own):
        if name == settings.target or name in roles.values():
            what = "predicted" if name == settings.target else "asked for by another option"
            raise WarehouseError(
                f"--own {name}: it is {what}, so it cannot describe a row",
                hint="leave it out of --own",
            )
        if found[name] == "text":
            raise WarehouseError(
                f"--own {name}: it has texts, and what describes a row must be numbers",
                hint=f"write them as numbers, or take --where \"{name} = '...'\"",
            )


def find_unit(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> str:
    """What stands in brackets in the header of a column; "1" without."""
    units = read_rows(
        connection,
        "select distinct unit from staging.own_values where source = ? and column_name = ?",
        [table, column],
    )
    return units.item() or "1"
