"""Where the product stands on Matbench's published leaderboards of both tasks."""

from typing import Any

import duckdb

from analysis.datasets import read_rows
from analysis.metals.benchmarks import Benchmark
from analysis.pages.metal_boards import FORMULA, METAL_BOARDS, Published

OURS = "this product, linear"
SEES = {
    Benchmark.CALCULATED: "formula and size of the cell",
    Benchmark.MEASURED: FORMULA,
}


def read_board(connection: duckdb.DuckDBPyConnection, benchmark: Benchmark) -> dict[str, Any]:
    """The board of `benchmark` with the product in its place, and its rank in words."""
    sql = f"""
select value, std, n
from marts.metrics
where study = 'metals' and dataset = '{benchmark}' and is_selected
    and split = 'official_folds' and metric = 'balanced_accuracy'"""
    value, std, n = read_rows(connection, sql).row(0)
    ours = Published(OURS, value, std or 0.0, SEES[benchmark])
    entries = sorted([ours, *METAL_BOARDS[benchmark]], key=lambda entry: -entry.score)
    sound = [entry for entry in entries if not entry.doubt]
    return {
        "entries": entries,
        "ours": OURS,
        "rank": entries.index(ours) + 1,
        "n_entries": len(entries),
        "sound_rank": sound.index(ours) + 1,
        "n_sound": len(sound),
        "n": n,
        "sql": sql.strip(),
    }
