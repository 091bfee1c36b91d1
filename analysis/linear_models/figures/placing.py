"""Where a model stands on the board that Matbench publishes of its task."""

from typing import Any

import duckdb

from analysis.datasets import read_rows
from analysis.linear_models.figures.boards import BOARDS, FORMULA, Published
from warehouse.quoting import quote_text

OURS = "this product, linear"


def read_board(
    connection: duckdb.DuckDBPyConnection,
    study: str,
    dataset: str,
    metric: str,
    sees: str = FORMULA,
) -> dict[str, Any] | None:
    """Every published entry of a task and the selected model, from the best; None without a board.

    `metric` is the score of the board: of all but the balanced accuracy the least is best.
    """
    if dataset not in BOARDS:
        return None
    sql = f"""
select value, std, n
from marts.metrics
where study = '{study}' and dataset = {quote_text(dataset)} and is_selected
    and split = 'official_folds' and metric = '{metric}'"""
    value, std, n = read_rows(connection, sql).row(0)
    ours = Published(OURS, value, std or 0.0, sees)
    sign = -1 if metric == "balanced_accuracy" else 1
    entries = sorted([ours, *BOARDS[dataset]], key=lambda entry: sign * entry.score)
    sound = [entry for entry in entries if not entry.doubt]
    return {
        "entries": entries,
        "ours": OURS,
        "rank": entries.index(ours) + 1,
        "sound_rank": sound.index(ours) + 1,
        "n_sound": len(sound),
        "n": n,
        "sql": sql.strip(),
    }
