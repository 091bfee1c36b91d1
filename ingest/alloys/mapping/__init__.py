"""All structures of an alloy on their parent lattice: what is mapped, flagged and refused."""
