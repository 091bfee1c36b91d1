"""The tables of the warehouse: one schema class each, every column with unit and meaning.

A schema class states types, nullability, ranges, the primary key and rules across columns.
Rows that break one of them never enter the table; `warehouse.store` quarantines them.
"""

from collections.abc import Mapping

import dataframely as dy
import polars as pl

MAX_SITES = 62
"""Most sites a supercell may have: an occupation is one signed 64-bit integer."""


def _doc(meaning: str, unit: str | None = None) -> dict[str, str]:
    """Documentation of a column, in the form that the views' inline comments take."""
    return {"doc": meaning if unit is None else f"{unit}: {meaning}"}


class Materials(dy.Schema):
    """One row per material of a source."""

    source = dy.String(primary_key=True, metadata=_doc("data set that the row comes from"))
    material_id = dy.String(primary_key=True, metadata=_doc("the source's own identifier"))
    formula = dy.String(nullable=False, min_length=1, metadata=_doc("formula as the source has it"))
    composition = dy.List(
        dy.Struct(
            {
                "element": dy.String(nullable=False, regex=r"^[A-Z][a-z]?$"),
                "amount": dy.Float64(nullable=False, min_exclusive=0.0),
            }
        ),
        nullable=False,
        min_length=1,
        metadata=_doc("elements and their amounts in `formula`, by symbol"),
    )
    nsites = dy.Int64(
        nullable=True, min=1, metadata=_doc("sites in the unit cell; NULL if unknown", "1")
    )
    band_gap = dy.Float64(nullable=True, min=0.0, metadata=_doc("band gap", "eV"))
    is_metal = dy.Bool(nullable=True, metadata=_doc("whether the material has no band gap"))
    formation_energy_per_atom = dy.Float64(
        nullable=True,
        metadata=_doc("energy per atom less that of the elements at the same composition", "eV"),
    )
    license = dy.String(nullable=False, metadata=_doc("terms under which the source gives the row"))


class Elements(dy.Schema):
    """One row per chemical element: place in the periodic table, charges, Magpie properties."""

    element = dy.String(primary_key=True, regex=r"^[A-Z][a-z]?$", metadata=_doc("chemical symbol"))
    atomic_number = dy.Int64(nullable=False, min=1, unique=True, metadata=_doc("protons", "1"))
    group = dy.Int64(nullable=False, min=1, max=18, metadata=_doc("IUPAC group", "1"))
    period = dy.Int64(nullable=False, min=1, max=8, metadata=_doc("period", "1"))
    block = dy.String(nullable=False, regex="^[spdf]$", metadata=_doc("block: s, p, d or f"))
    common_oxidation_states = dy.List(
        dy.Int64(nullable=False),
        nullable=False,
        metadata=_doc("common oxidation states, ascending", "e"),
    )
    oxidation_states = dy.List(
        dy.Int64(nullable=False),
        nullable=False,
        metadata=_doc("all known oxidation states, ascending", "e"),
    )
    magpie_number = dy.Float64(nullable=True, metadata=_doc("Magpie's atomic number", "1"))
    mendeleev_number = dy.Float64(nullable=True, metadata=_doc("Mendeleev number", "1"))
    atomic_weight = dy.Float64(nullable=True, metadata=_doc("atomic weight", "u"))
    melting_temperature = dy.Float64(nullable=True, metadata=_doc("melting temperature", "K"))
    magpie_column = dy.Float64(
        nullable=True, metadata=_doc("column of the periodic table; 3 for rare earths", "1")
    )
    magpie_row = dy.Float64(nullable=True, metadata=_doc("row of the periodic table", "1"))
    covalent_radius = dy.Float64(nullable=True, metadata=_doc("covalent radius", "pm"))
    electronegativity = dy.Float64(nullable=True, metadata=_doc("Pauling electronegativity", "1"))
    ns_valence = dy.Float64(nullable=True, metadata=_doc("s electrons in the valence shell", "1"))
    np_valence = dy.Float64(nullable=True, metadata=_doc("p electrons in the valence shell", "1"))
    nd_valence = dy.Float64(nullable=True, metadata=_doc("d electrons in the valence shell", "1"))
    nf_valence = dy.Float64(nullable=True, metadata=_doc("f electrons in the valence shell", "1"))
    n_valence = dy.Float64(nullable=True, metadata=_doc("valence electrons", "1"))
    ns_unfilled = dy.Float64(nullable=True, metadata=_doc("empty s states in the shell", "1"))
    np_unfilled = dy.Float64(nullable=True, metadata=_doc("empty p states in the shell", "1"))
    nd_unfilled = dy.Float64(nullable=True, metadata=_doc("empty d states in the shell", "1"))
    nf_unfilled = dy.Float64(nullable=True, metadata=_doc("empty f states in the shell", "1"))
    n_unfilled = dy.Float64(nullable=True, metadata=_doc("empty states in the shell", "1"))
    ground_state_volume = dy.Float64(
        nullable=True, metadata=_doc("volume per atom of the element's DFT ground state", "Å³")
    )
    ground_state_band_gap = dy.Float64(
        nullable=True, metadata=_doc("band gap of the element's DFT ground state", "eV")
    )
    ground_state_magnetic_moment = dy.Float64(
        nullable=True, metadata=_doc("moment per atom of the element's DFT ground state", "μB")
    )
    space_group_number = dy.Float64(
        nullable=True, metadata=_doc("space group of the element's ground state", "1")
    )


