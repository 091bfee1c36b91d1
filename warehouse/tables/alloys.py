"""Tables of alloy structures and of the clusters on their parent lattices."""

import dataframely as dy
import polars as pl

from warehouse.tables.doc import doc

MAX_SITES = 62
"""Most sites a supercell may have: an occupation is one signed 64-bit integer."""


class AlloyStructures(dy.Schema):
    """One row per calculated structure of a binary alloy."""

    alloy = dy.String(
        primary_key=True,
        regex="^[a-z]{1,2}-[a-z]{1,2}$",
        metadata=doc("the two elements in alphabetical order, lower case"),
    )
    structure_id = dy.String(primary_key=True, metadata=doc("the source's name of the structure"))
    source = dy.String(nullable=False, metadata=doc("data set that the row comes from"))
    cell = dy.List(
        dy.List(dy.Float64(nullable=False), nullable=False, min_length=3, max_length=3),
        nullable=False,
        min_length=3,
        max_length=3,
        metadata=doc("lattice vectors, one per row", "Å"),
    )
    positions = dy.List(
        dy.List(dy.Float64(nullable=False), nullable=False, min_length=3, max_length=3),
        nullable=False,
        min_length=1,
        metadata=doc("Cartesian positions, one atom per row", "Å"),
    )
    symbols = dy.List(
        dy.String(nullable=False, regex=r"^[A-Z][a-z]?$"),
        nullable=False,
        min_length=1,
        metadata=doc("chemical symbol of each atom"),
    )
    total_energy = dy.Float64(nullable=False, metadata=doc("energy of the cell", "eV"))
    volume = dy.Float64(nullable=False, min_exclusive=0.0, metadata=doc("volume of the cell", "Å³"))
    max_force = dy.Float64(
        nullable=True, min=0.0, metadata=doc("largest residual force on an atom", "eV/Å")
    )
    stress = dy.List(
        dy.Float64(nullable=False),
        nullable=True,
        min_length=6,
        max_length=6,
        metadata=doc("residual stress xx, yy, zz, yz, xz, xy, the source's sign", "kbar"),
    )
    calculator = dy.String(nullable=False, metadata=doc("program and method of the energies"))

    @dy.rule()
    def one_symbol_per_position(cls) -> pl.Expr:  # noqa: N805 - dataframely passes the class
        """Every atom has a symbol and a position."""
        return pl.col("symbols").list.len() == pl.col("positions").list.len()


class LatticeMappings(dy.Schema):
    """One row per alloy structure: where its atoms sit on the ideal parent lattice."""

    alloy = dy.String(
        primary_key=True, metadata=doc("the two elements in alphabetical order, lower case")
    )
    structure_id = dy.String(primary_key=True, metadata=doc("the source's name of the structure"))
    parent_lattice = dy.String(
        nullable=False, metadata=doc("ideal lattice: fcc, bcc, hcp or one from a file")
    )
    lattice_parameter = dy.Float64(
        nullable=False,
        min_exclusive=0.0,
        metadata=doc("lattice parameter a of the alloy's parent: mean of its elements", "Å"),
    )
    supercell_id = dy.String(
        nullable=False, metadata=doc("parent lattice and Hermite normal form of the cell")
    )
    occupation = dy.Int64(
        nullable=False,
        min=0,
        metadata=doc("bit i is 1 where the second element in alphabetical order is on site i"),
    )
    decoration_id = dy.String(
        nullable=False,
        regex=r"^[a-z][a-z0-9_]*(-[0-9]+){6}:[0-9]+$",
        metadata=doc(
            "equal for structures that symmetry of the parent lattice makes equal; "
            "smallest supercell and occupation"
        ),
    )
    volumetric_strain = dy.Float64(
        nullable=False, metadata=doc("relative change of volume from the parent lattice", "1")
    )
    strain = dy.Float64(
        nullable=False,
        min=0.0,
        metadata=doc("Frobenius norm of the strain from the parent's cell of equal volume", "1"),
    )
    mean_displacement = dy.Float64(
        nullable=False, min=0.0, metadata=doc("mean distance of atoms from their sites", "Å")
    )
    max_displacement = dy.Float64(
        nullable=False, min=0.0, metadata=doc("largest distance of an atom from its site", "Å")
    )
    warnings = dy.List(
        dy.String(nullable=False), nullable=False, metadata=doc("what the mapping warned of")
    )


class ParentLattices(dy.Schema):
    """One row per ideal lattice: its primitive cell, to which supercells and sites refer."""

    parent_lattice = dy.String(
        primary_key=True,
        regex="^[a-z][a-z0-9_]*$",
        metadata=doc("ideal lattice: fcc, bcc, hcp or one from a file"),
    )
    cell = dy.List(
        dy.List(dy.Float64(nullable=False), nullable=False, min_length=3, max_length=3),
        nullable=False,
        min_length=3,
        max_length=3,
        metadata=doc("primitive vectors, one per row", "a"),
    )
    basis = dy.List(
        dy.List(dy.Float64(nullable=False), nullable=False, min_length=3, max_length=3),
        nullable=False,
        min_length=1,
        metadata=doc("sites of the primitive cell in fractions of its vectors", "1"),
    )


