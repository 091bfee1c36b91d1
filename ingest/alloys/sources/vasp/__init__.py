"""VASP runs: which files of a folder tree are calculations, and what their results are."""
