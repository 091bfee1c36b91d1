"""From which size on a cluster of Spark pays: a model of two lines on measured rates.

    DuckDB on c cores:  n / (c · rate)
    Spark on k cores:   start + n / (k · rate · efficiency)

Rates are rows per second of processor time, so that other programs at work do not change them.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

EFFICIENCY = 0.7
"""Assumed, not measured: how much of its cores' rate a cluster keeps. Shuffles cross a network,
and the last task of a stage is awaited."""


class Measured(Protocol):
    """What one engine took for a number of rows."""

    @property
    def n_rows(self) -> int: ...
    @property
    def start_seconds(self) -> float: ...
    @property
    def cpu_seconds(self) -> float: ...


@dataclass(frozen=True)
class Pace:
    """A core's rows/s once it is warm, and the seconds of a core before that."""

    rate: float
    warm_up: float


def fit(small: Measured, large: Measured) -> Pace:
    """The straight line of processor time through two sizes."""
    rate = (large.n_rows - small.n_rows) / (large.cpu_seconds - small.cpu_seconds)
    return Pace(rate, max(small.cpu_seconds - small.n_rows / rate, 0.0))


@dataclass(frozen=True)
class Model:
    """Rows/s of one core of each engine, and the seconds until a cluster is at work."""

    duckdb_rate: float
    spark_rate: float
    start: float
    efficiency: float = EFFICIENCY

    @property
    def cores_per_core(self) -> float:
        """Cores of Spark's that do as much as one of DuckDB's."""
        return self.duckdb_rate / (self.spark_rate * self.efficiency)

    def duckdb_seconds(self, n_rows: float, cores: int) -> float:
        """How long DuckDB takes on `cores`, while memory or disk suffices."""
        return n_rows / (cores * self.duckdb_rate)

    def spark_seconds(self, n_rows: float, cores: int) -> float:
        """How long Spark takes on a cluster of `cores`."""
        return self.start + n_rows / (cores * self.spark_rate * self.efficiency)

    def break_even(self, duckdb_cores: int, spark_cores: int) -> float:
        """Rows from which on the cluster is done first; infinite if it never is."""
        spark_rate = spark_cores * self.spark_rate * self.efficiency
        gain = 1 / (duckdb_cores * self.duckdb_rate) - 1 / spark_rate
        return self.start / gain if gain > 0 else math.inf


def make_model(duckdb: Iterable[Measured], spark: Iterable[Measured]) -> Model:
    """The model of one view from two sizes on each engine.

    Java compiles while the first rows pass, on each worker alike: that counts as start.
    """
    (small, large), (first, second) = duckdb, spark
    pace = fit(first, second)
    return Model(fit(small, large).rate, pace.rate, second.start_seconds + pace.warm_up)
