"""The table of materials, with the field names of the Materials Project's summaries."""

import dataframely as dy

from warehouse.tables.doc import doc

MATERIAL_ID_DOC = doc("identifier within the source; for Matbench its row, not an mp-id")


class Materials(dy.Schema):
    """One row per material of a source."""

    source = dy.String(primary_key=True, metadata=doc("data set that the row comes from"))
    material_id = dy.String(primary_key=True, min_length=1, metadata=MATERIAL_ID_DOC)
    formula = dy.String(
        nullable=False,
        min_length=1,
        metadata=doc("formula as the source has it; for the Materials Project its `composition`"),
    )
    composition = dy.List(
        dy.Struct(
            {
                "element": dy.String(nullable=False, regex=r"^[A-Z][a-z]?$"),
                "amount": dy.Float64(nullable=False, min_exclusive=0.0),
            }
        ),
        nullable=False,
        min_length=1,
        metadata=doc("elements and their amounts in `formula`, by symbol"),
    )
    nsites = dy.Int64(
        nullable=True, min=1, metadata=doc("sites in the unit cell; NULL if unknown", "1")
    )
    band_gap = dy.Float64(nullable=True, min=0.0, metadata=doc("band gap", "eV"))
    is_metal = dy.Bool(nullable=True, metadata=doc("whether the material has no band gap"))
    formation_energy_per_atom = dy.Float64(
        nullable=True,
        metadata=doc(
            "energy per atom less that of the elements at the same composition; each source has "
            "its own functionals and corrections: compare within one source",
            "eV/atom",
        ),
    )
    license = dy.String(nullable=False, metadata=doc("terms under which the source gives the row"))
    formula_pretty = dy.String(
        nullable=True, metadata=doc("reduced formula as the Materials Project writes it")
    )
    volume = dy.Float64(
        nullable=True, min_exclusive=0.0, metadata=doc("volume of the unit cell", "Å³")
    )
    density = dy.Float64(nullable=True, min_exclusive=0.0, metadata=doc("mass density", "g/cm³"))
    density_atomic = dy.Float64(
        nullable=True, min_exclusive=0.0, metadata=doc("volume per atom", "Å³/atom")
    )
    crystal_system = dy.String(nullable=True, metadata=doc("crystal system, such as Cubic"))
    spacegroup_symbol = dy.String(
        nullable=True, metadata=doc("international symbol of the space group")
    )
    spacegroup_number = dy.Int64(
        nullable=True, min=1, max=230, metadata=doc("international number of the space group", "1")
    )
    point_group = dy.String(nullable=True, metadata=doc("point group of the crystal"))
    uncorrected_energy_per_atom = dy.Float64(
        nullable=True,
        metadata=doc(
            "total energy per atom as calculated, on the scale of its own functional (GGA, GGA+U "
            "or r2SCAN): not to be compared between materials",
            "eV/atom",
        ),
    )
    energy_per_atom = dy.Float64(
        nullable=True,
        metadata=doc(
            "total energy per atom with the source's corrections, on the one scale of its hull; "
            "scales of different sources are not to be compared",
            "eV/atom",
        ),
    )
    energy_above_hull = dy.Float64(
        nullable=True,
        metadata=doc("energy per atom above the convex hull of stable phases", "eV/atom"),
    )
    is_stable = dy.Bool(nullable=True, metadata=doc("whether the material lies on the convex hull"))
    equilibrium_reaction_energy_per_atom = dy.Float64(
        nullable=True,
        metadata=doc(
            "energy per atom of forming a stable material from its stable neighbours", "eV/atom"
        ),
    )
    cbm = dy.Float64(nullable=True, metadata=doc("energy of the lowest unoccupied state", "eV"))
    vbm = dy.Float64(nullable=True, metadata=doc("energy of the highest occupied state", "eV"))
    efermi = dy.Float64(nullable=True, metadata=doc("Fermi energy", "eV"))
    is_gap_direct = dy.Bool(nullable=True, metadata=doc("whether the band gap is direct"))
    is_magnetic = dy.Bool(nullable=True, metadata=doc("whether the material is magnetic"))
    ordering = dy.String(nullable=True, metadata=doc("magnetic order: NM, FM, AFM, FiM or Unknown"))
    total_magnetization = dy.Float64(
        nullable=True, metadata=doc("magnetic moment of the unit cell", "μB")
    )
    total_magnetization_normalized_vol = dy.Float64(
        nullable=True, metadata=doc("magnetic moment per volume", "μB/Å³")
    )
    total_magnetization_normalized_formula_units = dy.Float64(
        nullable=True, metadata=doc("magnetic moment per formula unit", "μB")
    )
    num_magnetic_sites = dy.Int64(
        nullable=True, min=0, metadata=doc("magnetic sites in the unit cell", "1")
    )
    num_unique_magnetic_sites = dy.Int64(
        nullable=True, min=0, metadata=doc("magnetic sites that symmetry does not relate", "1")
    )
    bulk_modulus_voigt = dy.Float64(
        nullable=True, metadata=doc("Voigt average of the bulk modulus", "GPa")
    )
    bulk_modulus_reuss = dy.Float64(
        nullable=True, metadata=doc("Reuss average of the bulk modulus", "GPa")
    )
    bulk_modulus_vrh = dy.Float64(
        nullable=True, metadata=doc("Voigt-Reuss-Hill average of the bulk modulus", "GPa")
    )
    shear_modulus_voigt = dy.Float64(
        nullable=True, metadata=doc("Voigt average of the shear modulus", "GPa")
    )
    shear_modulus_reuss = dy.Float64(
        nullable=True, metadata=doc("Reuss average of the shear modulus", "GPa")
    )
    shear_modulus_vrh = dy.Float64(
        nullable=True, metadata=doc("Voigt-Reuss-Hill average of the shear modulus", "GPa")
    )
    universal_anisotropy = dy.Float64(
        nullable=True, metadata=doc("universal elastic anisotropy", "1")
    )
    homogeneous_poisson = dy.Float64(
        nullable=True, metadata=doc("Poisson's ratio of the polycrystal", "1")
    )
    e_total = dy.Float64(nullable=True, metadata=doc("static dielectric constant", "1"))
    e_ionic = dy.Float64(nullable=True, metadata=doc("ionic part of the dielectric constant", "1"))
    e_electronic = dy.Float64(
        nullable=True, metadata=doc("electronic part of the dielectric constant", "1")
    )
    n = dy.Float64(nullable=True, metadata=doc("refractive index", "1"))
    e_ij_max = dy.Float64(nullable=True, metadata=doc("largest piezoelectric modulus", "C/m²"))
    weighted_surface_energy = dy.Float64(
        nullable=True, metadata=doc("surface energy, weighted by area on the Wulff shape", "J/m²")
    )
    weighted_work_function = dy.Float64(
        nullable=True, metadata=doc("work function, weighted by area on the Wulff shape", "eV")
    )
    surface_anisotropy = dy.Float64(
        nullable=True, metadata=doc("variation of the surface energy over the Wulff shape", "1")
    )
    shape_factor = dy.Float64(
        nullable=True,
        metadata=doc(
            "area of the Wulff shape over its volume to the power 2/3; 4.84 for a sphere", "1"
        ),
    )
    has_reconstructed = dy.Bool(
        nullable=True, metadata=doc("whether a reconstructed surface is known")
    )
    theoretical = dy.Bool(
        nullable=True, metadata=doc("whether no experiment has reported the material")
    )
    database_version = dy.String(
        nullable=True, metadata=doc("release in which the Materials Project built the row")
    )
    last_updated = dy.Datetime(
        nullable=True,
        time_unit="us",
        metadata=doc("UTC: when the release built the row; its calculations are older"),
    )
    origins_last_updated = dy.Datetime(
        nullable=True,
        time_unit="us",
        metadata=doc("UTC: newest calculation that the row was made from, of its `origins`"),
    )
    reduced_formula = dy.String(
        nullable=True,
        metadata=doc("smallest whole amounts, elements in alphabetical order, such as ClNa"),
    )
    chemsys = dy.String(
        nullable=True, metadata=doc("elements in alphabetical order, such as Cl-Na")
    )
    mean_atomic_weight = dy.Float64(
        nullable=True, min_exclusive=0.0, metadata=doc("mean atomic weight", "u")
    )
    last_phdos_peak = dy.Float64(
        nullable=True, metadata=doc("highest peak in the density of phonon states", "cm⁻¹")
    )
    exfoliation_energy = dy.Float64(
        nullable=True, metadata=doc("energy to lift a layer off the crystal", "meV/atom")
    )
    youngs_modulus = dy.Float64(nullable=True, metadata=doc("Young's modulus, measured", "GPa"))
    vickers_hardness = dy.Float64(nullable=True, metadata=doc("Vickers hardness, measured", "HV"))
    yield_strength = dy.Float64(
        nullable=True, metadata=doc("stress at which it yields, at `test_temperature`", "MPa")
    )
    ultimate_tensile_strength = dy.Float64(
        nullable=True, metadata=doc("largest stress that it bears, at `test_temperature`", "MPa")
    )
    elongation = dy.Float64(
        nullable=True, metadata=doc("elongation at fracture, at `test_temperature`", "%")
    )
    test_temperature = dy.Float64(
        nullable=True, metadata=doc("temperature of the mechanical test", "°C")
    )
    microstructure = dy.String(
        nullable=True, metadata=doc("phases that were observed, as the source writes them")
    )
    processing = dy.String(nullable=True, metadata=doc("how the alloy was made"))
    reference_doi = dy.String(nullable=True, metadata=doc("work that reports the measurement"))
