"""The end members of an alloy, to which its energies and its parent lattice refer.

They are the pure elements or, where sublattices differ or sites may be vacant, the parent lattice
with one species on each sublattice, such as NiO2 and LiNiO2. A set of structures needs each of
them. The energy of one that was not calculated can be given by hand: it then becomes a structure
like any other, `reference-Cu`, on the ideal parent lattice. Its volume follows from the others,
whose volumes per atom are fitted by the mean of the elements' ones, weighed by their shares (Zen's
law, the volumes' form of Vegard's), or is their mean per site. A lattice without any atom, which is
an end member if every site may be vacant, has no energy.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.alloys.corner_references import suggest_references
from ingest.alloys.end_members import EndMember, list_end_members
from ingest.alloys.sources.rows import Calculation, make_row
from warehouse.conventions.alloys import VACANCY, Alloy
from warehouse.conventions.elements import ELEMENTS
from warehouse.conventions.lattices import FloatArray, ParentLattice
from warehouse.crystals.decorations import find_cell_counts, member_shares
from warehouse.errors import WarehouseError
from warehouse.tables import AlloyStructures

GIVEN_BY_HAND = "reference energy given by hand"
_AMOUNT = re.compile(r"([A-Z][a-z]?)(\d*)")


def parse_references(texts: Sequence[str]) -> dict[str, float]:
    """Energies in eV per atom by element or formula, from texts such as Au=-3.22, NiO2=-5.1.

    Raises WarehouseError if one is written otherwise, or an element comes twice.
    """
    references: dict[str, float] = {}
    for text in texts:
        element, _, energy = text.partition("=")
        element = element.strip()
        if not (parts := _AMOUNT.findall(element)) or {part for part, _ in parts} - ELEMENTS:
            element = element.capitalize()
        try:
            value = float(energy)
        except ValueError:
            value = float("nan")
        if not -1e6 < value < 1e6 or element in references:
            raise WarehouseError(
                f"--reference {text!r} is not an energy, or the second one of {element}",
                hint="write it like --reference Au=-3.22, in eV per atom, once for each element",
            )
        references[element] = value
    return references


def complete_end_members(
    structures: pl.DataFrame,
    alloy: Alloy,
    parent: ParentLattice,
    references: Mapping[str, float],
) -> pl.DataFrame:
    """`structures` of `alloy` with the end members whose energy `references` gives.

    `references` are in eV per atom. Raises WarehouseError if an end member is in neither, or
    in both, or if something else is given.
    """
    members = {member.formula: member for member in list_end_members(alloy, parent)}
    found = {name: _find_member(name, members.values()) for name in references}
    if foreign := sorted(name for name, member in found.items() if member is None):
        raise WarehouseError(
            f"--reference {', '.join(foreign)}: the alloy is "
            f"{' and '.join(alloy.elements) if alloy.is_plain else alloy.label}",
            hint=f"give the energy of {'pure ' if alloy.is_plain else ''}{' or '.join(members)}, "
            "in eV per atom",
        )
    given = {member.formula: references[name] for name, member in found.items() if member}
    held = {name: structures.filter(member.condition) for name, member in members.items()}
    for name in given:
        if of_member := held[name]["structure_id"].to_list():
            raise WarehouseError(
                f"{members[name].label} is given by --reference and by the structure "
                f"{of_member[0]}",
                hint="leave one of them out: energies can refer to one only",
            )
    if missing := [name for name in members if held[name].is_empty() and name not in given]:
        raise _missing_members([members[name] for name in missing], structures, alloy, parent)
    rows = [_ideal_row(members[name], given[name], structures, alloy, parent) for name in given]
    schema = AlloyStructures.create_empty().schema
    return pl.concat([structures, pl.DataFrame(rows, schema=schema)])


def _missing_members(
    missing: Sequence[EndMember], structures: pl.DataFrame, alloy: Alloy, parent: ParentLattice
) -> WarehouseError:
    """What to say of end members that are not there; with energies that would do, if there are."""
    pure, names = ("pure " if alloy.is_plain else ""), [member.formula for member in missing]
    options = " ".join(f"--reference {name}=ENERGY" for name in names)
    hint = (
        f"add {pure}{' and '.join(names)}, relaxed with the same settings, or give the energy in "
        f"eV per atom: {options}"
    )
    energies, corners = suggest_references(structures, alloy, parent, missing)
    if energies:
        options = " ".join(f"--reference {name}={value:.6f}" for name, value in energies.items())
        hint += f"; {options} would put {' and '.join(corners)} of yours at a formation energy of 0"
    return WarehouseError(
        f"no structure of {pure}{' or '.join(names)} among {structures.height} structures",
        hint=hint,
    )


def element_shares(structures: pl.DataFrame, alloy: Alloy) -> FloatArray:
    """Share of each of the alloy's elements among the atoms, shape (n_structures, n_elements)."""
    symbols = structures["symbols"].list
    counts = [symbols.count_matches(element).to_numpy() for element in alloy.elements]
    shares: FloatArray = np.stack(counts, axis=1) / symbols.len().to_numpy()[:, None]
    return shares


