"""Options that several commands of `python -m analysis` take."""

from typing import Annotated, Literal

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
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FLAG|ID",
        help="Leave out structures with a flag (see marts.flagged_structures) or of a name; again "
        "for more, or with commas between.",
    ),
]
RefitOption = Annotated[
    Literal["training", "all"],
    typer.Option(
        help="What the final parameters come from: all but the locked test, or all structures once "
        "it has judged.",
    ),
]
