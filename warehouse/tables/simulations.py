"""Tables of Monte Carlo simulations: what was simulated, and the averages that it gave."""

import dataframely as dy

from warehouse.tables.doc import doc


class OfSimulation(dy.Schema):
    """What every row of a simulation has."""

    alloy = dy.String(primary_key=True, metadata=doc("its elements in alphabetical order"))
    series = dy.String(
        primary_key=True,
        metadata=doc("ensemble, what it holds fixed and sites: the newest run of each is kept"),
    )
    run_id = dy.String(primary_key=True, metadata=doc("digest of all that decides the run"))
    simulation = dy.Int64(primary_key=True, min=0, metadata=doc("number of the chain in its run"))


class Simulations(OfSimulation):
    """One row per Monte Carlo chain: its crystal, its temperature and its parameters."""

    model = dy.String(nullable=False, metadata=doc("name of the model within its study"))
    model_run_id = dy.String(nullable=False, metadata=doc("the run that fitted the model"))
    draw = dy.Int64(
        nullable=True, min=0, metadata=doc("number of the draw of the parameters; NULL for the fit")
    )
    ensemble = dy.String(
        nullable=False,
        metadata=doc("canonical, semi-grand, or sections: canonical at all compositions of a grid"),
    )
    start = dy.String(
        nullable=False,
        check=lambda start: start.is_in(["ordered", "disordered"]),
        metadata=doc("heated from the ordered structure, or cooled from random occupations"),
    )
    decoration_id = dy.String(nullable=False, metadata=doc("the ordered structure"))
    ground_energy = dy.Float64(
        nullable=True,
        metadata=doc(
            "formation energy of the ordered structure, less the chemical potential times its "
            "concentration",
            "eV/atom",
        ),
    )
    ground_energy_above_hull = dy.Float64(
        nullable=True,
        min=0.0,
        metadata=doc(
            "energy of the ordered structure above the hull of all that are enumerated, by the "
            "chain's own parameters; above 0 it is metastable",
            "eV/atom",
        ),
    )
    concentration = dy.Float64(
        nullable=True,
        min=0.0,
        max=1.0,
        metadata=doc("share of the second species; NULL where it is free", "1"),
    )
    concentrations = dy.List(
        dy.Float64(nullable=False),
        nullable=True,
        metadata=doc(
            "share of each element of the alloy, in alphabetical order, or of each end member; "
            "NULL where it is free",
            "1",
        ),
    )
    chemical_potential = dy.Float64(
        nullable=True,
        metadata=doc("of the second element less the first; NULL at fixed composition", "eV"),
    )
    n_sites = dy.Int64(nullable=False, min=1, metadata=doc("sites in the supercell", "1"))
    temperature = dy.Float64(
        nullable=False, min=0.0, metadata=doc("temperature; 1e9 stands for an infinite one", "K")
    )
    inverse_temperature = dy.Float64(
        nullable=False, min=0.0, metadata=doc("1/(k_B T), 0 at infinite temperature", "1/eV")
    )
    mixing_entropy = dy.Float64(
        nullable=False,
        min=0.0,
        metadata=doc(
            "entropy of all arrangements of the atoms in this crystal: of its composition, or of "
            "all where that is free",
            "k_B/atom",
        ),
    )
    n_equilibration_sweeps = dy.Int64(
        nullable=False, min=0, metadata=doc("sweeps before what is measured", "1")
    )
    n_sweeps = dy.Int64(nullable=False, min=1, metadata=doc("sweeps that are measured", "1"))
    seed = dy.Int64(nullable=False, min=0, metadata=doc("seed of the random numbers"))
    lineage = dy.String(
        nullable=False, metadata=doc("all that decided the run, part by part, as JSON")
    )


class EnsembleAverages(OfSimulation):
    """One row per quantity that a Monte Carlo chain measured."""

    quantity = dy.String(
        primary_key=True,
        metadata=doc(
            "energy (eV/atom; less mu times the concentration where that is free), "
            "energy_integral (over 1/kT along the ladder), concentration, order_parameter, "
            "correlation, acceptance, escape (share of sweeps taken back) or exchange"
        ),
    )
    component = dy.Int64(
        primary_key=True, min=0, metadata=doc("orbit_index of a correlation; 0 of all else")
    )
    mean = dy.Float64(nullable=False, metadata=doc("mean over the chain, in the quantity's unit"))
    standard_error = dy.Float64(
        nullable=True,
        min=0.0,
        metadata=doc("of the mean, from the chain's autocorrelation; NULL if it is too short"),
    )
    n_effective = dy.Float64(
        nullable=False, min=0.0, metadata=doc("independent samples that tell as much", "1")
    )
    variance = dy.Float64(
        nullable=False, min=0.0, metadata=doc("mean squared deviation, in the unit squared")
    )
    drift = dy.Float64(
        nullable=True,
        metadata=doc("mean of the chain's second half less that of the first, in the unit"),
    )


class PhaseFacets(dy.Schema):
    """One row per facet of the convex hull of free energies at a temperature, of one model."""

    alloy = dy.String(primary_key=True, metadata=doc("its elements in alphabetical order"))
    series = dy.String(
        primary_key=True,
        metadata=doc("ensemble, what it holds fixed and sites: the newest run of each is kept"),
    )
    run_id = dy.String(primary_key=True, metadata=doc("digest of all that decides the run"))
    facet_index = dy.Int64(primary_key=True, min=0, metadata=doc("place of the facet in its run"))
    draw = dy.Int64(
        nullable=True, min=0, metadata=doc("number of the draw of the parameters; NULL for the fit")
    )
    temperature = dy.Float64(nullable=False, min=0.0, metadata=doc("temperature", "K"))
    phases = dy.List(
        dy.String(nullable=False),
        nullable=False,
        min_length=2,
        metadata=doc("what is stable at each vertex: solution, or an ordered decoration_id"),
    )
    phase_numbers = dy.List(
        dy.Int64(nullable=False),
        nullable=False,
        min_length=2,
        metadata=doc("of each vertex which phase of the facet it is of, from 0"),
    )
    compositions = dy.List(
        dy.List(dy.Float64(nullable=False), nullable=False, min_length=2),
        nullable=False,
        min_length=2,
        metadata=doc("of each vertex the share of each end member", "1"),
    )
    chemical_potentials = dy.List(
        dy.Float64(nullable=False),
        nullable=False,
        min_length=2,
        metadata=doc("of each end member where the facet's phases stand side by side", "eV/atom"),
    )
    amounts = dy.List(
        dy.List(dy.Float64(nullable=False), nullable=False, min_length=2),
        nullable=False,
        min_length=2,
        metadata=doc(
            "for each vertex a factor for each end member: their sum, each times its share, "
            "is how much of that vertex there is",
            "1",
        ),
    )
    phase_amounts = dy.List(
        dy.List(dy.Float64(nullable=False), nullable=False, min_length=2),
        nullable=False,
        min_length=1,
        metadata=doc("for each phase the sum of its vertices' factors in amounts", "1"),
    )


class Snapshots(OfSimulation):
    """One row per Monte Carlo chain of a fit: its crystal after the last sweep."""

    occupations = dy.String(
        nullable=False,
        metadata=doc(
            "one character per site in the order of their numbers: which of the species of its "
            "sublattice is there, from 0, so 1 where the second of two elements is"
        ),
    )
    energy = dy.Float64(
        nullable=False,
        metadata=doc(
            "formation energy of this crystal, less mu times the concentration where that is free",
            "eV/atom",
        ),
    )
