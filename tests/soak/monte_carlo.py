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
from analysis.thermodynamics.engine.lanes import BOLTZMANN, Lanes
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
        name = f"{parent.name}: critical temperature in J/k"
        figures.append(Figure(name, found, wanted=None))
        if not is_short:
            error = 100 * (found / critical - 1)
            figures.append(Figure(f"{parent.name}: less than literature", error, "%"))
            off = float(abs(error) > 0.3)
            figures.append(Figure(f"{parent.name}: more than 0.3 % off", off, wanted=0))
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
            squares = (1 - 2 * lanes.count_second() / n_sites) ** 2
            moments += squares, squares**2
    second, fourth = (moments / n_sweeps).reshape(2, 8, 8).mean(axis=2)
    return 1 - fourth / (3 * second**2)


def find_crossing(small: np.ndarray, large: np.ndarray) -> float:
    """Where the ratios are equal, in critical temperatures, by parabolas through them."""
    fit = np.polynomial.Polynomial.fit(NEAR[::8] - 1, small - large, 2).convert()
    roots = fit.roots()
    real = roots.real[np.isreal(roots)]
    return float(1 + real[np.abs(real).argmin()]) if len(real) else float("nan")
