"""How axes of this wing are written: powers of ten as plain numbers, descriptors in words."""

import re

import numpy as np
import plotly.graph_objects as go
import polars as pl

STATISTICS = {
    "minimum": "least",
    "maximum": "largest",
    "range": "range of",
    "mean": "mean",
    "average_deviation": "mean deviation of",
    "mode": "most frequent",
}
"""What Magpie's features are of the elements of a formula, in words."""
QUANTITIES = {
    "magpie_number": "atomic number",
    "magpie_column": "column of the table",
    "magpie_row": "row of the table",
    "ground_state_band_gap": "element's band gap",
    "ground_state_magnetic_moment": "element's moment",
    "ground_state_volume": "element's volume",
    "n_valence": "valence electrons",
    "n_unfilled": "unfilled states",
    **{f"n{shell}_valence": f"{shell} valence electrons" for shell in "spdf"},
    **{f"n{shell}_unfilled": f"unfilled {shell} states" for shell in "spdf"},
}
"""Quantities whose names are no words."""


def describe_in_words(descriptor: str) -> str:
    """What a reader sees for a descriptor: one of Magpie's features in words, others as they are.

    `range_ground_state_band_gap` is "range of element's band gap".
    """
    found = re.fullmatch(rf"({'|'.join(STATISTICS)})_(\w+)", descriptor)
    if not found:
        return descriptor.replace("_", " ")
    quantity = QUANTITIES.get(found[2], found[2].replace("_", " "))
    return f"{STATISTICS[found[1]]} {quantity}"


def scale_by_powers(plot: go.Figure, values: pl.Series) -> None:
    """Give the x-axis a logarithmic scale with each power of ten that `values` reach."""
    exponents = values.filter(values > 0).log10().to_numpy()
    if not len(exponents):
        return
    first, last = np.floor(exponents.min()), np.ceil(exponents.max())
    powers = 10.0 ** np.arange(first, last + 1)
    plot.update_xaxes(type="log", tickvals=powers, ticktext=[f"{power:,g}" for power in powers])
