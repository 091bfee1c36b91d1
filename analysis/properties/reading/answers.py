"""Which columns are no descriptors of a target, because they tell it: by what they are, or by rank.

A rule of names finds what defines the target, or exists only where the target has some value; a
column that orders or parts the samples as the target does is the target under another name.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl

from analysis.properties.reading.query import SelectedRows
from analysis.properties.reading.refusals import KEYS
from analysis.properties.reading.sql_text import read_query_text
from analysis.properties.settings import PropertySettings, TargetKind, own_column
from warehouse.errors import WarehouseError

TELLS_ALL = 0.9999
"""Rank correlation with the target from which a column is the answer itself."""
LEAST_RANKED = 20
"""Rows between the bounds that such a correlation takes no less than."""


@dataclass(frozen=True)
class Family:
    """Columns of which none may describe another, and why."""

    why: str
    names: tuple[str, ...]
    others: tuple[str, ...] = ()
    """Longer names that mean something else."""

    def has(self, column: str) -> bool:
        """Whether a column's name has one of the family in it, in whole words."""
        words = re.sub(r"\W+", "_", f"_{column.lower()}_")
        for other in self.others:
            words = words.replace(f"_{other}_", "_")
        return any(
            column.lower() == name if len(name) == 1 else f"_{name}_" in words
            for name in self.names
        )


STIFFNESS = (
    *("youngs_modulus", "young_modulus", "elastic_modulus", "poisson", "poisson_ratio"),
    *("homogeneous_poisson", "universal_anisotropy"),
)
"""What gives one modulus with the other."""
FAMILIES = (
    Family(
        "from the same electronic bands, or calculated for insulators alone",
        (
            *("gap", "bandgap", "egap", "eg", "cbm", "vbm", "efermi", "dos"),
            *("is_metal", "is_gap_direct"),
            *("n", "e_total", "e_ionic", "e_electronic", "e_ij_max"),
            # The moment of an insulator's cell is an integer.
            *("total_magnetization", "moment"),
        ),
        ("miscibility_gap", "solubility_gap", "van_der_waals_gap", "vdw_gap", "air_gap"),
    ),
    Family(
        "an energy against the same references",
        (
            *("formation_energy", "energy_per_atom", "energy_above_hull", "is_stable"),
            *("equilibrium_reaction_energy", "hull_distance", "decomposition_energy"),
            *("formation_enthalpy", "enthalpy_of_formation", "e_form", "e_above_hull", "e_hull"),
            *("ehull", "eform", "hform"),
        ),
    ),
    Family(
        "an average of the same stiffness, or gives it with the other modulus",
        ("bulk_modulus", *("k_vrh", "kvrh", "k_reuss", "k_voigt"), *STIFFNESS),
    ),
    Family(
        "an average of the same stiffness, or gives it with the other modulus",
        ("shear_modulus", *("g_vrh", "gvrh", "g_reuss", "g_voigt"), *STIFFNESS),
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

    if settings.source or settings.table:
        return frozenset()
    query = read_query_text(settings.target)
    selects = query.selects if isinstance(query, exp.Query) else []
    made = [part for part in selects if part.alias_or_name == column]
    return frozenset(one.name for part in made for one in part.find_all(exp.Column)) - set(KEYS)


def find_answer(target: pl.Series, values: pl.Series, kind: TargetKind, column: str) -> str | None:
    """Why `values` are the target under another name; None if they are not.

    They are numbers or texts; `target` has no NULL. NULL values do not count. Ties at a bound, as
    of max(x, 0), do not hide that the other rows are in one order.
    """
    ranked = pl.DataFrame({"target": target, "value": values}).drop_nulls().sort("value")
    if ranked["value"].n_unique() < 2 or ranked["target"].n_unique() < 2:
        return None
    if values.dtype == pl.String:
        is_answer = _is_constant_within(ranked)
        return f"each of its values has one {column} alone" if is_answer else None
    if kind == TargetKind.NUMBER:
        correlation = _correlate_ranks(ranked)
        is_answer = correlation > TELLS_ALL
        return f"its rank correlation with {column} is {correlation:.5f}" if is_answer else None
    sure = ranked.group_by("value").agg(pl.col("target").n_unique())["target"].max() == 1
    n_classes = ranked["target"].n_unique()
    is_answer = sure and n_classes > 1 and ranked["target"].rle().len() <= n_classes
    return f"its values part the classes of {column} without an error" if is_answer else None


def _is_constant_within(rows: pl.DataFrame) -> bool:
    """Whether each value that repeats has one target, and most rows have such a value."""
    repeated = rows.filter(pl.col("value").is_duplicated())
    within = repeated.group_by("value").agg(pl.col("target").n_unique())["target"]
    return 2 * repeated.height > rows.height and within.max() == 1


def _correlate_ranks(rows: pl.DataFrame) -> float:
    """The larger of those of all rows, and of rows where neither is at its bound."""
    between = rows.filter(
        pl.col(name).is_between(pl.col(name).min(), pl.col(name).max(), closed="none")
        for name in ("target", "value")
    )
    sizes = [
        abs(part.select(pl.corr(pl.col("target").rank(), pl.col("value").rank())).item())
        for part in (rows, between)
        if part is rows or part.height >= LEAST_RANKED
    ]
    return float(np.nanmax([0.0, *sizes]))


def refuse_answers(settings: PropertySettings, selected: SelectedRows, rows: pl.DataFrame) -> None:
    """Raise WarehouseError if a further column of a query tells the target of its `rows`."""
    answers = Answers.of(settings, selected.column)
    for name in selected.own:
        why = answers.why_refused({name, *find_columns(settings, name)})
        values = rows[own_column(name)]
        why = why or find_answer(rows["target"], values, selected.kind, selected.column)
        if why:
            raise WarehouseError(
                f"{name} is the answer: {why} (n = {rows.height:,})",
                hint=f"leave {name} out of {'--own' if settings.table else 'the query'}",
            )
