"""Which columns are no descriptors of a target, because they tell it: by what they are, or by rank.

A rule of names finds what defines the target, or exists only where the target has some value; a
column that orders or parts the samples as the target does is the target under another name.
"""

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from analysis.properties.reading.query import KEYS, SelectedRows, read_query_text
from analysis.properties.settings import PropertySettings, TargetKind
from warehouse.errors import WarehouseError

TELLS_ALL = 0.9999
"""Rank correlation with the target from which a column is the answer itself."""


@dataclass(frozen=True)
class Family:
    """Columns of which none may describe another, and why."""

    why: str
    names: tuple[str, ...]

    def has(self, column: str) -> bool:
        """Whether a column's name has one of the family in it, in whole words."""
        words = f"_{column.lower()}_"
        return any(
            column.lower() == name if len(name) == 1 else f"_{name}_" in words
            for name in self.names
        )


FAMILIES = (
    Family(
        "from the same electronic bands, or calculated for insulators alone",
        (
            *("band_gap", "is_metal", "is_gap_direct", "cbm", "vbm", "efermi", "dos"),
            *("n", "e_total", "e_ionic", "e_electronic", "e_ij_max"),
            # The moment of an insulator's cell is an integer.
            *("total_magnetization", "moment"),
        ),
    ),
    Family(
        "an energy against the same references",
        (
            *("formation_energy", "energy_per_atom", "energy_above_hull", "is_stable"),
            *("equilibrium_reaction_energy", "hull_distance", "decomposition_energy"),
        ),
    ),
    Family(
        "an average of the same stiffness, or gives it with the other modulus",
        ("bulk_modulus", "k_vrh", "homogeneous_poisson", "universal_anisotropy"),
    ),
    Family(
        "an average of the same stiffness, or gives it with the other modulus",
        ("shear_modulus", "g_vrh", "homogeneous_poisson", "universal_anisotropy"),
    ),
    Family("the same volume", ("volume", "density", "density_atomic")),
    Family("the same symmetry", ("crystal_system", "spacegroup", "space_group", "point_group")),
    Family("a part of the dielectric response", ("n", "e_total", "e_ionic", "e_electronic")),
    Family(
        "the same magnetism",
        ("is_magnetic", "ordering", "magnetization", "magnetic_sites", "moment"),
    ),
)


@dataclass(frozen=True)
class Answers:
    """What may not describe a target.

    Attributes:
        column: Name of the target.
        names: Columns that it is made of, its own name among them.
        refused: Further ones that a user states.

    """

    column: str
    names: frozenset[str]
    refused: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: PropertySettings, column: str) -> "Answers":
        """Of the target of a study, which a query may have under another name."""
        made_of = find_columns(settings, column)
        names = made_of if len(made_of) == 1 else frozenset()
        return cls(column, names | {column}, frozenset(settings.refused))

    def why_refused(self, names: Collection[str]) -> str | None:
        """Why what is made of the columns `names` is no descriptor; None if it may be one."""
        if stated := self.refused & set(names):
            return f"refused, as --refuse says ({min(stated)})"
        if self.column in names:
            return f"it is {self.column} itself"
        if same := self.names & set(names):
            return f"made of {min(same)}, as {self.column} is"
        for family in FAMILIES:
            theirs = [name for name in sorted(self.names) if family.has(name)]
            if theirs and any(family.has(name) for name in names):
                return f"like {theirs[0]}, {family.why}"
        return None


def find_columns(settings: PropertySettings, column: str) -> frozenset[str]:
    """Columns that one of a query is computed from, as far as its outermost select says.

    Keys do not count, for all descriptors of a formula are made of it.
    """
    from sqlglot import exp

    if settings.source:
        return frozenset()
    query = read_query_text(settings.target)
    selects = query.selects if isinstance(query, exp.Query) else []
    made = [part for part in selects if part.alias_or_name == column]
    return frozenset(one.name for part in made for one in part.find_all(exp.Column)) - set(KEYS)


def find_answer(target: pl.Series, values: pl.Series, kind: TargetKind, column: str) -> str | None:
    """Why `values` are the target under another name; None if they are not.

    They are numbers; `target` has no NULL. NULL values do not count.
    """
    ranked = pl.DataFrame({"target": target, "value": values}).drop_nulls().sort("value")
    if ranked["value"].n_unique() < 2:
        return None
    if kind == TargetKind.NUMBER:
        ranks = ranked.select(pl.corr(pl.col("target").rank(), pl.col("value").rank()))
        correlation = abs(ranks.item())
        is_answer = correlation > TELLS_ALL
        return f"its rank correlation with {column} is {correlation:.5f}" if is_answer else None
    sure = ranked.group_by("value").agg(pl.col("target").n_unique())["target"].max() == 1
    n_classes = ranked["target"].n_unique()
    is_answer = sure and n_classes > 1 and ranked["target"].rle().len() <= n_classes
    return f"its values part the classes of {column} without an error" if is_answer else None


def refuse_answers(settings: PropertySettings, selected: SelectedRows, rows: pl.DataFrame) -> None:
    """Raise WarehouseError if a further column of a query tells the target of its `rows`."""
    answers = Answers.of(settings, selected.column)
    for name in selected.own:
        why = answers.why_refused({name, *find_columns(settings, name)})
        why = why or find_answer(rows["target"], rows[name], selected.kind, selected.column)
        if why:
            raise WarehouseError(
                f"{name} is the answer: {why} (n = {rows.height:,})",
                hint=f"leave {name} out of the query",
            )
