"""Tables of parent lattices, their supercells and decorations, and their clusters."""

import dataframely as dy

from warehouse.tables.doc import doc

ORBITS_DIGEST_DOC = doc(
    "SHA-256 of all orbits of the cluster space that were written together; empty from older code",
    untold="",
)
OCCUPATION_BITS = 62
"""Most bits of an occupation that is one signed 64-bit integer."""
MAX_SITES = 1024
"""Most sites of a supercell in the tables."""


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
    n_species = dy.List(
        dy.Int64(nullable=False, min=1),
        nullable=True,
        min_length=1,
        metadata=doc("species that may sit on each of these sites; NULL: two on each", "1"),
    )
    sublattices = dy.List(
        dy.Int64(nullable=False, min=0),
        nullable=True,
        min_length=1,
        metadata=doc(
            "which of these sites belong together, by equal numbers; NULL: all of them", "1"
        ),
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
    """One row per distinct decoration of a parent lattice with its elements."""

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
        metadata=doc(
            "bit i is 1 where the second element in alphabetical order is on site i; with more "
            "species a site has a bit for each but the first; NULL if that is more than 62 bits"
        ),
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
    point_functions = dy.List(
        dy.Int64(nullable=False, min=0),
        nullable=True,
        metadata=doc(
            "the point function of each site, from 0: cos, sin, cos, sin, ... of multiples of the "
            "species' angle; NULL where two species have one",
            "1",
        ),
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
    counts_spins = dy.Bool(
        nullable=True,
        metadata=doc("whether products of spins are counted, or of indicators; NULL: of spins"),
    )
    site_masks = dy.List(
        dy.List(dy.Int64(nullable=False, min=0), nullable=False, min_length=1),
        nullable=True,
        min_length=1,
        metadata=doc(
            "exclusive or of the bits of a cluster's sites, of indicators all of them; a class "
            "holds the masks that every orbit meets equally often; NULL for a large supercell"
        ),
    )
    translations = dy.List(
        dy.List(
            dy.List(dy.Int64(nullable=False, min=1), nullable=False, min_length=1), nullable=False
        ),
        nullable=True,
        metadata=doc(
            "for each bit of an occupation, in words of 62 translations, the site from 1 to which "
            "each takes the bit's site; NULL where there are masks"
        ),
    )
    bit_species = dy.List(
        dy.Int64(nullable=False, min=1),
        nullable=True,
        metadata=doc("the species that each bit stands for; NULL where there are masks"),
    )
    clusters = dy.List(
        dy.List(
            dy.List(dy.Int64(nullable=False, min=1), nullable=False, min_length=1), nullable=False
        ),
        nullable=True,
        metadata=doc(
            "the clusters of each orbit but the zerolet, as numbers of bits from 1; NULL where "
            "there are masks"
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
        nullable=True,
        min_length=1,
        metadata=doc(
            "clusters that have one mask, for each class of masks; NULL with more than two species",
            "1",
        ),
    )
    species_weights = dy.List(
        dy.Float64(nullable=False),
        nullable=True,
        min_length=1,
        metadata=doc(
            "what a mask that counts adds to the sum over the orbit's clusters, for each class of "
            "masks; NULL with two species",
            "1",
        ),
    )
    first_correlation = dy.Float64(
        nullable=True,
        metadata=doc(
            "correlation where the first species is on every site; NULL with two species, where "
            "it is 1",
            "1",
        ),
    )
