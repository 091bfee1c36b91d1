"""Each function of DuckDB's over hostile arguments, on DuckDB and on Spark: `compared.csv`.

`python -m tests.soak.functions [NAME ...]` compares the named functions, or all that DuckDB lists,
and writes the verdicts into `warehouse/spark/compared.csv`. One passes if for all types of
arguments that DuckDB takes Spark gives the same values or an error, and if it answers at all. The
campaign compares anew all that passes.
"""

import csv
import itertools
import math
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot.errors import SqlglotError

from tests.soak import Figure
from tests.spark.session import agree, missing, session
from warehouse.spark.screening import COMPARED, passing
from warehouse.spark.translate import translate_query

HOSTILE = {
    "BIGINT": ["0", "1", "-3", "9007199254740993", "9223372036854775807", "-9223372036854775807"],
    "DOUBLE": [
        *("'nan'", "'inf'", "'-inf'", "0", "-0.0", "1.5", "-2.5", "2.675", "1e-310", "1e308", "0.1")
    ],
    "VARCHAR": [
        *("''", "'a'", "'aaa'", r"'a\%'", "' x '", "'äß😀İ'", "'e' || chr(769)", "'12'", "'1.5'")
    ],
    "BOOLEAN": ["true", "false"],
    "DATE": ["'2024-02-29'", "'1970-01-01'", "'1899-12-31'"],
    "TIMESTAMP": ["'2024-02-29 23:59:59.999999'", "'1969-12-31 12:00:00'"],
    "BIGINT[]": ["[]", "[1, 2, 2, NULL]", "[-3]"],
    "DOUBLE[]": ["[]", "['nan'::double, 1.5, NULL, -0.0]", "[2.5]"],
    "VARCHAR[]": ["[]", "['b', 'a', NULL, 'b', '']"],
}
"""Values of every type that columns of views have, beside NULL."""
MOST = ("BIGINT", "DOUBLE", "VARCHAR", "BOOLEAN")
MOST_PARTS = 60
"""Parts of a table that are asked for one by one, where Spark refuses the whole."""
WRITTEN = {"~~": "a like b", "!~~": "a not like b", "between": "a between b and c"} | {
    "in": "a in (b, c)",
    "-": "a - b",
}
FEW = ("abs", "count", "sqrt")
"""What the short form compares."""


@dataclass
class Comparison:
    """What was found of one function: how many types of arguments agree, and what does not."""

    name: str
    n_same: int = 0
    n_refused: int = 0
    different: str = ""

    @property
    def verdict(self) -> str:
        if self.different:
            return "differs"
        return "passes" if self.n_same else "refused by Spark" if self.n_refused else "not compared"


