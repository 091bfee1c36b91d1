"""One elastic net at one strength, with a fold held out, from sums of products over all rows."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl

from analysis.cluster_expansion.data import read_orbits
from analysis.cluster_expansion.models.expansion import LEAST_SCALE, wrap
from analysis.cluster_expansion.settings import ElasticNetSettings
from analysis.datasets import FloatArray, read_samples
from analysis.linear_models.on_spark.scoring import SingleFit, score_single_fit
from analysis.linear_models.on_spark.solvers import sum_products
from analysis.runs.results import Results
from warehouse.errors import WarehouseError
from warehouse.quoting import quote_text

if TYPE_CHECKING:
    from analysis.runs.run import Run
    from warehouse.spark.engine import SparkEngine

SPLIT = "training_10_fold"
MODEL = "elastic_net"
SCORES = ("rmse", "mae", "max_error", "r2")
"""Columns of `marts.cluster_expansion_fit_scores`."""
TOLERANCE = 1e-6
"""Largest slope of the objective that may be left, in units of the energies' deviation."""


@dataclass(frozen=True)
class Expansion:
    """A cluster expansion: parameters by orbit, shape (n_orbits,), in eV.

    `scale` has the standard deviation of each orbit from the third, measured from the line that
    joins the pure elements, shape (n_orbits - 2,). `gradient` is the largest slope left.
    """

    parameters: FloatArray
    scale: FloatArray
    n_samples: int
    n_non_zero: int
    gradient: float


def fit_elastic_net(
    spark: "SparkEngine", connection: duckdb.DuckDBPyConnection, run: "Run[ElasticNetSettings]"
) -> Results:
    """Fit an elastic net to the structures that are neither in the test fold nor locked away.

    Raises WarehouseError if there are no structures.
    """
    settings = run.settings
    space, fold = settings.cluster_space, settings.test_fold
    read_samples(
        connection,
        "select 1 from staging.lattice_mappings where alloy = ? limit 1",
        [run.dataset],
        missing=f"there are no mapped structures of {run.dataset}",
        choices="select distinct alloy from staging.lattice_mappings order by all",
    )
    orbits = read_orbits(connection, space)
    if orbits.filter(pl.col("cluster_order") >= 2).is_empty():
        raise WarehouseError(
            f"there is no cluster space {space} with clusters of two or more sites",
            hint="name another with --cluster-space, or make it with `python -m ingest clusters`",
        )
    products = sum_products(spark, vectors_sql(run.dataset, space, fold))
    fitted = fit_products(products, orbits, settings.strength, settings.l1_ratio)
    facts = {
        "strength": settings.strength,
        "l1_ratio": settings.l1_ratio,
        "n_training": fitted.n_samples,
        "non_zero": fitted.n_non_zero,
        "gradient": fitted.gradient,
        "test_fold": fold,
    }
    scores = (
        "select * from marts.cluster_expansion_fit_scores "
        f"where alloy = {quote_text(run.dataset)} and cluster_space_id = {quote_text(space)}"
    )
    fit = SingleFit(MODEL, space, facts, parameters_frame(fitted))
    return score_single_fit(spark, run, fit, SPLIT, SCORES, scores)


def vectors_sql(alloy: str, cluster_space_id: str, fold: int) -> str:
    """The cluster vector and the formation energy of each structure to train on, as one list."""
    return f"""
select list_concat(cluster_vector, [formation_energy_per_atom]) as entries
from marts.cluster_expansion_training
where alloy = {quote_text(alloy)} and cluster_space_id = {quote_text(cluster_space_id)}
    and not is_end_member and not is_locked_test and random_fold <> {fold}
    and is_fitted
"""


def fit_products(
    products: FloatArray, orbits: pl.DataFrame, strength: float, l1_ratio: float
) -> Expansion:
    """The study's elastic net, with `strength` and `l1_ratio` as alpha and l1_ratio of its own.

    `products` are the sums over all rows of the products of any two entries of cluster vector and
    energy, shape (n_orbits + 1, n_orbits + 1). A squared error knows the rows by these sums alone,
    so the study's own solver gets as few rows as there are columns that have the same sums. As in
    the study, correlations are measured from the line that joins the pure elements, then they and
    the energies have unit standard deviation, and the pure elements are exact.

    Spark ML's LinearRegression is passed over: at its best (solver `normal`, 10,000 steps of
    OWL-QN) it ended 2 % above the minimum of the lasso of 134 Au-Cu structures in 271 orbits at
    alpha = 1e-4, whose columns have rank 89; this ends at it.
    """
    n_samples = round(products[0, 0])
    model, n_orbits = wrap(None, orbits), orbits.height
    spread = np.zeros((n_orbits + 1, n_orbits - model.n_elements + 1))
    spread[:-1, :-1] = model.measure(np.eye(n_orbits))
    spread[-1, -1] = 1.0
    means = products[0] @ spread / n_samples
    squares = spread.T @ products @ spread / n_samples
    scale = np.sqrt(np.maximum(np.diag(squares) - means**2, 0))
    scale[scale < LEAST_SCALE] = 1.0
    rows = _equal_rows(squares / np.outer(scale, scale))
    X, y = rows[:, :-1], rows[:, -1]
    coefficients = _solve(X, y, strength, l1_ratio)
    model.scale_, model.target_scale_ = scale[:-1], float(scale[-1])
    return Expansion(
        model.to_parameters(coefficients),
        scale[:-1],
        n_samples,
        int(np.count_nonzero(coefficients)),
        _slope_left(X, y, coefficients, strength, l1_ratio),
    )


def parameters_frame(expansion: Expansion) -> pl.DataFrame:
    """Rows of `model_parameters`."""
    return pl.DataFrame(
        {
            "model": MODEL,
            "feature": [str(index) for index in range(len(expansion.parameters))],
            "parameter": expansion.parameters,
            "scale": [None] * (len(expansion.parameters) - len(expansion.scale))
            + list(expansion.scale),
        }
    )


def _equal_rows(squares: FloatArray) -> FloatArray:
    """Rows with these mean products, as many as columns: `rows.T @ rows / len(rows)`."""
    values, vectors = np.linalg.eigh(squares)
    return np.asarray(np.sqrt(len(values) * np.maximum(values, 0))[:, None] * vectors.T)


def _solve(X: FloatArray, y: FloatArray, strength: float, l1_ratio: float) -> FloatArray:
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import ElasticNet, Ridge

    if l1_ratio == 0:
        ridge = Ridge(strength * len(y), fit_intercept=False).fit(X, y)
        return np.asarray(ridge.coef_)
    solver = ElasticNet(
        alpha=strength, l1_ratio=l1_ratio, fit_intercept=False, tol=1e-12, max_iter=100_000
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # The slope that is left tells.
        coefficients = np.asarray(solver.fit(X, y).coef_)
    if _slope_left(X, y, coefficients, strength, l1_ratio) > TOLERANCE:
        raise WarehouseError(
            f"the elastic net does not converge at strength {strength:g}",
            hint="give a larger --strength or a smaller --l1-ratio",
        )
    return coefficients


def _slope_left(
    X: FloatArray, y: FloatArray, coefficients: FloatArray, strength: float, l1_ratio: float
) -> float:
    """Largest slope of the objective along a coefficient; at the minimum there is none."""
    slopes = X.T @ (X @ coefficients - y) / len(y) + strength * (1 - l1_ratio) * coefficients
    pull = strength * l1_ratio
    at_zero = np.maximum(np.abs(slopes) - pull, 0)
    return float(
        np.where(coefficients, np.abs(slopes + pull * np.sign(coefficients)), at_zero).max()
    )
