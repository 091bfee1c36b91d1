"""Energies of structures in files, mapped on the parent lattice of a fitted model."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.cluster_expansion.own_structures.answers import (
    PASSED_OVER,
    Calculated,
    Contribution,
    StructurePrediction,
)
from analysis.cluster_expansion.own_structures.known_model import KnownModel
from analysis.cluster_expansion.own_structures.sources import AskedFile, list_asked
from analysis.datasets import FloatArray
from warehouse.crystals.bounds import ReadingError
from warehouse.crystals.decorations import find_decoration, member_shares
from warehouse.crystals.orbit_clusters import count_correlations
from warehouse.crystals.placement import make_right_handed
from warehouse.crystals.structure_frames import read_structures_of
from warehouse.crystals.symmetry import name_decoration

if TYPE_CHECKING:
    from ase import Atoms

MOST_ATOMS = 100_000
"""Atoms of a cell above which counting its clusters takes gigabytes."""
LARGEST_TERMS = 5
LARGEST_STRAIN = 0.1
UNLIKELY_VOLUME = "unlikely_volume"
"""The flag of a volume that differs by more than that from Vegard's rule."""
LIKE = 0.95
"""Share of the training structures, each left out, of which the model is surer than of what is
unlike them."""
MOST_SHARE = 0.9
"""Of the noise that a structure's own spread is taken for, since draws give it roughly."""
NAMES = ("structure_id", "config_id", "name")
"""What a frame may be called by."""


def predict_files(known: KnownModel, paths: Sequence[Path]) -> Iterator[StructurePrediction]:
    """Predict every structure of each file, of the files that an index names, or of a folder.

    What cannot be predicted is told in its `reason`, as is what a folder holds beside.
    """
    for path in paths:
        try:
            for asked in list_asked(path):
                if asked.passed_over:
                    file, frame = str(asked.path), asked.name
                    reason = f"{PASSED_OVER}: {asked.passed_over}"
                    yield StructurePrediction(file, frame, reason=reason)
                else:
                    yield from _predict_file(known, asked)
        except ReadingError as error:
            yield StructurePrediction(str(path), "", reason=str(error))


def _predict_file(known: KnownModel, asked: AskedFile) -> Iterator[StructurePrediction]:
    path = asked.path
    frames: list[tuple[str, Atoms | ReadingError]] = []
    try:
        for number, found in enumerate(read_structures_of(path), start=1):
            named = {} if isinstance(found, ReadingError) else found.info
            name = next((str(named[key]) for key in NAMES if named.get(key)), str(number))
            frames.append((name, found))
    except ReadingError as error:
        frames.append(("" if not frames else str(len(frames) + 1), error))
    if not frames:
        frames.append(("", ReadingError("has no structure")))
    for name, found in frames:
        frame = asked.name if len(frames) == 1 else f"{asked.name} {name}".strip()
        try:
            if isinstance(found, ReadingError):
                raise found
            yield predict_structure(known, found, str(path), frame)
        except ValueError as error:
            yield StructurePrediction(str(path), frame, reason=" ".join(str(error).split()))