class BenchmarkFolds(dy.Schema):
    """One row per benchmark and material: the official fold in which the material is tested."""

    benchmark = dy.String(primary_key=True, metadata=_doc("benchmark that defines the folds"))
    material_id = dy.String(primary_key=True, metadata=_doc("the source's own identifier"))
    fold = dy.Int64(nullable=False, min=0, metadata=_doc("fold that tests this row", "1"))


class AlloyStructures(dy.Schema):
    """One row per calculated structure of a binary alloy."""

    alloy = dy.String(
        primary_key=True,
        regex="^[a-z]{1,2}-[a-z]{1,2}$",
        metadata=_doc("the two elements in alphabetical order, lower case"),
    )
    structure_id = dy.String(primary_key=True, metadata=_doc("the source's name of the structure"))
    source = dy.String(nullable=False, metadata=_doc("data set that the row comes from"))
    cell = dy.List(
        dy.List(dy.Float64(nullable=False), nullable=False, min_length=3, max_length=3),
        nullable=False,
        min_length=3,
        max_length=3,
        metadata=_doc("lattice vectors, one per row", "Å"),
    )
    positions = dy.List(
        dy.List(dy.Float64(nullable=False), nullable=False, min_length=3, max_length=3),
        nullable=False,
        min_length=1,
        metadata=_doc("Cartesian positions, one atom per row", "Å"),
    )
    symbols = dy.List(
        dy.String(nullable=False, regex=r"^[A-Z][a-z]?$"),
        nullable=False,
        min_length=1,
        metadata=_doc("chemical symbol of each atom"),
    )
    total_energy = dy.Float64(nullable=False, metadata=_doc("energy of the cell", "eV"))
    volume = dy.Float64(
        nullable=False, min_exclusive=0.0, metadata=_doc("volume of the cell", "Å³")
    )
    max_force = dy.Float64(
        nullable=True, min=0.0, metadata=_doc("largest residual force on an atom", "eV/Å")
    )
    stress = dy.List(
        dy.Float64(nullable=False),
        nullable=True,
        min_length=6,
        max_length=6,
        metadata=_doc("residual stress xx, yy, zz, yz, xz, xy, the source's sign", "kbar"),
    )
    calculator = dy.String(nullable=False, metadata=_doc("program and method of the energies"))

    @dy.rule()
    def one_symbol_per_position(cls) -> pl.Expr:  # noqa: N805 - dataframely passes the class
        """Every atom has a symbol and a position."""
        return pl.col("symbols").list.len() == pl.col("positions").list.len()


