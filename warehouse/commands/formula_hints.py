"""What to say of a query that compares reduced formulas with a text that none of them is."""

import re

import typer

COMPARED = re.compile(r"\breduced_formula\s*(?:=|in\s*\()\s*('[^']*'(?:\s*,\s*'[^']*')*)", re.I)


def note_formulas(sql: str) -> None:
    """Say which formulas that `sql` asks for are written otherwise in the catalog."""
    for text, written in correct_formulas(sql).items():
        typer.echo(f"no reduced_formula is {text!r}: it is written {written!r}", err=True)


def correct_formulas(sql: str) -> dict[str, str]:
    """The formulas that `sql` compares with `reduced_formula` but that are written otherwise there.

    Those have their elements in alphabetical order and no brackets: {"TiO2": "O2Ti"}. Texts that
    are no formulas are left out.
    """
    texts = [text for found in COMPARED.findall(sql) for text in re.findall("'([^']*)'", found)]
    if not texts:
        return {}
    import polars as pl

    from warehouse.conventions.formulas import parse_formulas
    from warehouse.conventions.reduced_formulas import reduce_compositions

    parsed = parse_formulas(pl.Series(texts, dtype=pl.String))
    written = reduce_compositions(parsed["composition"])["reduced_formula"].to_list()
    pairs = zip(texts, written, strict=True)
    return {text: formula for text, formula in pairs if formula not in (None, text)}
