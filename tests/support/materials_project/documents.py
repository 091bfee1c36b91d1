"""Summaries like those of the Materials Project, invented; odd ones among them."""

from typing import Any

RELEASE = "2021.11.10"
"""The release that the server software names unless told otherwise."""
_PAIRS = [("Au", "Cu"), ("Na", "Cl"), ("Ga", "As"), ("Fe", "O"), ("Li", "F")]


def summary(number: int, **changes: Any) -> dict[str, Any]:
    """The summary of material `number`, as the database holds it, but for `changes`."""
    first, second = sorted(_PAIRS[number % len(_PAIRS)])
    composition = {first: 1.0, second: float(number % 3 + 1)}
    n_sites = sum(composition.values())
    gap = max(0.0, (number % 7 - 2) * 0.75)
    return {
        "material_id": alpha_id(number),
        "formula_pretty": "".join(
            f"{name}{amount:.0f}" if amount > 1 else name for name, amount in composition.items()
        ),
        "chemsys": f"{first}-{second}",
        "elements": [first, second],
        "composition": composition,
        "composition_reduced": composition,
        "nsites": int(n_sites),
        "volume": 12.5 * n_sites,
        "density": 4.25,
        "density_atomic": 12.5,
        "symmetry": {
            "crystal_system": "Cubic",
            "symbol": "Fm-3m",
            "number": 225,
            "point_group": "m-3m",
        },
        "uncorrected_energy_per_atom": -4.5,
        "energy_per_atom": -4.75,
        "formation_energy_per_atom": -0.5 + 0.001 * (number % 100),
        "energy_above_hull": 0.001 * (number % 50),
        "is_stable": number % 50 == 0,
        "band_gap": gap,
        "cbm": 5.0 + gap if gap else None,
        "vbm": 5.0 if gap else None,
        "efermi": 4.5,
        "is_gap_direct": bool(number % 2),
        "is_metal": gap == 0,
        "is_magnetic": False,
        "ordering": "NM",
        "total_magnetization": 0.0,
        "num_magnetic_sites": 0,
        "bulk_modulus": {"voigt": 150.0, "reuss": 140.0, "vrh": 145.0} if number % 4 else None,
        "n": 1.5 if number % 10 == 0 else None,
        "theoretical": bool(number % 3),
        "deprecated": False,
        "last_updated": f"2024-{number % 12 + 1:02d}-15T08:30:00",
        "builder_meta": {"license": "BY-C", "database_version": RELEASE, "batch_id": None},
    } | changes


def alpha_id(number: int) -> str:
    """The identifier of a material, as the database writes it: mp-aaaaaaft is mp-149."""
    letters = ""
    for _ in range(8):
        number, digit = divmod(number, 26)
        letters = chr(ord("a") + digit) + letters
    return f"mp-{letters}"


def cell(composition: dict[str, float]) -> dict[str, Any]:
    """The fields of a summary that its composition decides."""
    return {
        "composition": composition,
        "composition_reduced": composition,
        "elements": sorted(composition),
        "chemsys": "-".join(sorted(composition)),
        "nsites": round(sum(composition.values())),
    }


NO_ENERGIES = dict.fromkeys(
    ("uncorrected_energy_per_atom", "energy_per_atom", "formation_energy_per_atom")
)
NON_COMMERCIAL = {"builder_meta": {"license": "BY-NC", "database_version": RELEASE}}
KEPT = [
    summary(1001, **NO_ENERGIES, is_stable=None, symmetry=None),
    summary(1002, **cell({"Og": 1.0, "H": 4.0})),
    summary(1003, **cell({"Np": 2.0, "Ac": 1.0})),
    summary(1004, formula_pretty="\u0645\u0627\u062f\u0629 α–Fe₂O₃ 鉄"),
    summary(1005, **cell({"C": 900_000.0})),
    summary(1006, **cell({"Fe": 0.5, "Co": 1.25}) | {"nsites": 2}),
    summary(1007, material_id="mvc-123"),
]
"""Odd, and rows all the same."""
LEFT_OUT = [
    summary(1011, deprecated=True),
    summary(1012, deprecated=True, **NON_COMMERCIAL),
    summary(1013, **NON_COMMERCIAL),
    summary(1014, **NON_COMMERCIAL),
]
"""Two deprecated ones and two that are not for commercial use."""
REFUSED = [
    summary(1021, **cell({"Fe3+": 2.0, "O2-": 3.0})),
    summary(1022, composition=None, composition_reduced=None),
    summary(1023, nsites=7),
    summary(1024, band_gap=-0.1),
    summary(1025, volume=0.0),
]
"""No rows: each breaks one rule."""
REASONS = {
    "composition: no element has the symbol Fe3+, O2-": 1,
    "composition: missing": 1,
    "nsites: differs from the atoms of the composition": 1,
    "band_gap: min": 1,
    "volume: min_exclusive": 1,
}
ORDINARY = [summary(number) for number in range(1, 41)]
EVERY_KIND = ORDINARY + KEPT + LEFT_OUT + REFUSED
