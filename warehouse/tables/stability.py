"""Tables of stability: materials above the hulls of their source, and the hulls of alloys."""

import dataframely as dy

from warehouse.tables.alloys import ALLOY_DOC, STRUCTURES_DIGEST_DOC
from warehouse.tables.doc import doc


class Stabilities(dy.Schema):
    """One row per convex hull and material, of the newest run that built the hull."""

    hull = dy.String(
        primary_key=True, metadata=doc("which energies the hull is of: source, licences, own rows")
    )
    source = dy.String(
        primary_key=True, metadata=doc("data set that the row comes from; `own` for a row of yours")
    )
    material_id = dy.String(primary_key=True, metadata=doc("identifier within the source"))
    run_id = dy.String(nullable=False, metadata=doc("digest of all that decides the run"))
    formula = dy.String(nullable=False, metadata=doc("formula as the source has it"))
    reduced_formula = dy.String(
        nullable=False,
        metadata=doc("smallest whole amounts, elements in alphabetical order, such as ClNa"),
    )
    chemsys = dy.String(
        nullable=False, metadata=doc("elements in alphabetical order, such as Cl-Na")
    )
    formation_energy_per_atom = dy.Float64(
        nullable=False, metadata=doc("formation energy that the hull is built from", "eV/atom")
    )
    energy_above_hull = dy.Float64(
        nullable=False, min=0.0, metadata=doc("energy above this convex hull", "eV/atom")
    )
    decomposition_energy = dy.Float64(
        nullable=True,
        metadata=doc(
            "energy above the hull of all other compositions: below 0 for a stable compound, by "
            "how much it wins; NULL for an element",
            "eV/atom",
        ),
    )
    is_stable = dy.Bool(nullable=False, metadata=doc("whether it lies on this convex hull"))
    products = dy.List(
        dy.Struct(
            {
                "formula": dy.String(nullable=False),
                "amount": dy.Float64(nullable=False, min_exclusive=0.0),
            }
        ),
        nullable=False,
        min_length=1,
        metadata=doc(
            "reduced formulas that it falls apart into, and their shares of the atoms; itself if "
            "its formula is stable"
        ),
    )


class HullFacets(dy.Schema):
    """One row per facet of the convex hull of an alloy's structures on their parent lattice."""

    alloy = dy.String(primary_key=True, metadata=doc(ALLOY_DOC))
    source = dy.String(primary_key=True, metadata=doc("data set that the row comes from"))
    structures_digest = dy.String(primary_key=True, metadata=STRUCTURES_DIGEST_DOC)
    facet_index = dy.Int64(primary_key=True, min=0, metadata=doc("place of the facet in its hull"))
    vertices = dy.List(
        dy.String(nullable=False),
        nullable=False,
        min_length=2,
        metadata=doc(
            "structures that the facet lies between, one for each end member of the alloy"
        ),
    )
    chemical_potentials = dy.List(
        dy.Float64(nullable=False),
        nullable=False,
        min_length=2,
        metadata=doc(
            "of each end member (a pure element, or the lattice with one species on each "
            "sublattice), relative to it; the facet's plane is their sum, each times its share",
            "eV/atom",
        ),
    )
    amounts = dy.List(
        dy.List(dy.Float64(nullable=False), nullable=False, min_length=2),
        nullable=False,
        min_length=2,
        metadata=doc(
            "for each vertex a factor for each end member: their sum, each times its share, "
            "is how much of the vertex there is at a composition; inside the facet none is below 0",
            "1",
        ),
    )
