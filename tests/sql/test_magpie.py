"""Magpie features equal matminer's, and golden values by hand."""

import warnings

import numpy as np
import polars as pl
import pytest
from pymatgen.core import Composition

from ingest.embedded.rebuild import FOLDER
from tests.support.materials import formula_catalog, query

SPECIAL = (
    "Si", "He", "Rn", "Pm", "U", "Eu2O3", "XeF2", "ArHe", "HgTe", "NaCl", "CsPbI3", "GaAs",
    "Al0.5Ga0.5As", "K2Cr2O7", "Ca[Al(OH)4]2", "Na33.3333Cl33.3334", "Na1Cl1.001", "Fe0.001Ni999",
    "LaCePrNdPmSmEuGdTbDyHoErTmYbLu", "PuNpAmCmBkCf", "LrRfDbSgBhHs",
)  # fmt: skip
"""Single elements, noble gases and transuranics (gaps to fill), ties of the mode, brackets."""


def shipped_formulas() -> list[str]:
    """Every 500th calculated and every 25th measured formula that the project ships."""
    files = {"matbench_mp": 500, "matbench_expt": 25}
    return [
        formula
        for name, step in files.items()
        for formula in pl.read_parquet(FOLDER / f"{name}.parquet")["formula"].gather_every(step)
    ]


def test_features_equal_those_of_matminer():
    from matminer.featurizers.composition import ElementProperty

    formulas = sorted({*SPECIAL, *shipped_formulas()})
    ours = query("from features.magpie order by material_id", formula_catalog(formulas))
    assert ours["material_id"].to_list() == formulas
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # matminer and pymatgen warn of what they lack
        featurizer = ElementProperty.from_preset("magpie")
        theirs = np.array([featurizer.featurize(Composition(formula)) for formula in formulas])
    X = ours.drop("source", "material_id").to_numpy()
    assert X.shape == (len(formulas), 132)
    np.testing.assert_allclose(X, theirs, rtol=1e-9, atol=1e-9)


def test_features_are_in_the_order_of_matminer():
    from matminer.featurizers.composition import ElementProperty

    statistics = {"avg_dev": "average_deviation"}
    columns = query("from features.magpie limit 0", formula_catalog(["Si"])).columns[2:]
    labels = [label.split()[1] for label in ElementProperty.from_preset("magpie").feature_labels()]
    expected = [statistics.get(label, label) for label in labels]
    assert all(
        column.startswith(f"{name}_") for column, name in zip(columns, expected, strict=True)
    )


def statistics(formula: str, of: str) -> dict[str, float]:
    names = ("minimum", "maximum", "range", "mean", "average_deviation", "mode")
    columns = ", ".join(f"{name}_{of} as {name}" for name in names)
    return query(f"select {columns} from features.magpie", formula_catalog([formula])).row(
        0, named=True
    )


def test_electronegativity_of_rock_salt_by_hand():
    # Na 0.93, Cl 3.16: mean (0.93 + 3.16) / 2 = 2.045, both 1.115 away from it.
    # Both are equally abundant, so the mode is the lesser.
    assert statistics("Na4Cl4", "electronegativity") == pytest.approx(
        {
            "minimum": 0.93,
            "maximum": 3.16,
            "range": 2.23,
            "mean": 2.045,
            "average_deviation": 1.115,
            "mode": 0.93,
        }
    )


def test_valence_electrons_of_silica_by_hand():
    # Si 4, O 6: mean (4 + 2 * 6) / 3 = 16 / 3; deviation (4 / 3 + 2 * 2 / 3) / 3 = 8 / 9.
    assert statistics("SiO2", "n_valence") == pytest.approx(
        {
            "minimum": 4,
            "maximum": 6,
            "range": 2,
            "mean": 16 / 3,
            "average_deviation": 8 / 9,
            "mode": 6,
        }
    )


def test_an_element_deviates_from_itself_by_nothing():
    silicon = statistics("Si2", "melting_temperature")
    assert silicon["range"] == silicon["average_deviation"] == 0
    assert silicon["minimum"] == silicon["mode"] == silicon["mean"] == 1687


def test_features_belong_to_the_proportions_not_to_the_cell():
    catalog = formula_catalog(["Al2O3", "Al12O18", "Al0.2O0.3"], is_whole_cell=False)
    X = query("from features.magpie", catalog).drop("source", "material_id").to_numpy()
    np.testing.assert_allclose(X, np.tile(X[0], (3, 1)), rtol=1e-12)


def test_a_missing_property_is_the_mean_of_the_known_ones():
    # The Elements table has 14 NULLs among 112 electronegativities; He is one of them.
    elements = pl.read_parquet(FOLDER / "elements.parquet")
    assert elements.filter(element="He")["electronegativity"].item() is None
    helium = statistics("He", "electronegativity")
    assert helium["mean"] == pytest.approx(elements["electronegativity"].mean(), rel=1e-12)
