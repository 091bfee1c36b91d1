"""Tables of alloy structures and of their places on a parent lattice."""

import dataframely as dy
import polars as pl

from warehouse.tables.doc import doc
from warehouse.tables.structure_flags import list_flags

ALLOY_DOC = (
    "its elements in alphabetical order, lower case; where sublattices differ or sites may be "
    "vacant such as x-li_ni_o"
)
STRUCTURES_DIGEST_DOC = doc(
    "SHA-256 of all structures of the alloy that were written together; empty from older code",
    untold="",
)


class AlloyStructures(dy.Schema):
    """One row per calculated structure of an alloy."""

    alloy = dy.String(
        primary_key=True,
        regex="^[a-z]{1,2}([-_][a-z]{1,2})+$",
        metadata=doc(ALLOY_DOC),
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
        metadata=doc(
            "residual stress xx, yy, zz, yz, xz, xy; positive where the cell would expand", "kbar"
        ),
    )
    calculator = dy.String(nullable=False, metadata=doc("program and method of the energies"))
    structures_digest = dy.String(nullable=False, metadata=STRUCTURES_DIGEST_DOC)
    functional = dy.String(
        nullable=True,
        metadata=doc("exchange and correlation, such as PBE; NULL if the source does not tell"),
    )
    settings = dy.String(
        nullable=True,
        metadata=doc(
            "settings that energies of one set must share, such as ENCUT=520 ISPIN=1; NULL if the "
            "source does not tell"
        ),
    )
    energy_kind = dy.String(
        nullable=True, metadata=doc("what the source calls the energy, such as free_energy")
    )
    relaxation = dy.String(
        nullable=True,
        regex="^(static|finished|unfinished|molecular dynamics)$",
        metadata=doc(
            "static, finished, unfinished or molecular dynamics; NULL if the source does not tell"
        ),
    )
    initial_cell = dy.List(
        dy.List(dy.Float64(nullable=False), nullable=False, min_length=3, max_length=3),
        nullable=True,
        min_length=3,
        max_length=3,
        metadata=doc("lattice vectors of the first step; NULL if the source does not tell", "Å"),
    )
    initial_positions = dy.List(
        dy.List(dy.Float64(nullable=False), nullable=False, min_length=3, max_length=3),
        nullable=True,
        min_length=1,
        metadata=doc("positions of the first step; NULL if the source does not tell", "Å"),
    )

    @dy.rule()
    def one_symbol_per_position(cls) -> pl.Expr:  # noqa: N805 - dataframely passes the class
        """Every atom has a symbol and a position."""
        return pl.col("symbols").list.len() == pl.col("positions").list.len()


class LatticeMappings(dy.Schema):
    """One row per alloy structure: where its atoms sit on the ideal parent lattice."""

    alloy = dy.String(primary_key=True, metadata=doc(ALLOY_DOC))
    structure_id = dy.String(primary_key=True, metadata=doc("the source's name of the structure"))
    structures_digest = dy.String(primary_key=True, metadata=STRUCTURES_DIGEST_DOC)
    parent_lattice = dy.String(
        nullable=False, metadata=doc("ideal lattice: fcc, bcc, hcp or one from a file")
    )
    lattice_parameter = dy.Float64(
        nullable=False,
        min_exclusive=0.0,
        metadata=doc("lattice parameter a of the alloy's parent: mean of its end members", "Å"),
    )
    supercell_id = dy.String(
        nullable=False, metadata=doc("parent lattice and Hermite normal form of the cell")
    )
    occupation = dy.Int64(
        nullable=True,
        min=0,
        metadata=doc(
            "bit i is 1 where the second element in alphabetical order is on site i; with more "
            "species a site has a bit for each but the first; NULL if that is more than 62 bits"
        ),
    )
    site_species = dy.List(
        dy.Int64(nullable=False, min=0),
        nullable=True,
        min_length=1,
        metadata=doc(
            "the species on each site, counted from 0 among those of its sublattice in the alloy's "
            "name; NULL from older code"
        ),
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
        dy.String(nullable=False),
        nullable=False,
        metadata=doc(f"flags of a doubtful structure. {list_flags()}"),
    )
