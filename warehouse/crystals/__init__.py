"""What ingest and analysis both need of crystals: to read them, and to put them on a lattice.

In the order of the work: `bounds`, `limits` and `structure_files` read a structure; `candidates`,
`supercell_search`, `site_assignment` and `misfit` find where its atoms sit on a parent lattice,
which `placement` does for one structure; `symmetry` names its decoration; `executors` run such
functions over many rows.
"""
