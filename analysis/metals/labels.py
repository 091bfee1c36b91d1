"""Words for the data sets, descriptors and models of the classifier."""

from analysis.labels import DescriptorSet, FormulaSplit, Labelled
from analysis.metals.benchmarks import Benchmark


class MaterialSet(Labelled):
    """Data sets; the meaning is that of their labels."""

    CALCULATED = (
        Benchmark.CALCULATED,
        "Materials Project (DFT)",
        "taken as a unit cell: no band gap in PBE",
    )
    MEASURED = (
        Benchmark.MEASURED,
        "Measured in the laboratory",
        "as the list of measured materials has it; it calls metals such as LaB6 non-metals",
    )
    LIVE = (
        Benchmark.LIVE,
        "Live rows of the Materials Project",
        "taken as a unit cell: no band gap in PBE",
    )


class LadderRung(Labelled):
    """Models of the ladder, which adds one idea after the other, and what they are held against."""

    ELEMENT_FRACTIONS = "element_fractions", "element fractions"
    MAGPIE = "magpie", "fractions + Magpie"
    ELECTRON_COUNTS = "electron_counts", "fractions + cell and electrons"
    CHARGE_BALANCE = "charge_balance", "+ charge balance"
    ELEMENT_ROLES = "element_roles", "+ elements' roles"
    LOGISTIC_REGRESSION = "logistic_regression", "+ pairs of elements (the product)"
    FORMULA_ALONE = "formula_alone", "the product without the cell's size"
    MAGPIE_AGAIN = "magpie_again", "the product + Magpie again"
    GRADIENT_BOOSTING = "gradient_boosting", "gradient boosting (fold 0)"
    RANDOM_FOREST = "random_forest", "random forest (fold 0)"


class StructureRung(Labelled):
    """Models of the ladder that begins with the product and adds what was calculated."""

    LOGISTIC_REGRESSION = "logistic_regression", "the product: formula and size of the cell"
    GEOMETRY = "geometry", "+ density, volume, symmetry"
    STABILITY = "stability", "+ formation energy, energy above the hull"
    MAGNETISM = "magnetism", "+ magnetism"


METAL_LABELS = (MaterialSet, FormulaSplit, DescriptorSet, LadderRung, StructureRung)
