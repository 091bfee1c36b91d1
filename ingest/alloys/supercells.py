"""Rows of the table `supercells`."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from warehouse.conventions.lattices import IntArray, ParentLattice, hnf_to_entries, supercell_id
from warehouse.tables import Supercells


def supercell_rows(parent: ParentLattice, hnfs: Iterable[IntArray]) -> pl.DataFrame:
    """Rows of `supercells` for Hermite normal forms (3, 3) that differ from each other."""
    rows = [
        {
            "supercell_id": supercell_id(parent, hnf),
            "parent_lattice": parent.name,
            "hermite_normal_form": hnf_to_entries(hnf),
            "n_sites": int(np.prod(np.diag(hnf))) * len(parent.basis),
        }
        for hnf in hnfs
    ]
    return pl.DataFrame(rows, schema=Supercells.create_empty().schema)
