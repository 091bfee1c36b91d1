"""What a study found, as the commands tell it."""

from types import SimpleNamespace

import polars as pl

from analysis.runs.results import tabulate_scores

SCORES = pl.DataFrame(
    [
        ("ridge", "random", "rmse", 1.5, 20),
        ("lasso", "random", "rmse", 12.25, 20),
        ("lasso", "locked_test", "rmse", None, 1_000),
        ("lasso", "random", "mae", 7.0, 20),
    ],
    schema=["model", "split", "metric", "value", "n"],
    orient="row",
)


def test_models_are_rows_and_splits_columns_of_the_scores():
    results = SimpleNamespace(metrics=SCORES, selected="lasso")
    assert list(tabulate_scores(results, "rmse")) == [
        "                        random  locked_test",
        "                        n = 20    n = 1,000",
        "    ridge                1.500",
        "  * lasso                12.25         none",
    ]
