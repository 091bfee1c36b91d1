"""A user's own table: formulas and any other columns, numbers or texts, in CSV or Parquet."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl

from ingest.materials.table_report import describe_table
from warehouse.conventions.formulas import parse_formulas
from warehouse.crystals.bounds import check_regular, clean_text
from warehouse.crystals.structure_files import UNREADABLE
from warehouse.crystals.text_tables import read_text_table
from warehouse.errors import WarehouseError, first_line
from warehouse.progress import unsaid
from warehouse.storage.commits import Commit, Provenance
from warehouse.storage.store import Store
from warehouse.tables import OwnValues

FORMULA_NAMES = ("formula", "composition", "chemical_formula", "formula_pretty", "reduced_formula")
"""Headers of the column of formulas, the first that is there."""
MOSTLY = 0.9
"""A column is of numbers if this share of its cells is; other cells of it are then refused."""
NOTHING = ("", "nan", "na", "n/a", "none", "null", "-", "--", "?")
"""How cells of numbers, and formulas, say that there is none; a text may be called so."""
NUMBER_SIGNS = {"\u2212": "-", "\u00a0": "", "\u202f": "", "\u2009": ""}
"""What typesetters write for a minus, and between thousands."""
TRUTH = {"true": 1.0, "false": 0.0}
UNIT = re.compile(r"(.+?)\s*[\[(]((?:[^\[\]()]|\([^()]*\))*)[\])]")
"""A header with its unit, such as hardness (GPa) or conductivity (W/(m K))."""
AMBIGUOUS = "NaN"
"""What programs write for nothing, and chemists for a nitride of sodium."""
NAME = re.compile(r"[a-z]\w{0,62}")
MOST_COLUMNS = 1_000
SHEETS = (".xlsx", ".xls", ".xlsm", ".ods")


def ingest_own_table(
    store: Store,
    path: Path,
    name: str | None = None,
    formula: str | None = None,
    *,
    say: Callable[[str], None] = unsaid,
) -> list[Commit]:
    """Write the cells of a table as rows of `own_values`, in place of those of the same name.

    `name` is the file's unless it is given; `formula` is the header of the formulas. `say` is told
    which columns there are. A row without a formula, and a cell that is no number among numbers,
    is quarantined. Raises WarehouseError if the table cannot be read or has no formula.
    """
    source = name or tidy(path.stem)
    if not NAME.fullmatch(source):
        raise WarehouseError(
            f"{source!r} cannot be the name of a table",
            hint="name it with --name: letters of a to z, digits and _, a letter first",
        )
    headers, table = _read(path)
    key = _find_formulas(path, headers, formula)
    taken = table.select(name for name in table.columns if _is_plain(table[name].dtype))
    untaken = [name for name in table.columns if name not in taken.columns]
    if key in untaken:
        raise WarehouseError(
            f"{path}: {headers[key][0]} has no texts that could be formulas",
            hint="--formula names the column with formulas such as Cu3Au",
        )
    cells, rejected = _melt(taken, key, source)
    units = {column: unit for column, (_, unit) in headers.items()}
    rows = cells.with_columns(
        unit=pl.col("column_name").replace_strict(units, return_dtype=pl.String)
    ).select(OwnValues.column_names())
    if rows.is_empty():
        why = f": {rejected['reason'][0]}" if rejected.height else ""
        raise WarehouseError(
            f"{path} has no row with a formula and a value{why}",
            hint=f"formulas are read from {headers[key][0]!r}; --formula names another column",
        )
    for line in describe_table(source, rows, rejected, key, untaken):
        say(line)
    return [
        store.replace(
            "own_values",
            rows,
            scope={"source": source},
            provenance=Provenance(
                source=source,
                source_version=f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()[:12]}",
                parameters={"path": clean_text(str(path.resolve())), "formula": key},
            ),
            rejected=rejected,
        )
    ]


def tidy(header: str) -> str:
    """A header as the name of a column: in lower case, words joined by _."""
    return re.sub(r"\W+", "_", header.lower()).strip("_")


def _is_plain(dtype: pl.DataType) -> bool:
    """Whether values of a column can be numbers or texts."""
    is_text = dtype in (pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Date, pl.Datetime)
    return dtype.is_numeric() or is_text or dtype == pl.Null


def _read(path: Path) -> tuple[dict[str, tuple[str, str | None]], pl.DataFrame]:
    """The header and unit of each column by its tidy name, and the columns under these names."""
    if not path.exists():
        raise WarehouseError(f"{path} does not exist", hint="look at the path after `table`")
    if path.suffix.lower() in SHEETS:
        raise WarehouseError(
            f"{path} is a spreadsheet, and a table here is text or Parquet",
            hint="save its sheet as CSV, in the program that made it",
        )
    try:
        check_regular(path)
        table = (
            pl.read_parquet(path, glob=False)
            if path.suffix.lower() == ".parquet"
            else read_text_table(path, str)
        )
    except (*UNREADABLE, pl.exceptions.PolarsError) as error:
        raise WarehouseError(
            f"{path} is no table that can be read: {first_line(error)[:300]}",
            hint="write it as CSV with a header, or as Parquet",
        ) from error
    if len(table.columns) > MOST_COLUMNS:
        raise WarehouseError(
            f"{path} has {len(table.columns):,} columns, and a table here at most {MOST_COLUMNS:,}",
            hint="leave out those that nobody needs",
        )
    headers: dict[str, tuple[str, str | None]] = {}
    for header in table.columns:
        found = UNIT.fullmatch(header.strip())
        column = tidy(found[1] if found else header)
        if not column or column in headers:
            raise WarehouseError(
                f"{path}: {header!r} gives no name of its own to a column",
                hint=f"{column} is {headers[column][0]!r} already" if column else "name it",
            )
        headers[column] = header, (found[2].strip() or None) if found else None
    return headers, table.rename(dict(zip(table.columns, headers, strict=True)))


def _find_formulas(
    path: Path, headers: dict[str, tuple[str, str | None]], formula: str | None
) -> str:
    """The column of formulas."""
    known = [tidy(formula)] if formula else FORMULA_NAMES
    if found := [name for name in known if name in headers]:
        if found[0] != "formula" and "formula" in headers:
            raise WarehouseError(
                f"{path} has a column formula beside {found[0]}, whose rows have formulas, too",
                hint="rename it: what is called formula is what models read",
            )
        return found[0]
    raise WarehouseError(
        f"{path} has no column {formula or 'formula'}; it has {', '.join(headers)}",
        hint="--formula names the column with formulas such as Cu3Au",
    )


def _melt(table: pl.DataFrame, key: str, source: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells that have a value, and as refused what is no formula or no number."""
    written = table[key].cast(pl.String).str.strip_chars()
    formulas = written.set(written.str.to_lowercase().is_in(NOTHING), None)
    reasons = parse_formulas(formulas)["reason"]
    doubt = f"{AMBIGUOUS} may mean that there is no formula; write Na1N1 if sodium and N are meant"
    rows = pl.DataFrame(
        {
            "row_number": pl.int_range(1, table.height + 1, dtype=pl.Int64, eager=True),
            "formula": formulas,
            "reason": reasons.set((written == AMBIGUOUS).fill_null(value=False), doubt),
        }
    )
    is_read = rows["reason"].is_null()
    kept, refused = rows.filter(is_read), [_refuse(rows.filter(~is_read), source)]
    parts = []
    for column in table.columns:
        if column == key:
            continue
        numbers, texts = _read_cells(table[column].filter(is_read))
        cells = kept.select(
            "row_number", "formula", column_name=pl.lit(column), number=numbers, text=texts
        ).filter(pl.col("number").is_not_null() | pl.col("text").is_not_null())
        is_infinite = pl.col("number").is_infinite().fill_null(value=False)
        is_odd = is_infinite | (pl.col("number").is_null() if numbers.count() else False)
        what = pl.when(is_infinite).then(pl.lit("is infinite"))
        odd_text = pl.format("is {}, and the others are numbers", "text")
        reason = pl.format("{} {}", pl.lit(column), what.otherwise(odd_text))
        refused.append(_refuse(cells.filter(is_odd).with_columns(reason=reason), source))
        parts.append(cells.filter(~is_odd))
    cells = pl.concat(parts) if parts else OwnValues.create_empty().drop("source", "unit")
    return cells.with_columns(source=pl.lit(source)), pl.concat(refused)


