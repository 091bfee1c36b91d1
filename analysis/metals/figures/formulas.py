"""How figures and tables write a formula."""


def display_formula(formula: str) -> tuple[str, int]:
    """As a chemist writes it, and how many of it make up the cell: KMnO2 and 4 for K4Mn4O8."""
    from pymatgen.core.composition import Composition

    reduced, factor = Composition(formula).get_integer_formula_and_factor()
    return str(reduced), round(factor)
