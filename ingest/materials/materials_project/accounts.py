"""The account of a pull: every summary that the server has is written, left out or refused."""

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from ingest.materials.materials_project.queries import Query
from ingest.materials.materials_project.summaries import (
    CITATIONS,
    LICENSES,
    NON_COMMERCIAL,
    NOT_FINITE,
    PATHS,
    SECOND_COPY,
    SOURCE,
)
from warehouse.errors import WarehouseError
from warehouse.storage.commits import Commit, Provenance
from warehouse.storage.part_commits import commit_parts
from warehouse.storage.staging_area import StagingArea, count_staged, left_out, read_notes
from warehouse.storage.store import Store


@dataclass(frozen=True)
class Account:
    """What became of the summaries that match a query."""

    database_version: str
    n_matching: int
    n_written: int
    left_out: Mapping[str, int]
    refused: Mapping[str, int]
    nulls: Mapping[str, int]
    commit: Commit
    not_finite: Mapping[str, int] = field(default_factory=dict)
    not_asked: Sequence[str] = ()
    n_non_commercial: int = 0

    @property
    def difference(self) -> int:
        """Summaries that the server has and nobody knows of."""
        n_known = self.n_written + sum(self.left_out.values()) + sum(self.refused.values())
        return self.n_matching - n_known

    def lines(self) -> list[str]:
        """The account as text, one line per cause, and how often each column is NULL."""
        if not self.n_matching:
            return [f"no summary of release {self.database_version} matches the query"]
        entries = [("written", self.n_written)]
        entries += [(f"left out: {cause}", n) for cause, n in self.left_out.items()]
        entries += [(f"in quarantine: {reason}", n) for reason, n in self.refused.items()]
        total = f"{self.n_matching:>11,} summaries of release {self.database_version}"
        lines = [total, *(f"{n:>11,}   {what}" for what, n in entries)]
        if self.refused:
            lines.append("`python -m warehouse quarantine materials --rows 5` shows some")
        odd = [f"{name} {n:,}" for name, n in self.not_finite.items()]
        shares = {name: n / self.n_written for name, n in self.nulls.items() if n}
        partly = [f"{name} {max(share, 0.001):.1%}" for name, share in shares.items() if share < 1]
        empty = [name for name, share in shares.items() if share == 1]
        for where, names in (
            ("NULL in some rows", partly),
            ("NULL in all rows", empty),
            ("NULL because they are no finite numbers", odd),
            ("not asked for, and kept where the table has them", self.not_asked),
        ):
            if names:
                text = f"{where}: {', '.join(names)}"
                lines += textwrap.wrap(text, width=100, subsequent_indent="  ")
        return lines


def close_account(
    store: Store,
    query: Query,
    plan: Mapping[str, Any],
    area: StagingArea,
    n_matching: int,
    skipped: Mapping[str, int],
) -> Account:
    """Commit the parts of a pull; raises WarehouseError, and changes nothing, if some are missing.

    The server has `n_matching` summaries of which `skipped` were not asked for, by cause.
    """
    spdx = sorted(LICENSES.values()) if query.terms.include_non_commercial else [LICENSES["BY-C"]]
    provenance = Provenance(
        source=SOURCE,
        source_version=str(plan["database_version"]),
        parameters={"plan": plan, "license": " and ".join(spdx), "citations": list(CITATIONS)},
    )
    causes, not_finite = Counter(skipped), Counter[str]()
    parts = list(area.parts().values())
    for path in parts:
        causes.update(left_out(path))
        not_finite.update(read_notes(path)[NOT_FINITE])
    n_staged = sum(map(count_staged, parts))
    if n_staged + causes.total() != n_matching:
        area.remove()
        raise WarehouseError(
            f"the account is open: of {n_matching:,} summaries {n_staged:,} came and "
            f"{causes.total():,} were left out",
            hint="run the same command again: all is asked for anew",
        )
    not_asked = [name for name, path in PATHS.items() if path[0] not in query.fields]
    outcome = commit_parts(
        store,
        "materials",
        area,
        scope={"source": SOURCE},
        provenance=provenance,
        keep_others=not query.is_everything,
        not_asked=not_asked,
        of_one="database_version",
    )
    causes[SECOND_COPY] += outcome.n_merged
    return Account(
        database_version=str(plan["database_version"]),
        n_matching=n_matching,
        n_written=outcome.n_rows,
        left_out={cause: n for cause, n in causes.items() if n},
        refused=_count_reasons(outcome.refused["reason"].to_list()),
        nulls=outcome.nulls,
        commit=outcome.commit,
        not_finite=dict(not_finite),
        not_asked=not_asked,
        n_non_commercial=_count_non_commercial(parts),
    )


def _count_non_commercial(parts: Sequence[Path]) -> int:
    name = LICENSES[NON_COMMERCIAL]
    licences = (pl.read_parquet(path, columns=["license"], glob=False) for path in parts)
    return sum(int((part["license"] == name).sum()) for part in licences)


def _count_reasons(reasons: Sequence[str]) -> dict[str, int]:
    """How many rows were refused for each reason, most frequent first."""
    return dict(Counter(reasons).most_common())
