"""A picture of any query: its kind, its axes, its words, and what it refuses."""

import duckdb
import polars as pl
import pytest

from analysis.pages.periodic_table import place_elements
from analysis.plots.drawing import draw_plot
from analysis.plots.request import MOST_POINTS, describe_columns, make_request
from warehouse.errors import WarehouseError

NUMBERS = {"density": [1.0, 2.0, 0.0], "bulk_modulus_vrh": [10.0, None, 30.0]}
ROWS = pl.DataFrame({"formula": ["Cu", "CuO", "Cu2O"], **NUMBERS})
BINARY = pl.DataFrame({"formula": ["AuCu", "AuCu3", "Au3Cu"], "energy": [-0.06, -0.02, -0.04]})


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ({"formula": ["Cu", "CuO"], "a": [1.0, 2.0], "b": [1.0, 2.0]}, "scatter"),
        ({"a": [1.0, 2.0]}, "histogram"),
        ({"formula": ["Cu", "CuO"], "a": [1.0, 2.0]}, "histogram"),
        ({"source": ["oqmd", "megnet"], "a": [1.0, 2.0]}, "box"),
        ({"element": ["Cu", "O"], "a": [1.0, 2.0]}, "periodic-table"),
        ({"source": ["s", "t"], "crystal_system": ["u", "v"], "a": [1.0, 2.0]}, "heatmap"),
    ],
)
def test_the_kind_is_guessed_from_the_columns(columns, kind):
    assert make_request(pl.DataFrame(columns), {}).kind == kind


def test_a_scatter_has_hover_labels_units_and_log_axes():
    labels = {"density": "mass density (g/cm³)"}
    request = make_request(ROWS, labels, log=["x"])
    assert (request.x, request.y, request.n_rows) == ("density", "bulk_modulus_vrh", 1)
    drawn = draw_plot(request)
    assert list(drawn.data[0].text) == ["Cu"]
    assert drawn.layout.xaxis.title.text == "mass density (g/cm³)"
    assert drawn.layout.xaxis.type == "log"


def test_meaning_and_unit_come_from_the_dictionary():
    connection = duckdb.connect()
    connection.execute("create schema marts")
    connection.execute("create view marts.a as select 1 as density, 'x' as source, 1 as plain")
    connection.execute("comment on column marts.a.density is 'g/cm³: mass density; of the cell'")
    connection.execute("comment on column marts.a.source is 'data set that the row comes from'")
    assert describe_columns(connection, ["density", "source", "plain"]) == {
        "density": "mass density (g/cm³)",
        "source": "data set that the row comes from",
    }


def test_the_hull_lies_below_all_points():
    drawn = draw_plot(make_request(BINARY, {}, kind="hull"))
    # Au3Cu at a quarter of Cu stays; AuCu3 is above the line from AuCu to Cu, at -0.03.
    assert list(drawn.data[0].x) == [0.0, 0.25, 0.5, 1.0]
    assert drawn.layout.xaxis.title.text == "share of Cu"


def test_a_periodic_table_shows_medians_at_the_place_of_each_element():
    elements = pl.DataFrame(
        {"element": ["Cu", "La", "Ce"], "group": [11, 3, 3], "period": [4, 6, 6]}
        | {"block": ["d", "d", "f"], "atomic_number": [29, 57, 58]}
    )
    rows = pl.DataFrame({"element": ["Cu", "Cu", "Cu", "Ce"], "gap": [1.0, 3.0, 2.0, 5.0]})
    drawn = draw_plot(make_request(rows, {}), place_elements(elements))
    found = dict(zip(drawn.data[0].text, drawn.data[0].marker.color, strict=True))
    assert found == {"Cu": 2.0, "Ce": 5.0}
    assert drawn.data[0].hovertext[0] == "Cu: 2, of 3"
    assert place_elements(elements).rows()[1:] == [("La", 4, 8.5), ("Ce", 5, 8.5)]


@pytest.mark.parametrize("kind", ["box", "heatmap", "ternary", "histogram"])
def test_every_other_kind_is_drawn(kind):
    rows = pl.DataFrame(
        {"source": ["a", "b"], "system": ["c", "d"]}
        | {"x": [0.2, 0.3], "y": [0.5, 0.3], "z": [0.3, 0.4]}
    )
    drawn = draw_plot(make_request(rows, {}, kind=kind, color="x" if kind == "heatmap" else ""))
    assert len(drawn.data) == 1


def test_of_too_many_points_some_are_drawn_by_lot():
    many = pl.DataFrame({"a": range(MOST_POINTS + 5), "b": range(MOST_POINTS + 5)})
    request = make_request(many, {})
    assert (request.rows.height, request.n_rows) == (MOST_POINTS, MOST_POINTS + 5)
    assert request.rows.equals(make_request(many, {}).rows)


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        (ROWS.clear(), {}, "no rows"),
        (ROWS, {"x": "densty"}, "no column 'densty'"),
        (ROWS, {"kind": "scatter", "x": "formula", "y": "density"}, "formula is no number"),
        (ROWS, {"kind": "ternary"}, "needs three columns of numbers"),
        (ROWS.select(a=pl.lit(None, dtype=pl.Float64)), {}, "every row lacks a"),
        (ROWS.select(a=pl.lit(-1.0)), {"log": ["x"]}, "no row is above zero"),
        (
            ROWS.head(1).with_columns(formula=pl.lit("NaClO")),
            {"kind": "hull"},
            "3 elements, and a hull is drawn of two",
        ),
        (ROWS, {"kind": "histogram", "log": ["x"]}, "no logarithmic x axis"),
    ],
)
def test_what_cannot_be_drawn_is_told(rows, options, said):

    with pytest.raises(WarehouseError, match=said) as caught:
        draw_plot(make_request(rows, {}, **options))
    assert caught.value.hint
