"""Axes of the page of properties, as a reader sees them."""

import plotly.graph_objects as go
import polars as pl
import pytest

from analysis.linear_models.figures.axes import describe_in_words, scale_by_powers


@pytest.mark.parametrize(
    ("descriptor", "words"),
    [
        ("range_ground_state_band_gap", "range of element's band gap"),
        ("average_deviation_nd_valence", "mean deviation of d valence electrons"),
        ("mode_atomic_weight", "most frequent atomic weight"),
        ("Cu–O, balanced", "Cu–O, balanced"),
        ("melting_point", "melting point"),
    ],
)
def test_descriptors_are_told_in_words(descriptor, words):
    assert describe_in_words(descriptor) == words


def test_a_logarithmic_axis_names_every_power_of_ten_that_it_reaches():
    plot = go.Figure()
    scale_by_powers(plot, pl.Series([0.03, 1.0, 2000.0, 0.0]))
    assert plot.layout.xaxis.ticktext == ("0.01", "0.1", "1", "10", "100", "1,000", "10,000")


def test_nothing_to_show_leaves_the_axis_as_it_is():
    plot = go.Figure()
    scale_by_powers(plot, pl.Series([], dtype=pl.Float64))
    assert plot.layout.xaxis.type is None
