"""The notebook runs from top to bottom, and its sliders move what it shows."""

import json
import os
import subprocess
import sys

import pytest

RUN = """
import json, sys
import marimo as mo
from analysis.notebooks.explore import app

def look(**moved):
    _, seen = app.run(defs=moved)
    shown = [seen["balanced_accuracy"], seen["not_zero"].height, seen["stable"].rows()]
    return [*shown, seen["answers"]["formula"].to_list(), seen["drawn"].request.kind]

slider = lambda value: mo.ui.slider(0.05, 0.95, 0.05, value=value)
json.dump([look(), look(threshold=slider(0.9))], sys.stdout)
"""


@pytest.fixture(scope="module")
def states(fitted):
    """What the notebook shows as it opens, and with another threshold.

    In a process of its own: DuckDB and marimo complain of each other as it ends.
    """
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        env={**os.environ, "WAREHOUSE_DIR": str(fitted)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_at_one_half_it_shows_the_score_of_the_mart(states, connection):
    rows = connection.sql(
        "select value, std from marts.metrics where dataset = 'matbench_mp_is_metal' "
        "and split = 'official_folds' and metric = 'balanced_accuracy' and is_selected"
    ).fetchall()
    # The mart has the mean over five folds; the notebook counts all predictions together.
    assert states[0][0] == pytest.approx(rows[0][0], abs=0.01)


def test_it_opens_at_the_lowest_validation_error(states, connection):
    rows = connection.sql("""
        with best as (
            select cast(series as double) as l1_ratio, setting as strength
            from marts.curves
            where curve = 'strength' and study = 'cluster_expansion' and metric = 'rmse'
                and part = 'validation'
            order by value
            limit 1
        )
        select count(*) from marts.interaction_paths join best using (l1_ratio, strength)
        where cluster_order >= 2 and abs(parameter) > 1e-12
    """).fetchall()
    assert states[0][1] == rows[0][0] > 0


def test_a_slider_moves_what_depends_on_it_and_nothing_else(states):
    before, after = states
    assert before[0] != after[0]
    assert before[1:] == after[1:]


def test_its_query_gives_the_ground_states(states, connection):
    rows = connection.sql("select count(*) from marts.ground_states where is_on_hull").fetchall()
    assert len(states[0][2]) == rows[0][0]


def test_it_asks_the_classifier_about_formulas(states):
    assert states[0][3] == ["Cu3Au", "GaN"]


def test_it_draws_a_query(states):
    assert states[0][4] == "scatter"
