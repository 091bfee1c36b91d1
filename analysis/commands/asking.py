"""What commands say of formulas that a fitted model is asked about."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from warehouse.console import print_json, track
from warehouse.storage.warehouse import Warehouse


def answer_formulas(
    warehouse: Warehouse,
    name: str,
    formulas: Sequence[str],
    query: str,
    output: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print what the model of `name` says of `formulas`, or write it of those of a query."""
    if output:
        _screen(warehouse, query, name, output)
    else:
        _ask(warehouse, formulas, name, as_json=as_json)


def _ask(warehouse: Warehouse, formulas: Sequence[str], name: str, *, as_json: bool) -> None:
    """Print what the model of `name` says of `formulas`."""
    from analysis.properties.prediction import load_property
    from warehouse.catalog.connection import connect
    from warehouse.errors import WarehouseError

    with connect(warehouse) as connection:
        answers = load_property(connection, name).explain(formulas)
    if as_json:
        print_json([asdict(one) for one in answers])
    else:
        for one in answers:
            typer.echo(one.text)
    missing = [one for one in answers if not one.is_answered]
    if missing:
        raise WarehouseError(
            f"{len(missing)} of {len(answers)} formulas have no answer: {missing[0].likeness}",
            hint="mend each as it says; the others are answered",
        )


def _screen(warehouse: Warehouse, query: str, name: str, output: Path) -> None:
    """Write what the model of `name` says of the formulas that `query` selects."""
    from analysis.properties.prediction import load_property
    from warehouse.catalog.connection import connect
    from warehouse.catalog.query import draft_answer

    with connect(warehouse) as connection, draft_answer(warehouse, output) as draft:
        model = load_property(connection, name)
        n_rows, n_without = model.predict_query(connection, query, draft, track)
    without = f", {n_without:,} of them without a prediction: see `reason`" if n_without else ""
    without = without if n_rows else ": the query selects none"
    typer.echo(f"{output}: {n_rows:,} rows{without}")
