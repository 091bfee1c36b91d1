"""How figures and tables write a formula."""

import re


def display_formula(formula: str) -> tuple[str, int]:
    """As a chemist writes it, and how many of it make up the cell: KMnO2 and 4 for K4Mn4O8."""
    from pymatgen.core.composition import Composition

    reduced, factor = Composition(formula).get_integer_formula_and_factor()
    return str(reduced), round(factor)


def name_cell(formula: str) -> str:
    """Cu3Au, or 4 KMnO2 for a cell of four of them; a formula with brackets or shares as it is."""
    if not re.fullmatch(r"(?:[A-Z][a-z]?(?:[1-9][0-9]*)?)+", formula):
        return formula
    name, count = display_formula(formula)
    return name if count == 1 else f"{count} {name}"
