"""Trial flips per second of one core, at equal parameters and cell, against icet and smol.

The model is the one that was chosen for Au-Cu, in a crystal of 512 sites at 800 K with atoms
exchanged for those of a bath. Ours counts the trials of all 64 lanes; what one lane does alone is
the row `monte_carlo_one_lane_vs_icet`. smol is given a space of the same cutoffs and parameters of
the same size, since its basis is another one.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.harness import Work, make_row, measure
from warehouse.conventions.alloys import Alloy
from warehouse.storage.warehouse import Warehouse

SIZE = 8
TEMPERATURE = 800.0
PEER_TRIALS = 2_000
LATTICE_PARAMETER = 4.0


def run(warehouse: Path) -> Iterator[dict[str, Any]]:
    """Rows of `benchmarks.json`."""
    ours = {name: measure(setup, warehouse, 3) for name, setup in OURS.items()}
    for peer, setup in PEERS.items():
        theirs = measure(setup, warehouse, 2)
        for name, mine in ours.items():
            if peer == "icet" or name == "monte_carlo":
                yield make_row(f"{name}_vs_{peer}", mine, theirs, "trials/s")


def lanes(warehouse: Path) -> Work:
    """All lanes, each with the same parameters."""
    from analysis.thermodynamics.engine.clusters import build_crystal
    from analysis.thermodynamics.engine.lanes import Lanes
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
    interactions = orbits["effective_cluster_interaction"].to_numpy()[:, None].repeat(64, axis=1)
    copies = Lanes(crystal, interactions, np.full(64, TEMPERATURE))
    copies.flip(SIZE**3)

    def work() -> int:
        copies.flip(10_000)
        return 10_000 * 64

    return work


def one_lane(warehouse: Path) -> Work:
    """The same, of which one lane counts."""
    work = lanes(warehouse)
    return lambda: work() // 64


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
    """A model of as many clusters by smol."""
    from pymatgen.core import Lattice, Structure
    from smol.cofe import ClusterExpansion, ClusterSubspace
    from smol.moca import Ensemble, Sampler

    from ingest.alloys.parents import get_parent
    from warehouse.conventions.cluster_spaces import DEFAULT_CUTOFFS

    cell = Lattice(get_parent("fcc").cell * LATTICE_PARAMETER)
    cutoffs = {n: LATTICE_PARAMETER * c + 1e-3 for n, c in enumerate(DEFAULT_CUTOFFS, start=2)}
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


OURS = {"monte_carlo": lanes, "monte_carlo_one_lane": one_lane}
PEERS = {"icet": by_icet, "smol": by_smol}