def measure_shares(
    rows: pl.DataFrame, alloy: Alloy, parent: ParentLattice
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Shares (n, n_members) of the end members in mapped structures, and their sites (n,).

    `rows` have the columns symbols and site_species.
    """
    if alloy.is_plain:
        return element_shares(rows, alloy), rows["symbols"].list.len().to_numpy()
    decorations = rows["site_species"].to_list()
    shares = [member_shares(alloy, parent, np.array(species)) for species in decorations]
    return np.array(shares), np.array(list(map(len, decorations)))


def _find_member(name: str, members: Iterable[EndMember]) -> EndMember | None:
    """The end member of that element or formula, in whatever order and multiple of its atoms."""
    atoms = Counter[str]()
    for element, amount in _AMOUNT.findall(name):
        atoms[element] += int(amount or 1)
    n_atoms = sum(atoms.values())
    for member in members:
        n_own = sum(member.atoms.values())
        if {e: n * n_own for e, n in atoms.items()} == {
            e: n * n_atoms for e, n in member.atoms.items()
        }:
            return member
    return None


def _ideal_row(
    member: EndMember,
    energy: float,
    structures: pl.DataFrame,
    alloy: Alloy,
    parent: ParentLattice,
) -> dict[str, object]:
    """The parent lattice full of one species on each sublattice."""
    if alloy.is_plain:
        volume = _fit_volumes(structures, alloy)[alloy.elements.index(member.formula)]
    else:
        volume = _mean_volume(structures, alloy, parent)
    atoms = parent.atoms(parent.lattice_parameter(volume))
    atoms.symbols[:] = [member.species[number] for number in parent.sublattices]
    del atoms[[atom.index for atom in atoms if atom.symbol == VACANCY]]
    given = Calculation(calculator=GIVEN_BY_HAND)
    row = make_row(f"reference-{member.formula}", atoms, energy * len(atoms), given)
    return {"alloy": alloy.name, "source": structures["source"][0], **row}


def _mean_volume(structures: pl.DataFrame, alloy: Alloy, parent: ParentLattice) -> float:
    """Mean volume per site in Å³ of the structures whose atoms tell how many sites they have."""
    volumes = []
    for symbols, volume in structures.select("symbols", "volume").rows():
        if n_cells := find_cell_counts(Counter(symbols), alloy, parent)[:1]:
            volumes.append(volume / (n_cells[0] * len(parent.basis)))
    return float(np.mean(volumes)) if volumes else float(structures["volume"].mean())  # type: ignore[arg-type]


def _fit_volumes(structures: pl.DataFrame, alloy: Alloy) -> FloatArray:
    """Volume per atom in Å³ of each element, shape (n_elements,), by least squares.

    Where the structures do not tell elements apart, or nonsense comes out, it is their mean.
    """
    shares = element_shares(structures, alloy)
    volumes = structures["volume"].to_numpy() / structures["symbols"].list.len().to_numpy()
    mean = volumes.mean()
    found: FloatArray = mean + np.linalg.lstsq(shares, volumes - mean, rcond=None)[0]
    return found if found.min() > 0 else np.full(len(found), mean)
