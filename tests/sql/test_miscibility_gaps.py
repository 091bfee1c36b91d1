"""Where a miscibility gap closes, against widths that are known."""

from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

SQL = (Path(__file__).parents[2] / "sql/marts/miscibility_gaps.sql").read_text()
TEMPERATURES = np.arange(500.0, 1050.0, 25.0)
CRITICAL = 1000.0


def find_gaps(widths: np.ndarray, phase: str = "solution", error: float = 0.0) -> list[dict]:
    """Rows of the view on boundaries about a middle that leans from 0.4 by 1e-4 per kelvin.

    Both boundaries have the `error`.
    """
    middle = 0.4 + 1e-4 * (TEMPERATURES - 500)
    boundaries = pl.DataFrame(
        {
            "temperature": TEMPERATURES,
            "left_concentration": middle - widths / 2,
            "right_concentration": middle + widths / 2,
            "left_concentration_error": error,
            "right_concentration_error": error,
        }
    ).filter(pl.Series(widths > 0))
    boundaries = boundaries.with_columns(
        alloy=pl.lit("ag-cu"), series=pl.lit("free"), run_id=pl.lit("1"), n_sites=216,
        draw=pl.lit(None, dtype=pl.Int64), left_phase=pl.lit("solution"), right_phase=pl.lit(phase),
    )  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.phase_boundaries as from boundaries")
        return connection.sql(SQL).pl().to_dicts()


def test_widths_that_obey_the_power_law_end_where_it_does():
    (found,) = find_gaps(1.5 * np.maximum(1 - TEMPERATURES / CRITICAL, 0) ** 0.3265)
    assert found["critical_temperature"] == pytest.approx(CRITICAL, abs=1e-3)
    assert found["critical_temperature_error"] == pytest.approx(0, abs=1e-3)
    assert found["critical_concentration"] == pytest.approx(0.45, abs=1e-6)
    assert found["highest_gap_temperature"] == 975


def test_the_ising_models_widths_end_one_or_two_percent_above():
    """Its magnetization on sc by Talapov and Blöte 1996 (10.1088/0305-4470/29/17/042)."""
    t = np.maximum(1 - TEMPERATURES / CRITICAL, 0)
    widths = t**0.32694 * (1.6919 - 0.34357 * t**0.50842 - 0.42572 * t)
    (found,) = find_gaps(widths)
    assert 1.005 < found["critical_temperature"] / CRITICAL < 1.02
    # The error is of scatter about a line: it is less than what the line is off.
    assert 0 < found["critical_temperature_error"] < 10


def test_the_error_is_no_smaller_than_the_end_scatters_by_where_widths_lie_on_a_line_by_luck():
    widths = 1.5 * np.maximum(1 - TEMPERATURES / CRITICAL, 0) ** 0.3265
    noise = np.random.default_rng(0).normal(scale=0.004, size=(50, 2, len(widths))).sum(axis=1)
    found = pl.DataFrame([find_gaps(widths + one, error=0.004)[0] for one in noise])
    assert found["critical_temperature_error"].min() > 0.9 * found["critical_temperature"].std()


def test_too_few_widths_tell_no_end():
    (found,) = find_gaps(np.where(TEMPERATURES < 600, 0.9, 0.0))
    assert found["critical_temperature"] is None
    assert found["critical_temperature_error"] is None
    assert found["highest_gap_temperature"] == 575


def test_a_compound_beside_a_solution_is_no_gap():
    assert find_gaps(np.full(len(TEMPERATURES), 0.5), phase="fcc-1-0-2-0-1-1:1") == []