class Supercells(dy.Schema):
    """One row per supercell of a parent lattice."""

    supercell_id = dy.String(
        primary_key=True, metadata=doc("parent lattice and Hermite normal form of the cell")
    )
    parent_lattice = dy.String(
        nullable=False, metadata=doc("ideal lattice: fcc, bcc, hcp or one from a file")
    )
    hermite_normal_form = dy.List(
        dy.Int64(nullable=False, min=0),
        nullable=False,
        min_length=6,
        max_length=6,
        metadata=doc("lower triangle h11, h21, h22, h31, h32, h33 in primitive vectors", "1"),
    )
    n_sites = dy.Int64(
        nullable=False, min=1, max=MAX_SITES, metadata=doc("sites in the supercell", "1")
    )


class DerivativeStructures(dy.Schema):
    """One row per distinct decoration of a parent lattice with two elements."""

    decoration_id = dy.String(
        primary_key=True,
        regex=r"^[a-z0-9_]+(-[0-9]+){6}:[0-9]+$",
        metadata=doc(
            "equal for structures that symmetry of the parent lattice makes equal; "
            "smallest supercell and occupation"
        ),
    )
    parent_lattice = dy.String(
        nullable=False, metadata=doc("ideal lattice: fcc, bcc, hcp or one from a file")
    )
    supercell_id = dy.String(
        nullable=False, metadata=doc("parent lattice and Hermite normal form of the cell")
    )
    occupation = dy.Int64(
        nullable=False,
        min=0,
        metadata=doc("bit i is 1 where the second element in alphabetical order is on site i"),
    )
    n_sites = dy.Int64(
        nullable=False, min=1, max=MAX_SITES, metadata=doc("sites in the supercell", "1")
    )


class Orbits(dy.Schema):
    """One row per orbit of a cluster space: clusters that symmetry makes equal."""

    cluster_space_id = dy.String(
        primary_key=True, metadata=doc("parent lattice and cutoffs in lattice parameters")
    )
    orbit_index = dy.Int64(
        primary_key=True, min=0, metadata=doc("place in the cluster vector; 0 is the zerolet")
    )
    cluster_order = dy.Int64(nullable=False, min=0, metadata=doc("sites in a cluster", "1"))
    radius = dy.Float64(
        nullable=False,
        min=0.0,
        metadata=doc("mean distance of a cluster's sites from their centre", "a"),
    )
    diameter = dy.Float64(
        nullable=False, min=0.0, metadata=doc("longest distance between two sites", "a")
    )
    multiplicity = dy.Int64(nullable=False, min=1, metadata=doc("clusters per primitive cell", "1"))
    sites = dy.List(
        dy.List(dy.Int64(nullable=False), nullable=False, min_length=4, max_length=4),
        nullable=False,
        metadata=doc("a representative: basis index and three lattice offsets per site", "1"),
    )


class SupercellMasks(dy.Schema):
    """One row per supercell of a cluster space: the masks of the clusters' sites, in classes."""

    cluster_space_id = dy.String(
        primary_key=True, metadata=doc("parent lattice and cutoffs in lattice parameters")
    )
    supercell_id = dy.String(
        primary_key=True, metadata=doc("parent lattice and Hermite normal form of the cell")
    )
    site_masks = dy.List(
        dy.List(dy.Int64(nullable=False, min=0), nullable=False, min_length=1),
        nullable=False,
        min_length=1,
        metadata=doc(
            "exclusive or of the bits of a cluster's sites; a class holds the masks that every "
            "orbit meets equally often"
        ),
    )


class SupercellOrbits(dy.Schema):
    """One row per orbit of a cluster space in a supercell: which masks its clusters have."""

    cluster_space_id = dy.String(
        primary_key=True, metadata=doc("parent lattice and cutoffs in lattice parameters")
    )
    supercell_id = dy.String(
        primary_key=True, metadata=doc("parent lattice and Hermite normal form of the cell")
    )
    orbit_index = dy.Int64(
        primary_key=True, min=0, metadata=doc("place in the cluster vector; 0 is the zerolet")
    )
    n_clusters = dy.Int64(
        nullable=False, min=1, metadata=doc("clusters of the orbit in the supercell", "1")
    )
    weights = dy.List(
        dy.Int64(nullable=False, min=0),
        nullable=False,
        min_length=1,
        metadata=doc("clusters that have one mask, for each class of masks", "1"),
    )
