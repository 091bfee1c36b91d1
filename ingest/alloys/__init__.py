"""Alloys: relaxed structures, their place on the parent lattice, and its clusters.

In the order of the work: `sources` reads a user's structures, `references` completes their pure
elements, `mapping` puts all of an alloy on one of the `parents`, `hulls` finds their convex hull;
`structures` writes them. `shipped` does so for the alloys that the project has.
`supercells` and `enumeration` are about the ways to decorate a lattice, `cluster_spaces` and
`clusters` about what SQL makes correlations from. How one structure is read, mapped and named is
in `warehouse.crystals`, for the analysis does so, too.
"""
