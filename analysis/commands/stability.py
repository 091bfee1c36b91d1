"""`stability`: which materials fall apart, and into what."""

from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption, track

if TYPE_CHECKING:
    from analysis.stability.study import FoundHulls

SHOWN = 30
"""Rows of a chemical system that are printed."""


def stability(
    source: Annotated[
        str | None,
        typer.Option(
            help="Whose formation energies.  [default: the live Materials Project's, or else "
            "critical_examination]"
        ),
    ] = None,
    licenses: Annotated[
        str, typer.Option("--license", metavar="A,B,...", help="Only rows under these terms.")
    ] = "",
    add: Annotated[
        list[str] | None,
        typer.Option(metavar="FORMULA:ENERGY", help="A row of your own, in eV/atom; repeatable."),
    ] = None,
    chemsys: Annotated[
        str, typer.Option(metavar="A-B", help="Also print the phases of this chemical system.")
    ] = "",
    keep_outliers: Annotated[
        bool, typer.Option("--keep-outliers", help="Energies beyond 5 eV/atom count, too.")
    ] = False,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Build the convex hulls of all chemical systems; say what falls apart into what.

    Writes the table that marts.stability shows: energies above the hull, products and amounts.
    Formation energies are relative to the elements, which every hull therefore has.

    Example: python -m analysis stability --source oqmd --add "Cu3Au:-0.05" --chemsys Au-Cu
    """
    from analysis.stability.settings import StabilitySettings
    from analysis.stability.study import run_stability

    settings = StabilitySettings(
        tuple(filter(None, map(str.strip, licenses.split(",")))), tuple(add or ()), keep_outliers
    )
    tell_hulls(run_stability(warehouse, source, settings, track), chemsys)


def tell_hulls(found: "FoundHulls", chemsys: str = "") -> None:
    """Print what was found, the user's own rows, and the phases of a chemical system."""
    import polars as pl

    rows = found.rows
    typer.echo(
        f"{found.hull}: {rows.height:,} materials of {rows['chemsys'].n_unique():,} chemical "
        f"systems, {int(rows['is_stable'].sum()):,} on the hull; run {found.run.run_id}"
    )
    if found.n_left_out:
        typer.echo(
            f"  {found.n_left_out:,} with energies beyond 5 eV/atom are left out "
            "(--keep-outliers takes them)"
        )
    shown = rows.filter(pl.col("source") == "own")
    if chemsys:
        elements = sorted(filter(None, map(str.strip, chemsys.split("-"))))
        inside = pl.col("chemsys").str.split("-").list.set_difference(elements).list.len() == 0
        of_system = rows.filter(inside).sort("energy_above_hull", "formula")
        if of_system.is_empty():
            typer.echo(f"  no material of {chemsys} has an energy")
        shown = pl.concat([shown, of_system.filter(pl.col("source") != "own").head(SHOWN)])
        if (n_more := of_system.height - SHOWN) > 0:
            typer.echo(f"  {n_more:,} more of {chemsys} are in marts.stability")
    for row in shown.iter_rows(named=True):
        products = " + ".join(f"{p['amount']:.3g} {p['formula']}" for p in row["products"])
        typer.echo(
            f"  {row['formula']:<16}{row['formation_energy_per_atom']:9.4f} eV/atom  "
            f"{1000 * row['energy_above_hull']:8.1f} meV/atom above the hull: {products}"
        )
