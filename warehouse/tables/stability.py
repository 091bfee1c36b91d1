"""The table of stabilities: where each material lies above the convex hull of its source."""

import dataframely as dy

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
