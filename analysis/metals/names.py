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
    "magpie": "+ Magpie",
    "electron_counts": "fractions + cell and electrons",
    "charge_balance": "+ charge balance",
    "element_roles": "+ elements' roles",
    "logistic_regression": "+ pairs of elements (the product)",
    "magpie_again": "+ Magpie again",
    "gradient_boosting": "gradient boosting (fold 0)",
    "random_forest": "random forest (fold 0)",
}
