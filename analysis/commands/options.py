"""Options that several commands of `python -m analysis` take."""

from typing import Annotated

import typer

AlloyOption = Annotated[str, typer.Option(metavar="NAME", help="For example au-cu, ag-au, ag-cu.")]
SeedOption = Annotated[
    int, typer.Option(min=0, help="Seed of the folds that choose hyperparameters.")
]
