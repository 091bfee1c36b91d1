"""The pure elements of an alloy, to which its energies and its parent lattice refer.

A set of structures needs each of them. The energy of one that was not calculated can be given by
hand: it then becomes a structure like any other, `reference-Cu`, on the ideal parent lattice. Its
volume follows from the others, whose volumes per atom are fitted by the mean of the elements' ones,
weighed by their shares (Zen's law, the volumes' form of Vegard's).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from ingest.alloys.sources.rows import Calculation, make_row
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import FloatArray, ParentLattice
from warehouse.errors import WarehouseError
from warehouse.tables import AlloyStructures

GIVEN_BY_HAND = "reference energy given by hand"


def parse_references(texts: Sequence[str]) -> dict[str, float]:
    """Energies in eV per atom by element, from texts such as Au=-3.22.

    Raises WarehouseError if one is written otherwise, or an element comes twice.
    """
    references: dict[str, float] = {}
    for text in texts:
        element, _, energy = text.partition("=")
        element = element.strip().capitalize()
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


def complete_elements(
    structures: pl.DataFrame,
    alloy: Alloy,
    parent: ParentLattice,
    references: Mapping[str, float],
) -> pl.DataFrame:
    """`structures` of `alloy` with the pure elements whose energy `references` gives.

    `references` are in eV per atom. Raises WarehouseError if a pure element is in neither, or
    in both, or if another element is given.
    """
    elements = alloy.elements
    pure = {element: structures.filter(_is_pure(element)) for element in elements}
    if foreign := sorted(set(references) - set(elements)):
        raise WarehouseError(
            f"--reference {', '.join(foreign)}: the alloy is {' and '.join(elements)}",
            hint=f"give the energy of pure {' or '.join(elements)}, in eV per atom",
        )
    for element in references:
        if held := pure[element]["structure_id"].to_list():
            raise WarehouseError(
                f"pure {element} is given by --reference and by the structure {held[0]}",
                hint="leave one of them out: energies can refer to one only",
            )
    missing = [name for name in elements if pure[name].is_empty() and name not in references]
    if missing:
        options = " ".join(f"--reference {name}=ENERGY" for name in missing)
        raise WarehouseError(
            f"no structure of pure {' or '.join(missing)} among {structures.height} structures",
            hint=f"add pure {' and '.join(missing)}, relaxed with the same settings, or give the "
            f"energy in eV per atom: {options}",
        )
    rows = [_ideal_row(name, references[name], structures, alloy, parent) for name in references]
    schema = AlloyStructures.create_empty().schema
    return pl.concat([structures, pl.DataFrame(rows, schema=schema)])


def element_shares(structures: pl.DataFrame, alloy: Alloy) -> FloatArray:
    """Share of each of the alloy's elements among the atoms, shape (n_structures, n_elements)."""
    symbols = structures["symbols"].list
    counts = [symbols.count_matches(element).to_numpy() for element in alloy.elements]
    shares: FloatArray = np.stack(counts, axis=1) / symbols.len().to_numpy()[:, None]
    return shares


def _is_pure(element: str) -> pl.Expr:
    return pl.col("symbols").list.unique() == [element]


def _ideal_row(
    element: str,
    energy: float,
    structures: pl.DataFrame,
    alloy: Alloy,
    parent: ParentLattice,
) -> dict[str, object]:
    """The parent lattice full of one element."""
    volume = _fit_volumes(structures, alloy)[alloy.elements.index(element)]
    atoms = parent.atoms(parent.lattice_parameter(volume))
    atoms.symbols[:] = element
    given = Calculation(calculator=GIVEN_BY_HAND)
    row = make_row(f"reference-{element}", atoms, energy * len(atoms), given)
    return {"alloy": alloy.name, "source": structures["source"][0], **row}


def _fit_volumes(structures: pl.DataFrame, alloy: Alloy) -> FloatArray:
    """Volume per atom in Å³ of each element, shape (n_elements,), by least squares.

    Where the structures do not tell elements apart, or nonsense comes out, it is their mean.
    """
    shares = element_shares(structures, alloy)
    volumes = structures["volume"].to_numpy() / structures["symbols"].list.len().to_numpy()
    mean = volumes.mean()
    found: FloatArray = mean + np.linalg.lstsq(shares, volumes - mean, rcond=None)[0]
    return found if found.min() > 0 else np.full(len(found), mean)
