"""Tables of parent lattices, their supercells and decorations, and their clusters."""

import dataframely as dy

from warehouse.tables.doc import doc

ORBITS_DIGEST_DOC = doc(
    "SHA-256 of all orbits of the cluster space that were written together; empty from older code",
    untold="",
)
MAX_SITES = 62
"""Most sites a supercell may have: an occupation is one signed 64-bit integer."""


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
    orbits_digest = dy.String(nullable=False, metadata=ORBITS_DIGEST_DOC)


class SupercellMasks(dy.Schema):
    """One row per supercell of a cluster space: the masks of the clusters' sites, in classes."""

    cluster_space_id = dy.String(
        primary_key=True, metadata=doc("parent lattice and cutoffs in lattice parameters")
    )
    supercell_id = dy.String(
        primary_key=True, metadata=doc("parent lattice and Hermite normal form of the cell")
    )
    orbits_digest = dy.String(primary_key=True, metadata=ORBITS_DIGEST_DOC)
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
    orbits_digest = dy.String(primary_key=True, metadata=ORBITS_DIGEST_DOC)
    n_clusters = dy.Int64(
        nullable=False, min=1, metadata=doc("clusters of the orbit in the supercell", "1")
    )
    weights = dy.List(
        dy.Int64(nullable=False, min=0),
        nullable=False,
        min_length=1,
        metadata=doc("clusters that have one mask, for each class of masks", "1"),
    )
