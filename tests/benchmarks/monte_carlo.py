"""Trial flips per second of one core, at equal parameters and cell, against icet and smol.

The model is the one that was chosen for Au-Cu, in a crystal of 512 sites at 800 K with atoms
exchanged for those of a bath. Ours counts the trials of all 64 lanes; what one lane does alone is
the row `monte_carlo_one_lane_vs_icet`. smol, which takes too long to set up that many clusters, is
compared in a smaller space, of `SMALL_CUTOFFS`, with random parameters on both sides, since its
basis is another one. Of three elements it is icet again, in a space of `TERNARY_CUTOFFS`, with the
same random parameters.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.benchmarks.harness import Work, compare, make_row, measure
from warehouse.conventions.alloys import Alloy
from warehouse.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from analysis.thermodynamics.engine.clusters import SimulatedCrystal

SIZE = 8
SMALL_CUTOFFS = (1.8, 1.3, 1.01)
TERNARY_CUTOFFS = (3.0, 2.0, 1.3)
TERNARY = ("Al", "Ni", "Pd")
"""By number, as icet has species; so that their point functions are ours but for sign and root."""
TEMPERATURE = 800.0
PEER_TRIALS = 2_000
LATTICE_PARAMETER = 4.0


def run(warehouse: Path) -> Iterator[dict[str, Any]]:
    """Rows of `benchmarks.json`."""
    theirs = measure(by_icet, warehouse, 2)
    for name, setup in {"monte_carlo": lanes, "monte_carlo_one_lane": one_lane}.items():
        yield make_row(f"{name}_vs_icet", measure(setup, warehouse, 3), theirs, "trials/s")
    yield compare("monte_carlo_vs_smol", lanes_in_small_space, by_smol, "trials/s", warehouse)
    yield compare(
        "monte_carlo_ternary_vs_icet", ternary_lanes, ternary_by_icet, "trials/s", warehouse
    )


def lanes(warehouse: Path) -> Work:
    """All lanes, each with the same parameters."""
    from analysis.thermodynamics.engine.clusters import build_crystal
    from ingest.alloys.parents import get_parent
    from warehouse.catalog.connection import connect

    sql = """
        select orbits.*, interactions.effective_cluster_interaction
        from marts.effective_cluster_interactions as interactions
        inner join staging.orbits as orbits using (cluster_space_id, orbit_index)
        where interactions.alloy = 'au-cu' and is_selected and orbits.cluster_order > 0
        order by orbit_index
    """
    with connect(Warehouse(warehouse)) as connection:
        orbits = connection.sql(sql).pl()
    crystal = build_crystal(get_parent("fcc"), SIZE * np.eye(3, dtype=int), orbits)
    return flip_lanes(crystal, orbits["effective_cluster_interaction"].to_numpy())


def lanes_in_small_space(warehouse: Path) -> Work:
    """The same in the small space."""
    from analysis.thermodynamics.engine.clusters import build_crystal
    from ingest.alloys.cluster_spaces import build_cluster_space
    from ingest.alloys.parents import get_parent

    parent = get_parent("fcc")
    orbits = build_cluster_space(parent, SMALL_CUTOFFS).orbits
    crystal = build_crystal(parent, SIZE * np.eye(3, dtype=int), orbits)
    interactions = np.random.default_rng(0).normal(scale=0.005, size=crystal.orbits.height)
    return flip_lanes(crystal, interactions / crystal.orbits["multiplicity"].to_numpy())


def flip_lanes(crystal: "SimulatedCrystal", interactions: np.ndarray) -> Work:
    """Flips in 64 lanes with the same interactions (n_orbits,) in eV."""
    from analysis.thermodynamics.engine.lanes import Lanes

    copies = Lanes(crystal, interactions[:, None].repeat(64, axis=1), np.full(64, TEMPERATURE))
    copies.flip(SIZE**3)

    def work() -> int:
        copies.flip(10_000)
        return 10_000 * 64

    return work


def one_lane(warehouse: Path) -> Work:
    """The same, of which one lane counts."""
    work = lanes(warehouse)
    return lambda: work() // 64


def ternary_lanes(warehouse: Path) -> Work:
    """Exchanges among three elements in 64 lanes with the same random parameters."""
    from analysis.thermodynamics.engine.species_lanes import SpeciesLanes
    from analysis.thermodynamics.engine.species_tables import build_species_crystal
    from ingest.alloys.cluster_spaces import build_cluster_space
    from ingest.alloys.parents import get_parent

    parent = get_parent("fcc").with_species(3)
    orbits = build_cluster_space(parent, TERNARY_CUTOFFS).orbits
    crystal = build_species_crystal(parent, SIZE * np.eye(3, dtype=int), orbits)
    parameters = ternary_parameters(crystal.orbits.height)
    interactions = parameters / crystal.orbits["multiplicity"].to_numpy()
    copies = SpeciesLanes(
        crystal, interactions[:, None].repeat(64, axis=1), np.full(64, TEMPERATURE)
    )
    copies.flip(SIZE**3)

    def work() -> int:
        copies.flip(2_000)
        return 2_000 * 64

    return work


def ternary_parameters(n_orbits: int) -> np.ndarray:
    """Random parameters (n_orbits,) in eV, of all orbits but the zerolet."""
    return np.random.default_rng(0).normal(scale=0.002, size=n_orbits)


def ternary_by_icet(warehouse: Path) -> Work:
    """The same by mchammer; a root of 2 stands beside each of our point functions."""
    from icet import ClusterExpansion, ClusterSpace
    from mchammer.calculators import ClusterExpansionCalculator
    from mchammer.ensembles import SemiGrandCanonicalEnsemble

    from ingest.alloys.parents import get_parent

    primitive = get_parent("fcc").atoms()
    primitive.symbols[:] = TERNARY[0]
    space = ClusterSpace(primitive, list(TERNARY_CUTOFFS), list(TERNARY))
    orders = np.array([orbit["order"] for orbit in space.as_list[1:]])
    parameters = ternary_parameters(len(orders)) * (-np.sqrt(2)) ** orders
    expansion = ClusterExpansion(space, [0.0, *parameters])
    atoms = primitive.repeat(SIZE)
    ensemble = SemiGrandCanonicalEnsemble(
        structure=atoms,
        calculator=ClusterExpansionCalculator(atoms, expansion),
        temperature=TEMPERATURE,
        chemical_potentials=dict.fromkeys(TERNARY, 0.0),
        ensemble_data_write_interval=10**9,
        trajectory_write_interval=10**9,
    )

    def work() -> int:
        ensemble.run(PEER_TRIALS)
        return PEER_TRIALS

    return work


def by_icet(warehouse: Path) -> Work:
    """The same model by mchammer."""
    from mchammer.calculators import ClusterExpansionCalculator
    from mchammer.ensembles import SemiGrandCanonicalEnsemble

    from analysis.cluster_expansion.export.icet_model import build_icet_model
    from warehouse.catalog.connection import connect

    with connect(Warehouse(warehouse)) as connection:
        expansion = build_icet_model(connection, Alloy.parse("au-cu"), "weighted_ridge")
    atoms = expansion.get_cluster_space_copy().primitive_structure.repeat(SIZE)
    ensemble = SemiGrandCanonicalEnsemble(
        structure=atoms,
        calculator=ClusterExpansionCalculator(atoms, expansion),
        temperature=TEMPERATURE,
        chemical_potentials={"Au": 0.0, "Cu": 0.0},
        ensemble_data_write_interval=10**9,
        trajectory_write_interval=10**9,
    )

    def work() -> int:
        ensemble.run(PEER_TRIALS)
        return PEER_TRIALS

    return work


def by_smol(warehouse: Path) -> Work:
    """A model of the small space by smol, on one core as ours."""
    os.environ["OMP_NUM_THREADS"] = "1"
    from pymatgen.core import Lattice, Structure
    from smol.cofe import ClusterExpansion, ClusterSubspace
    from smol.moca import Ensemble, Sampler

    from ingest.alloys.parents import get_parent

    cell = Lattice(get_parent("fcc").cell * LATTICE_PARAMETER)
    cutoffs = {n: LATTICE_PARAMETER * c + 1e-3 for n, c in enumerate(SMALL_CUTOFFS, start=2)}
    parent = Structure(cell, [{"Au": 0.5, "Cu": 0.5}], [[0, 0, 0]])
    space = ClusterSubspace.from_cutoffs(parent, cutoffs=cutoffs, supercell_size="volume")
    parameters = np.random.default_rng(0).normal(scale=0.005, size=space.num_corr_functions)
    ensemble = Ensemble.from_cluster_expansion(
        ClusterExpansion(space, parameters),
        SIZE * np.eye(3, dtype=int),
        chemical_potentials={"Au": 0.0, "Cu": 0.0},
    )
    sampler = Sampler.from_ensemble(ensemble, temperature=TEMPERATURE, step_type="flip")
    start = np.random.default_rng(0).integers(2, size=(1, SIZE**3))

    def work() -> int:
        sampler.run(PEER_TRIALS, start, thin_by=PEER_TRIALS)
        sampler.clear_samples()
        return PEER_TRIALS

    return work