def _read_cells(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The numbers of a column, and the texts that are none; all are texts if few are numbers."""
    if column.dtype.is_numeric():
        return column.cast(pl.Float64).fill_nan(None), pl.Series(
            [None] * len(column), dtype=pl.String
        )
    texts = column.cast(pl.String).str.strip_chars()
    plain = texts.str.to_lowercase().str.replace_many(NUMBER_SIGNS)
    numbers = plain.cast(pl.Float64, strict=False).fill_nan(None)
    if plain.is_in([*TRUTH, *NOTHING]).all():
        numbers = plain.replace_strict(TRUTH, default=None, return_dtype=pl.Float64)
    is_nothing = plain.is_in(NOTHING)
    if numbers.count() < MOSTLY * max(len(texts) - int(is_nothing.sum()) - texts.null_count(), 1):
        return numbers.clear(len(column)), texts.set(texts == "", None)
    return numbers, texts.set(numbers.is_not_null() | is_nothing, None)


def _refuse(rows: pl.DataFrame, source: str) -> pl.DataFrame:
    """Rows for the quarantine: what is refused as JSON, and why."""
    told = ["row_number", "formula", *(["text"] if "text" in rows.columns else [])]
    return rows.select(
        pl.struct(pl.lit(source).alias("source"), *told).struct.json_encode().alias("row"), "reason"
    )
