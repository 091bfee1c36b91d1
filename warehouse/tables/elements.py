"""Tables of the chemical elements and of benchmarks on materials."""

import dataframely as dy

from warehouse.tables.doc import doc
from warehouse.tables.materials import MATERIAL_ID_DOC


class Elements(dy.Schema):
    """One row per chemical element: place in the periodic table, charges, Magpie properties."""

    element = dy.String(primary_key=True, regex=r"^[A-Z][a-z]?$", metadata=doc("chemical symbol"))
    atomic_number = dy.Int64(nullable=False, min=1, unique=True, metadata=doc("protons", "1"))
    group = dy.Int64(nullable=False, min=1, max=18, metadata=doc("IUPAC group", "1"))
    period = dy.Int64(
        nullable=False, min=1, max=8, metadata=doc("period of the periodic table", "1")
    )
    block = dy.String(
        nullable=False, regex="^[spdf]$", metadata=doc("block of the periodic table: s, p, d or f")
    )
    common_oxidation_states = dy.List(
        dy.Int64(nullable=False),
        nullable=False,
        metadata=doc("common oxidation states, ascending", "e"),
    )
    oxidation_states = dy.List(
        dy.Int64(nullable=False),
        nullable=False,
        metadata=doc("all known oxidation states, ascending", "e"),
    )
    magpie_number = dy.Float64(nullable=True, metadata=doc("Magpie's atomic number", "1"))
    mendeleev_number = dy.Float64(nullable=True, metadata=doc("Mendeleev number", "1"))
    atomic_weight = dy.Float64(nullable=True, metadata=doc("atomic weight", "u"))
    melting_temperature = dy.Float64(nullable=True, metadata=doc("melting temperature", "K"))
    magpie_column = dy.Float64(
        nullable=True,
        metadata=doc("column of the periodic table; 3 for rare earths and actinides", "1"),
    )
    magpie_row = dy.Float64(nullable=True, metadata=doc("row of the periodic table", "1"))
    covalent_radius = dy.Float64(nullable=True, metadata=doc("covalent radius", "pm"))
    electronegativity = dy.Float64(nullable=True, metadata=doc("Pauling electronegativity", "1"))
    ns_valence = dy.Float64(nullable=True, metadata=doc("s electrons in the valence shell", "1"))
    np_valence = dy.Float64(nullable=True, metadata=doc("p electrons in the valence shell", "1"))
    nd_valence = dy.Float64(nullable=True, metadata=doc("d electrons in the valence shell", "1"))
    nf_valence = dy.Float64(nullable=True, metadata=doc("f electrons in the valence shell", "1"))
    n_valence = dy.Float64(
        nullable=True, metadata=doc("valence electrons, filled d and f shells among them", "1")
    )
    ns_unfilled = dy.Float64(nullable=True, metadata=doc("empty s states in the shell", "1"))
    np_unfilled = dy.Float64(nullable=True, metadata=doc("empty p states in the shell", "1"))
    nd_unfilled = dy.Float64(nullable=True, metadata=doc("empty d states in the shell", "1"))
    nf_unfilled = dy.Float64(nullable=True, metadata=doc("empty f states in the shell", "1"))
    n_unfilled = dy.Float64(nullable=True, metadata=doc("empty states in the shell", "1"))
    ground_state_volume = dy.Float64(
        nullable=True, metadata=doc("volume per atom of the element's DFT ground state", "Å³/atom")
    )
    ground_state_band_gap = dy.Float64(
        nullable=True, metadata=doc("band gap of the element's DFT ground state", "eV")
    )
    ground_state_magnetic_moment = dy.Float64(
        nullable=True, metadata=doc("moment per atom of the element's DFT ground state", "μB")
    )
    space_group_number = dy.Float64(
        nullable=True, metadata=doc("number of the space group of the element's ground state", "1")
    )


class BenchmarkFolds(dy.Schema):
    """One row per benchmark and material: the official fold in which the material is tested."""

    benchmark = dy.String(primary_key=True, metadata=doc("benchmark that defines the folds"))
    material_id = dy.String(primary_key=True, metadata=MATERIAL_ID_DOC)
    fold = dy.Int64(nullable=False, min=0, metadata=doc("fold that tests this row", "1"))
