"""Which engine a lattice needs: spins of two elements, or indicators of whatever sits on sites."""

import polars as pl

from analysis.thermodynamics.engine.clusters import SimulatedCrystal, SpinCrystal, build_crystal
from analysis.thermodynamics.engine.copies import Copies
from analysis.thermodynamics.engine.lanes import Lanes
from analysis.thermodynamics.engine.products import Floats
from analysis.thermodynamics.engine.species_lanes import SpeciesLanes
from analysis.thermodynamics.engine.species_tables import SpeciesCrystal, build_species_crystal
from warehouse.conventions.lattices import IntArray, ParentLattice


def lay_out_crystal(parent: ParentLattice, hnf: IntArray, orbits: pl.DataFrame) -> SimulatedCrystal:
    """The supercell `hnf` (3, 3) of a parent with the clusters of `orbits`.

    Raises WarehouseError as `build_crystal` does.
    """
    build = build_crystal if parent.is_binary else build_species_crystal
    return build(parent, hnf, orbits)


def lay_out_lanes(
    crystal: SimulatedCrystal,
    interactions: Floats,
    temperatures: Floats,
    *,
    chemical_potentials: Floats | float = 0.0,
    constants: Floats | float = 0.0,
    seed: int = 0,
) -> Copies:
    """Sixty-four copies of a crystal; what is given is as their classes say."""
    if isinstance(crystal, SpeciesCrystal):
        return SpeciesLanes(
            crystal, interactions, temperatures, chemical_potentials=chemical_potentials,
            constants=constants, seed=seed,
        )  # fmt: skip
    if isinstance(crystal, SpinCrystal):
        return Lanes(
            crystal, interactions, temperatures, chemical_potentials=chemical_potentials,
            constants=constants, seed=seed,
        )  # fmt: skip
    raise TypeError(f"no engine for {crystal}")
