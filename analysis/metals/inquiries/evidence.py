"""What the training data have of a formula: its own rows, its neighbours, and how answers fare."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import read_rows

N_NEIGHBOURS = 5
N_ALIKE = 400
"""Held-out materials whose probabilities are nearest tell what an answer is worth; of small data
sets a tenth."""
NORMAL_90 = 1.645
"""Half the width of a normal distribution's central 90 %, in standard deviations."""


@dataclass(frozen=True)
class Neighbour:
    """A formula of the training data.

    `alike` is the share of atoms, 0 to 1, that it has in common with what was asked.
    """

    formula: str
    n_materials: int
    n_metals: int
    alike: float

    @property
    def text(self) -> str:
        """The formula, and how many of its materials are metals."""
        return f"{self.formula} {self.n_metals}/{self.n_materials}"


@dataclass(frozen=True)
class Interval:
    """Of `n` materials that were held out with such a probability, what share are metals.

    `low` and `high` are Wilson's bounds (1927, 10.1080/01621459.1927.10502953) of 90 %; the
    probabilities lay between `lowest` and `highest`.
    """

    n: int
    share: float
    low: float
    high: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Evidence:
    """The training data as an answer is held against them.

    Attributes:
        formulas: Rows of `marts.metal_formulas`.
        held_out: `metal_probability` of each material by a fit that had no material of its
            formula, and whether it `is_metal`.

    """

    formulas: pl.DataFrame
    held_out: pl.DataFrame

    def of_formula(self, reduced_formula: str) -> Neighbour | None:
        """The rows of just this formula; None if there are none."""
        rows = self.formulas.filter(reduced_formula=reduced_formula)
        if rows.is_empty():
            return None
        n_materials, n_metals = rows.select("n_materials", "n_metals").row(0)
        return Neighbour(reduced_formula, n_materials, n_metals, 1.0)

    def nearest(self, reduced_formula: str, fractions: Mapping[str, float]) -> list[Neighbour]:
        """Other formulas that share most atoms with one of these atomic `fractions`."""
        asked = pl.DataFrame(
            {"elements": list(fractions), "asked": list(fractions.values())},
            schema={"elements": pl.String, "asked": pl.Float64},
        )
        found = (
            self.formulas.lazy()
            .filter(pl.col("reduced_formula") != reduced_formula)
            .filter(pl.col("elements").list.eval(pl.element().is_in(list(fractions))).list.any())
            .explode("elements", "atomic_fractions")
            .join(asked.lazy(), on="elements")
            .group_by("reduced_formula", "n_materials", "n_metals")
            .agg(alike=pl.min_horizontal("atomic_fractions", "asked").sum())
            .sort("alike", "n_materials", "reduced_formula", descending=[True, True, False])
            .head(N_NEIGHBOURS)
            .collect()
        )
        return [Neighbour(*row) for row in found.iter_rows()]

    def interval(self, probability: float) -> Interval | None:
        """What share of held-out materials with about this probability are metals."""
        n = min(N_ALIKE, self.held_out.height // 10)
        if not n:
            return None
        probabilities = self.held_out["metal_probability"].to_numpy()
        places = np.argsort(np.abs(probabilities - probability), kind="stable")[:n]
        share = float(self.held_out["is_metal"].to_numpy()[places].mean())
        squares = NORMAL_90**2
        centre = (share + squares / (2 * n)) / (1 + squares / n)
        half = NORMAL_90 * sqrt(share * (1 - share) / n + squares / (4 * n**2)) / (1 + squares / n)
        near = probabilities[places]
        return Interval(
            n, share, centre - half, centre + half, float(near.min()), float(near.max())
        )


def read_evidence(connection: duckdb.DuckDBPyConnection, benchmark: str, model: str) -> Evidence:
    """What a classifier of `benchmark` was fitted to, and how it fared on formulas held out."""
    formulas = read_rows(
        connection,
        "select * exclude dataset from marts.metal_formulas where dataset = ?",
        [benchmark],
    )
    held_out = read_rows(
        connection,
        "select metal_probability, is_metal from marts.metal_predictions "
        "where dataset = ? and model = ? and split = 'formula_groups' order by material_id",
        [benchmark, model],
    )
    return Evidence(formulas, held_out)
