"""Alloys: relaxed structures, their place on the parent lattice, and its clusters.

In the order of the work: `sources` and `structure_files` read a user's structures, `references`
completes their pure elements, `alloy_mapping` puts all of an alloy on one of the `parents`,
`structure_mapping` each of them and `misfit` judges how well it fits; `structures` writes them and
`outcomes` says what became of them. `supercells`, `symmetry` and `enumeration` are about the ways
to decorate a lattice, `cluster_spaces` and `clusters` about what SQL makes correlations from.
"""
