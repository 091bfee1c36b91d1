"""The error of a difference of two models knows which samples err alike."""

import duckdb
import pytest

from warehouse.catalog.views import parse_view
from warehouse.settings import SQL_DIR


def find_error(groups):
    """The error where the other model loses 2, 2, 0, 0 more on four samples in one fold."""
    with duckdb.connect() as connection:
        for layer in ("staging", "marts"):
            connection.execute(f"create schema {layer}")
        connection.execute(
            "create table staging.models as select 'property' as study, 'set' as dataset, "
            "'own' as model, true as is_selected"
        )
        connection.execute(
            "create table marts.property_predictions as select 'set' as dataset, model, "
            "'formula_groups' as split, 's' || place as sample_id, "
            f"{groups}[place] as sample_group, 0 as fold, "
            "case when model = 'other' and place < 3 then 2.0 else 0.0 end as error "
            "from range(1, 5) as t(place), unnest(['own', 'other']) as m(model)"
        )
        connection.execute(
            "create table marts.property_probabilities as select dataset, model, split, "
            "sample_id, sample_group, fold, 0.5 as probability, false as is_class "
            "from marts.property_predictions"
        )
        for name in ("_loss_differences", "property_differences"):
            view = parse_view(SQL_DIR / f"marts/{name}.sql")
            connection.execute(f"create view {view.name} as {view.sql}")
        ((error,),) = connection.execute(
            "select difference_error from marts.property_differences where model = 'other'"
        ).fetchall()
    return error


def test_samples_of_a_group_are_no_independent_ones():
    # Deviations from the mean of 1 add up to 2 and -2: sqrt(2 / 1 * (4 + 4)) / 4 = 1.
    assert find_error(["A", "A", "B", "B"]) == pytest.approx(1)


def test_samples_whose_groups_are_not_told_are_one_each():
    # sqrt(4 / 3 * (1 + 1 + 1 + 1)) / 4.
    assert find_error(["", "", "", ""]) == pytest.approx((4 / 3) ** 0.5 / 2)


def test_groups_that_lose_alike_make_the_mean_sure():
    assert find_error(["A", "B", "A", "B"]) == pytest.approx(0)
