"""The ordered phases that an alloy may have, by the energies of a model and of each draw of it."""

from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray, read_rows
from analysis.thermodynamics.cells import fits
from analysis.thermodynamics.data import SimulatedModel
from warehouse.conventions.lattices import IntArray
from warehouse.errors import WarehouseError

EQUAL = 1e-9
"""eV/atom: sums in another order differ by less."""


@dataclass(frozen=True, eq=False)
class KnownPhases:
    """Every decoration of a lattice that is enumerated, pure elements among them.

    Attributes:
        names: Their decoration_id (n_phases,).
        concentrations: Share of the second element (n_phases,); of more species all shares but the
            first's (n_phases, n_shares).
        energies: Formation energies (n_phases, 1 + n_draws) in eV/atom, of the fit and the draws.
        above_hull: Energies above the convex hull of all of them, likewise.
        is_calculated: Whether each (n_phases,) is on the hull of the data.
        fitting: Whether each (n_phases,) fills the crystal.

    """

    names: list[str]
    concentrations: FloatArray
    energies: FloatArray
    above_hull: FloatArray
    is_calculated: NDArray[np.bool_]
    fitting: NDArray[np.bool_]

    def of(self, name: str) -> int:
        """Number of a phase; raises ValueError if it is not known."""
        return self.names.index(name)

    def at(self, concentration: float | FloatArray) -> IntArray:
        """Numbers of the phases of a composition, the lowest of the fit first."""
        near = np.abs(self.concentrations - concentration) < 1e-9
        found = np.flatnonzero(near.reshape(len(near), -1).all(axis=1))
        return found[np.argsort(self.energies[found, 0].round(9), kind="stable")]

    def tell_stabler(self, phase: int) -> list[str]:
        """Names of the fit's phases on the hull at a phase's composition, or left and right."""
        x, place = self.concentrations, self.concentrations[phase]
        on_hull = np.flatnonzero(self.above_hull[:, 0] <= EQUAL)
        at = [number for number in on_hull if abs(x[number] - place) < 1e-9]
        left = max((n for n in on_hull if x[n] < place), key=lambda n: x[n])
        right = min((n for n in on_hull if x[n] > place), key=lambda n: x[n])
        return [self.names[number] for number in at[:1] or (left, right)]

    def find_too_large(self, phase: int) -> tuple[int, float] | None:
        """The lowest phase of the same composition and by how many eV per site, if it does not fit.

        None if `phase` is as low as what does not fit.
        """
        lowest = int(self.at(self.concentrations[phase])[0])
        below = float(self.energies[phase, 0] - self.energies[lowest, 0])
        return None if self.fitting[lowest] or below <= EQUAL else (lowest, below)

    def is_parting(self, phase: int) -> bool:
        """Whether the fit puts nothing on the hull at a phase's composition but both elements."""
        stabler = [self.concentrations[self.of(name)] for name in self.tell_stabler(phase)]
        return sorted(stabler) == [0.0, 1.0]


def read_known_phases(
    connection: duckdb.DuckDBPyConnection, expansion: SimulatedModel, hnf: IntArray
) -> KnownPhases:
    """All enumerated decorations of the expansion's lattice, for a crystal `hnf` (3, 3).

    Raises WarehouseError if there are none.
    """
    rows = read_rows(
        connection,
        """
        select
            decoration_id,
            concentration,
            orbit_indices,
            cluster_vector,
            decoration_id in (
                select mappings.decoration_id
                from marts.ground_states
                inner join staging.lattice_mappings as mappings using (alloy, structure_id)
                where alloy = $2 and is_on_hull
            ) as is_calculated
        from marts.derivative_vectors
        where cluster_space_id = $1
        order by decoration_id
        """,
        [expansion.orbits["cluster_space_id"][0], expansion.alloy],
    )
    if rows.is_empty():
        raise WarehouseError(
            f"no ordered structures of {expansion.parent.name} are known",
            hint="`python -m ingest enumerate` makes them",
        )
    names = rows["decoration_id"].to_list()
    concentrations = rows["concentration"].to_numpy()
    kept = np.isin(rows["orbit_indices"][0], expansion.orbits["orbit_index"])
    energies = np.array(rows["cluster_vector"].to_list())[:, kept] @ expansion.parameters
    return KnownPhases(
        names,
        concentrations,
        energies,
        energies - lower_hulls(concentrations, energies),
        rows["is_calculated"].to_numpy(),
        np.array([fits(name, hnf) for name in names], dtype=bool),
    )


