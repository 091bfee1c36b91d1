"""What fills a crystal: how many sites of each sublattice each species has."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.thermodynamics.cells import ATOMS, suggest_sites
from analysis.thermodynamics.settings import MonteCarloSettings, parse_composition
from warehouse.conventions.alloys import VACANCY, Alloy
from warehouse.conventions.lattices import ParentLattice
from warehouse.conventions.point_functions import point_functions
from warehouse.errors import WarehouseError

EXAMPLE = "for example"


@dataclass(frozen=True)
class Filling:
    """How many sites of each sublattice of an alloy hold each of its species.

    `counts` are those of each sublattice in the alloy's order, species by species.
    """

    counts: tuple[tuple[int, ...], ...]

    @property
    def n_sites(self) -> int:
        """Sites of the crystal."""
        return sum(map(sum, self.counts))

    @property
    def shares(self) -> FloatArray:
        """Share (n_members - 1,) of each species but the first among the sites of its sublattice.

        With what they leave to the first, those of the alloy's end members.
        """
        return np.array([n / sum(own) for own in self.counts for n in own[1:]])

    @property
    def concentrations(self) -> list[float]:
        """Share of each end member, as marts.ground_states has them; they add up to 1."""
        shares = self.shares.tolist()
        return [1 - sum(shares), *shares]

    @property
    def place(self) -> FloatArray:
        """Where it is among compositions: the share of the second species, or all shares (n,)."""
        shares = self.shares
        return shares if len(shares) > 1 else shares[0]

    @property
    def mixing_entropy(self) -> float:
        """Entropy in k_B/site of all arrangements of the species on their sublattices, exact."""
        ways = sum(
            math.lgamma(sum(own) + 1) - sum(math.lgamma(n + 1) for n in own) for own in self.counts
        )
        return ways / self.n_sites

    def arrange(self, parent: ParentLattice, rng: np.random.Generator, n: int) -> NDArray[np.int8]:
        """Species (n_sites, n) of `n` crystals at random, each with its counts."""
        n_cells = self.n_sites // len(parent.basis)
        sublattices = np.repeat(parent.sublattices, n_cells)
        filled = np.zeros((self.n_sites, n), dtype=bool if parent.is_binary else np.int8)
        for number, own in enumerate(self.counts):
            if len(own) > 1:
                there = np.repeat(np.arange(len(own))[::-1], own[::-1]).astype(filled.dtype)
                filled[sublattices == number] = rng.permuted(
                    np.repeat(there[:, None], n, axis=1), axis=0
                )
        return filled

    def random_correlations(
        self, parent: ParentLattice, sites: list[list[list[int]]], functions: list[list[int] | None]
    ) -> FloatArray:
        """Mean product (n_orbits,) of point functions where all species are placed at random.

        `sites` and `functions` are of one cluster of each orbit, as `orbits` has them.
        """
        shares = [np.array(own) / sum(own) for own in self.counts]
        return np.array(
            [
                np.prod(
                    [
                        shares[parent.sublattices[site[0]]]
                        @ point_functions(parent.n_species[site[0]])[:, function]
                        for site, function in zip(
                            cluster, chosen or [0] * len(cluster), strict=True
                        )
                    ]
                )
                for cluster, chosen in zip(sites, functions, strict=True)
            ]
        )


def fill_crystal(
    alloy: Alloy, parent: ParentLattice, n_cells: int, settings: MonteCarloSettings
) -> Filling:
    """The filling of a crystal of `n_cells` primitive cells that settings of an alloy ask for.

    Raises WarehouseError if they do not tell it, or the crystal cannot have it.
    """
    asked = parse_composition(settings.composition)
    if not asked and alloy.has_one_share:
        asked = {alloy.second: settings.concentration}
    sizes = [n_cells * parent.sublattices.count(number) for number in range(len(alloy.sublattices))]
    _check_species(alloy, asked, sizes)
    wanted = [
        _share_sites(alloy, species, asked, sizes) if len(species) > 1 else [1.0]
        for species in alloy.sublattices
    ]
    exact = [size * np.array(of) for size, of in zip(sizes, wanted, strict=True)]
    rounded = [_round_counts(of) for of in exact]
    filling = Filling(tuple(map(tuple, rounded)))
    for species, of, counts in zip(alloy.sublattices, exact, rounded, strict=True):
        off = np.abs(of - counts)
        if off.max() > ATOMS:
            worst = max(range(len(of)), key=lambda n: (off[n].round(6), species[n] in asked))
            raise WarehouseError(
                f"{sum(counts):,} sites of {', '.join(species)} cannot have a share of "
                f"{of[worst] / sum(counts):g} of {species[worst]}: that would be {of[worst]:.2f}",
                hint=suggest_sites(len(parent.basis), (of / filling.n_sites).tolist())
                + f"the nearest is --composition {_write(alloy, filling)}",
            )
    if not filling.mixing_entropy > 1e-12:
        raise WarehouseError(
            f"--composition {settings.composition} leaves nothing to arrange: each sublattice has "
            "one species",
            hint=f"{EXAMPLE} --composition {_example(alloy, sizes)}",
        )
    return filling


def fill_evenly(alloy: Alloy, parent: ParentLattice, n_cells: int) -> Filling:
    """As many sites of each species of a sublattice as can be."""
    sizes = [n_cells * parent.sublattices.count(number) for number in range(len(alloy.sublattices))]
    return _even(alloy, sizes)


def _check_species(alloy: Alloy, asked: Mapping[str, float], sizes: list[int]) -> None:
    """Raise WarehouseError for a species that changes places nowhere, or on two sublattices."""
    active = [species for one in alloy.sublattices if len(one) > 1 for species in one]
    if foreign := [species for species in asked if species not in active]:
        raise WarehouseError(
            f"{', '.join(foreign)} is no species of {alloy.label} that changes places",
            hint=f"those are {', '.join(dict.fromkeys(active))}; {EXAMPLE} "
            f"--composition {_example(alloy, sizes)}",
        )
    if VACANCY in asked and active.count(VACANCY) > 1:
        raise WarehouseError(
            f"vacancies are on {active.count(VACANCY)} sublattices of {alloy.label}, and {VACANCY}="
            f"{asked[VACANCY]:g} does not tell on which",
            hint="leave them out: on each sublattice they have what is left",
        )


def _share_sites(
    alloy: Alloy, species: tuple[str, ...], asked: Mapping[str, float], sizes: list[int]
) -> list[float]:
    """Share of each species of a sublattice; one that is not told has what is left."""
    told = {one: asked[one] for one in species if one in asked}
    left = 1 - sum(told.values())
    untold = [one for one in species if one not in told]
    if len(untold) > 1:
        raise WarehouseError(
            f"the composition of {alloy.label} is not told: of the sites of {', '.join(species)}, "
            f"which shares have {' and '.join(untold)}?",
            hint=f"{EXAMPLE} --composition {_example(alloy, sizes)}; one species of a sublattice "
            "may be left out, and has what is left",
        )
    if left < -1e-6 or (left > 1e-6 and not untold):
        raise WarehouseError(
            f"the shares of {', '.join(told)} add up to {sum(told.values()):g}, and they are of "
            "the same sites",
            hint=f"give shares that add up to 1; {EXAMPLE} --composition {_example(alloy, sizes)}",
        )
    return [told.get(one, max(left, 0.0)) for one in species]


def _round_counts(exact: FloatArray) -> list[int]:
    """Whole numbers that add up to what `exact` (n,) do, as near as can be."""
    counts = np.floor(exact + ATOMS).astype(int)
    n_left = round(float(exact.sum())) - counts.sum()
    counts[np.argsort(counts - exact, kind="stable")[:n_left]] += 1
    return [int(n) for n in counts]


def _example(alloy: Alloy, sizes: list[int]) -> str:
    """A composition as it is typed, of about equal shares, that the crystal can have."""
    return _write(alloy, _even(alloy, sizes))


def _even(alloy: Alloy, sizes: list[int]) -> Filling:
    counts = (
        tuple(_round_counts(np.full(len(species), size / len(species))))
        for species, size in zip(alloy.sublattices, sizes, strict=True)
    )
    return Filling(tuple(counts))


def _write(alloy: Alloy, filling: Filling) -> str:
    """A filling as it is typed, without what is left on each sublattice to its first species."""
    return ",".join(
        f"{species}={n / sum(counts):.9g}"
        for one, counts in zip(alloy.sublattices, filling.counts, strict=True)
        for species, n in [*zip(one, counts, strict=True)][1:]
    )
