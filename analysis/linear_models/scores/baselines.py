"""Whether a model is better than saying the same of every sample."""

from collections.abc import Callable

import polars as pl


def tell_no_better(
    metrics: pl.DataFrame,
    model: str,
    baseline: tuple[str, str],
    metric: str,
    is_better: Callable[[float, float], bool] = float.__lt__,
) -> tuple[str, ...]:
    """Splits where a model is no better than the `baseline`, by its name and in words.

    `metrics` are rows of results; by default less is better.
    """
    called, words = baseline
    scores = metrics.filter(metric=metric)
    own, same = (
        scores.filter(model=one).select("split", "value").drop_nulls() for one in (model, called)
    )
    pairs = own.join(same, on="split", maintain_order="left").rows()
    worse = [f"{split} {of:#.4g} against {than:#.4g}" for split, of, than in pairs
             if not is_better(of, than)]  # fmt: skip
    if not worse:
        return ()
    return (f"{model} is no better than {words}, by {metric}: {', '.join(worse)}",)