def lower_hulls(x: FloatArray, energies: FloatArray) -> FloatArray:
    """The lower convex hull of each column of `energies` (n, m) over `x` (n,), at every x."""
    places, inverse = np.unique(x.round(12), return_inverse=True)
    least = np.full((len(places), energies.shape[1]), np.inf)
    np.minimum.at(least, inverse, energies)
    hulls = np.empty_like(least)
    for column, values in enumerate(least.T):
        kept: list[int] = []
        for place, value in enumerate(values):
            while len(kept) > 1 and _is_above(places, values, kept[-2], kept[-1], place, value):
                kept.pop()
            kept.append(place)
        hulls[:, column] = np.interp(places, places[kept], values[kept])
    return hulls[inverse]


def _is_above(
    x: FloatArray, y: FloatArray, first: int, middle: int, last: int, value: float
) -> bool:
    """Whether the middle point is not below the line from the first to the last."""
    share = (x[middle] - x[first]) / (x[last] - x[first])
    return bool(y[middle] >= y[first] + share * (value - y[first]))


def choose_phase(
    known: KnownPhases, concentration: float | FloatArray, size: int, wanted: str
) -> int:
    """The phase of a composition that the fit is simulated in, among those that fit the crystal.

    `wanted`, or one on the hull of the data, or else the lowest: what was calculated counts more
    than a prediction that lies below it by less than its error. Raises WarehouseError if it does
    not fit a crystal of `size` cells along each vector, or none does.
    """
    there = known.at(concentration)
    names = [known.names[place] for place in there]
    told = ", ".join(f"{share:g}" for share in np.atleast_1d(concentration))
    if wanted and wanted not in names:
        raise WarehouseError(
            f"there is no structure {wanted!r} of the concentration {told}",
            hint=f"the lowest are {', '.join(names[:3]) or 'none'} (marts.derivative_predictions)",
        )
    if not names:
        raise WarehouseError(
            f"no ordered structure of the concentration {told} is known",
            hint="`python -m ingest enumerate --max-atoms 12` makes larger cells; or choose a "
            "composition such as 0.25, 0.5 or 0.75",
        )
    candidates = [known.of(wanted)] if wanted else there.tolist()
    candidates.sort(key=lambda place: not known.is_calculated[place])
    found = next((place for place in candidates if known.fitting[place]), None)
    if found is None:
        raise _too_small(known.names[candidates[0]], size)
    return int(found)


def choose_of_draws(
    known: KnownPhases, concentration: float | FloatArray, chosen: int
) -> list[int]:
    """The phase of the fit, then of each draw: the lowest of its own that fits the crystal.

    `chosen` stays where nothing is lower by more than rounding.
    """
    there = [place for place in known.at(concentration) if known.fitting[place]]
    phases = [chosen]
    for column in known.energies.T[1:]:
        lowest = min(there, key=lambda place: column[place])
        phases.append(chosen if column[chosen] <= column[lowest] + EQUAL else lowest)
    return phases


def _too_small(name: str, size: int) -> WarehouseError:
    n = 2
    while not fits(name, n * np.eye(3, dtype=np.int64)):
        n += 1
    larger = -(-size // n) * n
    return WarehouseError(
        f"the ground state {name} does not fit a crystal of {size}x{size}x{size} cells",
        hint=f"it needs a multiple of {n} cells along each vector: {larger}x{larger}x{larger}",
    )
