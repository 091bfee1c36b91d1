"""Matbench's tasks on properties of formulas, with their official folds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """A published benchmark: rows of a source, and the column to predict from the formula.

    Attributes:
        source: Whose rows they are.
        column: What is predicted.
        is_log: Whether its decimal logarithm is.

    """

    source: str
    column: str
    is_log: bool = False


TASKS = {
    "matbench_expt_gap": Task("matbench_expt", "band_gap"),
    "matbench_mp_gap": Task("matbench_mp", "band_gap"),
    "matbench_mp_e_form": Task("matbench_mp_e_form", "formation_energy_per_atom"),
    "matbench_log_kvrh": Task("matbench_elastic", "bulk_modulus_vrh", is_log=True),
    "matbench_log_gvrh": Task("matbench_elastic", "shear_modulus_vrh", is_log=True),
    "matbench_expt_is_metal": Task("matbench_expt", "is_metal"),
    "matbench_mp_is_metal": Task("matbench_mp", "is_metal"),
}
"""By the name that Matbench gives them (Dunn et al. 2020, doi:10.1038/s41524-020-00406-3)."""
