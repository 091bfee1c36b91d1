"""Alloys: relaxed structures, their place on the parent lattice, and its clusters.

In the order of the work: `sources` and `structure_files` read a user's structures, `references`
completes their pure elements, `mapping` puts all of an alloy on one of the `parents` and judges how
well they fit; `structures` writes them. `supercells`, `symmetry` and `enumeration` are about the
ways to decorate a lattice, `cluster_spaces` and `clusters` about what SQL makes correlations from.
"""
