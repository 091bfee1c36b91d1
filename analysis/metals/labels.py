"""Words for the data sets, descriptors and models of the classifier."""

from analysis.labels import FormulaSplit, Labelled
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


class DescriptorSet(Labelled):
    """Sets of descriptors that the product reads."""

    FRACTIONS = "fractions", "element fractions", "share of each element's atoms"
    CELL = "cell", "unit cell, parity of electrons", "size of the cell, and whether electrons pair"
    ELECTRONS = "electrons", "valence electrons", "as chemistry counts them"
    CHARGES = "charges", "charge balance", "whether usual charges add up to zero"
    ROLES = "roles", "elements' roles", "how many of an element, beside how many others"
    PAIRS = "pairs", "pairs of elements", "which elements stand together"


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
