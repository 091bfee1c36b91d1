"""Rows of queries: asked once where that is wanted."""

import duckdb

from analysis.datasets import read_rows, reading_once
from analysis.pages.downloads import LARGEST, make_download

COIN = "select random() as value"


def test_a_query_is_asked_once_within_the_context_and_anew_after_it():
    with duckdb.connect() as connection:
        with reading_once():
            first = read_rows(connection, COIN)
            assert read_rows(connection, COIN).equals(first)
            other = read_rows(connection, "select ? as value", [1])
            assert not read_rows(connection, "select ? as value", [2]).equals(other)
        assert not read_rows(connection, COIN).equals(first)


def test_a_download_that_was_kept_is_not_made_again():
    kept = {}
    with duckdb.connect() as connection:
        first = make_download(connection, COIN, kept)
        assert make_download(connection, COIN, kept) is first
        assert make_download(connection, COIN) is not first


def test_rows_that_cannot_fit_have_no_csv():
    with duckdb.connect() as connection:
        # A digit and a line's end each: one byte less than that many rows fit.
        least = make_download(connection, f"select 1 as n from range({LARGEST // 2 + 1})")
        fits = make_download(connection, "select 1 as n from range(10)")
    assert least.csv is None
    assert fits.csv is not None
    assert least.n_rows == LARGEST // 2 + 1
