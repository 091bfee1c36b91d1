"""Structures on their parent lattice: which supercell, which sites, how well, and what is odd."""
