"""An ordered structure that a file gives, as a phase to simulate."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.thermodynamics.cells import fits
from analysis.thermodynamics.data import SimulatedModel
from analysis.thermodynamics.phases import KnownPhases, lower_hulls
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import IntArray, ParentLattice
from warehouse.conventions.sites import decode_occupation
from warehouse.crystals.orbit_clusters import count_correlations, expand_orbits
from warehouse.crystals.placement import make_right_handed, place_structure
from warehouse.crystals.structure_files import read_structure_file
from warehouse.crystals.symmetry import name_decoration, parse_decoration_id
from warehouse.errors import WarehouseError


def name_structure(path: Path, alloy: Alloy, parent: ParentLattice) -> str:
    """Name of the decoration of a structure file, relaxed or ideal.

    Raises WarehouseError if it cannot be read, is none of the alloy's lattice, or repeats in more
    sites than a name holds.
    """
    atoms = read_structure_file(path)
    if foreign := sorted(set(atoms.get_chemical_symbols()) - set(alloy.elements)):
        raise WarehouseError(
            f"{path} has {', '.join(foreign)}, which {alloy.label} has not",
            hint="give a structure of the alloy, or another --alloy",
        )
    cell, fractions = make_right_handed(atoms.cell.array.tolist(), atoms.positions.tolist())
    try:
        _, assignment = place_structure(cell, fractions, parent)
    except ValueError as error:
        raise WarehouseError(
            f"{path} is no structure of the lattice {parent.name}: {error}",
            hint="give one whose atoms sit near the sites of the alloy's parent lattice",
        ) from error
    is_second = np.empty(len(atoms), dtype=bool)
    is_second[assignment.site_numbers] = np.array(atoms.symbols) == alloy.second
    name = name_decoration(parent, assignment.hnf, is_second)
    if name is None:
        raise WarehouseError(
            f"what repeats in {path} has more than 1,024 sites",
            hint="give an ordered structure; from disorder a crystal is cooled in any case",
        )
    return name


def add_phase(
    known: KnownPhases, expansion: SimulatedModel, hnf: IntArray, name: str
) -> KnownPhases:
    """The known phases and, if it is not among them, the decoration `name`."""
    if not name or name in known.names:
        return known
    _, cell, occupation = parse_decoration_id(name)
    n_sites = int(np.prod(np.diag(cell))) * len(expansion.parent.basis)
    is_second = decode_occupation(occupation, n_sites)
    orbits = expansion.orbits["sites"].to_list()
    clusters = expand_orbits(orbits, expansion.parent)
    vector = count_correlations(clusters, expansion.parent, cell, is_second.astype(np.int64))
    x = np.append(known.concentrations, is_second.mean())
    joined = np.vstack([known.energies, vector @ expansion.parameters])
    return replace(
        known,
        names=[*known.names, name],
        concentrations=x,
        energies=joined,
        above_hull=joined - lower_hulls(x, joined),
        is_calculated=np.append(known.is_calculated, False),
        fitting=np.append(known.fitting, fits(name, hnf)),
    )