@dataclass
class Engines:
    """Both engines with the same tables of hostile arguments, made when they are needed."""

    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    spark: Any = field(default_factory=lambda: session().newSession())
    tables: dict[tuple[str, ...], str] = field(default_factory=dict)

    def table(self, kinds: tuple[str, ...]) -> str:
        """Name of the table with columns n, a, b, c: all arguments of these types."""
        if kinds not in self.tables:
            name = f"hostile_{len(self.tables)}"
            sides = [
                f"(select unnest([NULL::{k}, {', '.join(f'{v}::{k}' for v in HOSTILE[k])}]) as {n})"
                for n, k in zip("abc", kinds, strict=False)
            ]
            rows = self.connection.sql(
                f"select row_number() over () as n, * from {' cross join '.join(sides)}"
            ).to_arrow_table()
            self.connection.register("rows", rows)
            self.connection.execute(f"create table {name} as from rows")
            self.spark.createDataFrame(rows).createOrReplaceTempView(f"marts__{name}")
            self.tables[kinds] = name
        return self.tables[kinds]

    def by_duckdb(self, call: str, source: str) -> dict[int, Any] | None:
        """Values by n, NULL where it gives an error; None if it gives none at all."""
        try:
            rows = self.connection.execute(f"select n, {call} as y from {source}").fetchall()
        except (duckdb.Error, ValueError):
            return None
        return dict(rows)

    def by_spark(self, call: str, source: str, kind: str) -> dict[int, Any] | None:
        """The same by Spark, in DuckDB's type."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        refusals = (SqlglotError, Py4JError, PySparkException, pa.ArrowException, duckdb.Error)
        try:
            text = translate_query(f"select n, {call} as y from {source}")
            self.connection.register("theirs", self.spark.sql(text).toArrow())
            found = self.connection.sql(f"select n, cast(y as {kind}) from theirs").fetchall()
        except (*refusals, ValueError):
            return None
        return dict(found)

    def compare(self, call: str, kinds: tuple[str, ...], *, aggregates: bool) -> str | None:
        """'same', 'refused', what differs, or None if DuckDB does not take such arguments."""
        table = self.table(kinds)
        try:
            kind = str(self.connection.sql(f"select {call} as y from {table}").types[0])
        except duckdb.Error:
            return None
        if aggregates:
            groups = f"(select n % 3 as n, a from {table}) group by n"
            single = f"{table} group by n"
            found = [self._judge(call, source, kind) for source in (groups, single)]
            return max(found, key=lambda verdict: (verdict != "same", verdict != "refused"))
        sources, answered = [table], False
        for _ in range(MOST_PARTS):
            if not sources:
                break
            source = sources.pop(0)
            seen = self._judge(call, source, kind)
            if seen not in ("same", "refused"):
                return seen
            answered = answered or seen == "same"
            if seen == "refused":
                sources += self._halves(source, table)
        return "same" if answered else "refused"

    def _halves(self, source: str, table: str) -> list[str]:
        """The rows of `source` in two parts, to find those that an engine refuses."""
        found = re.search(r"n between (\d+) and (\d+)", source)
        first, last = map(int, found.groups()) if found else (1, self._count(table))
        if last <= first:
            return []
        middle = (first + last) // 2
        return [
            f"{table} where n between {low} and {high}"
            for low, high in ((first, middle), (middle + 1, last))
        ]

    def _count(self, table: str) -> int:
        ((n_rows,),) = self.connection.sql(f"select count(*) from {table}").fetchall()
        return int(n_rows)

    def _judge(self, call: str, source: str, kind: str) -> str:
        theirs = self.by_spark(call, source, kind)
        if theirs is None:
            return "refused"
        # An aggregate cannot be tried; where an error of its is an answer of Spark's, they differ.
        ours = self.by_duckdb(call if "group by" in source else f"try({call})", source)
        if ours is None:
            return f"{call} of {source}: an error, {theirs}"
        wrong = [
            f"{ours[n]!r}, {theirs.get(n)!r}" for n in ours if not same(ours[n], theirs.get(n))
        ]
        return f"{call} of {source}: {wrong[0]}" if wrong else "same"


def same(left: Any, right: Any) -> bool:
    """Whether two values agree; NaN with NaN, infinities exactly, zeros in their sign."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) and isinstance(right, float):
        if math.isnan(left) or math.isinf(left):
            return math.isnan(right) if math.isnan(left) else left == right
        if left == right == 0:
            return math.copysign(1, left) == math.copysign(1, right)
    return agree(left, right)


def calls(name: str) -> Iterator[tuple[str, int]]:
    """How a function or an operator is called with one, two and three arguments."""
    if name in WRITTEN:
        yield WRITTEN[name], 2 if "c" not in WRITTEN[name] else 3
        if name == "-":
            yield "-a", 1
    elif name.startswith("cast "):
        yield f"cast(a as {name.removeprefix('cast ')})", 1
    elif name == "count distinct":
        yield "count(distinct a)", 1
    elif name == "count_star":
        yield "count(*)", 1
    elif re.fullmatch(r"\w+", name):
        yield from ((f"{name}({', '.join('abc'[:n])})", n) for n in (1, 2, 3))
    else:
        yield f"a {name} b", 2


def compare_function(engines: Engines, name: str, *, aggregates: bool) -> Comparison:
    """Compare one function over the types of arguments that DuckDB takes."""
    found = Comparison(name)
    for call, n_arguments in calls(name):
        if aggregates and n_arguments > 1:
            continue
        kinds = itertools.product(HOSTILE if n_arguments == 1 else MOST, repeat=n_arguments)
        for chosen in kinds:
            verdict = engines.compare(call, chosen, aggregates=aggregates)
            found.n_same += verdict == "same"
            found.n_refused += verdict == "refused"
            if verdict not in ("same", "refused", None):
                found.different = f"{verdict} {chosen}"
                return found
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
    return [
        Figure("functions that DuckDB lists", len(kinds)),
        Figure("functions compared", len(found)),
        *(Figure(f"{of.name}: {of.different}", 1) for of in found if of.different),
        Figure(
            "functions that pass and differ", sum(map(bool, (f.different for f in found))), wanted=0
        ),
    ]


def main(names: Iterable[str]) -> None:
    """Compare `names`, by default all, and write each verdict as soon as it is there."""
    engines = Engines()
    kinds = listed(engines.connection)
    verdicts = dict.fromkeys(kinds, ("not compared", ""))
    if COMPARED.exists():
        with COMPARED.open(encoding="utf-8", newline="") as file:
            verdicts |= {r["name"]: (r["verdict"], r["example"]) for r in csv.DictReader(file)}
    for name in names or kinds:
        found = compare_function(engines, name, aggregates=kinds[name])
        verdicts[name] = found.verdict, found.different
        print(f"{name}: {found.verdict} ({found.n_same} same) {found.different}", flush=True)
        with COMPARED.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(["name", "verdict", "example"])
            lines.writerows((key, *verdicts[key]) for key in sorted(verdicts))


if __name__ == "__main__":
    main(sys.argv[1:])