class LatticeMappings(dy.Schema):
    """One row per alloy structure: where its atoms sit on the ideal parent lattice."""

    alloy = dy.String(
        primary_key=True, metadata=_doc("the two elements in alphabetical order, lower case")
    )
    structure_id = dy.String(primary_key=True, metadata=_doc("the source's name of the structure"))
    parent_lattice = dy.String(nullable=False, metadata=_doc("ideal lattice: fcc, bcc or hcp"))
    lattice_parameter = dy.Float64(
        nullable=False,
        min_exclusive=0.0,
        metadata=_doc("cubic lattice parameter a of the alloy's parent: mean of its elements", "Å"),
    )
    supercell_id = dy.String(
        nullable=False, metadata=_doc("parent lattice and Hermite normal form of the cell")
    )
    occupation = dy.Int64(
        nullable=False,
        min=0,
        metadata=_doc("bit i is 1 where the second element in alphabetical order is on site i"),
    )
    volumetric_strain = dy.Float64(
        nullable=False, metadata=_doc("relative change of volume from the parent lattice", "1")
    )
    strain = dy.Float64(
        nullable=False,
        min=0.0,
        metadata=_doc("Frobenius norm of the strain from a cubic cell of equal volume", "1"),
    )
    mean_displacement = dy.Float64(
        nullable=False, min=0.0, metadata=_doc("mean distance of atoms from their sites", "Å")
    )
    max_displacement = dy.Float64(
        nullable=False, min=0.0, metadata=_doc("largest distance of an atom from its site", "Å")
    )
    warnings = dy.List(
        dy.String(nullable=False), nullable=False, metadata=_doc("what the mapping warned of")
    )


class Supercells(dy.Schema):
    """One row per supercell of a parent lattice."""

    supercell_id = dy.String(
        primary_key=True, metadata=_doc("parent lattice and Hermite normal form of the cell")
    )
    parent_lattice = dy.String(nullable=False, metadata=_doc("ideal lattice: fcc, bcc or hcp"))
    hermite_normal_form = dy.List(
        dy.Int64(nullable=False, min=0),
        nullable=False,
        min_length=6,
        max_length=6,
        metadata=_doc("lower triangle h11, h21, h22, h31, h32, h33 in primitive vectors", "1"),
    )
    n_sites = dy.Int64(
        nullable=False, min=1, max=MAX_SITES, metadata=_doc("sites in the supercell", "1")
    )


class Orbits(dy.Schema):
    """One row per orbit of a cluster space: clusters that symmetry makes equal."""

    cluster_space_id = dy.String(
        primary_key=True, metadata=_doc("parent lattice and cutoffs in lattice parameters")
    )
    orbit_index = dy.Int64(
        primary_key=True, min=0, metadata=_doc("place in the cluster vector; 0 is the zerolet")
    )
    cluster_order = dy.Int64(nullable=False, min=0, metadata=_doc("sites in a cluster", "1"))
    radius = dy.Float64(
        nullable=False,
        min=0.0,
        metadata=_doc("mean distance of a cluster's sites from their centre", "a"),
    )
    diameter = dy.Float64(
        nullable=False, min=0.0, metadata=_doc("longest distance between two sites", "a")
    )
    multiplicity = dy.Int64(
        nullable=False, min=1, metadata=_doc("clusters per primitive cell", "1")
    )
    sites = dy.List(
        dy.List(dy.Int64(nullable=False), nullable=False, min_length=4, max_length=4),
        nullable=False,
        metadata=_doc("a representative: basis index and three lattice offsets per site", "1"),
    )


class SupercellClusters(dy.Schema):
    """One row per distinct cluster instance of an orbit in a supercell."""

    cluster_space_id = dy.String(
        primary_key=True, metadata=_doc("parent lattice and cutoffs in lattice parameters")
    )
    supercell_id = dy.String(
        primary_key=True, metadata=_doc("parent lattice and Hermite normal form of the cell")
    )
    orbit_index = dy.Int64(
        primary_key=True, min=0, metadata=_doc("place in the cluster vector; 0 is the zerolet")
    )
    site_mask = dy.Int64(
        primary_key=True, min=0, metadata=_doc("exclusive or of the bits of the cluster's sites")
    )
    weight = dy.Int64(
        nullable=False, min=1, metadata=_doc("instances in the supercell with this mask", "1")
    )


class Models(dy.Schema):
    """One row per fitted model of a run."""

    run_id = dy.String(primary_key=True, metadata=_doc("digest of the data, code and settings"))
    model = dy.String(primary_key=True, metadata=_doc("name of the model within its study"))
    study = dy.String(nullable=False, metadata=_doc("cluster_expansion or metals"))
    dataset = dy.String(nullable=False, metadata=_doc("alloy or benchmark that was studied"))
    hyperparameters = dy.String(nullable=False, metadata=_doc("settings of the fit, as JSON"))
    is_selected = dy.Bool(
        nullable=False, metadata=_doc("whether this is the product's own choice of the run")
    )
    lineage = dy.String(
        nullable=False, metadata=_doc("versions of code, tables and views read, as JSON")
    )


