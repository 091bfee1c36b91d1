"""What a structure of an alloy can be flagged for: names and meanings, once for all that use them.

A flag says that a structure deserves a look before a fit is trusted; it stays in the tables. The
column `warnings` of `lattice_mappings` holds the names, `marts.flagged_structures` has one row
for each of them.
"""

from collections.abc import Mapping

PER_ATOM = "perhaps_energy_per_atom"
"""The flag of energies that must be multiplied by the number of atoms."""
STRUCTURE_FLAGS: Mapping[str, str] = {
    # How it sits on the lattice.
    "large_strain": "its cell's shape is strained from the parent's by more than 0.1",
    "large_displacement": "an atom is more than a quarter of the nearest-neighbour distance from "
    "its site",
    "ambiguous_sites": "an atom has two sites almost equally near",
    "closer_to_fcc": "it fits fcc better than its parent lattice",
    "closer_to_bcc": "it fits bcc better than its parent lattice",
    "closer_to_hcp": "it fits hcp better than its parent lattice",
    "other_symmetry": "whatever its elements, it has a symmetry that the parent lattice has not, "
    "as another crystal has",
    "unusual_volume": "its volume is more than 15 % off the straight line between the elements'",
    # Which decoration it is.
    "relaxed_into_other_decoration": "its first step is another decoration than its last",
    "repeats_decoration": "a structure of the same decoration has a lower energy per atom: it "
    "relaxed into that one, or was calculated twice",
    "equal_decoration_other_energy": "structures of its decoration differ by more than 0.1 "
    "meV/atom",
    # How it was calculated.
    "large_forces": "a force is above 0.1 eV/Å",
    "high_pressure": "its pressure is beyond 20 kbar, of either sign",
    "unfinished_relaxation": "its relaxation stopped before it had converged",
    "molecular_dynamics": "it is a step of molecular dynamics",
    "other_calculator": "most structures of the alloy come from another calculator",
    "other_functional": "most structures of the alloy have another functional",
    "other_settings": "most structures of the alloy have other settings (cut-off and the like)",
    "other_energy_kind": "the energies of most structures of the alloy are of another kind",
    # What its energy looks like.
    "unusual_energy": "its energy lies far from the smooth curve that the alloy's energies follow "
    "with composition",
    PER_ATOM: "its energy would be usual if it were one per atom",
}
"""Each flag and what it says."""


def list_flags() -> str:
    """All flags in one sentence, for the documentation of a column."""
    return "; ".join(f"{flag}: {meaning}" for flag, meaning in STRUCTURE_FLAGS.items())
