"""One function over hostile arguments, on DuckDB and on Spark."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot.errors import SqlglotError

from tests.spark.hostile import ARGUMENTS, FEWER, MOST_ERRORS, MOST_PARTS, TAME, WILD, WRITTEN
from tests.spark.session import agree, session
from warehouse.spark.translate import translate_query


@dataclass
class Engines:
    """Both engines with the same tables of hostile arguments, made when they are needed."""

    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    spark: Any = field(default_factory=lambda: session().newSession())
    tables: dict[tuple[tuple[str, ...], str], str] = field(default_factory=dict)
    answers: dict[tuple[str, str], dict[int, Any] | None] = field(default_factory=dict)
    """What Spark gave for a call over a source, asked for together with others."""
    seen: set[str] = field(default_factory=set)
    """Answers, beside NULL, on which the engines agreed last."""

    def table(self, kinds: tuple[str, ...], values: str = "tame") -> str:
        """Name of the table with columns n, a, b, c: all arguments of these types.

        `values` are "tame", "narrow" (the same, whole numbers as INTEGER) or "wild".
        """
        if (kinds, values) not in self.tables:
            name = f"hostile_{len(self.tables)}"
            sides = [
                f"(select unnest([NULL::{t}, {', '.join(f'{v}::{t}' for v in chosen)}]) as {n})"
                for n, k in zip("abc", kinds, strict=False)
                for t, chosen in (_values(k, values, len(kinds)),)
            ]
            rows = self.connection.sql(
                f"select row_number() over () as n, * from {' cross join '.join(sides)}"
            ).to_arrow_table()
            self.connection.register("rows", rows)
            self.connection.execute(f"create table {name} as from rows")
            self.spark.createDataFrame(rows).createOrReplaceTempView(f"marts__{name}")
            self.tables[kinds, values] = name
        return self.tables[kinds, values]

    def by_duckdb(self, call: str, source: str) -> dict[int, Any] | None:
        """Values by n; None if it gives an error."""
        try:
            return dict(self.connection.execute(f"select n, {call} from {source}").fetchall())
        except (duckdb.Error, ValueError):
            return None

    def frame(self, call: str, source: str) -> Any:
        """The same as a query of Spark's; None if Spark does not know it."""
        from pyspark.errors import PySparkException

        try:
            return self.spark.sql(translate_query(f"select n, {call} as y from {source}"))
        except (SqlglotError, PySparkException, ValueError):
            return None

    def by_spark(self, call: str, source: str, kind: str) -> dict[int, Any] | None:
        """The values of Spark's by n, in DuckDB's type; None if it gives an error."""
        if (call, source) not in self.answers:
            self.ask({call: kind}, source)
        return self.answers.pop((call, source))

    def ask(self, kinds: dict[str, str], source: str) -> None:
        """Ask Spark for calls by their types, all at once; where it gives an error, for fewer."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        refusals = (Py4JError, PySparkException, pa.ArrowException, duckdb.Error, ValueError)
        calls = list(kinds)
        told = ", ".join(f"{call} as y{i}" for i, call in enumerate(calls))
        typed = ", ".join(f"cast(y{i} as {kinds[call]})" for i, call in enumerate(calls))
        try:
            rows = self.spark.sql(translate_query(f"select n, {told} from {source}")).toArrow()
            self.connection.register("theirs", rows)
            found = self.connection.sql(f"select n, {typed} from theirs").fetchall()
        except (SqlglotError, *refusals):
            if len(calls) == 1:
                self.answers[calls[0], source] = None
                return
            for half in (calls[: len(calls) // 2], calls[len(calls) // 2 :]):
                self.ask({call: kinds[call] for call in half}, source)
            return
        for i, call in enumerate(calls, start=1):
            self.answers[call, source] = {row[0]: row[i] for row in found}

    def ask_ahead(self, names: dict[str, bool]) -> None:
        """Ask Spark for calls of many functions, by whether they aggregate, in few queries."""
        for kinds in (kinds for choices in ARGUMENTS.values() for kinds in choices):
            for table in (self.table(kinds, values) for values in _variants(kinds)):
                plain, grouped = (self._known(names, kinds, table, both) for both in (False, True))
                plain = {call: plain[call] for call in plain if self.frame(call, table) is not None}
                sources = [*((grouped, source) for source in _groups(table)), (plain, table)]
                for asked, source in sources:
                    if asked:
                        self.ask(asked, source)

    def _known(
        self, names: dict[str, bool], kinds: tuple[str, ...], table: str, aggregates: bool
    ) -> dict[str, str]:
        """Calls of functions that DuckDB takes with such arguments, with their types."""
        found = {}
        for name in (name for name in names if names[name] == aggregates):
            for call, n_arguments in calls(name):
                if n_arguments == len(kinds) and (kind := self.kind(call, table)):
                    found[call] = kind
        return found if not aggregates or len(kinds) == 1 else {}

    def kind(self, call: str, table: str) -> str | None:
        """DuckDB's type of a call; None if it does not take such arguments."""
        try:
            return str(self.connection.sql(f"select {call} as y from {table}").types[0])
        except duckdb.Error:
            return None

    def compare(self, call: str, kinds: tuple[str, ...], *, aggregates: bool) -> str | None:
        """'same', 'refused', what differs, or None if DuckDB does not take such arguments.

        The same are they if Spark answers for tame values, answers vary, and for others it gives
        the same or an error.
        """
        for values in _variants(kinds):
            self.seen.clear()
            verdict = self._compare(call, self.table(kinds, values), kinds, aggregates=aggregates)
            if values == "tame":
                if verdict == "same" and len(self.seen) < 2:
                    verdict = f"{call}: all answers are alike"
                if verdict != "same":
                    return verdict
            elif verdict not in ("same", "refused", None):
                return verdict
        return "same"

    def _compare(
        self, call: str, table: str, kinds: tuple[str, ...], *, aggregates: bool
    ) -> str | None:
        if (kind := self.kind(call, table)) is None:
            return None
        if aggregates:
            found = [self._judge(call, source, kind) for source in _groups(table)]
            return _worst([seen for seen in found if seen != "refused"] or ["refused"])
        if (call, table) not in self.answers and self.frame(call, table) is None:
            return "refused"
        if (seen := self._judge(call, table, kind)) != "refused":
            return seen
        return self._by_rows(call, table, kind, "abc"[len(kinds) - 1])

    def _by_rows(self, call: str, table: str, kind: str, last: str) -> str:
        """What of a call that Spark refuses for some row: by values of the `last` argument."""
        sql = f"select list(n order by n) from {table} group by {last}"
        groups = [rows for (rows,) in self.connection.sql(sql).fetchall()]
        faulty: set[int] = set()
        if self.by_duckdb(call, table) is None:
            for n in (n for rows in groups for n in rows):
                if self.by_duckdb(call, f"{table} where n = {n}") is None:
                    faulty.add(n)
        parts = [[n for n in rows if n not in faulty] for rows in groups]
        parts, found = [part for part in parts if part], []
        for _ in range(MOST_PARTS):
            if not parts:
                break
            part = parts.pop(0)
            found.append(self._judge(call, _rows_of(table, part), kind))
            if found[-1] == "refused" and len(part) > 1:
                parts += [part[: len(part) // 2], part[len(part) // 2 :]]
        for n in sorted(faulty)[:: max(1, len(faulty) // MOST_ERRORS)]:
            found.append(self._judge(call, _rows_of(table, [n]), kind))
        return _worst([seen for seen in found if seen != "refused"] or ["refused"])

    def _judge(self, call: str, source: str, kind: str) -> str:
        theirs = self.by_spark(call, source, kind)
        if theirs is None:
            return "refused"
        ours = self.by_duckdb(call, source)
        if ours is None:
            return f"{call}: an error, {str(theirs)[:60]}"
        wrong = [
            f"{ours[n]!r}, {theirs.get(n)!r}" for n in ours if not same(ours[n], theirs.get(n))
        ]
        if wrong:
            return f"{call}: {wrong[0][:160]}"
        self.seen.update(repr(value) for value in ours.values() if value is not None)
        return "same"


def _variants(kinds: tuple[str, ...]) -> tuple[str, ...]:
    return ("tame", "narrow", "wild") if "BIGINT" in kinds else ("tame", "wild")


def _values(kind: str, values: str, n_arguments: int) -> tuple[str, list[str]]:
    """A type and its values; of three arguments a few."""
    few = slice(None) if n_arguments < 3 else slice(FEWER)
    chosen = TAME[kind][few] + (WILD[kind][few] if values == "wild" else [])
    return ("INTEGER" if values == "narrow" and kind == "BIGINT" else kind), chosen


def _groups(table: str) -> tuple[str, str]:
    """What is aggregated: groups of several rows, and of one."""
    return f"(select n % 3 as n, a from {table}) group by n", f"{table} group by n"


def _rows_of(table: str, rows: list[int]) -> str:
    return f"{table} where n in ({', '.join(map(str, rows))})"


def _worst(found: list[str]) -> str:
    return max(found, key=lambda verdict: (verdict != "same", verdict != "refused"))


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
        yield WRITTEN[name], 2
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
