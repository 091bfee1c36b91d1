"""Monte Carlo against what is known: critical temperatures of the Ising ferromagnet.

Binder's ratio 1 - <m^4> / (3 <m^2>^2) of two sizes crosses where the temperature is critical, but
for corrections that vanish with size (Binder 1981). What is known of it, in J/k: 4.5115 on sc
(Ferrenberg, Xu, Landau 2018, 10.1103/PhysRevE.97.043301), 6.355 on bcc and 9.795 on fcc (Lundow,
Markström, Rosengren 2009, The Ising model for the bcc, fcc and diamond lattices: a comparison).
"""

from pathlib import Path

import numpy as np
import polars as pl

from analysis.thermodynamics.engine.clusters import build_crystal
from analysis.thermodynamics.engine.copies import BOLTZMANN
from analysis.thermodynamics.engine.lanes import Lanes
from ingest.alloys.cluster_spaces import build_cluster_space
from tests.soak import Figure
from tests.support.alloys import BCC, FCC
from warehouse.conventions.lattices import ParentLattice

SC = ParentLattice("sc", cell=np.eye(3), basis=np.zeros((1, 3)))
LATTICES = ((SC, 1.01, 4.5115), (BCC, 0.88, 6.355), (FCC, 0.72, 9.795))
"""Parent, cutoff that holds the nearest neighbours alone, critical temperature in J/k."""
NEAR = np.repeat(np.linspace(0.985, 1.015, 8), 8)
"""Temperatures of the lanes in critical temperatures, eight lanes each."""


def run(folder: Path, is_short: bool) -> list[Figure]:
    """Compare the crossings with the literature."""
    figures = []
    for parent, cutoff, critical in LATTICES[:1] if is_short else LATTICES:
        sizes, n_sweeps = ((4, 6), 200) if is_short else ((8, 16), 12_000)
        ratios = [binder_ratios(parent, cutoff, critical, size, n_sweeps) for size in sizes]
        found = critical * find_crossing(*ratios)
        error, most = 100 * (found / critical - 1), 2.0 if is_short else 0.3
        figures += [
            Figure(f"{parent.name}: critical temperature in J/k", found),
            Figure(f"{parent.name}: more than literature", error, "%"),
            Figure(
                f"{parent.name}: more than {most} % off", float(not abs(error) <= most), wanted=0
            ),
        ]
    return figures if is_short else [*figures, *compare_with_mchammer()]


def compare_with_mchammer() -> list[Figure]:
    """Mean energies of one model, in exchange with a bath of atoms, by mchammer and here."""
    from icet import ClusterExpansion, ClusterSpace
    from mchammer.calculators import ClusterExpansionCalculator
    from mchammer.ensembles import SemiGrandCanonicalEnsemble

    cutoffs = (1.3, 1.0)
    orbits = build_cluster_space(FCC, cutoffs).orbits
    crystal = build_crystal(FCC, 4 * np.eye(3, dtype=int), orbits)
    interactions = np.random.default_rng(1).normal(scale=0.002, size=crystal.orbits.height)
    # The space's parameters multiply means over clusters; fcc has one site in its primitive cell.
    parameters = [0.0, *(interactions * crystal.orbits["multiplicity"].to_numpy())]
    primitive = FCC.atoms()
    primitive.symbols[:] = "Au"
    space = ClusterSpace(primitive, list(cutoffs), ["Au", "Cu"])
    expansion = ClusterExpansion(space, parameters)
    figures = []
    for temperature in (400.0, 800.0, 1600.0):
        lanes = Lanes(crystal, interactions[:, None].repeat(64, 1), np.full(64, temperature))
        lanes.flip(200 * 64)
        energies = []
        for _ in range(200):
            lanes.flip(64)
            energies.append(lanes.energies / crystal.n_sites)
        ours = np.mean(energies, axis=0)
        atoms = primitive.repeat(4)
        ensemble = SemiGrandCanonicalEnsemble(
            structure=atoms,
            calculator=ClusterExpansionCalculator(atoms, expansion),
            temperature=temperature,
            chemical_potentials={"Au": 0.0, "Cu": 0.0},
            ensemble_data_write_interval=64,
            random_seed=1,
        )
        ensemble.run(64 * 4000)
        chain = ensemble.data_container.get("potential")[400:] / len(atoms)
        theirs = chain[: len(chain) // 36 * 36].reshape(36, -1).mean(axis=1)
        error = np.hypot(ours.std(ddof=1) / 8, theirs.std(ddof=1) / np.sqrt(len(theirs)))
        off = abs(ours.mean() - theirs.mean()) / error
        name = f"{temperature:.0f} K: mean energy off mchammer's"
        figures.append(Figure(name, off, "standard errors"))
        figures.append(Figure(f"{name} by more than 3 standard errors", float(off > 3), wanted=0))
    return figures


def binder_ratios(
    parent: ParentLattice, cutoff: float, critical: float, size: int, n_sweeps: int
) -> np.ndarray:
    """Binder's ratio at each of the eight temperatures, of size x size x size cells."""
    orbits = build_cluster_space(parent, (cutoff,)).orbits.filter(pl.col("cluster_order") == 2)
    crystal = build_crystal(parent, size * np.eye(3, dtype=int), orbits)
    temperatures = NEAR * critical / BOLTZMANN
    lanes = Lanes(crystal, np.full((1, 64), -1.0), temperatures, seed=size)
    n_sites = crystal.n_sites
    moments = np.zeros((2, 64))
    for sweep in range(n_sweeps + n_sweeps // 10):
        lanes.flip(n_sites)
        if sweep >= n_sweeps // 10:
            squares = (1 - 2 * lanes.count_species() / n_sites) ** 2
            moments += squares, squares**2
    second, fourth = (moments / n_sweeps).reshape(2, 8, 8).mean(axis=2)
    return 1 - fourth / (3 * second**2)


def find_crossing(small: np.ndarray, large: np.ndarray) -> float:
    """Where the ratios are equal, in critical temperatures, by parabolas through them."""
    fit = np.polynomial.Polynomial.fit(NEAR[::8] - 1, small - large, 2).convert()
    roots = fit.roots()
    real = roots.real[np.isreal(roots)]
    return float(1 + real[np.abs(real).argmin()]) if len(real) else float("nan")
