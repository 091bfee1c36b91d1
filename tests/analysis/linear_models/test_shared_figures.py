"""What the pages of several studies show alike: gains of a ladder, places on a board."""

from types import SimpleNamespace

import duckdb
import numpy as np
import pytest
from jinja2 import Environment, PackageLoader

from analysis.linear_models.figures.boards import BOARDS
from analysis.linear_models.figures.elements import draw_unseen_elements
from analysis.linear_models.figures.ladder import draw_ladder, read_steps
from analysis.linear_models.figures.scores import OURS, read_board
from analysis.linear_models.figures.shown import ShownProperty
from analysis.linear_models.inquiries.ladder import Rung, score_rungs

SHOWN = ShownProperty("matbench_expt_gap", "1", "gap", "eV", "official_folds", "huber", ())
RUNGS = {
    "shares": Rung(("fractions",)),
    "charges": Rung(("fractions", "charges"), "shares"),
    "pairs": Rung(("fractions", "charges", "pairs"), "charges"),
}
ERRORS = {"shares": (0.5, 0.7), "pairs": (0.4, 0.5), "trees": (0.3,)}


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        connection.execute("create schema marts; create schema staging")
        connection.execute(
            "create table marts.curves (study text, dataset text, curve text, model text, "
            "series text, setting double, split text, metric text, value double, "
            "standard_error double, n integer)"
        )
        connection.executemany(
            "insert into marts.curves values ('property', 'matbench_expt_gap', 'ladder', ?, ?, ?, "
            "'official_folds', 'mae', ?, 0.01, 50)",
            [(*2 * (name,), fold, error) for name, of in ERRORS.items()
             for fold, error in enumerate(of)],
        )  # fmt: skip
        yield connection


def test_a_gain_is_paired_over_folds_and_over_the_next_rung_that_is_there(connection):
    steps = read_steps(connection, "curve = 'ladder'", "mae", RUNGS, product="pairs")
    shares, pairs, trees = steps
    assert np.isnan(shares.gain)
    # Of the rung of charges there is nothing: 0.4 - 0.5 and 0.5 - 0.7 have the mean -0.15 and,
    # at a deviation of 0.1 / sqrt(2), the standard error 0.05.
    assert (pairs.below, pairs.n) == ("shares", 100)
    assert (pairs.gain, pairs.error) == (pytest.approx(-0.15), pytest.approx(0.05))
    # What is no rung is compared with the product, on the folds that it has.
    assert (trees.below, trees.gain) == ("pairs", pytest.approx(-0.1))
    assert np.isnan(trees.error)
    assert trees.told == "-0.1"


def test_the_ladder_is_drawn_in_its_order_and_tells_its_largest_step(connection):
    figure = draw_ladder(connection, SHOWN, RUNGS, product="pairs")
    assert figure.title == "Which descriptors help: matbench_expt_gap"
    assert list(figure.plot.layout.yaxis.categoryarray) == ["trees", "pairs", "shares"]
    assert "From “shares” to “pairs” the error goes from 0.6 to 0.45 eV (n = 100)." in (
        figure.reading
    )
    assert "“pairs” (-0.15 ± 0.05 over “shares”)" in figure.reading


def test_rungs_that_are_models_have_their_mean_scores_over_the_folds():
    points = [
        {"model": "roles", "split": "official_folds", "metric": metric, "value": value, "n": n}
        for metric, value, n in [("f1", 0.8, 40), ("f1", 0.9, 60), ("log_loss", 0.3, 40)]
    ]
    (row,) = score_rungs(points).to_dicts()
    assert (row["model"], row["metric"], row["n"]) == ("roles", "f1", 100)
    assert (row["value"], row["std"]) == (pytest.approx(0.85), pytest.approx(0.1 / np.sqrt(2)))


@pytest.mark.parametrize(
    ("dataset", "classes", "metric", "value", "place"),
    [
        ("matbench_expt_gap", (), "mae", 0.3, 2),
        ("matbench_mp_is_metal", ("non-metal", "metal"), "balanced_accuracy", 0.94, 2),
    ],
)
def test_less_is_better_on_the_board_of_numbers_alone(
    dataset, classes, metric, value, place, connection
):
    connection.execute(
        "create table marts.metrics as select 'property' as study, ? as dataset, "
        "true as is_selected, 'official_folds' as split, ? as metric, ? as value, 0.01 as std, "
        "100 as n",
        [dataset, metric, value],
    )
    shown = ShownProperty(dataset, "1", "x", "1", "official_folds", "huber", classes)
    board = read_board(connection, shown)
    assert board["rank"] == place
    assert board["has_structures"] is dataset.startswith("matbench_mp")
    assert board["sound_rank"] == 1  # the first of either board is doubted
    assert [entry.name for entry in board["entries"]].index(OURS) == place - 1
    assert len(board["entries"]) == len(BOARDS[dataset]) + 1


def test_a_task_without_a_board_has_none(connection):
    assert read_board(connection, ShownProperty("mine", "1", "x", "1", "", "huber", ())) is None


def test_elements_that_were_not_left_out_have_no_figure(connection):
    assert draw_unseen_elements(connection, SHOWN) is None


@pytest.mark.parametrize(("value", "told"), [(0.25, "0.2500"), (6.1143e-6, "6.114e-06")])
def test_scores_in_small_units_have_digits_too(value, told):
    templates = Environment(loader=PackageLoader("analysis.pages"), autoescape=True)
    templates.filters.update(label=str, minus=str)
    cells = {("huber", "later"): SimpleNamespace(value=value, std=value / 10, n=20)}
    table = SimpleNamespace(models=["huber"], selected="huber", cells=cells)
    shown = templates.get_template("parts.html").module.scores(table, ["later"], 4, "MAE")
    assert told in shown


def test_a_score_that_a_split_does_not_have_is_a_dash():
    templates = Environment(loader=PackageLoader("analysis.pages"), autoescape=True)
    templates.filters.update(label=str, minus=str)
    known, unknown = (SimpleNamespace(value=value, std=None) for value in (0.5, None))
    row = SimpleNamespace(split="later", cells=[known, unknown], n=20)
    table = SimpleNamespace(title="Scores", metrics=["f1", "roc_auc"], rows=[row])
    shown = templates.get_template("parts.html").module.metric_table(table)
    assert "<td>0.5000</td><td>–</td>" in shown
