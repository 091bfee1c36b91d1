"""Weights, groups and times: what a query must give, and how samples are parted by them."""

import numpy as np
import polars as pl
import pytest

from analysis.linear_models.scores.numbers import weighted_scores
from analysis.linear_models.splits import find_later, list_left_out, split_property
from analysis.properties.data import read_property
from analysis.properties.reading.answers import Answers
from analysis.properties.reading.merging import GROUP, TIME, WEIGHT, merge_labels, merge_numbers
from analysis.properties.reading.short_names import suggest_columns
from analysis.properties.settings import PropertySettings
from tests.analysis.properties.test_data import FORMULAS
from tests.support.materials import formula_catalog
from warehouse.errors import WarehouseError

SAMPLES = "staging.materials, (values ('a', 1), ('b', 2), ('c', 3)) t(lab, year)"
QUERY = (
    "select formula, nsites + length(formula) / 10 as size, lab, year, length(formula) as w "
    f"from {SAMPLES} where (hash(formula || lab) % 2 = 0)"
)


@pytest.fixture(scope="module")
def connection():
    return formula_catalog(FORMULAS)


def read(connection, target=QUERY, **options):
    return read_property(connection, "try", PropertySettings(target, **options))


def test_a_formula_is_in_each_of_its_groups_and_they_are_held_out_in_turn(connection):
    data = read(connection, group="lab", time="year", weights="w")
    assert not {"lab", "year", "w"} & set(data.features)
    assert data.samples["sample_id"].is_unique().all()
    assert set(data.counts) == {float(len(one)) for one in FORMULAS}
    labs, formulas, years = (
        data.samples[one].to_numpy() for one in ("group", "reduced_formula", "time")
    )
    held_out = [one for one in split_property(data) if one.parting == "held_out_groups"]
    assert [set(labs[one.test]) for one in held_out] == [{"a"}, {"b"}, {"c"}]
    (later,) = (one for one in split_property(data) if one.parting == "later")
    assert set(years[later.test]) == {3}
    for fold in (*held_out, later):
        assert not set(labs[fold.train]) & set(labs[fold.test])
        assert not set(formulas[fold.train]) & set(formulas[fold.test])


def test_one_column_may_be_group_and_time(connection):
    for year in ("year", "year::double as year", "make_date(2000 + year, 1, 1) as year"):
        sql = QUERY.replace(" lab, year,", f" {year},").replace("|| lab", "|| t.year")
        data = read(connection, sql, group="year", time="year")
        assert data.samples["group"].n_unique() == data.samples["time"].n_unique() == 3
        assert {str(one.parting) for one in split_property(data)} >= {"held_out_groups", "later"}


def test_many_groups_make_five_folds_of_one_size(connection):
    data = read(connection, QUERY.replace(" lab, ", " left(formula, 2) as lab, ", 1), group="lab")
    folds = [one for one in split_property(data) if one.parting == "held_out_groups"]
    sizes = [len(one.test) for one in folds]
    assert (len(folds), sum(sizes)) == (5, len(data.y))
    assert max(sizes) - min(sizes) < 40


def test_the_last_fifth_begins_where_a_time_does():
    times = np.array([1.0] * 70 + [2.0] * 14 + [3.0] * 16)
    assert find_later(times).sum() == 16
    assert find_later(np.arange(10.0)).nonzero()[0].tolist() == [8, 9]


def test_a_split_that_leaves_nothing_to_train_is_told(connection):
    """All formulas come again in the last year."""
    again = QUERY.replace("where (hash(formula || lab) % 2 = 0)", "").replace(
        "select formula", "select formula || lab as material_id, formula"
    )
    data = read(connection, again.replace(" lab,", ""), time="year")
    assert list_left_out(data, split_property(data)) == ["later"]


@pytest.mark.parametrize(
    ("column", "options", "says"),
    [
        ("-1 as w", {"weights": "w"}, r"224 of 224 rows have no weight of 0 or more in w.*-1"),
        ("null::double as w", {"weights": "w"}, "with NULL"),
        ("'inf'::double as w", {"weights": "w"}, "with inf"),
        ("0 as w", {"weights": "w"}, "w is 0 in all 224 rows"),
        ("'x' as w", {"weights": "w"}, "--weights w is string, not numbers"),
        ("1 as w", {"weights": "v"}, "--weights v: the rows have no such column"),
        ("'x' as g", {"group": "g"}, "g is the same in all 224 samples"),
        ("0.5::double as g", {"group": "g"}, "--group g is .*, not text or whole numbers"),
        ("'2020' as t", {"time": "t"}, "--time t is string, neither dates nor numbers"),
        (
            "2020 as t",
            {"where": "size > 3)"},
            r"--where size > 3\) is no condition: .*'\)', letter 9",
        ),
        ("2020 as t", {"where": "size >"}, "--where size > is no condition: .* near '>', letter 6"),
        ("2020 as t", {"where": "a = 'x"}, "--where a = 'x is no condition: a quote in it has no"),
        (
            "2020 as t",
            {"where": "t > 3 limit 2"},
            "--where t > 3 limit 2 .*near 'limit', letter 11",
        ),
        ("1 as t", {"method": "logistic"}, "logistic does not fit size, which is taken for n"),
        ("1 as t", {"calibration": "platt"}, "--calibrate is for probabilities of classes"),
        ("'inf'::double as t", {}, "t is infinite or larger than 1e.100 for 224 rows, the first"),
        ("1e300 as t", {}, "t is infinite or larger than 1e.100 for 224 rows, the first"),
        ("null as t", {}, "t is NULL in all 224 rows"),
    ],
)
def test_what_cannot_be_done_says_why(connection, column, options, says):
    sql = f"select formula, nsites + length(formula) / 10 as size, {column} from staging.materials"
    with pytest.raises(WarehouseError, match=says):
        read(connection, sql, **options)


