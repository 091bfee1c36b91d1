"""What commands say of formulas that a fitted model is asked about."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from warehouse.console import print_json, track
from warehouse.storage.warehouse import Warehouse

TRUTH = {"true": 1, "false": 0}


@dataclass(frozen=True)
class PropertyQuestion:
    """What a fitted model is asked about: formulas, or the rows of a query.

    Attributes:
        formulas: Such as `Cu3Au`; none with a query.
        at: Values of further columns that the model reads, for all formulas.
        query: SQL of rows with a `formula`; "" with formulas.
        output: File for the rows of the query and the answers.
        as_json: Whether answers are printed as JSON.

    """

    formulas: Sequence[str]
    at: Mapping[str, float]
    query: str
    output: Path | None
    as_json: bool

    def check(self, *, predict: bool) -> None:
        """Raise BadParameter unless its options go together; without `predict` there are none."""
        if not predict:
            self._refuse_any()
        elif self.query:
            self._check_query()
        elif not self.formulas:
            raise typer.BadParameter(
                "--predict needs formulas, such as Cu3Au, or --query SQL with --output FILE"
            )
        elif self.output:
            raise typer.BadParameter(
                "--output is for the rows of --query; formulas are answered on the screen, "
                "with --json for programs"
            )

    def _refuse_any(self) -> None:
        told = {
            f"{' '.join(self.formulas)}: formulas go": self.formulas,
            "--at goes": self.at,
            "--query goes": self.query,
            "--output goes": self.output,
            "--json goes": self.as_json,
        }
        for what, is_there in told.items():
            if is_there:
                scores = "; scores: python -m analysis runs" if self.as_json else ""
                raise typer.BadParameter(f"{what} with --predict{scores}")

    def _check_query(self) -> None:
        if self.formulas:
            raise typer.BadParameter(
                f"give formulas ({' '.join(self.formulas)}) or --query, not both"
            )
        if self.at:
            raise typer.BadParameter(
                f"--at goes with formulas; let --query select the column, such as "
                f"`{' '.join(f'{value:g} as {name}' for name, value in [*self.at.items()][:1])}`"
            )
        if self.as_json:
            raise typer.BadParameter("--json goes with formulas; answers of --query are a file")
        if not self.output:
            raise typer.BadParameter("--query needs --output FILE.parquet for its answers")
        if self.output.suffix != ".parquet":
            raise typer.BadParameter(
                f"--output {self.output.name}: answers are Parquet; end it in .parquet"
            )


def parse_values(texts: Sequence[str] | None) -> dict[str, float]:
    """The numbers by name of texts such as `temperature=300`, or several with commas between."""
    values: dict[str, float] = {}
    for text in [part for several in texts or () for part in _part_values(several)]:
        name, sign, number = (part.strip() for part in text.rpartition("="))
        if not sign or not name:
            raise typer.BadParameter(f"--at: {text!r} is not like temperature=300")
        if name in values:
            raise typer.BadParameter(
                f"--at: {name} has two values; ask again, or let --query select rows with each"
            )
        try:
            values[name] = float(TRUTH.get(number.lower(), number))
        except ValueError as error:
            raise typer.BadParameter(
                f"--at {text}: {number!r} is no number, such as 300.5 or true"
            ) from error
    return values


def _part_values(text: str) -> list[str]:
    """Several values with commas between them; a column's name may have a comma, too."""
    parts = text.split(",")
    return parts if all("=" in part for part in parts) else [text]


def answer_formulas(warehouse: Warehouse, name: str, question: PropertyQuestion) -> None:
    """Print what the model of `name` says of formulas, or write it of those of a query."""
    if question.output:
        _screen(warehouse, question.query, name, question.output)
    else:
        _ask(warehouse, question, name)


def _ask(warehouse: Warehouse, question: PropertyQuestion, name: str) -> None:
    """Print what the model of `name` says of formulas."""
    from analysis.properties.prediction import load_property
    from warehouse.catalog.connection import connect
    from warehouse.errors import WarehouseError

    with connect(warehouse) as connection:
        answers = load_property(connection, name).explain(question.formulas, question.at)
    if question.as_json:
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
    """Write what the model of `name` says of the rows that `query` selects."""
    from analysis.properties.prediction import load_property
    from warehouse.catalog.connection import connect
    from warehouse.catalog.query import draft_answer

    with connect(warehouse) as connection, draft_answer(warehouse, output) as draft:
        model = load_property(connection, name)
        n_rows, n_without = model.predict_query(connection, query, draft, track)
    without = f", {n_without:,} of them without a prediction: see `reason`" if n_without else ""
    without = without if n_rows else ": the query selects none"
    typer.echo(f"{output}: {n_rows:,} rows{without}")
