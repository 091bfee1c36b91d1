"""Options that several commands of `python -m analysis` take."""

from typing import Annotated

import typer

from warehouse.conventions.alloys import normalise_alloy

AlloyOption = Annotated[
    str,
    typer.Option(
        metavar="NAME", parser=normalise_alloy, help="For example au-cu, ag-au; Cu-Au is au-cu."
    ),
]
SeedOption = Annotated[
    int, typer.Option(min=0, help="Seed of the folds that choose hyperparameters.")
]
