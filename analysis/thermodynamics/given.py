"""An ordered structure that a file gives, as a phase to simulate."""

from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np

from analysis.datasets import read_rows
from analysis.thermodynamics.cells import fits
from analysis.thermodynamics.data import SimulatedModel
from analysis.thermodynamics.ordered import find_lower_hulls
from analysis.thermodynamics.phases import KnownPhases
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import IntArray, ParentLattice
from warehouse.conventions.sites import decode_species
from warehouse.crystals.decorations import find_decoration, member_shares
from warehouse.crystals.orbit_clusters import count_correlations, expand_orbits
from warehouse.crystals.placement import make_right_handed
from warehouse.crystals.structure_files import read_structure_file
from warehouse.crystals.symmetry import name_decoration, parse_decoration_id
from warehouse.errors import WarehouseError


def name_structure(
    path: Path, alloy: Alloy, parent: ParentLattice, lattice_parameter: float = 1.0
) -> str:
    """Name of the decoration of a structure file, relaxed or ideal.

    The alloy's `lattice_parameter` in Å tells vacancies where atoms alone do not. Raises
    WarehouseError if it cannot be read, is none of the alloy's lattice, or repeats in more sites
    than a name holds.
    """
    atoms = read_structure_file(path)
    if foreign := sorted(set(atoms.get_chemical_symbols()) - set(alloy.elements)):
        raise WarehouseError(
            f"{path} has {', '.join(foreign)}, which {alloy.label} has not",
            hint="give a structure of the alloy, or another --alloy",
        )
    cell, fractions = make_right_handed(atoms.cell.array.tolist(), atoms.positions.tolist())
    symbols = atoms.get_chemical_symbols()
    try:
        found = find_decoration(
            cell, fractions, symbols, alloy, parent, lattice_parameter, judge=False
        )
    except ValueError as error:
        raise WarehouseError(
            f"{path} is no structure of the lattice {parent.name}: {error}",
            hint="give one whose atoms sit near the sites of the alloy's parent lattice",
        ) from error
    name = name_decoration(parent, found.assignment.hnf, found.site_species)
    if name is None:
        raise WarehouseError(
            f"what repeats in {path} has more than 1,024 sites",
            hint="give an ordered structure; from disorder a crystal is cooled in any case",
        )
    return name


def find_named(connection: duckdb.DuckDBPyConnection, alloy: str, name: str) -> str:
    """The decoration of a structure that the alloy's data have by this name; else the name."""
    found = read_rows(
        connection,
        "select decoration_id from staging.lattice_mappings "
        "where alloy = ? and structure_id = ? and decoration_id is not null",
        [alloy, name],
    )
    return name if found.is_empty() else str(found["decoration_id"][0])


def add_phase(
    known: KnownPhases, expansion: SimulatedModel, hnf: IntArray, name: str
) -> KnownPhases:
    """The known phases and, if it is not among them, the decoration `name`."""
    if not name or name in known.names:
        return known
    _, cell, occupation = parse_decoration_id(name)
    parent, orbits = expansion.parent, expansion.orbits
    species = decode_species(parent, cell, occupation)
    functions = orbits["point_functions"].to_list()
    clusters = expand_orbits(orbits["sites"].to_list(), parent, functions)
    vector = count_correlations(clusters, parent, cell, species)
    shares = member_shares(Alloy.parse(expansion.alloy), parent, species)[1:]
    x = np.concatenate([known.concentrations, shares.reshape(1, *known.concentrations.shape[1:])])
    joined = np.vstack([known.energies, vector @ expansion.parameters])
    return replace(
        known,
        names=[*known.names, name],
        concentrations=x,
        energies=joined,
        above_hull=joined - find_lower_hulls(x.reshape(len(x), -1), joined),
        is_calculated=np.append(known.is_calculated, False),
        fitting=np.append(known.fitting, fits(name, hnf)),
    )
