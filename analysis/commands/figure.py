"""`figure`: a figure of a study's page, as a file for a paper."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from analysis.commands.options import DEFAULT_ALLOY, AlloyOption
from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption, note_stale_runs

if TYPE_CHECKING:
    import duckdb

    from analysis.pages.figure import Figure
    from warehouse.conventions.alloys import Alloy

NameArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[NAME]", help="Words of the figure's title, such as parity; without, all titles."
    ),
]
StudyOption = Annotated[
    Literal["cluster-expansion", "metals", "temperatures", "property"],
    typer.Option(help="Whose page shows it."),
]
FileOption = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", help="Ends in .svg, .pdf, .png or .html.")
]
WidthOption = Annotated[
    float, typer.Option(metavar="CM", help="8.6 for one column of a journal, 17.8 for two.")
]
HeightOption = Annotated[
    float | None, typer.Option(metavar="CM", help="Default: as the figure's contents need.")
]


def figure(
    name: NameArgument = None,
    output: FileOption = None,
    study: StudyOption = "cluster-expansion",
    alloy: AlloyOption = DEFAULT_ALLOY,
    width: WidthOption = 8.6,
    height: HeightOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Write a figure of a study's page for a paper, or list what there is.

    SVG and PDF keep lines and text, PNG has 600 dots per inch; text has 8 points. A Chromium or
    Google Chrome draws them; HTML needs none.

    Example: python -m analysis figure predicted-against-calculated --output parity.pdf
    """
    from analysis.pages.figure_files import write_figure
    from warehouse.catalog.connection import connect

    if name is not None and output is None:
        raise typer.BadParameter("name the file with --output")
    with connect(warehouse) as connection:
        note_stale_runs(connection)
        figures = _draw(connection, study, alloy)
    if name is None:
        for drawn in figures:
            typer.echo(drawn.anchor)
        return
    assert output is not None
    found = _find(figures, name)
    write_figure(found.plot, output, width, height)
    typer.echo(f"{output}: {found.title}")


def _draw(connection: "duckdb.DuckDBPyConnection", study: str, alloy: "Alloy") -> "list[Figure]":
    """All figures of the page on a study; raises WarehouseError where it has no results."""
    from analysis.cluster_expansion.page import draw_questions
    from analysis.linear_models.figures.shown import read_shown
    from analysis.metals.figures.quoted_numbers import fitted_benchmarks, show_classifier
    from analysis.metals.page import make_questions
    from analysis.pages.page import find_shown_run
    from analysis.properties.page import draw_property
    from analysis.thermodynamics.page import draw_temperatures
    from warehouse.errors import WarehouseError

    if study == "temperatures":
        return draw_temperatures(connection, alloy)
    if study == "property":
        fitted = read_shown(connection)
        return [one for shown in fitted for one in draw_property(connection, shown)]
    if study == "metals":
        questions = make_questions(
            connection, show_classifier(connection, fitted_benchmarks(connection)[0])
        )
        return [one for question in questions for one in question.figures]
    if find_shown_run(connection, "cluster_expansion", alloy.name) is None:
        raise WarehouseError(
            f"nothing is fitted to {alloy} yet",
            hint=f"run `python -m analysis cluster-expansion --alloy {alloy}`",
        )
    return [one for _, figures in draw_questions(connection, alloy) for one in figures]


def _find(figures: "list[Figure]", name: str) -> "Figure":
    """The figure with the words of `name` in its title; raises WarehouseError for none or two."""
    from warehouse.errors import WarehouseError

    words = name.lower().replace(" ", "-").strip("-")
    found = [one for one in figures if one.anchor == words] or [
        one for one in figures if words and words in one.anchor
    ]
    if len(found) != 1:
        several = "several figures have" if found else "no figure has"
        raise WarehouseError(
            f"{several} {name!r} in the title",
            hint=f"name one of: {', '.join(one.anchor for one in found)}" if found
            else "`python -m analysis figure` without a name lists them",
        )  # fmt: skip
    return found[0]
