"""What a reader sees for the names of the study."""

NAMES = {
    "matbench_mp_is_metal": "Materials Project (DFT)",
    "matbench_expt_is_metal": "Measured in the laboratory",
}
SPLIT_NAMES = {
    "official_folds": "official folds",
    "formula_groups": "folds by formula",
    "chemical_system_groups": "folds by chemical system",
    "experiment": "calculated to measured",
    "calculation": "measured to calculated",
}
SET_NAMES = {
    "fractions": "element fractions",
    "cell": "unit cell, parity of electrons",
    "electrons": "valence electrons",
    "charges": "charge balance",
    "roles": "elements' roles",
    "pairs": "pairs of elements",
}
RUNG_NAMES = {
    "element_fractions": "element fractions",
    "magpie": "fractions + Magpie",
    "electron_counts": "fractions + cell and electrons",
    "charge_balance": "+ charge balance",
    "element_roles": "+ elements' roles",
    "logistic_regression": "+ pairs of elements (the product)",
    "formula_alone": "the product without the cell's size",
    "magpie_again": "the product + Magpie again",
    "gradient_boosting": "gradient boosting (fold 0)",
    "random_forest": "random forest (fold 0)",
}
LIVE_NAMES = {
    "logistic_regression": "the product: formula and size of the cell",
    "geometry": "+ density, volume, symmetry",
    "stability": "+ formation energy, energy above the hull",
    "magnetism": "+ magnetism",
}
COMPARED_WITH = {
    "magpie": "element_fractions",
    "electron_counts": "element_fractions",
    "charge_balance": "electron_counts",
    "element_roles": "charge_balance",
    "logistic_regression": "element_roles",
    "formula_alone": "logistic_regression",
    "magpie_again": "logistic_regression",
    "gradient_boosting": "logistic_regression",
    "random_forest": "logistic_regression",
}
"""The rung that each one adds to: its gain is over this one."""


def display_formula(formula: str) -> tuple[str, int]:
    """As a chemist writes it, and how many of it make up the cell: KMnO2 and 4 for K4Mn4O8."""
    from pymatgen.core.composition import Composition

    reduced, factor = Composition(formula).get_integer_formula_and_factor()
    return str(reduced), round(factor)
