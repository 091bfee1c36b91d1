"""`similar`: the materials nearest to a formula, with what is known of them."""

from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.console import (
    DEFAULT_WAREHOUSE,
    JsonOption,
    WarehouseOption,
    print_json,
    print_table,
)
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    import duckdb

COLUMNS = {
    "distance": "distance",
    "formation_energy_per_atom": "formation energy (eV/atom)",
    "energy_above_hull": "above the hull (eV/atom)",
    "band_gap": "band gap (eV)",
    "density": "density (g/cm³)",
    "bulk_modulus_vrh": "bulk modulus (GPa)",
    "n_sources": "sources",
}
"""What is told of each material, by its column."""


def similar(
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="For example LiFePO4.")],
    limit: Annotated[int, typer.Option(min=1, help="How many to list.")] = 10,
    as_json: JsonOption = False,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """List the materials nearest to a formula by composition, and what the sources know of them.

    The distance is the share of atoms that would have to be of another element. In SQL it is
    `from similar_materials('LiFePO4') limit 10`.

    Example: python -m warehouse similar LiFePO4 --limit 5
    """
    from warehouse.catalog.connection import connect

    with connect(warehouse) as connection:
        found = find_similar(connection, formula, limit)
    if as_json:
        print_json(found)
        return
    rows = [("formula", *COLUMNS.values())]
    rows += [
        (str(row["reduced_formula"]), *(_write(row[column]) for column in COLUMNS)) for row in found
    ]
    print_table(rows)


def find_similar(
    connection: "duckdb.DuckDBPyConnection", formula: str, limit: int = 10
) -> list[dict[str, object]]:
    """At most `limit` materials, the nearest to `formula` first: reduced_formula and `COLUMNS`.

    Raises WarehouseError if `formula` is none, or no material has any of its elements.
    """
    import polars as pl

    from warehouse.conventions.formulas import parse_formulas
    from warehouse.quoting import quote_text

    reason = parse_formulas(pl.Series([formula]))["reason"].item()
    if reason is not None:
        raise WarehouseError(reason, hint="write one such as LiFePO4, Ca(OH)2 or CuSO4·5H2O")
    near = f"from similar_materials({quote_text(formula)}) limit {limit}"
    distances = dict(connection.sql(near).fetchall())
    if not distances:
        raise WarehouseError(
            f"no material has any element of {formula}",
            hint="run `python -m ingest all`, then `python -m warehouse build`",
        )
    # By their names the view reads only these few: it has to merge the sources of each.
    names = ", ".join(map(quote_text, distances))
    columns = ", ".join(column for column in COLUMNS if column != "distance")
    rows = connection.sql(
        f"select reduced_formula, {columns} from marts.material_properties "
        f"where reduced_formula in ({names})"
    ).pl()
    known = {row["reduced_formula"]: row for row in rows.to_dicts()}
    return [{**known[name], "distance": distance} for name, distance in distances.items()]


def _write(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
