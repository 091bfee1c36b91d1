"""What Spark computes of a fit to more rows than fit in memory; rows never pass through the driver.

The objectives are scikit-learn's.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from warehouse.errors import WarehouseError
from warehouse.spark.session import plain_spark_errors

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from warehouse.spark.engine import SparkEngine

TOLERANCE = 1e-10
"""Relative change of the objective at which L-BFGS ends. Of 84,822 materials and 57,956 descriptors
(C = 0.2) it was then 4e-10 above the minimum after 600 steps; no slope of the mean loss was above
2e-7, and no logit of the 21,291 other materials off by more than 3e-4."""
MOST_STEPS = 5000

COUNTS = """
select feature, count(*) as n,
    sum(if(is_test, 0d, value)) as total, sum(if(is_test, 0d, value * value)) as squares
from {entries} group by feature having n >= {least} order by feature
"""
VECTORS = """
select cast(target as double) as label, named_struct(
    'type', 0Y, 'size', {size},
    'indices', transform(pairs, pair -> pair.place),
    'values', transform(pairs, pair -> pair.value)
) as features
from (
    select target, array_sort(collect_list(
        if(place is null, null, named_struct('place', place, 'value', value))
    )) as pairs
    from {entries} left join {places} using (feature) where not is_test group by sample, target
)
"""


@dataclass(frozen=True)
class Logistic:
    """A logistic regression: coefficients by feature, shape (n_features,), in the features' units.

    `scale` has the standard deviation of each feature in training, shape (n_features,).
    """

    feature_names: tuple[str, ...]
    coefficients: FloatArray
    intercept: float
    scale: FloatArray
    n_samples: int
    n_steps: int


def solve_logistic(
    spark: "SparkEngine", entries: str, strength: float, least: int, folder: Path
) -> Logistic:
    """Logistic regression with an L2 penalty by Spark ML; `strength` is scikit-learn's C.

    The query `entries` has a row per sample and feature that it has: sample, target (0 or 1),
    is_test, feature and value; it is zero in all else. Features that fewer than `least` samples
    have are left out. scikit-learn minimises C sum(loss) + |w|²/2; divided by C n that is Spark's
    mean(loss) + regParam |w|²/2. The intercept is not penalised, and features are not rescaled.
    Vectors are written as Parquet, in the form that Spark ML itself stores them in, to `folder`,
    which the workers share.
    """
    from pyspark.ml.classification import LogisticRegression

    spark.write(entries, folder / "entries")
    with plain_spark_errors():
        spark.session.read.parquet(str(folder / "entries")).createOrReplaceTempView("entries")
        counts = _collect(spark.session.sql(COUNTS.format(entries="entries", least=least)))
        names = tuple(counts["feature"])
        rows = _read_vectors(spark, names, folder / "vectors")
        labels = _collect(rows.groupBy("label").count())
        if labels.height != 2:
            raise WarehouseError(
                f"the {labels['count'].sum():,} rows to train on have {labels.height} labels; "
                "wanted metals and non-metals",
                hint="name another data set, or another fold with --test-fold",
            )
        n_samples = int(labels["count"].sum())
        settings: dict[str, Any] = {"regParam": 1 / (strength * n_samples), "tol": TOLERANCE}
        solver = LogisticRegression(**settings, standardization=False, maxIter=MOST_STEPS)
        fitted = solver.fit(rows)
        n_steps = int(fitted.summary.totalIterations)
    if n_steps >= MOST_STEPS:
        raise WarehouseError(
            f"the fit has not converged after {n_steps:,} steps",
            hint="give a smaller --strength, which is a stronger penalty",
        )
    mean = counts["total"].to_numpy() / n_samples
    scale = np.sqrt(np.maximum(counts["squares"].to_numpy() / n_samples - mean**2, 0))
    coefficients = np.asarray(fitted.coefficients.toArray(), dtype=float)
    return Logistic(names, coefficients, float(fitted.intercept), scale, n_samples, n_steps)


def sum_products(spark: "SparkEngine", vectors: str) -> FloatArray:
    """Sum over all rows of the products of any two entries, shape (n_entries, n_entries).

    The query `vectors` has one column, a list of n_entries numbers.
    """
    from pyspark.ml.functions import array_to_vector
    from pyspark.mllib.linalg.distributed import RowMatrix
    from pyspark.mllib.util import MLUtils

    lists = spark.frame(vectors)
    with plain_spark_errors():
        rows = lists.select(array_to_vector(lists[lists.columns[0]]).alias("row"))
        matrix = RowMatrix(MLUtils.convertVectorColumnsFromML(rows, "row"))
        return np.asarray(matrix.computeGramianMatrix().toArray(), dtype=float)


def _read_vectors(spark: "SparkEngine", names: tuple[str, ...], folder: Path) -> "DataFrame":
    """A label and a sparse vector, with a column for each of `names`, per row to train on."""
    from pyspark.ml.linalg import VectorUDT
    from pyspark.sql.types import DoubleType, StructField, StructType

    places = spark.session.createDataFrame(list(enumerate(names)), "place int, feature string")
    places.createOrReplaceTempView("places")
    sql = VECTORS.format(size=len(names), entries="entries", places="places")
    spark.session.sql(sql).write.parquet(str(folder))
    columns = [StructField("label", DoubleType()), StructField("features", VectorUDT())]
    return spark.session.read.schema(StructType(columns)).parquet(str(folder))


def _collect(rows: "DataFrame") -> pl.DataFrame:
    """All of a small result."""
    return pl.DataFrame(pl.from_arrow(rows.toArrow()))
