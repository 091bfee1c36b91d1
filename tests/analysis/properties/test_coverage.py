"""How often intervals held, and how sure that is."""

import numpy as np
import polars as pl
import pytest

from analysis.properties.inquiries.coverage import coverage_points

N = 40


def judge(groups):
    """Predictions 0 to 39 whose intervals held every other time, but for pairs of samples."""
    return pl.DataFrame(
        {
            **{"model": "m", "split": "s", "width": 1.0, "overall": 1.0},
            "sample_group": groups,
            "prediction": np.arange(N, dtype=float),
            "target": np.arange(N, dtype=float),
            "error": np.arange(N) // 2 % 2 * 2.0,
        }
    )


def test_samples_of_a_formula_are_no_independent_ones():
    alone, in_pairs = (
        coverage_points(judge(groups), "s")
        for groups in ([f"A{row}" for row in range(N)], [f"A{row // 2}" for row in range(N)])
    )
    assert [one["value"] for one in alone] == [one["value"] for one in in_pairs]
    # Of a tenth's four samples two held: sqrt(4 / 3 * 4 * 0.25) / 4, and as two pairs, which held
    # and did not, sqrt(2 / 1 * (1 + 1)) / 4.
    (usual,) = {one["standard_error"] for one in alone if one["value"] == 0.5 and one["n"] == 4}
    (pairs,) = {one["standard_error"] for one in in_pairs if one["value"] == 0.5 and one["n"] == 4}
    assert usual == pytest.approx((4 / 3) ** 0.5 / 4)
    assert pairs == pytest.approx(0.5)
