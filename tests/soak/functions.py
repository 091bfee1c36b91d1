"""Each function of DuckDB's over hostile arguments, on DuckDB and on Spark: `compared.csv`.

`python -m tests.soak.functions [NAME ...]` compares the named functions, or all that DuckDB lists,
and writes the verdicts into `warehouse/spark/compared.csv`. One passes for those types of arguments
for which Spark answers ordinary values as DuckDB does, with answers that vary, and values at the
edges likewise or with an error; an error of DuckDB's alone is a difference. The campaign compares
anew all that passes.
"""

import csv
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from tests.soak import Figure
from tests.spark.comparison import Engines, calls
from tests.spark.hostile import ARGUMENTS, MOST
from tests.spark.session import missing
from warehouse.spark.arguments import COMPARED, passing

FEW = ("abs", "count")
"""What the short form compares."""
ORDERED = {
    *("any_value", "arbitrary", "first", "last", "mode", "string_agg", "listagg", "group_concat"),
    *("list", "array_agg", "approx_count_distinct", "approx_quantile", "approx_top_k"),
    *("reservoir_quantile", "histogram", "map", "json_group_array", "json_group_object"),
}
"""Aggregates whose value depends on the order in which the rows come, or that guess."""


@dataclass
class Comparison:
    """What was found of one function: types of arguments that agree, and what does not."""

    name: str
    same: list[tuple[str, ...]] = field(default_factory=list)
    n_refused: int = 0
    different: list[str] = field(default_factory=list)

    @property
    def row(self) -> tuple[str, str, str]:
        """The verdict, the types that pass, and an example of a difference."""
        if self.name.startswith("regexp") or self.name == "~":
            return "differs", "", "the engines' regular expressions are two languages"
        if self.name == "epoch_ms":
            return "differs", "", "makes dates before Christ, which the engines write otherwise"
        if self.name in ORDERED:
            return "differs", "", "depends on the order of the rows"
        verdict = "passes" if self.same else "differs" if self.different else "not compared"
        if verdict == "not compared" and self.n_refused:
            verdict = "refused by Spark"
        passing = ", ".join(sorted({" ".join(kinds) for kinds in self.same}))
        return verdict, passing, "".join(self.different[:1])


def compare_function(engines: Engines, name: str, *, aggregates: bool) -> Comparison:
    """Compare one function over the types of arguments that DuckDB takes."""
    found = Comparison(name)
    for call, n_arguments in calls(name):
        if aggregates and n_arguments > 1:
            continue
        for kinds in ARGUMENTS[n_arguments]:
            verdict = engines.compare(call, kinds, aggregates=aggregates)
            if verdict == "same":
                found.same.append(kinds)
            found.n_refused += verdict == "refused"
            if verdict not in ("same", "refused", None):
                found.different.append(f"{verdict} ({', '.join(kinds)})")
    return found


def listed(connection: duckdb.DuckDBPyConnection) -> dict[str, bool]:
    """All functions, operators and casts by name, and whether they aggregate."""
    rows = connection.sql(
        "select function_name, bool_or(function_type = 'aggregate') from duckdb_functions() "
        "where function_type in ('scalar', 'aggregate', 'macro') group by 1 order by 1"
    ).fetchall()
    own = ["=", "<>", "<", "<=", ">", ">=", "between", "in", "coalesce"]
    casts = [f"cast {kind.lower()}" for kind in (*MOST, "DATE", "INTEGER")]
    return dict(rows) | dict.fromkeys([*own, *casts], False) | {"count distinct": True}


def run(folder: Path, is_short: bool) -> list[Figure]:
    """Compare anew what passes; in short, a few functions."""
    if missing():
        return [Figure("functions that pass and differ", 0, wanted=0)]
    engines = Engines()
    kinds = listed(engines.connection)
    names = FEW if is_short else sorted(passing())
    found = [compare_function(engines, name, aggregates=kinds[name]) for name in names]
    wrong = {of.name: sorted(passing()[of.name] - set(of.row[1].split(", "))) for of in found}
    return [
        Figure("functions that DuckDB lists", len(kinds)),
        Figure("functions compared", len(found)),
        *(Figure(f"{name}: {types}", 1) for name, types in wrong.items() if types),
        Figure("functions that pass and differ", sum(map(bool, wrong.values())), wanted=0),
    ]


def main(names: Iterable[str]) -> None:
    """Compare `names`, by default all, and write each verdict as soon as it is there."""
    engines = Engines()
    kinds = listed(engines.connection)
    verdicts: dict[str, tuple[str, ...]] = dict.fromkeys(kinds, ("not compared", "", ""))
    if COMPARED.exists():
        with COMPARED.open(encoding="utf-8", newline="") as file:
            verdicts |= {name: (*told,) for name, *told in list(csv.reader(file))[1:]}
    asked = list(names or kinds)
    engines.ask_ahead({name: kinds[name] for name in asked})
    for name in asked:
        found = compare_function(engines, name, aggregates=kinds[name])
        verdicts[name] = found.row
        print(f"{name}: {'; '.join(found.row)}", flush=True)
        with COMPARED.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(["name", "verdict", "types", "example"])
            lines.writerows((key, *verdicts[key]) for key in sorted(verdicts))


if __name__ == "__main__":
    main(sys.argv[1:])
