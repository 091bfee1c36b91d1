"""The enumeration of derivative structures, against icet's."""

from pathlib import Path

from tests.benchmarks.harness import Work

MAX_ATOMS = 14


def enumeration_by_bits(warehouse: Path) -> Work:
    """Every fcc structure of two elements up to `MAX_ATOMS`, as supercells and occupations."""
    from ingest.alloys.enumeration import find_distinct_supercells, find_occupations
    from ingest.alloys.parents import get_parent

    parent = get_parent("fcc")

    def work() -> int:
        return sum(
            len(find_occupations(parent, cell))
            for n_cells in range(1, MAX_ATOMS + 1)
            for cell in find_distinct_supercells(parent, n_cells)
        )

    return work


def enumeration_by_icet(warehouse: Path) -> Work:
    """The same structures as ase.Atoms, by icet."""
    from icet.tools import enumerate_structures

    from ingest.alloys.parents import get_parent

    primitive = get_parent("fcc").atoms(4.0)

    def work() -> int:
        sizes = range(1, MAX_ATOMS + 1)
        return sum(1 for _ in enumerate_structures(primitive, sizes, ["Au", "Cu"]))

    return work
