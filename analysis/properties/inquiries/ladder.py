"""The rungs of a property's ladder."""

from collections.abc import Iterable

from analysis.linear_models.inquiries.ladder import Rung
from analysis.properties.settings import SETS

RUNGS = {
    "element fractions": Rung(SETS[:1]),
    "fractions + Magpie": Rung(("fractions", "magpie"), "element fractions"),
    "fractions + valence electrons": Rung(SETS[:2], "element fractions"),
    "+ charge balance": Rung(SETS[:3], "fractions + valence electrons"),
    "+ elements' roles": Rung(SETS[:4], "+ charge balance"),
    "+ pairs of elements": Rung(SETS[:5], "+ elements' roles"),
    "+ shares": Rung(SETS[:6], "+ pairs of elements"),
    "+ Magpie": Rung(SETS[:7], "+ shares"),
    "+ the unit cell": Rung(SETS[:8], "+ Magpie"),
    "+ your own columns": Rung(SETS, "+ the unit cell"),
}
"""From few sets to all; Magpie's averages stand aside after their own rung until others are in."""


def list_rungs(read: Iterable[str]) -> dict[str, Rung]:
    """RUNGS, and on top of them one for each further set of those that a study reads."""
    rungs, sets = dict(RUNGS), SETS
    for further in dict.fromkeys(str(one) for one in read if one not in SETS):
        sets, below = (*sets, further), list(rungs)[-1]
        rungs[f"+ {further}"] = Rung(sets, below)
    return rungs
