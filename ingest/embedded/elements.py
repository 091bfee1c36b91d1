"""The elements: their place and charges from pymatgen, their properties from Magpie's tables."""

from pathlib import Path
from zipfile import ZipFile

import polars as pl

LAST_ATOMIC_NUMBER = 118

MAGPIE_TABLES = {
    "magpie_number": "Number",
    "mendeleev_number": "MendeleevNumber",
    "atomic_weight": "AtomicWeight",
    "melting_temperature": "MeltingT",
    "magpie_column": "Column",
    "magpie_row": "Row",
    "covalent_radius": "CovalentRadius",
    "electronegativity": "Electronegativity",
    "ns_valence": "NsValence",
    "np_valence": "NpValence",
    "nd_valence": "NdValence",
    "nf_valence": "NfValence",
    "n_valence": "NValence",
    "ns_unfilled": "NsUnfilled",
    "np_unfilled": "NpUnfilled",
    "nd_unfilled": "NdUnfilled",
    "nf_unfilled": "NfUnfilled",
    "n_unfilled": "NUnfilled",
    "ground_state_volume": "GSvolume_pa",
    "ground_state_band_gap": "GSbandgap",
    "ground_state_magnetic_moment": "GSmagmom",
    "space_group_number": "SpaceGroupNumber",
}
"""Our column: Magpie's table, in the order of matminer's "magpie" preset."""


def build_elements(wheel: Path) -> pl.DataFrame:
    """Read the elements for which at least one of the 22 tables has a value.

    Raises ValueError if a line is neither a number nor `Missing`, or if Magpie's number of an
    element is not its atomic number.
    """
    magpie = _read_magpie(wheel)
    frame = pl.concat([_describe_periodic_table(), magpie], how="horizontal")
    frame = frame.filter(pl.any_horizontal(pl.col(magpie.columns).is_not_null()))
    if not frame["magpie_number"].cast(pl.Int64).equals(frame["atomic_number"]):
        raise ValueError("Number.table does not list the atomic numbers")
    return frame


def _read_magpie(wheel: Path) -> pl.DataFrame:
    """Read the tables: line Z of each is the value of element Z; short ones end early."""
    folder = "matminer/utils/data_files/magpie_elementdata"
    columns = {}
    with ZipFile(wheel) as archive:
        for column, table in MAGPIE_TABLES.items():
            lines = archive.read(f"{folder}/{table}.table").decode().splitlines()
            values = [None if line.strip() == "Missing" else float(line) for line in lines]
            columns[column] = values + [None] * (LAST_ATOMIC_NUMBER - len(values))
    return pl.DataFrame(columns, schema=dict.fromkeys(MAGPIE_TABLES, pl.Float64))


def _describe_periodic_table() -> pl.DataFrame:
    from pymatgen.core.periodic_table import Element

    elements = [Element.from_Z(number) for number in range(1, LAST_ATOMIC_NUMBER + 1)]
    return pl.DataFrame(
        [
            {
                "element": element.symbol,
                "atomic_number": element.Z,
                "group": element.group,
                "period": element.row,
                # pymatgen files helium with its group, not with its 1s electrons.
                "block": "s" if element.symbol == "He" else element.block,
                "common_oxidation_states": sorted(element.common_oxidation_states),
                "oxidation_states": sorted(element.oxidation_states),
            }
            for element in elements
        ],
        schema={
            "element": pl.String,
            "atomic_number": pl.Int64,
            "group": pl.Int64,
            "period": pl.Int64,
            "block": pl.String,
            "common_oxidation_states": pl.List(pl.Int64),
            "oxidation_states": pl.List(pl.Int64),
        },
    )
