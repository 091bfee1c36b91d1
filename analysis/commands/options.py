"""Options that several commands of `python -m analysis` take."""

from typing import Annotated

import typer

from warehouse.conventions.alloys import Alloy

DEFAULT_ALLOY = Alloy.parse("au-cu")


def parse_alloy(value: object) -> Alloy:
    """The alloy that an option names; typer hands over the default as well."""
    return Alloy.parse(str(value))


AlloyOption = Annotated[
    Alloy,
    typer.Option(
        metavar="NAME", parser=parse_alloy, help="For example au-cu, ag-au; Cu-Au is au-cu."
    ),
]
SeedOption = Annotated[
    int, typer.Option(min=0, help="Seed of the folds that choose hyperparameters.")
]
ThoroughOption = Annotated[
    bool,
    typer.Option(
        "--thorough",
        help="Also what a referee asks, which takes many times as long; the page says what.",
    ),
]