@pytest.mark.parametrize("method", ["huber", "quantile"])
def test_a_method_of_numbers_fits_no_classes(connection, method):
    sql = "select formula, formula like '%Cl%' as kind from staging.materials"
    with pytest.raises(WarehouseError, match="there are logistic, ridge, lasso, elastic-net"):
        read(connection, sql, method=method)


def test_rows_that_weigh_nothing_are_left_out(connection):
    sql = (
        "select formula, nsites + length(formula) / 10 as size, (formula not like '%Cl%')::int as w"
        " from staging.materials"
    )
    assert read(connection, sql, weights="w").left_out == {"no weight (w is 0)": 28}


def test_rows_without_a_further_column_are_told_by_its_name(connection):
    sql = (
        "select formula, nsites + length(formula) / 10 as size, 5 as flat, "
        "nullif(length(formula), 4) as w from staging.materials"
    )
    data = read(connection, sql)
    n_without = sum(len(one) == 4 for one in FORMULAS)
    assert data.left_out["no value of size, w"] == n_without
    assert "flat is the same in all rows, and has no weight" in data.notes


def test_further_columns_keep_their_names_and_ranges(connection):
    sql = (
        "select formula, nsites + length(formula) / 10 as size, length(formula) as intercept, "
        'length(formula) / 2 as "own w" from staging.materials'
    )
    first, second = read(connection, sql).own_columns
    lengths = [len(one) for one in FORMULAS]
    assert (first.name, first.descriptor) == ("intercept", "own intercept")
    assert (second.name, second.descriptor) == ("own w", "own w")
    assert (first.lowest, first.highest) == (min(lengths), max(lengths))
    assert first.mean == pytest.approx(np.mean(lengths))


def test_dates_are_times(connection):
    sql = (
        "select formula, nsites + length(formula) / 10 as size, "
        "date '2000-01-01' + (hash(formula) % 1000)::int as day from staging.materials"
    )
    data = read(connection, sql, time="day")
    (later,) = (one for one in split_property(data) if one.parting == "later")
    times = data.samples["time"].to_numpy()
    assert times[later.train].max() < times[later.test].min()
    assert len(later.test) == pytest.approx(0.2 * len(data.y), abs=1)


def test_rows_of_a_formula_merge_by_their_weights():
    rows = pl.DataFrame(
        {
            "reduced_formula": ["A", "A", "A", "B", "B"],
            "formula": ["A", "A", "A2", "B", "B"],
            "target": [1.0, 3.0, 2.0, 5.0, 7.0],
            WEIGHT: [1.0, 5.0, 1.0, 2.0, 2.0],
            TIME: [1.0, 3.0, 2.0, 1.0, 1.0],
        }
    )
    merged = merge_numbers(rows, ())
    # Of A five of seven are at 3; of B half are at 5 and half at 7.
    assert merged["target"].to_list() == [3.0, 6.0]
    assert merged[WEIGHT].to_list() == [7.0, 4.0]
    assert merged[TIME].to_list() == [3.0, 1.0]
    classes = rows.with_columns(target=pl.Series(["x", "y", "x", "x", "x"]))
    called, n_others = merge_labels(classes.with_columns(pl.lit("g").alias(GROUP)), ())
    assert called["target"].to_list() == ["y", "x"]
    assert called["material_id"].to_list() == ["A (g)", "B (g)"]
    assert n_others == 2


def test_errors_by_weight():
    rows = pl.DataFrame(
        {
            "model": "m", "split": "s", "fold": [0, 0, 1], "sample_id": ["a", "b", "c"],
            "target": [0.0, 0.0, 0.0], "prediction": [1.0, -3.0, 2.0],
        }
    )  # fmt: skip
    weights = pl.DataFrame({"sample_id": ["a", "b", "c"], "weight": [3.0, 1.0, 9.0]})
    scores = weighted_scores(rows, weights, "eV")
    # Fold 0: (3 · 1 + 1 · 3) / 4 = 1.5 and √((3 · 1 + 1 · 9) / 4) = √3; fold 1: 2.
    assert dict(scores.select("metric", "value").iter_rows()) == pytest.approx(
        {"weighted_mae": 1.75, "weighted_rmse": (3**0.5 + 2) / 2}
    )
    assert set(scores["n"]) == {3}


def test_short_names_are_hinted_and_other_gaps_are_none():
    columns = ["band_gap", "energy_above_hull", "formation_energy_per_atom"]
    assert suggest_columns("ehull", columns)[0] == "energy_above_hull"
    assert suggest_columns("eform", columns)[0] == "formation_energy_per_atom"
    assert suggest_columns("band_gpa", columns) == ["band_gap"]
    answers = Answers.of(PropertySettings("band_gap", "test"), "band_gap")
    assert answers.why_refused({"egap"})
    assert answers.why_refused({"miscibility_gap"}) is None
    energies = Answers.of(PropertySettings("energy_above_hull", "test"), "energy_above_hull")
    assert energies.why_refused({"eform"})