class ModelParameters(dy.Schema):
    """One row per parameter of a fitted model."""

    run_id = dy.String(primary_key=True, metadata=_doc("digest of the data, code and settings"))
    model = dy.String(primary_key=True, metadata=_doc("name of the model within its study"))
    feature = dy.String(
        primary_key=True,
        metadata=_doc("what the parameter multiplies; an orbit's index for an expansion"),
    )
    parameter = dy.Float64(
        nullable=False, metadata=_doc("factor of the feature; eV/atom for an expansion")
    )
    scale = dy.Float64(
        nullable=True,
        min=0.0,
        metadata=_doc("standard deviation of the feature in training; NULL if not scaled"),
    )


class Predictions(dy.Schema):
    """One row per sample and split: what a model said that had not seen the sample."""

    run_id = dy.String(primary_key=True, metadata=_doc("digest of the data, code and settings"))
    model = dy.String(primary_key=True, metadata=_doc("name of the model within its study"))
    split = dy.String(primary_key=True, metadata=_doc("how training and test rows were parted"))
    sample_id = dy.String(
        primary_key=True, metadata=_doc("structure_id or material_id of the sample")
    )
    fold = dy.Int64(nullable=True, metadata=_doc("fold that tests this row", "1"))
    target = dy.Float64(
        nullable=False, metadata=_doc("what was to be predicted: eV/atom, or 1 for a metal")
    )
    prediction = dy.Float64(
        nullable=False, metadata=_doc("what was predicted: eV/atom, or probability of a metal")
    )


class Metrics(dy.Schema):
    """One row per score of a model on a split."""

    run_id = dy.String(primary_key=True, metadata=_doc("digest of the data, code and settings"))
    model = dy.String(primary_key=True, metadata=_doc("name of the model within its study"))
    split = dy.String(primary_key=True, metadata=_doc("how training and test rows were parted"))
    metric = dy.String(primary_key=True, metadata=_doc("name of the score"))
    value = dy.Float64(nullable=False, metadata=_doc("the score, in `unit`"))
    unit = dy.String(nullable=False, metadata=_doc("unit of the score; 1 if it has none"))
    std = dy.Float64(
        nullable=True,
        min=0.0,
        metadata=_doc("standard deviation of the score over folds; NULL for a single one"),
    )
    n = dy.Int64(nullable=False, min=1, metadata=_doc("samples that were scored", "1"))


class Quarantine(dy.Schema):
    """One row per row that was kept out of a table."""

    table_name = dy.String(primary_key=True, metadata=_doc("table that the row was meant for"))
    scope = dy.String(primary_key=True, metadata=_doc("part of the table that was written"))
    row_index = dy.Int64(primary_key=True, min=0, metadata=_doc("counts the rows kept out", "1"))
    row = dy.String(nullable=False, metadata=_doc("the row, as JSON"))
    reason = dy.String(nullable=False, metadata=_doc("rules that the row breaks"))
    code_version = dy.String(nullable=False, metadata=_doc("version of the code that refused it"))


TABLES: Mapping[str, type[dy.Schema]] = {
    "materials": Materials,
    "elements": Elements,
    "benchmark_folds": BenchmarkFolds,
    "alloy_structures": AlloyStructures,
    "lattice_mappings": LatticeMappings,
    "supercells": Supercells,
    "orbits": Orbits,
    "supercell_clusters": SupercellClusters,
    "models": Models,
    "model_parameters": ModelParameters,
    "predictions": Predictions,
    "metrics": Metrics,
    "quarantine": Quarantine,
}
"""Every table by name."""


def column_docs(table: str) -> dict[str, str]:
    """Documentation of each column of `table`, in the table's order."""
    return {
        name: str((column.metadata or {})["doc"])
        for name, column in TABLES[table].columns().items()
    }


def table_doc(table: str) -> str:
    """What one row of `table` is."""
    return (TABLES[table].__doc__ or "").strip()
