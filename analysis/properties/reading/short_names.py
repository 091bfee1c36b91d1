"""What people call properties for short, and the columns that they mean."""

from collections.abc import Sequence
from difflib import get_close_matches

SHORT_NAMES = {
    "band_gap": ("gap", "bandgap", "egap", "eg"),
    "energy_above_hull": ("ehull", "e_hull", "e_above_hull", "hull_distance", "hull"),
    "formation_energy_per_atom": (
        *("eform", "e_form", "hform", "formation_energy", "formation_enthalpy"),
        "enthalpy_of_formation",
    ),
    "bulk_modulus_vrh": ("kvrh", "k_vrh", "bulk_modulus"),
    "shear_modulus_vrh": ("gvrh", "g_vrh", "shear_modulus"),
    "energy_per_atom": ("energy", "etot"),
}
"""Of columns of materials, by the names that they have there."""


def suggest_columns(name: str, columns: Sequence[str]) -> list[str]:
    """Columns that `name` may mean, from the likeliest on; none if nothing is like it."""
    plain = name.lower().strip()
    meant = [column for column, names in SHORT_NAMES.items() if plain in names]
    near = get_close_matches(plain, columns, n=3, cutoff=0.6)
    return [one for one in dict.fromkeys([*meant, *near]) if one in columns]
