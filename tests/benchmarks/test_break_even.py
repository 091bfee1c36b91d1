"""The model of when a cluster pays, on numbers that one can check by hand."""

import math
from types import SimpleNamespace

import pytest

from tests.benchmarks.break_even import Model, fit, make_model


def measured(n_rows, cpu_seconds, start_seconds=0.0):
    return SimpleNamespace(n_rows=n_rows, cpu_seconds=cpu_seconds, start_seconds=start_seconds)


def test_a_line_through_two_sizes_parts_warm_up_and_rate():
    pace = fit(measured(100, 12.0), measured(1_100, 22.0))
    assert (pace.rate, pace.warm_up) == pytest.approx((100.0, 11.0))


def test_both_engines_take_as_long_where_they_break_even():
    model = Model(duckdb_rate=1_000.0, spark_rate=100.0, start=20.0, efficiency=0.5)
    assert model.cores_per_core == pytest.approx(20.0)
    n_rows = model.break_even(2, 80)
    assert n_rows == pytest.approx(80_000)  # 40 s each: n / 2000 = 20 + n / 4000
    assert model.duckdb_seconds(n_rows, 2) == pytest.approx(model.spark_seconds(n_rows, 80))


def test_too_few_cores_never_pay():
    model = Model(duckdb_rate=1_000.0, spark_rate=100.0, start=20.0, efficiency=0.5)
    assert math.isinf(model.break_even(2, 39))


def test_warm_up_counts_as_start():
    duckdb = (measured(0, 0.0), measured(1_000, 1.0))
    spark = (measured(0, 5.0, 10.0), measured(1_000, 15.0, 10.0))
    model = make_model(duckdb, spark)
    assert (model.duckdb_rate, model.spark_rate, model.start) == pytest.approx((1e3, 100.0, 15.0))
