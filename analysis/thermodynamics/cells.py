"""The crystal that is simulated: its size, and how an ordered structure fills it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.conventions.lattices import IntArray, ParentLattice
from warehouse.conventions.sites import decode_species, site_indices, supercell_sites
from warehouse.crystals.symmetry import find_symmetry_operations, parse_decoration_id, translate
from warehouse.errors import WarehouseError

ATOMS = 0.01
"""A composition may be off by so many atoms of the crystal: 0.333333 is a third."""
LARGEST_SUGGESTED = 15
"""Primitive cells along each vector of the largest crystal that a hint names."""


def choose_cell(
    parent: ParentLattice, n_sites: int, concentration: float | None = None
) -> IntArray:
    """Hermite normal form (3, 3) of n x n x n primitive cells with `n_sites` sites.

    `concentration` is None where it is not fixed.

    Raises WarehouseError if there is no such n, or the crystal cannot have the composition.
    """
    n_basis = len(parent.basis)
    n = round((max(n_sites, 1) / n_basis) ** (1 / 3))
    if n**3 * n_basis != n_sites or n < 2:
        sizes = [k**3 * n_basis for k in range(max(n - 1, 2), max(n + 2, 4))]
        raise WarehouseError(
            f"no crystal of n x n x n primitive cells of {parent.name} has {n_sites:,} sites",
            hint=f"use --sites {', '.join(map(str, sizes[:-1]))} or {sizes[-1]}",
        )
    if concentration is not None:
        n_second = round(n_sites * concentration)
        if abs(n_sites * concentration - n_second) > ATOMS:
            raise WarehouseError(
                f"{n_sites:,} sites cannot have the concentration {concentration:g}: that would be "
                f"{n_sites * concentration:.2f} atoms of the second element",
                hint=suggest_sites(n_basis, [concentration])
                + f"the nearest is {n_second / n_sites:.9g}",
            )
    return np.diag(np.full(3, n, dtype=np.int64))


def suggest_sites(n_basis: int, shares: Sequence[float]) -> str:
    """The smallest crystal that can have `shares` of its sites, as the start of a hint."""
    sizes = (n**3 * n_basis for n in range(6, LARGEST_SUGGESTED + 1))
    exact = (n for n in sizes if all(abs(n * x - round(n * x)) <= ATOMS for x in shares))
    found = next(exact, None)
    return f"use --sites {found}, which can, or others here: " if found else ""


def fits(decoration: str, hnf: IntArray) -> bool:
    """Whether a decoration, however it is turned, repeats within the crystal `hnf` (3, 3)."""
    _, small, _ = parse_decoration_id(decoration)
    repeats = hnf @ np.linalg.inv(small)
    return bool(np.allclose(repeats, np.rint(repeats), atol=1e-6))


def find_variants(parent: ParentLattice, hnf: IntArray, decoration: str) -> NDArray[Any]:
    """Every way (n_variants, n_sites) in which a decoration fills the crystal.

    Turned and moved by each operation of the parent's space group, each way once; the first is the
    decoration as it is named. Of two elements whether the second is on a site, else its species.
    """
    _, small, occupation = parse_decoration_id(decoration)
    n_small = len(supercell_sites(parent, small))
    species = decode_species(parent, small, occupation)
    species = species.astype(bool if parent.is_binary else np.int8)
    sites = supercell_sites(parent, hnf)
    points = supercell_sites(parent, small)[: n_small // len(parent.basis), 1:]
    operations = find_symmetry_operations(parent)
    found: dict[bytes, NDArray[Any]] = {}
    as_named = species[site_indices(small, sites)]
    found[as_named.tobytes()] = as_named
    for rotation, images in zip(operations.rotations, operations.images, strict=True):
        turned = images[sites[:, 0]].copy()
        turned[:, 1:] += sites[:, 1:] @ rotation
        for pattern in species[site_indices(small, translate(turned, points))]:
            found.setdefault(pattern.tobytes(), pattern)
    return np.array(list(found.values()))