def predict_structure(
    known: KnownModel, atoms: "Atoms", file: str = "", frame: str = ""
) -> StructurePrediction:
    """Predict one structure of any size, relaxed or ideal; ValueError if that is not possible."""
    if known.alloy.has_vacancies:  # Atoms X stand for vacant sites, as icet writes them.
        atoms = atoms[atoms.numbers > 0]
    _refuse(known, atoms)
    cell, fractions = make_right_handed(atoms.cell.array.tolist(), atoms.positions.tolist())
    placed = find_decoration(
        cell,
        fractions,
        [*atoms.symbols],
        known.alloy,
        known.parent,
        float(np.mean(known.lattice_parameters)),
    )
    fit, assignment, flags = placed.fit, placed.assignment, placed.flags
    site_species = placed.site_species
    decoration = name_decoration(known.parent, assignment.hnf, site_species)
    vector = count_correlations(known.clusters, known.parent, assignment.hnf, site_species)
    terms = known.parameters_at(vector) * known.measure(vector[None])[0]
    shares = member_shares(known.alloy, known.parent, site_species)
    energy = float(terms.sum())
    # Vegard's rule: what the energies, which are of relaxed structures, lie near.
    a = float(shares @ known.lattice_parameters)
    n_sites, ideal = len(site_species), abs(np.linalg.det(fit.supercell @ known.parent.cell)) * a**3
    volumetric_strain = float(np.linalg.det(cell) / ideal) - 1
    if abs(volumetric_strain) > LARGEST_STRAIN:
        flags = [*flags, UNLIKELY_VOLUME]
    columns = known.columns(vector[None])[0]
    lower, upper, parameter_std, noise, rank = _judge(known, columns, shares, energy)
    above = {which: _above(hull, shares, energy) for which, hull in known.hulls.items()}
    return StructurePrediction(
        file=file,
        frame=frame,
        formula=atoms.get_chemical_formula(),
        n_atoms=len(atoms),
        n_sites=n_sites,
        site=known.alloy.site,
        concentration=float(shares[1]),
        formation_energy_per_atom=energy,
        lower=lower,
        upper=upper,
        parameter_std=parameter_std,
        noise=noise,
        formation_energy=n_sites * energy,
        total_energy=n_sites * (energy + float(shares @ known.pure)) if known.pure else None,
        energy_above_data_hull=above["data"],
        energy_above_predicted_hull=above.get("predicted"),
        uncertainty_rank=rank,
        strain=fit.strain,
        volumetric_strain=volumetric_strain,
        max_displacement=float(assignment.displacements.max()) * a,
        warnings=tuple(flags),
        decoration_id=decoration,
        calculated=_find_calculated(known, decoration),
        contributions=_largest(known, terms),
    )


def _refuse(known: KnownModel, atoms: "Atoms") -> None:
    if not len(atoms) or not atoms.pbc.all() or not abs(atoms.get_volume()) > 0:
        raise ValueError(
            f"not a crystal: {len(atoms)} atoms, periodic in {atoms.pbc.sum()} directions"
        )
    if not np.isfinite(atoms.positions).all() or not np.isfinite(atoms.cell.array).all():
        raise ValueError("a position or cell vector is no number")
    if len(atoms) > MOST_ATOMS:
        raise ValueError(f"{len(atoms):,} atoms, and at most {MOST_ATOMS:,} are counted")


def _judge(
    known: KnownModel, columns: FloatArray, shares: FloatArray, energy: float
) -> tuple[float, float, float | None, float, float | None]:
    """Bounds, both parts of the standard deviation, and the rank of the first; see the answer."""
    noise = float(known.noise.at(shares[None])[0])
    spread = rank = None
    if len(known.draws):
        spread = float((known.draws @ columns).std(ddof=1))
        of_fitted = known.variances
        # As unsure as of each without itself (leave-one-out of a linear Gaussian model).
        share = np.minimum(of_fitted / np.maximum(known.fitted_noise**2, 1e-300), MOST_SHARE)
        left_out = np.sqrt(of_fitted / (1 - share))
        bound = float(np.quantile(left_out, LIKE))
        rank = spread / bound if spread > bound else float((left_out < spread).mean())
    deviation = float(np.hypot(spread or 0.0, noise))
    width = float(known.reaches.at(shares[None])[0]) * deviation
    return energy - width, energy + width, spread, noise, rank


def _above(hull: FloatArray, shares: FloatArray, energy: float) -> float | None:
    """Energy above the highest plane of a hull's facets, in eV/atom; None without a hull."""
    return energy - float((hull @ shares).max()) if len(hull) else None


def _find_calculated(known: KnownModel, decoration: str | None) -> tuple[Calculated, ...]:
    fitted = set(known.fitted)
    rows = known.calculated.filter(decoration_id=decoration or "").rows(named=True)
    return tuple(
        Calculated(
            row["structure_id"],
            row["formation_energy_per_atom"],
            row["structure_id"] in fitted,
        )
        for row in rows
    )


def _largest(known: KnownModel, terms: FloatArray) -> tuple[Contribution, ...]:
    order = np.argsort(-np.abs(terms), kind="stable")[:LARGEST_TERMS]
    rows = known.orbits.rows(named=True)
    return tuple(
        Contribution(
            rows[place]["orbit_index"],
            rows[place]["cluster_order"],
            rows[place]["cluster_diameter"],
            float(terms[place]),
        )
        for place in order.tolist()
        if terms[place]
    )
