"""What is disturbed in the campaigns: one small step of each kind of writing, and how it is judged.

A step writes state `number`. Afterwards the state before or after it must be there, whole.
"""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import polars as pl

from analysis.pages.page import write_whole
from analysis.runs.results import Results
from analysis.runs.run import Run
from analysis.runs.saving import save_results
from analysis.runs.settings import RunSettings
from tests.support.samples import PROVENANCE, SQL, material, materials, write_sql
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.catalog.lineage import Lineage
from warehouse.settings import SQL_DIR
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

N_ROWS = 5_000


@dataclass(frozen=True)
class Work:
    """A kind of writing: how it begins, one step of it, and which states a reader may find."""

    name: str
    prepare: Callable[[Path], None]
    step: Callable[[Path, int], None]
    read: Callable[[Path], Iterable[int]]


def write_table(root: Path, number: int) -> None:
    """Replace all rows; each carries `number`."""
    rows = materials(*(material(f"m-{index}") for index in range(N_ROWS)))
    Store(Warehouse(root)).replace(
        "materials", rows.with_columns(nsites=number + 1), provenance=PROVENANCE
    )


def read_table(root: Path) -> list[int]:
    """The state that the store shows, and the one that the catalog shows after a build."""
    store = Store(Warehouse(root))
    if store.verify("materials") != N_ROWS:
        raise AssertionError("rows were lost")
    build_catalog(store, root.parent / "sql")
    with connect(Warehouse(root)) as connection:
        seen = connection.execute("select distinct nsites from raw.materials").fetchall()
    numbers = {*store.read("materials")["nsites"], *(nsites for (nsites,) in seen)}
    return [nsites - 1 for nsites in numbers]


def prepare_catalog(root: Path) -> None:
    """A table, and a first catalog."""
    write_table(root, 0)
    write_catalog(root, 0)


def write_catalog(root: Path, number: int) -> None:
    """Build a catalog with a mart that gives `number`."""
    marts = {"marts/number.sql": f"-- One row.\nselect {number} as number   -- 1: of the state\n"}
    build_catalog(Store(Warehouse(root)), write_sql(root.parent / "sql" / str(number), SQL | marts))


def read_catalog(root: Path) -> list[int]:
    """What the catalog says now, without a new build."""
    with connect(Warehouse(root)) as connection:
        if connection.execute("from marts.counts").fetchall() != [("mp", N_ROWS)]:
            raise AssertionError("rows were lost")
        return [number for (number,) in connection.execute("from marts.number").fetchall()]


def write_pages(root: Path, number: int) -> None:
    """Write one page of a few megabytes."""
    write_whole(root / "index.html", f"<html>{number}" + "<p>a page</p>" * 300_000 + "</html>")


def read_pages(root: Path) -> list[int]:
    """Which page is there, if it is whole."""
    text = (root / "index.html").read_text(encoding="utf-8")
    if not text.endswith("</html>"):
        raise AssertionError("the page is cut")
    return [int(text.removeprefix("<html>").partition("<")[0])]


@dataclass(frozen=True)
class ToySettings(RunSettings):
    """A number that makes each run another."""

    number: str

    def command(self, dataset: str) -> str:
        return f"toy {dataset}"


def write_results(root: Path, number: int) -> None:
    """Save a run of a study with `number` in every prediction and score."""
    samples = [f"m-{index}" for index in range(N_ROWS)]
    fits = pl.DataFrame({"sample_id": samples}, schema={"sample_id": pl.String}).select(
        "sample_id",
        model=pl.lit("linear"),
        split=pl.lit("random"),
        fold=pl.lit(0, pl.Int64),
        target=pl.lit(1.0),
        prediction=pl.lit(float(number)),
    )
    score = {"model": "linear", "split": "random", "metric": "rmse", "value": float(number)}
    results = Results(
        feature_space="toy",
        hyperparameters={"linear": {}},
        selected="linear",
        parameters=pl.DataFrame(
            [{"model": "linear", "feature": "one", "parameter": 1.0, "scale": 1.0}]
        ),
        predictions=fits,
        metrics=pl.DataFrame([{**score, "unit": "1", "std": None, "n": N_ROWS}]),
    )
    run = Run("metals", "toy", ToySettings(str(number)), Lineage({}, {}), "", "", {})
    with mock.patch(
        "analysis.runs.saving.refresh_catalog", lambda store: build_small(store.warehouse.root)
    ):
        save_results(Store(Warehouse(root)), run, results)


def read_results(root: Path) -> list[int]:
    """The run that the catalog shows, and the one that it shows after a build."""
    runs = []
    for prepare in (lambda: None, lambda: build_small(root)):
        prepare()
        with connect(Warehouse(root)) as connection:
            scores = connection.execute("select value from marts.metrics").fetchall()
            fits = connection.execute(
                "select prediction, count(*) from staging.predictions group by all"
            ).fetchall()
        if [n for _, n in fits] != [N_ROWS] or len(scores) != 1:
            raise AssertionError(f"not one whole run: {scores} and {fits}")
        runs += [int(scores[0][0]), int(fits[0][0])]
    if runs[0] != runs[1] or runs[2] != runs[3]:
        raise AssertionError(f"scores and predictions are of two runs: {runs}")
    return runs[2:]


def build_small(root: Path) -> None:
    """Build a catalog of the few real views that `read_results` needs."""
    names = (
        "staging/models.sql",
        "staging/metrics.sql",
        "staging/predictions.sql",
        "marts/metrics.sql",
    )
    files = {name: (SQL_DIR / name).read_text(encoding="utf-8") for name in names}
    build_catalog(Store(Warehouse(root)), write_sql(root.parent / "sql", files))


def prepare_results(root: Path) -> None:
    """A first run."""
    write_results(root, 0)


def prepare_table(root: Path) -> None:
    """SQL files and a first state."""
    write_sql(root.parent / "sql")
    write_table(root, 0)


def prepare_pages(root: Path) -> None:
    """A first page."""
    root.mkdir(parents=True)
    write_pages(root, 0)


WORKS = (
    Work("table commit", prepare_table, write_table, read_table),
    Work("catalog build", prepare_catalog, write_catalog, read_catalog),
    Work("model results", prepare_results, write_results, read_results),
    Work("page", prepare_pages, write_pages, read_pages),
)


def find_state(work: Work, root: Path) -> int | None:
    """The one state that a reader finds; None, and the reason on stderr, if it is not whole."""
    try:
        (state,) = set(work.read(root))
    except Exception:
        traceback.print_exc()
        return None
    return state
